"""Verdicts and clusters: evaluated once a day and stored."""
