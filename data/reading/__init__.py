"""Reading metrics: a single answer, or the snapshot of a tick."""
