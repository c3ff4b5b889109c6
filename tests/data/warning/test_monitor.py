"""Which streams stand out at a look: an alarm is told once, also over several streams, midnight and a lull; then it is over."""

from __future__ import annotations

import numpy as np
from scipy import stats

from data.warning.monitor import DROP, STATUSES, band, standing, walk

#: Two towns that are neighbours, one that is none, the ring of the two, and the city.
TOUCH = np.array([[1, 0, 0, 1, 1], [0, 1, 0, 1, 1], [0, 0, 1, 0, 1], [1, 1, 0, 1, 1], [1, 1, 1, 1, 1]], bool)
LOW = -9.0


def path(*streams: list[float]) -> np.ndarray:
    """(L, K, 1) strengths of the first of the five streams by look; the others never stand out."""
    out = np.full((len(streams[0]), 5, 1), LOW)
    for k, values in enumerate(streams):
        out[:, k, 0] = values
    return out


def told(strength: np.ndarray, ready: bool = True, still: bool = True) -> tuple[list[str], list[int]]:
    """The statuses of the five after the last look, and since when."""
    found = standing(strength, np.full(strength.shape, ready), np.full(strength.shape, still), 0.0, TOUCH)
    return [STATUSES[s] for s in found.status[:, 0]], found.since[:, 0].tolist()


def begun(strength: np.ndarray) -> list[int]:
    return [int(look.new) for look in walk(strength, np.ones(strength.shape, bool), 0.0, TOUCH)]


def test_one_look_above_is_a_warning_and_it_is_told_once() -> None:
    assert told(path([LOW, 0.0])) == (["new", *["quiet"] * 4], [1, -1, -1, -1, -1])
    assert told(path([LOW, 0.0, 0.1]))[0][0] == "continuing"
    assert begun(path([LOW, 0.0, 0.1, -0.5, 0.3])) == [0, 1, 0, 0, 0]


def test_it_holds_until_its_odds_are_a_third_of_what_began_it() -> None:
    edge = -float(np.log(3.0))
    assert edge == -DROP
    assert told(path([0.0, edge + 1e-6]))[0][0] == "continuing"
    assert told(path([0.0, edge - 1e-6]))[0][0] == "over"
    # below the threshold it does not begin anew, above it it does
    assert begun(path([0.0, edge - 1e-6, -0.1, 0.0])) == [1, 0, 0, 1]


def test_streams_with_a_town_in_common_are_one_alarm_named_by_the_strongest() -> None:
    both = path([1.0, 1.0], [LOW, LOW], [LOW, LOW], [0.5, 2.0])
    assert begun(both) == [1, 0]
    assert told(both) == (["part", "quiet", "quiet", "continuing", "quiet"], [-1, -1, -1, 0, -1])
    # the ring joins what its town began: it is no new alarm, and as old as the town's
    joined = path([1.0, 1.0, LOW], [LOW] * 3, [LOW] * 3, [LOW, 2.0, 2.0])
    assert begun(joined) == [1, 0, 0]
    assert told(joined) == (["over", "quiet", "quiet", "continuing", "quiet"], [-1, -1, -1, 0, -1])


def test_towns_without_a_stream_in_common_are_two_alarms() -> None:
    apart = path([1.0], [LOW], [1.0])
    assert begun(apart) == [2]
    assert told(apart)[0] == ["new", "quiet", "new", "quiet", "quiet"]


def test_another_category_is_another_alarm() -> None:
    two = np.concatenate([path([LOW, 1.0]), path([1.0, 1.0])], axis=2)
    assert begun(two) == [1, 1]
    found = standing(two, np.ones(two.shape, bool), np.ones(two.shape, bool), 0.0, TOUCH)
    assert [STATUSES[s] for s in found.status[0]] == ["new", "continuing"]


def test_without_reports_enough_none_begins_but_one_goes_on() -> None:
    strength = path([1.0, 1.0])
    ready = np.zeros(strength.shape, bool)
    assert sum(int(look.new) for look in walk(strength, ready, 0.0, TOUCH)) == 0
    ready[0] = True
    assert [bool(look.on[0, 0]) for look in walk(strength, ready, 0.0, TOUCH)] == [True, True]


def test_after_a_day_a_lull_ends_it_and_the_next_rise_is_the_same_one() -> None:
    strength = path([1.0] * 25)
    assert told(strength[:24], still=False)[0][0] == "continuing"  # it takes a day to tell
    assert told(strength, still=False)[0][0] == "over"
    assert told(strength)[0][0] == "continuing"


def test_many_cities_at_many_thresholds_are_walked_over_at_once() -> None:
    one = path([0.5, 0.5])
    wide = np.broadcast_to(one[:, None], (2, 3, *one.shape[1:]))
    monitor = list(walk(wide, np.ones(wide.shape, bool), np.array([0.0, 0.4, 0.6]), TOUCH))
    assert [look.new.tolist() for look in monitor] == [[1, 1, 0], [0, 0, 0]]


def test_the_band_holds_nineteen_days_of_twenty() -> None:
    low, high = band(np.array([12.0]), np.array([0.1]))
    assert stats.nbinom.cdf(high[0], 10, 1 / 2.2) >= 0.975 > stats.nbinom.cdf(high[0] - 1, 10, 1 / 2.2)
    assert stats.nbinom.cdf(low[0], 10, 1 / 2.2) >= 0.025 > stats.nbinom.cdf(low[0] - 1, 10, 1 / 2.2)
