"""The tab 热力: categories by month, areas by week."""
