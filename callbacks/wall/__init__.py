"""What the wall's screens receive: the readings of a tick, and the pulses that announce them."""
