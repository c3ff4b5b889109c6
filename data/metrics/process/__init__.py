"""Metrics of how cases go through the stages: queues, breaches, times, ways."""
