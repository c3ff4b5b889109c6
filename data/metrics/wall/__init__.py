"""Metrics of the wall's panels."""
