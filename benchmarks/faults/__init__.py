"""Faults played on real processes: a server, its source, a browser; what is reported, and how soon the wall is current again."""
