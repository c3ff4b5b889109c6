"""Instants as stored in the facts, milliseconds since 1970, and time spans."""

from __future__ import annotations

from datetime import datetime, timedelta


def ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place in a metric; give it a zone")
    return round(moment.timestamp() * 1000)


def span_ms(span: timedelta) -> int:
    """Whole milliseconds of a span."""
    return round(span.total_seconds() * 1000)
