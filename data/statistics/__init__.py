"""Pure functions of arrays: the metrics' estimators and tests."""
