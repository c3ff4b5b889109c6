"""The tab 清单与定义: the list of cases, and a single case in full."""
