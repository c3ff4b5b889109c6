"""The tab 预警: what was reported against what was expected."""
