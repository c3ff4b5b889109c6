"""What metrics are made of: windows, conditions, durations, the usual, what a figure needs."""
