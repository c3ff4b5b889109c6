"""Panels, scenes and texts: pure functions from readings to drawings.  Knows nothing of databases."""
