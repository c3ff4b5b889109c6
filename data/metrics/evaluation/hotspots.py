"""Where more is reported, or late, than the place's own mix predicts: places that stand out, and clusters of them (Gi*)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, case, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.errors import GridWallError
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.jobs import worker
from data.metrics.evaluation.place_counts import Counts, counts_of, slots
from data.metrics.wall.grid_heat import UNLOCATED
from data.query import conditions, windows
from data.query.kept_cluster import Cluster, cluster, kept_cluster
from data.query.metric import Column, Metric, Statement, events
from data.query.needs import CHANNEL, DUE, END, PLACE, Requires
from data.statistics import hot_spots
from data.statistics.distributions import poisson_limits
from data.statistics.empirical_bayes import empirical_bayes
from data.text import Text
from data.types.arrays import Array, Flags, Floats

DEFAULT_BACK = timedelta(days=30)
#: If fewer than this are expected, a ratio says little.
FEW = 3.0
#: How long (s) to wait for the worker process that runs the tests; without its answer no place is called hot.
LIMIT_S = 20.0


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Events reported in the window by place, kind of channel, category and severity, of all that the viewer may see: a place
    is compared with the others, whatever the scope."""
    level = level_of(city)
    if not level:
        return {}
    at = ms(now)
    start, end = windows.window_start("hotspots", DEFAULT_BACK, city, back, at), windows.window_end(viewer, at)
    table, area, visible = events(replace(viewer, scope=viewer.area), city)
    c = EVENT.c
    cells = (
        select(
            area.label("town"),
            c[f"l{level}"].label("place"),
            _kind(city).label("kind"),
            c.category,
            c.severity,
            conditions.flag(conditions.need_archive(at)).label("need"),
            conditions.flag(conditions.need_archive(at) & conditions.late(at)).label("late"),
        )
        .select_from(table)
        .where(*visible, c.reported_at > start, c.reported_at <= end)
    )
    asked = select(
        *[
            literal(value, BigInteger()).label(name)
            for name, value in (
                ("at", city.scope_of(viewer.scope)[1]),
                ("within", city.scope_of(viewer.area)[1]),
                ("start", start),
                ("end", end),
            )
        ]
    )
    return {
        "cells": Statement(conditions.tally(cells, "town", "place", "kind", "category", "severity", sums=("need", "late"))),
        "asked": Statement(asked),
        "first": conditions.first_record(),
        "cluster": Statement(kept_cluster()),
    }


def level_of(city: City) -> int:
    """The level of the places: that below the towns if the grid has one, else the first; 0 = there is no grid."""
    return next((level for level in (2, 1) if len(city.grid.at_level(level))), 0)


