"""What counts as an exception: so clearly out of its usual that a wall should report it in words.

Each rule has a minimum count, so that nothing trivial is an exception, and a limit that chance rarely exceeds:

stage       open >= ``alarms.min_stock`` (20), above ``usual_high`` by at least 10 cases, and more came in than left in the
            worked time of ``alarms.pace`` (4 work hours): nights and weekends, in which nobody is there to clear it, say nothing.
            act: open > 1.5 x usual_high and inflow > 1.2 x what left.   ``came``, ``left`` (out + ended) today, ``overdue``;
            ``pace_in``, ``pace_out`` in that worked time, up to the whole minute (NaN outside work hours)
area        stands out in grid_heat: late clearly more often than its own mix of cases predicts, allowing for unexplained
            differences between areas (``data.statistics.outlying``); need >= 20, late >= ``alarms.min_count`` (10), at least 5
            points above the expectation.  Towns in the city, villages in a town.  act: at least twice the expectation
            and 20 late.  ``usual`` is the whole's share, ``high`` the largest that would not stand out.
            ``late``, ``need``, ``expected_share`` (%, of its mix)
here        the same for the place whose wall it is, compared with the city as on the city's own wall; ``code`` is the
            lowest cell that holds all its cases
category    today's count above the predictive limit (``data.statistics.predictive.family``) of the last eight same weekdays
            up to this time of day, allowing for all categories: on an ordinary day any of them is called with a probability
            of 4.5 %.  The mean is raised by as much as all other categories are above theirs today; count >=
            ``alarms.min_count`` (10), at least four
            known days.  act: a thousand times as rare and 3 times the mean.  ``usual`` is the mean before raising.
            ``area`` = the town that has most of it, ``in_area`` = how many it has
department  band "slower" on dispatch -> completion, median at least 1.25 times the city's, at least 5 waiting.
                        Never act, and after all others: thirty days are no emergency.  ``p90_min``, ``n``, ``waiting``
channel     silent (see channel_mix), on the city's wall only.  act: a channel that usually has 10 or more by now has none.
            ``n`` = today

What is an exception already stays one a little below these limits (hysteresis): ``raises`` is False for what would not become
one, but remains one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.query import windows
from data.query.metric import whole_id
from data.query.seasonal import MIN_KNOWN, first_of, known_days, per_code_day
from data.query.windows import HOUR_MS, WEEKDAYS
from data.statistics.distributions import nb_point, nb_tail
from data.statistics.predictive import Family, family
from data.types.arrays import Array, Flags, Floats

#: Share of ordinary days on which any category is called: .05, less what estimating dispersions costs.  "act" requires a tail
#: probability smaller by the second factor.
_ANY, _LOUD = 0.045, 1e-3
Answer = Mapping[str, Array]


@dataclass(frozen=True)
class Found:
    """One exception; ``excess`` is in its own standard deviations, used for the order only."""

    kind: str
    code: str
    act: bool
    excess: float
    observed: float
    usual: float
    low: float = np.nan
    high: float = np.nan
    owner: str = ""
    area: str = ""
    since_ms: float = np.nan
    came: float = np.nan
    left: float = np.nan
    overdue: float = np.nan
    late: float = np.nan
    need: float = np.nan
    expected_share: float = np.nan
    in_area: float = np.nan
    p90_min: float = np.nan
    n: float = np.nan
    waiting: float = np.nan
    pace_in: float = np.nan
    pace_out: float = np.nan
    raises: bool = True


#: Hysteresis: an exception stays one while a stock is this many cases above its usual (it needs ``_ABOVE`` to become one), a
#: place this share of its due cases later than expected (``_LATER``), a category's chance this many times its limit.
_ABOVE, _STILL_ABOVE = 10, 5
_LATER, _STILL_LATER = 0.05, 0.04
_STILL_RARE = 4.0


def out_of_usual(rows: RowSets, city: City, now: datetime) -> list[Found]:
    """All exceptions, in the order of the rules.  ``rows``: the answers of ``exceptions.METRIC`` and of the metrics it needs,
    that of ``grid_heat`` for the whole city as well."""
    return [
        *_stages(rows["stage_backlog"], rows["pace"], city, now),
        *_areas(rows["grid_heat"], city),
        *_here(rows["grid_heat"], rows[whole_id("grid_heat")], city),
        *_categories(rows, city, now),
        *_departments(rows["department_response"]),
        *_channels(rows["channel_mix"], city, now, _is_whole(rows["grid_heat"])),
    ]


def _stages(s: Answer, pace: Answer, city: City, now: datetime) -> Iterator[Found]:
    stage, size = np.asarray(pace["stage"], np.int64), len(city.profile.stages)
    into, out_of = (np.bincount(stage, weights=pace[k], minlength=size) for k in ("came", "gone"))
    order = {k.code: i for i, k in enumerate(city.profile.stages)}
    least, working = city.profile.alarms.min_stock, windows.working(now, city)
    for i in range(len(s["stage"])):
        now_open, high, usual = float(s["open"][i]), float(s["usual_high"][i]), float(s["usual"][i])
        came, gone = (float(v[order[str(s["stage"][i])]]) for v in (into, out_of))
        if np.isnan(high) or now_open < least or now_open - high < _STILL_ABOVE or came < gone:
            continue
        spread = max(np.sqrt(max(usual, 1.0)), (high - float(s["usual_low"][i])) / 3.92)  # 95 % = 3.92 sd
        yield Found(
            "stage",
            str(s["stage"][i]),
            now_open > 1.5 * high and came > 1.2 * gone,
            (now_open - usual) / spread,
            now_open,
            usual,
            float(s["usual_low"][i]),
            high,
            came=float(s["inflow"][i]),
            left=float(s["outflow"][i] + s["exits"][i]),
            overdue=float(s["overdue"][i]),
            pace_in=came if working else np.nan,
            pace_out=gone if working else np.nan,
            raises=now_open - high >= _ABOVE and came > gone,
        )


def _areas(g: Answer, city: City) -> Iterator[Found]:
    """The places within the scope that are late compared with the whole."""
    p0 = _share(g)
    for at in _inside(g):
        yield from _late("area", g, int(at), p0, city.profile.alarms.min_count)


def _here(g: Answer, whole: Answer, city: City) -> Iterator[Found]:
    """The place whose wall this is, compared with the places of the city; nothing on the city's own wall."""
    top = np.flatnonzero(np.asarray(g["level"]) == 0)
    if not len(top) or g["n"][top[0]] == whole["n"][np.flatnonzero(np.asarray(whole["level"]) == 0)[0]]:
        return
    own = np.flatnonzero((np.asarray(g["level"]) > 0) & (np.asarray(g["n"]) == g["n"][top[0]]))
    if len(own):  # every case of a place also lies in those above it: the place itself is the lowest
        lowest = int(own[np.argmax(np.asarray(g["level"])[own])])
        yield from _late("here", whole, lowest, _share(whole), city.profile.alarms.min_count)


