"""Instants and windows of a metric: the city's days as UTC milliseconds, computed in Python, never in SQL.

A zone's offset may change (not in China, but a city may be anywhere), so each day's boundaries are computed here and enter a
statement as literals.  History is labelled by the *local date* it belongs to (``date.toordinal()``), not by "days back": a
cached answer is then still right after midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal, or_, true

from data.access.viewer import Viewer
from data.city.city import City
from data.city.limits import NATURAL, Limit, natural_ms
from data.clock.calendar import clock_of
from data.clock.instants import ms, span_ms
from data.errors import QueryError
from data.query.metric import Statement, day_start, whole
from data.types.arrays import Array, Ints
from data.types.sql import AnyColumn

Build = Callable[[Viewer, City, timedelta | None, datetime], dict[str, Statement]]

#: How long an answer about the usual is cached: it compares whole minutes, so it may be a minute old.
USUAL_EVERY = timedelta(seconds=60)
#: Days back of the last eight same weekdays, and of the last fourteen days.
WEEKDAYS = tuple(range(7, 57, 7))
FORTNIGHT = tuple(range(1, 15))
#: Label of "later than every instant of the list"; NULL (has not happened) is later than all.
LATER = 9_999_999
#: An instant (ms) after all others: November 2999.
LAST = 32_500_000_000_000
DAY_MS, HOUR_MS, QUARTER_MS = 86_400_000, 3_600_000, 900_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to ``end``, both included (ms); ``day`` is the local date's ordinal."""

    day: int
    start: int
    end: int


def minute(now: datetime) -> datetime:
    """``now`` cut to the whole minute."""
    return now.replace(second=0, microsecond=0)


