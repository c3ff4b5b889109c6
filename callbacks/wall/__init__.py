"""What the wall's screens are sent: readings of a tick, and the pulses that tell of them."""
