"""Metrics of how cases move through the stages: queues, breaches, times, variants."""
