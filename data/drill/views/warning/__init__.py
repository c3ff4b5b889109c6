"""The tab 预警: reported against expected numbers."""
