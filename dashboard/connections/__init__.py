"""The server's side of connections: what one client may cost, which of them wait, one connection."""
