"""Ranges and tick steps of axes."""

from __future__ import annotations

import math


def steps_to(top: float, most: int = 5) -> list[int]:
    """Round integers from 0 to at least ``top``, in at most ``most`` steps of 1, 2 or 5 times a power of ten."""
    least = max(top, 1.0) / most
    ten = 10 ** math.floor(math.log10(least))
    step = max(1, math.ceil(next(ten * k for k in (1, 2, 5, 10) if ten * k >= least * (1 - 1e-9))))
    return list(range(0, math.ceil(max(top, 1.0) / step) * step + 1, step))


def counts(top: float) -> dict[str, object]:
    """A fixed axis of counts from 0 to at least ``top``: charts over days are zoomed along the other axis."""
    scale = steps_to(top)
    return {"range": [0, scale[-1]], "tick0": 0, "dtick": scale[1], "tickformat": ",d", "fixedrange": True}
