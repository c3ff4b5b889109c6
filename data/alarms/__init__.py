"""Alarms: the life of each, its shelving and the quality of a day's; verdicts and clusters, evaluated once a day and stored."""
