"""From the source to the facts: load, tick, derive, reconcile."""
