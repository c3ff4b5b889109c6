"""Classify days by kind, as far as reports are concerned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.types.arrays import Array, Flags

#: An ordinary working day; a weekend; a holiday (three or more days off in a row, or a weekday off); a worked Saturday or Sunday
#: (调休); the first working day after a holiday.
WORKDAY, WEEKEND, HOLIDAY, MAKEUP, BACK = range(5)
KINDS = ("workday", "weekend", "holiday", "makeup", "back")
#: Days off in a row that make a holiday.
RUN = 3
#: Days examined beyond both ends, so that a run cut off there is still classified correctly.
_AROUND = 12


def kinds_of(days: Sequence[int] | Array, worked: Callable[[date], bool]) -> NDArray[np.int16]:
    """(n,) the kind of each of ``days`` (ordinals, consecutive); ``worked`` tells for any date whether it is worked.

    A year whose arrangement is not published has its statutory holidays and no 调休 (``data.clock.workdays``); nothing is raised.
    """
    ordinals = np.asarray(days, np.int64)
    if not len(ordinals):
        return np.zeros(0, np.int16)
    wide = range(int(ordinals[0]) - _AROUND, int(ordinals[-1]) + _AROUND + 1)
    on = np.array([worked(date.fromordinal(d)) for d in wide], bool)
    weekday = np.array([(d + 6) % 7 for d in wide])  # ordinal 1 is a Monday
    kind = np.where(on, np.where(weekday >= 5, MAKEUP, WORKDAY), np.where(weekday >= 5, WEEKEND, HOLIDAY)).astype(np.int16)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], on, [True]]).astype(np.int8)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):  # [begin, end) are days off
        if end - begin >= RUN or (kind[begin:end] == HOLIDAY).any():
            kind[begin:end] = HOLIDAY
            if end < len(kind) and kind[end] == WORKDAY and end - begin >= RUN:
                kind[end] = BACK
    return kind[_AROUND:-_AROUND]


def is_worked(kind: Array) -> Flags:
    """Whether a day of that kind is worked."""
    return np.isin(np.asarray(kind), (WORKDAY, MAKEUP, BACK))
