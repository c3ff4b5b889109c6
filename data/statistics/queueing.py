"""A queue by its daily arrivals and departures: steady, growing or shrinking; Little's time in it, and days until it is clear."""

from __future__ import annotations

import math
from typing import SupportsFloat

import numpy as np

from data.types.arrays import Array
from data.types.records import Record

#: With fewer days than these the balance of arrivals and departures is not judged.
MIN_DAYS = 14
#: The flow counts as steady while the balance is within this many standard errors of zero.
STEADY_Z = 2.0
#: Reasons why a number is missing.
GROWING, SHRINKING, SHORT, NO_FLOW, NOTHING, EVEN = "growing", "shrinking", "short", "no_flow", "nothing", "even"


def little(wip: float, in_day: float) -> float:
    """Little's law: the mean time in a steady queue, in days, of ``wip`` waiting and ``in_day`` arriving per day (oracle: 1032,
    344 -> 3.0); NaN where nothing arrives."""
    return wip / in_day if in_day > 0 else math.nan


def days_to_clear(wip: float, in_day: float, out_day: float) -> float:
    """Days until nothing waits (oracle: 1032, 344, 360 -> 64.5); NaN unless more leave than arrive: never negative or endless."""
    return wip / (out_day - in_day) if out_day > in_day else math.nan


def balance_error(came: Array, went: Array) -> float:
    """Standard error of the sum of (came - went) over n days: sqrt(n) times the spread of the daily balance around the mean of
    its own weekday (no queue is emptied on weekends); NaN with under two weeks."""
    daily = np.asarray(came, float) - np.asarray(went, float)
    n = len(daily)
    if n < MIN_DAYS:
        return math.nan
    day = np.arange(n) % 7
    mean = np.bincount(day, weights=daily) / np.bincount(day)
    return math.sqrt(n * float(((daily - mean[day]) ** 2).sum()) / (n - 7))


def balance_of(came: Array, went: Array, wip: int) -> Record:
    """``balance_se``, ``steady``, ``w_days`` | ``w_code``, ``clear_days`` | ``clear_code`` of what came and went by day."""
    n, net = len(came), int(np.sum(came) - np.sum(went))
    in_day, out_day = per_day(np.sum(came), n), per_day(np.sum(went), n)
    error = balance_error(came, went)
    short = math.isnan(error)
    steady = not short and abs(net) <= STEADY_Z * error
    moves = SHORT if short else GROWING if net > 0 else SHRINKING
    w_code = moves if not steady else "" if in_day > 0 else NO_FLOW
    clear_code = NOTHING if wip == 0 else SHORT if short else EVEN if steady else "" if net < 0 else GROWING
    return {
        "balance_se": error,
        "steady": int(steady),
        "w_days": math.nan if w_code else little(wip, in_day),
        "w_code": w_code,
        "clear_days": math.nan if clear_code else days_to_clear(wip, in_day, out_day),
        "clear_code": clear_code,
    }


def per_day(total: SupportsFloat, days: float) -> float:
    """NaN for zero days."""
    return float(total) / days if days else math.nan
