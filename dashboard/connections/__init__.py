"""The server's side of connections: limits per client, waiting connections, and the protocol of one connection."""
