"""A synthetic demo city from a seed: geography, events with data faults, and a writer that continues it."""
