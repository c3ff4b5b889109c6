"""HTTP requests and responses: bodies, forms, files, the viewer.  Knows no page."""
