"""The shifts of those who keep watch: a city's list of spans that together are one day, and which of them is on now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.text import Text

#: Where a city's file names none (示例).
DEFAULT = ("08:00-16:00", "16:00-24:00", "00:00-08:00")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY = 1440


@dataclass(frozen=True)
class Shift:
    """``start`` and ``end`` are aware; ``text`` is the span as the city's file writes it."""

    name: Text
    text: str
    start: datetime
    end: datetime


def checked(spans: tuple[str, ...]) -> tuple[str, ...]:
    """``spans`` as they are.  Raises ValueError where one is none, or where together they are not one whole day."""
    cut = sorted(_minutes(s) for s in spans)
    reach = 0
    for start, end in cut:
        if start != reach:
            raise ValueError(f"the shifts leave out, or name twice, what lies at {start // 60:02d}:{start % 60:02d};"
                             f" together they are one day from 00:00 to 24:00, e.g. {', '.join(DEFAULT)}")
        reach = end
    if reach != _DAY:
        raise ValueError(f"the shifts end at {reach // 60:02d}:{reach % 60:02d}; the last of a day ends at 24:00")
    return spans


def _minutes(span: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(span)
    if not match:
        raise ValueError(f"'{span}' is not a shift; write e.g. \"08:00-16:00\", and 24:00 for the end of the day")
    h, m, to_h, to_m = map(int, match.groups())
    start, end = 60 * h + m, 60 * to_h + to_m
    if not start < end <= _DAY:
        raise ValueError(f"'{span}' does not end after it begins; cut a shift at midnight in two")
    return start, end


def bounds(spans: tuple[str, ...]) -> list[tuple[int, int]]:
    """(start, end) of each span in minutes of the day."""
    return [_minutes(s) for s in spans or DEFAULT]


def shift_at(now: datetime, zone: ZoneInfo, spans: tuple[str, ...] = DEFAULT) -> Shift:
    """The shift that ``now`` (aware) lies in; at its very end the next one is on."""
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    minute = 60 * local.hour + local.minute
    for span in spans or DEFAULT:
        start, end = _minutes(span)
        if start <= minute < end:
            # wall-clock times of the city's own day, also where its clocks are put forward or back in it
            until = midnight + timedelta(days=1) if end == _DAY else midnight.replace(hour=end // 60, minute=end % 60)
            return Shift(_name(start), span, midnight.replace(hour=start // 60, minute=start % 60), until)
    raise ValueError(f"no shift is on at {local:%H:%M}")


def _name(start: int) -> Text:
    """What a shift that begins at this minute of the day is called."""
    hour = start // 60
    if 5 <= hour < 12:
        return Text(zh="早班", en="Morning shift")
    return Text(zh="中班", en="Late shift") if 12 <= hour < 20 else Text(zh="夜班", en="Night shift")
