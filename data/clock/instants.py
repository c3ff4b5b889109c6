"""An instant as the facts keep it: milliseconds since 1970."""

from __future__ import annotations

from datetime import datetime


def ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place in a metric; give it a zone")
    return round(moment.timestamp() * 1000)
