"""Names for the types that recur: arrays, rows and statements whose parts numpy, JSON and SQLAlchemy leave open."""
