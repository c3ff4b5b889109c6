"""Duty shifts: a city's list of spans that together cover one day, and which of them is on now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.errors import FieldError
from data.text import Text

#: Used if a city's file names none (示例).
DEFAULT = ("08:00-16:00", "16:00-24:00", "00:00-08:00")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
DAY = 1440
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Shift:
    """``start`` and ``end`` are aware; ``text`` is the span as the city's file writes it."""

    name: Text
    text: str
    start: datetime
    end: datetime


def checked(spans: tuple[str, ...]) -> tuple[str, ...]:
    """``spans`` unchanged.  Raises ValueError if one is malformed, or if together they do not cover exactly one day."""
    if not spans:
        raise FieldError(
            f"no shift is named, and together they are one whole day; write e.g. {', '.join(DEFAULT)}",
            f"没有写班次；各班合起来应为一整天，如 {'、'.join(DEFAULT)}",
        )
    cut = sorted(_minutes(s) for s in spans)
    first = cut[0][0]
    reach = first
    for start, end in [*cut, (first + DAY, 0)]:
        if start != reach:
            at = min(start, reach) % DAY
            raise FieldError(
                f"the shifts leave out, or name twice, what follows {at // 60:02d}:{at % 60:02d};"
                f" together they are one whole day, e.g. {', '.join(DEFAULT)}",
                f"{at // 60:02d}:{at % 60:02d} 起的时段没有班次，或重复；各班合起来应为一整天，如 {'、'.join(DEFAULT)}",
            )
        reach = end
    return spans


def checked_night(span: str) -> str:
    """``span`` unchanged: "" or one like ``"22:00-06:00"``.  Raises FieldError."""
    if span:
        _minutes(span)
    return span


def at_night(now: datetime, zone: ZoneInfo, span: str) -> bool:
    """Whether ``now`` (aware) lies in the night ``span`` of the city's clock, its end excluded; never for ""."""
    if not span:
        return False
    start, end = _minutes(span)
    local = now.astimezone(zone)
    minute = 60 * local.hour + local.minute
    return start <= minute < end or start <= minute + DAY < end


def _minutes(span: str) -> tuple[int, int]:
    """(start, end) in minutes after the midnight before its start; ``end`` exceeds a day if the span runs past midnight."""
    match = _SPAN.fullmatch(span)
    if not match:
        raise FieldError(
            f'\'{span}\' is not a shift; write e.g. "08:00-16:00", or "20:00-08:00" for one past midnight',
            f'“{span}”不是班次，请写如 "08:00-16:00"，跨零点的写如 "20:00-08:00"',
        )
    h, m, to_h, to_m = match.groups()
    start, end = 60 * int(h) + int(m), DAY if to_h is None else 60 * int(to_h) + int(to_m)
    return start, end if end > start else end + DAY


def bounds(spans: tuple[str, ...]) -> list[tuple[int, int]]:
    """(start, end) of each span in minutes of the day that it starts on; one past midnight ends after 1440."""
    return [_minutes(s) for s in spans or DEFAULT]


def shift_at(now: datetime, zone: ZoneInfo, spans: tuple[str, ...] = DEFAULT) -> Shift:
    """The shift that contains ``now`` (aware), possibly started the day before; at its exact end the next one is on."""
    today, instant = now.astimezone(zone).date(), now.astimezone(UTC)
    for span in spans or DEFAULT:
        begins, ends = _minutes(span)
        for day in (today - timedelta(days=1), today):
            start, end = _at(day, begins, zone), _at(day, ends, zone)
            # within one zone Python compares wall times, which are ambiguous when the clock is set back
            if start.astimezone(UTC) <= instant < end.astimezone(UTC):
                return Shift(_name(begins, ends), span, start, end)
    raise ValueError(f"no shift is on at {now.astimezone(zone):%H:%M}")


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """When the city's clock first shows this minute of the day; if it skips that minute, the next one that it shows."""
    wall = datetime.combine(day, time()) + timedelta(days=minute // DAY, minutes=minute % DAY)
    while True:
        at = wall.replace(tzinfo=zone)
        if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall:
            return at
        wall += _MINUTE


def _name(start: int, end: int) -> Text:
    """Name of a shift that starts at this minute of the day."""
    if end - start == DAY:
        return Text(zh="全天班", en="All-day shift")
    hour = start // 60
    if 5 <= hour < 12:
        return Text(zh="早班", en="Morning shift")
    return Text(zh="中班", en="Late shift") if 12 <= hour < 20 else Text(zh="夜班", en="Night shift")
