"""Building blocks of a metric."""
