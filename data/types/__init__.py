"""Names for recurring types: arrays, rows and statements whose details numpy, JSON and SQLAlchemy leave open."""
