"""What an operator's kiosk asks of the facts: its queues, what changed since the last refresh, the handover."""
