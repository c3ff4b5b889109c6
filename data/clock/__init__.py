"""Instants and business time: time zones, workdays, working hours."""
