"""A demo city, made of nothing but a seed: geography, events with their dirt, and a writer that goes on."""
