"""Routes and callbacks: what answers a browser."""
