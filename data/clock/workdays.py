"""Workdays: statutory holidays and 调休 from chinesecalendar, other countries from ``holidays``.

The State Council publishes a year's arrangement in the November before; an unpublished year (and one before
2004) is provisional: Monday to Friday without the statutory days of ``holidays``, and without 调休.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from data.types.arrays import Flags

FIRST_YEAR, LAST_YEAR = 1990, 2100
BASE = date(FIRST_YEAR, 1, 1).toordinal()
DAYS = date(LAST_YEAR + 1, 1, 1).toordinal() - BASE
_SATURDAY, _SUNDAY = 5, 6


@lru_cache(maxsize=16)
def workday_table(country: str) -> Flags:
    """(DAYS,) True if the day ``BASE + i`` (ordinal) is a workday; read-only.

    "" or a country that ``holidays`` does not know: Monday to Friday, no holidays.  Never raises.
    """
    if country == "CN":
        table = _china()
    else:
        listed = _listed(country, range(FIRST_YEAR, LAST_YEAR + 1))
        table = _weekdays(_SATURDAY, _SUNDAY) if listed is None else _weekdays(*listed.weekend)
        if listed is not None:
            _mark(table, listed, False)
            _mark(table, listed.weekend_workdays, True)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=16)
def published_years(country: str) -> range:
    """The years whose arrangement is known; all years for a country without yearly decrees."""
    if country != "CN":
        return range(FIRST_YEAR, LAST_YEAR + 1)
    import chinese_calendar

    return range(min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year + 1)


def _china() -> Flags:
    import chinese_calendar

    published = published_years("CN")
    table = _weekdays(_SATURDAY, _SUNDAY)
    _mark(table, chinese_calendar.holidays, False)
    _mark(table, chinese_calendar.workdays, True)
    unpublished = [y for y in range(FIRST_YEAR, LAST_YEAR + 1) if y not in published]
    statutory = _listed("CN", unpublished) or ()
    # New Year's holiday of the first unpublished year may reach back into a published one, which takes precedence.
    _mark(table, (d for d in statutory if d.year not in published), False)
    return table


def _listed(country: str, years: Iterable[int]) -> Any:
    """The country's table in ``holidays``, or None if it has none."""
    import holidays

    try:
        return holidays.country_holidays(country, years=years) if country else None
    except NotImplementedError:
        return None


def _weekdays(*weekend: int) -> Flags:
    """Every day that does not fall on a weekday of ``weekend`` (0 = Monday)."""
    weekday = (np.arange(DAYS) + date.fromordinal(BASE).weekday()) % 7
    return ~np.isin(weekday, weekend)


def _mark(table: Flags, days: Iterable[date], worked: bool) -> None:
    at = np.array([d.toordinal() - BASE for d in days], np.int64)
    table[at[(at >= 0) & (at < DAYS)]] = worked
