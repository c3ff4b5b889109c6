"""The operator kiosk's queries on the facts: its queues, changes since the last refresh, the shift handover."""
