"""Panels, scenes and words: pure functions from readings to what is drawn.  Knows nothing of databases."""
