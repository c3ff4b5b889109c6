"""A file or a database that nobody described, made into a city's file and a mapping, with what is doubtful said aloud.

Nothing in ``data`` imports this package; ``dashboard.draft`` does.
"""
