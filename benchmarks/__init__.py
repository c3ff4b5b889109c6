"""Measurements, not assertions: ``make bench`` (or ``ONLY=tick``) writes ``results.json``, merged by key."""
