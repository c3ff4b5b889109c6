"""Pieces of a page's HTML that stand outside of what Dash draws."""
