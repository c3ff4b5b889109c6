"""Instants and business time: time zones, workdays, the hours that are worked."""
