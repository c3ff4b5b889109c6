"""Tests: sentences about the city."""
