"""Geometry: coverage, packing for the map layer, files.  Knows nothing of the rest."""
