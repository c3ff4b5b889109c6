"""Pure functions of arrays: what the metrics estimate and test with."""
