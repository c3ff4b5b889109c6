"""Building blocks of metrics: windows, conditions, durations, the usual, what a figure needs."""
