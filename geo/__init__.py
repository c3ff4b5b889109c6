"""Geometry: grid files and coordinate systems, coverage checks, packing for the map layer.  Independent of all other packages."""
