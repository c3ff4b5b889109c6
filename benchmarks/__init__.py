"""Measured, not asserted: ``make bench`` (or ``ONLY=tick``) writes ``results.json``, merged by key."""
