"""Routes and callbacks: everything that answers a browser."""
