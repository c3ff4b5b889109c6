"""The platform's side: what a mapping says, what a source delivers, and how it is read."""
