"""Categories: the last week against the eight weeks before; sensitive categories only as one delayed sum."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, func, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms, span_ms
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query import conditions, windows
from data.query.disclosure import in_batches
from data.query.metric import Column, Metric, Statement, day_start, events
from data.query.needs import DUE, END, Requires, all_of
from data.query.seasonal import first_of, known_days, usual_columns
from data.query.windows import Span
from data.statistics.distributions import percent
from data.text import Text
from data.types.arrays import Ints
from data.types.sql import AnySelect

DEFAULT_BACK = timedelta(days=7)
WEEKS_BEFORE = 8
SENSITIVE = "sensitive"
SENSITIVE_DELAY = timedelta(hours=24)
#: A sensitive count below this is withheld.
MASK_UNDER = 5


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Events of the window and of the eight windows before it, by category.

    If the viewer may not see sensitive categories, their sum is a statement of its own that is grouped by town only; for a
    scope below the towns it does not exist.
    """
    width = span_ms(windows.window("category_top", DEFAULT_BACK, city, back))
    table, area, visible = events(viewer, city)
    c, at = EVENT.c, ms(now)
    current = (
        select(
            area.label("area"),
            c.category,
            conditions.flag(conditions.need_archive(at)).label("need"),
            conditions.flag(conditions.late(at)).label("late"),
        )
        .select_from(table)
        .where(*visible, c.reported_at > at - width, c.reported_at <= at)
    )
    spans = _weeks(windows.minute(now), width)
    past = (
        select(area.label("area"), c.category, windows.flow_day(c.reported_at, spans).label("week"))
        .select_from(table)
        .where(*visible, windows.within(c.reported_at, spans))
    )
    out = {
        "current": Statement(conditions.tally(current, "area", "category", sums=("need", "late"))),
        "usual": Statement(conditions.tally(past, "area", "category", "week"), timedelta(minutes=5)),
        # compute does not get the window, so the answer carries its width
        "first": Statement(
            select(func.min(c.reported_at).label("first"), literal(width, BigInteger()).label("width")), timedelta(hours=1)
        ),
    }
    level, at_cell = city.scope_of(viewer.scope)
    if level <= 1 and not viewer.sees_sensitive and any(k.sensitive for k in city.profile.categories):
        every_town = _sensitive(city, now)
        own = every_town if level == 0 else every_town.where(EVENT.c.l1 == at_cell)
        out["sensitive"] = Statement(conditions.tally(own, "area"), timedelta(minutes=5))
        # all towns, whoever the viewer is: which of them must be withheld follows from all counts together
        towns = select(every_town.subquery("s").c.area.label("town"))
        out["sensitive_towns"] = Statement(conditions.tally(towns, "town"), timedelta(minutes=5))
    return out


def _sensitive(city: City, now: datetime) -> AnySelect:
    """The last calendar week, Monday to Sunday, that ended at least 24 h ago, by town, nothing else.

    The same for any requested window, and weeks that do not overlap: with a window sliding by the clock, or by the day, the
    difference of two reads would reveal a single event, or the few of one day.
    """
    monday = day_start(now - SENSITIVE_DELAY, city)
    end = monday - timedelta(days=monday.weekday())  # wall-clock arithmetic: the zone finds that day's own offset
    start = end - timedelta(days=7)
    c = EVENT.c
    return select(c.l1.label("area")).where(c.sensitive == 1, c.reported_at >= ms(start), c.reported_at < ms(end))