def _share(g: Answer) -> float:
    """The share late of the whole (0..1); NaN if nothing was due."""
    whole = np.flatnonzero(np.asarray(g["level"]) == 0)
    return float(g["late"][whole[0]] / g["need"][whole[0]]) if len(whole) and g["need"][whole[0]] else np.nan


def _inside(g: Answer) -> NDArray[np.intp]:
    """The places that are compared: the towns, or the villages if the scope is one town."""
    level, some = np.asarray(g["level"]), np.asarray(g["n"]) > 0
    inside = np.flatnonzero((level == 1) & some)
    return np.flatnonzero((level == 2) & some) if len(inside) == 1 else inside


def _late(kind: str, g: Answer, at: int, p0: float, least: int) -> Iterator[Found]:
    """The place at row ``at``, if it stands out at its level and has enough cases for a sentence."""
    late, need, expected = (float(g[k][at]) for k in ("late", "need", "expected"))
    if not g["excess"][at] > 0 or need < 20 or late < least or late - expected < _STILL_LATER * need:
        return
    code = str(g["code"][at])
    yield Found(
        kind,
        code,
        late >= max(2 * expected, 20.0),
        float(g["excess"][at]),
        100 * late / need,
        100 * p0,
        high=float(g["limit"][at]),
        area=code,
        late=late,
        need=need,
        expected_share=100 * expected / need,
        raises=late - expected >= _LATER * need,
    )


class Judged(NamedTuple):
    """By category (k,): the count ``likely`` on a day as busy as this one, the ``tail`` probability of this many or more (NaN:
    fewer than are ever called), and whether it is ``called``."""

    likely: Family
    tail: Floats
    called: Flags


