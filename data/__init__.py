"""The truth of the numbers: city, clock, source, facts, metrics.  Knows nothing of dash, plotly or fastapi."""