def _weeks(now: datetime, width: int) -> list[Span]:
    """The windows before the present one, numbered 1 (just before) .. 8, oldest first."""
    at = ms(now)
    return [Span(k, at - (k + 1) * width + 1, at - k * width) for k in range(WEEKS_BEFORE, 0, -1)]


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row per category with a count now or before, most first; then at most one row ``category`` "sensitive".

    Flow over 7 days by time of report, open events included: ``n``, ``usual`` (mean of the 8 weeks before),
    ``usual_low``, ``usual_high`` (95 % predictive interval from them; NaN under four known weeks),
    ``late_share`` (% of ``need``, NaN where 0), ``need`` (archived, or overdue and open).  ``masked`` False.
    ``category`` "?": unknown.

    The sensitive row counts the last calendar week that ended at least 24 h ago, in batches of five (``data.query.disclosure``).
    Under 5 it is withheld (``n`` NaN, ``masked`` True); towns are withheld together so that no single count, and no sum under 5,
    can be derived from the rest.
    """
    categories = city.profile.categories
    size = len(categories)
    current = rows["current"]
    position = _position(current["category"], size)
    n, need, late = (np.bincount(position, weights=current[k], minlength=size + 1) for k in ("n", "need", "late"))
    past = rows["usual"]
    table = np.zeros((size + 1, WEEKS_BEFORE))
    np.add.at(table, (_position(past["category"], size), WEEKS_BEFORE - np.asarray(past["week"], np.int64)), past["n"])
    width = int(rows["first"]["width"][0]) if len(rows["first"]["width"]) else 0
    known = known_days(_weeks(now, width), first_of(rows["first"]))
    table = np.where(known[None, :], table, np.nan)
    middle, low, high = usual_columns(table, middle="mean")
    share = percent(late, need)
    order = np.argsort(-n, kind="stable")
    order = order[((n > 0) | (np.nan_to_num(table).sum(axis=1) > 0))[order]].tolist()
    codes, networks = [*[k.code for k in categories], "?"], [*[k.network for k in categories], ""]
    sensitive = _sensitive_told(rows)
    beyond = [np.nan] * len(sensitive)
    return pd.DataFrame(
        {
            "category": [*[codes[i] for i in order], *[SENSITIVE for _ in sensitive]],
            "network": [*[networks[i] for i in order], *["" for _ in sensitive]],
            "n": np.array([*n[order], *sensitive], float),
            **{
                name: np.array([*column[order], *beyond], float)
                for name, column in (
                    ("usual", middle),
                    ("usual_low", low),
                    ("usual_high", high),
                    ("late_share", share),
                    ("need", need),
                )
            },
            "masked": np.array([*[False for _ in order], *[v != v for v in sensitive]], bool),
        }
    )


def _sensitive_told(rows: RowSets) -> list[float]:
    """Value of the sensitive row, NaN if it is withheld; [] if the statement was not run."""
    if "sensitive" not in rows:
        return []
    own, all_towns = rows["sensitive"], rows["sensitive_towns"]
    counts = {int(t): int(n) for t, n in zip(all_towns["town"], all_towns["n"], strict=True)}
    areas = [int(a) for a in own["area"]]
    total = int(np.sum(own["n"]))
    one_town = len(areas) == 1 and areas[0] >= 0
    masked = total < MASK_UNDER or (one_town and areas[0] in withheld(counts))
    return [np.nan if masked else float(in_batches(total))]


def withheld(counts: dict[int, int]) -> frozenset[int]:
    """Towns whose sensitive count is withheld, given the counts of all (-1: unknown town; always withheld).

    First all under 5.  The city's sum is published, so the sum of the withheld is known: smallest first, further towns are
    withheld until there are at least two, with 5 or more between them (if none is withheld, or they sum to 0, nothing leaks).
    """
    out = {t for t, n in counts.items() if n < MASK_UNDER or t < 0}
    rest = sorted((n, t) for t, n in counts.items() if t not in out)
    while rest and _tells(out, counts):
        out.add(rest.pop(0)[1])
    return frozenset(out)


def _tells(out: set[int], counts: dict[int, int]) -> bool:
    inside = [counts[t] for t in out if counts[t] > 0]
    return bool(inside) and (len(inside) < 2 or sum(inside) < MASK_UNDER)


def _position(code: Ints, size: int) -> Ints:
    at = np.asarray(code, np.int64)
    return np.where((at >= 0) & (at < size), at, size)


METRIC = Metric(
    id="category_top",
    name=Text(zh="事件类别", en="Categories"),
    definition=Text(
        zh="近7天上报按类别,与此前八周均值及由其得出的 95% 预测区间比较;"
        "敏感类别只以整周(周一至周日)的镇街合计、周末后24小时起显示,五件一批,不足5件不显示",
        en="Reports of the last 7 days by category against the mean of the 8 weeks before and the 95 % predictive interval"
        " from them; sensitive ones only as one sum per town of the last calendar week, from 24 h after its end,"
        " in batches of five, not under 5",
    ),
    unit="events",
    kind="flow",
    columns=(
        Column("category", "code"),
        Column("network", "code"),
        Column("n", "events"),
        Column("usual", "events"),
        Column("usual_low", "events"),
        Column("usual_high", "events"),
        Column("late_share", "%"),
        Column("need", "events"),
        Column("masked", "code"),
    ),
    requires=(Requires(all_of("event.category")), Requires((DUE, END), columns=("late_share", "need"))),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