def _kind(city: City) -> ColumnElement[int]:
    """1 citizen, 2 patrol, 0 neither (counted in "all" only), by the channel's kind in the city's file."""
    return case((conditions.channel_of_kind(city, "citizen"), 1), (conditions.channel_of_kind(city, "patrol"), 2), else_=0)


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """For each of ``SOURCES`` x ``WHATS`` one row per place (village; if the grid has one level, its cells) of the scope in
    the grid's order, then ``code`` "?" for events without a known place: ``n`` adds up to all that is counted.

    ``reports`` reported in 30 days; ``need`` of them due (应结案), ``late`` of those; ``n`` = ``reports`` or ``late``.
    ``population`` residents, ``rate`` n per 1,000 residents and day (NaN where unknown).  ``expected``: for reported, the
    whole's reports distributed by residents (its rate of each category x the place's residents, summed; the same hours for
    all); for late, the whole's share late of each category and severity x the place's cases due, summed; both within the source.
    ``ratio`` = n / expected with its exact Poisson 95 % ``low`` .. ``high``; ``eb`` the shrunken ratio (Marshall).
    ``gi``: z of Gi* (the place and those that share an edge) of the counts' residuals, ``p`` one-sided; ``own_p`` the probability
    that a place alone has this many or more.  Both under the negative binomial with the dispersion of all places that the
    viewer may see.  ``hot`` 1: its neighbourhood stands out (p) and the place itself exceeds its expectation; 2: it stands out
    alone (own_p); 0: neither (``data.statistics.hot_spots``).  ``few``: fewer than 3 expected.  NaN: unknown, or not tested: no
    residents or nothing due, fewer than ten places, or the worker process did not answer; p and gi also: no neighbour, or
    fewer than 5 expected of the place and its neighbours together.
    ``cluster``: of all reports (source "all", "reported") where the daily space-time scan (``data.alarms.clusters``) found
    villages with more recent reports than their own previous eight weeks predict, as rarely as once in thirty days: the days of
    its window in the villages inside, else 0; and for the whole window ``cluster_n`` reported, ``cluster_expected``, and
    ``cluster_recurs`` the days between two scores this high in a quiet city (infinite: none of those simulated).
    """
    frames = []
    level = level_of(city)
    if level:
        asked = {k: int(np.asarray(rows["asked"][k])[0]) for k in ("at", "within", "start", "end")}
        first = np.asarray(rows["first"]["first"], np.int64)
        begin = max(asked["start"], int(first[0])) if len(first) and first[0] > 0 else asked["start"]
        days = max((asked["end"] - begin) / windows.DAY_MS, 1.0)
        places = _inside(city.grid.at_level(level), asked["within"], city)
        residents = city.grid.population[places].astype(float)
        residents[residents <= 0] = np.nan
        views = counts_of(rows["cells"], slots(places, len(places), city), residents, asked["at"])
        found = _tested(views, places, city, level)
        shown = np.isin(places, _inside(places, asked["at"], city))
        frames = [_frame(v, found, i, residents, shown, city.grid.codes[places[shown]], days) for i, v in enumerate(views)]
        frames[0] = _lying_together(frames[0], None if asked["within"] >= 0 else cluster(rows, city, now))
        frames[1:] = [_lying_together(f, None) for f in frames[1:]]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({c.name: [] for c in METRIC.columns})


def _inside(places: NDArray[np.int32], at: int, city: City) -> NDArray[np.int32]:
    """The places that are the cell ``at``, lie in it, or contain it; all for -1 (the city)."""
    if at < 0:
        return places
    level = int(city.grid.level[at])
    own = city.grid.ancestors[at]
    within = (city.grid.ancestors[places] == at).any(axis=1)
    return places[within if level <= int(city.grid.level[places[0]]) else np.isin(places, own[own >= 0])]


def _tested(views: list[Counts], places: NDArray[np.int32], city: City, level: int) -> hot_spots.Found:
    """Which places are hot in each view (rows); all NaN if the worker process does not answer."""
    counts, expected = np.stack([v.n for v in views]).astype(float), np.stack([v.expected for v in views])
    pairs = slots(places, -1, city)[city.grid.neighbours(level)].reshape(-1, 2)
    pairs = pairs[(pairs >= 0).all(axis=1)]
    try:
        return worker.ask(hot_spots.find, counts, expected, pairs, limit_s=LIMIT_S)
    except GridWallError:
        return hot_spots.nothing(counts.shape)


def _frame(v: Counts, found: hot_spots.Found, i: int, residents: Floats, shown: Flags, codes: Array, days: float) -> pd.DataFrame:
    n, expected = v.n.astype(float), v.expected
    low, high = poisson_limits(v.n)
    columns: dict[str, tuple[Any, Any]] = {
        "reports": (v.reports, v.lost[0]),
        "need": (v.need, v.lost[1]),
        "late": (v.late, v.lost[2]),
        "n": (v.n, v.lost[0] if v.what == "reported" else v.lost[2]),
        "population": (residents, np.nan),
        "rate": (1000 * n / (residents * days), np.nan),
        "expected": (expected, np.nan),
        "ratio": (n / expected, np.nan),
        "low": (low / expected, np.nan),
        "high": (high / expected, np.nan),
        "eb": (empirical_bayes(n, expected), np.nan),
        "gi": (found.gi[i], np.nan),
        "p": (found.near_p[i], np.nan),
        "own_p": (found.own_p[i], np.nan),
        "hot": (found.hot[i], 0),
        "few": (~(expected >= FEW), True),
    }
    return pd.DataFrame(
        {
            "code": np.append(codes, np.array([UNLOCATED], object)),
            "source": v.source,
            "what": v.what,
            **{name: np.append(held[shown], held.dtype.type(last)) for name, (held, last) in columns.items()},
        }
    )


