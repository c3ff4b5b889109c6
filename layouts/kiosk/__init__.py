"""The operator's kiosk: queues, alarms, the handover of a shift."""
