"""Metrics that judge: indicators, departments, places, early warning."""
