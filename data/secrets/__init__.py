"""Secrets: passwords in output, and file modes on disk.  Imports no other room."""
