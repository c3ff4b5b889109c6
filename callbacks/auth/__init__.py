"""Logging in: whose turn it is, how long a stranger waits, and the devices that are known."""
