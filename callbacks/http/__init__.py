"""Requests and answers: bodies, forms, files, who asks.  Knows no page."""