def judged(counts: Array, past: Array, least: int = 10) -> Judged:
    """Judge today's ``counts`` (k,) by those of other days (k, days) like it; none below ``least``."""
    means = past.mean(axis=1)
    others, usual = counts.sum() - counts, means.sum() - means
    # a busy day raises every category: by the ratio of the others to their usual, at least 1
    surge = np.where(usual >= 10, np.maximum(others / np.maximum(usual, 1.0), 1.0), 1.0)
    likely, tail = family(past, surge, _ANY), np.full(len(counts), np.nan)
    for k in np.flatnonzero((counts >= least) & (counts > likely.mean)):
        tail[k] = nb_tail(int(counts[k]), float(likely.mean[k]), float(likely.alpha[k]))
    return Judged(likely, tail, tail < likely.miss)


def _categories(rows: RowSets, city: City, now: datetime) -> Iterator[Found]:
    categories, today, past = city.profile.categories, rows["today"], rows["usual"]
    spans = windows.same_time(now, city, WEEKDAYS)
    known = known_days(spans, first_of(rows["first"]))
    table = per_code_day(past["category"], past["day"], past["n"], len(categories), spans, known)[:, known]
    if table.shape[1] < MIN_KNOWN or not len(table):
        return
    code, reports = np.asarray(today["category"], np.int64), np.asarray(today["n"], float)
    counts = np.array([reports[code == k].sum() for k in range(len(categories))])
    found = judged(counts, table, city.profile.alarms.min_count)
    for k in np.flatnonzero(found.tail < _STILL_RARE * found.likely.miss):
        category, count, miss = categories[k], float(counts[k]), found.likely.miss
        m, alpha = float(found.likely.mean[k]), float(found.likely.alpha[k])
        areas, n = np.unique(today["area"][code == k], return_inverse=True)
        by_area = np.bincount(n, weights=reports[code == k])
        most = int(np.argmax(by_area))
        town = int(areas[most])
        yield Found(
            "category",
            category.code,
            bool(found.tail[k] < _LOUD * miss and count >= 3 * m),
            float((count - m) / np.sqrt(m + alpha * m**2)),
            count,
            float(table[k].mean()),
            nb_point(miss, m, alpha),
            nb_point(1 - miss, m, alpha),
            owner=category.department or "",
            area=city.grid.code[town] if 0 <= town < len(city.grid.code) else "",
            in_area=float(by_area[most]) if town >= 0 else np.nan,
            raises=bool(found.called[k]),
        )


def _departments(d: Answer) -> Iterator[Found]:
    complete = np.asarray(d["measure"]) == "complete"
    city = np.flatnonzero(complete & (np.asarray(d["department"]) == ""))
    if not len(city):
        return
    usual = float(d["median_min"][city[0]])
    for i in np.flatnonzero(complete & (np.asarray(d["band"]) == 1)):
        observed, waiting = float(d["median_min"][i]), float(d["waiting"][i])
        if not d["department"][i] or not observed >= 1.25 * usual or not usual > 0 or waiting < 5:
            continue
        code = str(d["department"][i])
        yield Found(
            "department",
            code,
            False,
            4 * np.log2(observed / usual),
            observed,
            usual,
            owner=code,
            p90_min=float(d["p90_min"][i]),
            n=float(d["n"][i]),
            waiting=waiting,
        )


def _is_whole(g: Answer) -> bool:
    """Whether these answers cover more than one town (or a city without a grid)."""
    inside = (np.asarray(g["level"]) == 1) & (np.asarray(g["n"]) > 0)
    return int(np.count_nonzero(inside)) != 1


def _channels(c: Answer, city: City, now: datetime, whole: bool) -> Iterator[Found]:
    if not whole:
        return  # a feed serves the whole city: silence in a single town says nothing
    expected = {k.code: k.expected_every for k in city.profile.channels}
    for i in np.flatnonzero(np.asarray(c["silent"], bool)):
        code, newest, usual = str(c["channel"][i]), float(c["newest_ms"][i]), float(c["usual"][i])
        limit = expected.get(code)
        if limit is None:
            continue
        hours = limit.amount * (24.0 if limit.clock in ("workdays", "natural_days") else 1 / 60)
        quiet = (ms(now) - newest) / HOUR_MS if newest >= 0 else np.nan
        n = float(c["n"][i])
        excess = quiet / hours if quiet == quiet else 10.0
        yield Found(
            "channel",
            code,
            n == 0 and usual >= 10,
            min(excess, 10.0),
            quiet,
            hours,
            n=n,
            since_ms=newest if newest >= 0 else np.nan,
        )
