"""Turns an undocumented file or database into a city's file and a mapping, and reports every uncertain decision.

Nothing in ``data`` imports this package; ``dashboard.draft`` does.
"""
