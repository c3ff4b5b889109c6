"""Metrics read for somebody: one answer, or the snapshot of a tick."""
