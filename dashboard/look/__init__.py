"""Pictures of every page in every shape, language, state and light, and what is wrong with the texts on them."""
