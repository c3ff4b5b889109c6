"""Geometry: grid files and their systems of coordinates, coverage, packing for the map layer.  Knows nothing of the rest."""