def _lying_together(frame: pd.DataFrame, found: Cluster | None) -> pd.DataFrame:
    """Add the result of the daily scan, if it is an alarm."""
    inside = frame["code"].isin(found.codes) if found is not None and found.alarm else pd.Series(False, frame.index)
    days, n, expected, recurs = (
        (0, 0, np.nan, np.nan)
        if found is None
        else (found.days, found.seen, found.expected, np.inf if found.recurs is None else found.recurs)
    )
    return frame.assign(
        cluster=np.where(inside, days, 0),
        cluster_n=np.where(inside, n, 0),
        cluster_expected=np.where(inside, expected, np.nan),
        cluster_recurs=np.where(inside, recurs, np.nan),
    )


METRIC = Metric(
    id="hotspots",
    name=Text(zh="热点", en="Hot spots"),
    definition=Text(
        zh="近30天上报的事件，按村（社区）与来源（全部、市民、巡查渠道）：上报与其中超期的件数、每千居民每日率、期望与 O/E（"
        "Poisson 精确 95% 区间）、经验贝叶斯收缩的 O/E（Marshall，方差不为负）；期望：上报按居民数分摊，超期按全市各类别×等级"
        "的超期占比乘本地应结案；超期含未结已过时限者，在办而未到期的不算；热点：各村件数按负二项分布（离散度由全部村的件数矩"
        "估计）化为残差，做 Gi*（自身与共边相邻，按各村信息量加权，合计期望不足 5 件的不检验，本地须高于期望），另按各村自身"
        "件数做精确检验（至少 3 件）；两类合并做 Benjamini–Hochberg，界限由模拟本市无热点的情形定出：那样的城市每 20 个中只有"
        " 1 个会标出热点；期望不足 3 件记“样本少”；聚集：每日一次的时空扫描，近 1–14 天比本村前八周多、平静时平均 30 天才有一"
        "次；巡查发现随巡查力度，不是发生率",
        en="Events reported in the last 30 days by village and source (all, citizens' channels, patrols'): reported, and late of"
        " them, per 1,000 residents and day, expected and O/E (exact Poisson 95 % interval), O/E shrunken (empirical Bayes,"
        " Marshall, its variance cut at 0). Expected: reports shared out by residents; late, the city's share late of each"
        " category and severity x the place's cases due. Open cases past their limit are late, open within it are not. Hot:"
        " Gi* (the place and those that share an edge, weighed by what each can say; not where fewer than 5 are expected of"
        " them together; the place itself above expected) of the counts' residuals under a negative binomial, whose"
        " dispersion is estimated by moments over all villages; and an exact test of each village's own count (3 or more)."
        " Both together under Benjamini-Hochberg, whose limit is simulated: of 20 such cities without any hot spot one"
        " shows one. Under 3 expected is few. Cluster: a daily space-time scan, more in the last 1 to 14 days than the same"
        " villages had in the eight weeks before, as a quiet city shows once in thirty days. What patrols find follows their "
        "effort and is no incidence",
    ),
    unit="events",
    kind="flow",
    standard="Marshall 1991; Ord & Getis 1995; Dunn & Smyth 1996; Neill 2009",
    columns=(
        Column("code", "code"),
        Column("source", "code"),
        Column("what", "code"),
        Column("reports", "events"),
        Column("need", "events"),
        Column("late", "events"),
        Column("n", "events"),
        Column("population", "residents"),
        Column("rate", "events / 1,000 residents and day"),
        Column("expected", "events"),
        Column("ratio", "ratio"),
        Column("low", "ratio"),
        Column("high", "ratio"),
        Column("eb", "ratio"),
        Column("gi", "z"),
        Column("p", "chance"),
        Column("own_p", "chance"),
        Column("hot", "code"),
        Column("few", "code"),
        Column("cluster", "days"),
        Column("cluster_n", "events"),
        Column("cluster_expected", "events"),
        Column("cluster_recurs", "days"),
    ),
    requires=(
        Requires((PLACE,)),
        Requires((DUE, END), columns=("need", "late")),
        Requires((DUE, END), rows=("late",), by="what"),
        Requires((CHANNEL,), rows=("citizen", "patrol"), by="source"),
    ),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