def each_minute(build: Build) -> Build:
    """Cache statements that only change with the minute: building them costs as much as running them.

    ``build(viewer, city, back, now)`` must be given ``minute(now)``.  At most 64 answers of one minute are kept.
    """
    kept: dict[tuple[int, Viewer, timedelta | None, datetime], tuple[City, dict[str, Statement]]] = {}

    def remembered(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
        key = (id(city), viewer, back, now)
        known = kept.get(key)
        if known is None or known[0] is not city:  # an id is reused when a city has been freed
            for old in list(kept):  # a minute that has passed is never requested again
                if len(kept) >= 64 or old[3] != now:
                    kept.pop(old, None)
            known = kept[key] = (city, build(viewer, city, back, now))
        return dict(known[1])

    return remembered


def ordinal(now: datetime, city: City) -> int:
    return now.astimezone(city.profile.zone).toordinal()


def today(now: datetime, city: City, back: timedelta | None = None) -> Span:
    """Local midnight to ``now``; with ``back`` the last ``back`` before ``now`` (its first instant excluded)."""
    end = ms(now)
    start = ms(day_start(now, city)) if back is None else end - span_ms(back) + 1
    return Span(ordinal(now, city), start, end)


def same_time(now: datetime, city: City, days_back: Sequence[int], back: timedelta | None = None) -> list[Span]:
    """The same span of earlier days, up to the same local time of day; oldest first."""
    local = now.astimezone(city.profile.zone)
    out = []
    for k in sorted(set(days_back), reverse=True):
        then = local - timedelta(days=k)  # wall-clock arithmetic: the zone finds that day's own offset
        end = ms(then.astimezone(UTC))
        start = ms(day_start(then.astimezone(UTC), city)) if back is None else end - span_ms(back) + 1
        out.append(Span(then.toordinal(), start, end))
    return out


def whole_days(now: datetime, city: City, days_back: Sequence[int]) -> list[Span]:
    """Earlier local days, midnight to the last millisecond before the next midnight; oldest first."""
    local = now.astimezone(city.profile.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    out = []
    for k in sorted(set(days_back), reverse=True):
        first, following = local - timedelta(days=k), local - timedelta(days=k - 1)
        out.append(Span(first.toordinal(), ms(first.astimezone(UTC)), ms(following.astimezone(UTC)) - 1))
    return out


def worked(now: datetime, city: City) -> list[tuple[int, int]]:
    """(start, end) in ms of the spans of work time that together are the city's ``alarms.pace`` before ``now``; oldest first."""
    pace, at, clock = city.profile.alarms.pace, ms(now), clock_of(city.profile)
    if pace.clock in NATURAL:
        return [(at - natural_ms(pace), at)]
    minutes = pace.amount * (city.profile.hours.minutes_a_day if pace.clock == "workdays" else 1)
    start = int(clock.work_instant(clock.work_seconds(at) - 60 * minutes))
    return clock.slots_between(start, at)


def working(now: datetime, city: City) -> bool:
    """Whether it is work time; the instant at which a slot ends is."""
    at, clock = ms(now), clock_of(city.profile)
    return bool(
        clock.work_seconds(at) > clock.work_seconds(at - 60_000) or clock.work_seconds(at + 60_000) > clock.work_seconds(at)
    )


def flow_day(column: AnyColumn, spans: Sequence[Span], before_end: bool = False) -> ColumnElement[int]:
    """SQL: the day whose span holds the instant, 0 where none does (``before_end``: the span's end is excluded)."""
    last = 1 if before_end else 0
    return case(*[(and_(column >= _big(s.start), column <= _big(s.end - last)), _big(s.day)) for s in spans], else_=_big(0))


def stock_day(column: AnyColumn, spans: Sequence[Span]) -> ColumnElement[int]:
    """SQL: the first day by whose ``end`` the instant has come, LATER if it has not.

    An item is in the stock at the end of day d's span when ``stock_day(begin) <= d < stock_day(finish)``.
    """
    return case(*[(column <= _big(s.end), _big(s.day)) for s in spans], else_=_big(LATER))


def crosses(begin: AnyColumn, finish: AnyColumn, spans: Sequence[Span]) -> ColumnElement[bool]:
    """SQL: may the item be in one of the stocks of ``stock_day``?  True for all that are, and for hardly any that is not: a
    subtraction and a division instead of a comparison with each span's end, where the ends are equally spaced (in a zone
    that changes its clocks they may not be: then True for all)."""
    gaps = {b.end - a.end for a, b in pairwise(spans)}
    if len(gaps) != 1:
        return true()
    gap = gaps.pop()
    # the number of ends before an instant; offset far enough above zero that the division rounds down
    lead = 10_000 * gap - spans[0].end + gap - 1
    passed = [whole(column + _big(lead), gap) for column in (begin, func.coalesce(finish, _big(LAST)))]
    return passed[0] < passed[1]


def reach(column: AnyColumn, spans: Sequence[Span]) -> ColumnElement[bool]:
    """SQL: the instant lies between the first span's start and the last one's end (cheaper than ``within``)."""
    return and_(column >= min(s.start for s in spans), column <= max(s.end for s in spans))


def within(column: AnyColumn, spans: Sequence[Span]) -> ColumnElement[bool]:
    """SQL: the instant lies in one of the spans; the outer bounds first, so that old blocks are skipped unread."""
    return and_(reach(column, spans), or_(*[and_(column >= s.start, column <= s.end) for s in spans]))


def hour_unit(city: City, spans: Sequence[Span]) -> int:
    """The longest bin that never straddles a local hour: an hour where all offsets are whole hours, else a quarter."""
    zone = city.profile.zone
    offsets = [datetime.fromtimestamp(t / 1000, zone).utcoffset() for s in spans for t in (s.start, s.end)]
    return HOUR_MS if all(o is not None and o.total_seconds() % 3600 == 0 for o in offsets) else QUARTER_MS


def local_hours(at_ms: Array, city: City) -> tuple[Ints, Ints]:
    """(day ordinal, hour 0..23) of each instant, in the city's zone."""
    at = np.asarray(at_ms, np.int64)
    # the zone is queried at both ends of each UTC day, and for each instant only on days when its clock changes
    days, of = np.unique(at // DAY_MS, return_inverse=True)
    ends, place = np.unique(np.concatenate([days, days + 1]), return_inverse=True)
    offsets = _offsets(ends * DAY_MS, city)[place]
    begin, end = offsets[: len(days)], offsets[len(days) :]
    offset = begin[of]
    changing = (begin != end)[of]
    if changing.any():
        offset[changing] = _offsets(at[changing], city)
    local = at + offset
    return local // DAY_MS + _EPOCH_ORDINAL, local % DAY_MS // HOUR_MS


def _offsets(at_ms: Ints, city: City) -> Ints:
    """The city's UTC offset (ms) at each instant."""
    zone = city.profile.zone
    return np.array([_ahead(k, zone) for k in at_ms.tolist()], np.int64)


def _ahead(at_ms: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_ms / 1000, zone).utcoffset()
    return span_ms(offset) if offset is not None else 0


def window(metric_id: str, default: timedelta, city: City, back: timedelta | None) -> timedelta:
    """Length of the window: the query's own, else the city's ``windows``, else the metric's default."""
    if back is not None:
        return back
    limit = city.profile.windows.get(metric_id)
    return default if limit is None else _natural(metric_id, limit)


def window_start(metric_id: str, default: timedelta, city: City, back: timedelta | None, at: int) -> int:
    """The instant (ms) after which the window up to ``at`` begins; see ``window``."""
    return at - span_ms(window(metric_id, default, city, back))


def window_end(viewer: Viewer, at: int) -> int:
    """End of the window (ms): ``at``, or the viewer's selection's end if earlier."""
    until = viewer.only.until if viewer.only is not None else None
    return at if until is None else min(at, until)


def _natural(metric_id: str, limit: Limit) -> timedelta:
    if limit.clock not in NATURAL:
        raise QueryError(
            f"windows.{metric_id}: '{limit.text}' runs on the work clock; write e.g. \"30 days\"",
            f'windows.{metric_id}：“{limit.text}”按工作时间计，请写如 "30 days"',
        )
    return timedelta(milliseconds=natural_ms(limit))


def _big(value: int) -> ColumnElement[int]:
    return literal(value, BigInteger())
