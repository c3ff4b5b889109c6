"""Daily reports of the last eight weeks, with the range that the early warning's baseline expects."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.views.warning.warnings import chosen_categories
from data.facts.rows import RowSets
from data.facts.schema import BASELINE, EVENT
from data.query.metric import events, whole
from data.query.needs import Requires, all_of
from data.query.windows import hour_unit, local_hours, ordinal, whole_days
from data.text import Text
from data.types.arrays import Floats, Ints
from data.types.sql import AnySelect
from data.warning.monitor import band
from data.warning.refit import BEHIND

#: Standard deviation of a normal distribution divided by its median absolute deviation.
_MAD = 1.4826


def select_(choice: Choice) -> dict[str, AnySelect]:
    """Reports by hour of the eight weeks before today, and the expected ones, summed over the chosen towns and categories.

    Baselines exist per town: for a place below one, its town's reports are shown if the viewer may see them.
    """
    now, city = choice.now, choice.city
    town = _town(choice)
    spans = whole_days(now, city, range(1, BEHIND + 1))
    unit = hour_unit(city, [spans[0], spans[-1]])
    known = [c.code for c in city.profile.categories]
    categories = [known.index(c) for c in sorted(chosen_categories(choice))]
    table, _, visible = events(replace(choice.viewer, scope=town, only=None), city)
    inner = (
        select(whole(EVENT.c.reported_at, unit).label("bin"))
        .select_from(table)
        .where(
            *visible,
            EVENT.c.category.in_(categories),
            EVENT.c.reported_at >= spans[0].start,
            EVENT.c.reported_at <= spans[-1].end,
        )
        .subquery("r")
    )
    b, today = BASELINE.c, ordinal(now, city)
    own = [b.area == city.scope_of(town)[1]] if town else []
    whom = [b.category.in_(categories), *own] if _may(choice) else [b.day < 0]
    expected = (
        select(b.day, func.sum(b.mu).label("mu"), func.sum(b.mu + b.alpha * b.mu * b.mu).label("variance"))
        .where(*whom, b.day >= today - BEHIND, b.day < today)
        .group_by(b.day)
    )
    return {"reports": select(inner.c.bin, func.count().label("n")).group_by(inner.c.bin), "expected": expected}


def _town(choice: Choice) -> str:
    """The town that is or contains the chosen area; "" for the city."""
    level, at = choice.city.scope_of(choice.viewer.scope)
    return choice.city.grid.code[int(choice.city.grid.ancestors[at, 0])] if level else ""


def _may(choice: Choice) -> bool:
    """False if the viewer's own area is smaller than a town: the town's reports are outside it."""
    return choice.city.scope_of(choice.viewer.area)[0] <= 1


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per whole ``day`` with a baseline ("2026-11-23"), the last is yesterday; none without a baseline.

    ``n`` reports, ``expected`` on that day, ``low`` .. ``high`` 95 % of the counts, negative binomial: the dispersion is that
    of the series' sum, or the scatter of the days shown about their expectation if larger (a busy day is busy everywhere;
    by the median absolute deviation, so that an outbreak does not widen its own band).
    """
    r = rows["expected"]
    order = np.argsort(np.asarray(r["day"], np.int64))
    day, mu, variance = (np.asarray(r[k], float)[order] for k in ("day", "mu", "variance"))
    spans = whole_days(choice.now, choice.city, range(1, BEHIND + 1))
    unit = hour_unit(choice.city, [spans[0], spans[-1]])
    when, _ = local_hours(np.asarray(rows["reports"]["bin"], np.int64) * unit, choice.city)
    n = np.zeros(len(day), np.int64)
    if len(day):
        at = np.searchsorted(day, when)
        here = (at < len(day)) & (day[np.minimum(at, len(day) - 1)] == when)
        n += np.bincount(at[here], weights=np.asarray(rows["reports"]["n"], float)[here], minlength=len(day)).astype(np.int64)
    low, high = band(mu, _dispersion(n, mu, variance))
    return pd.DataFrame({"day": [str(date.fromordinal(int(d))) for d in day], "n": n, "expected": mu, "low": low, "high": high})


def _dispersion(n: Ints, mu: Floats, variance: Floats) -> Floats:
    """(D,) alpha of the sum, with variance mu + alpha mu^2."""
    if not len(mu):
        return mu
    series = np.maximum(variance - mu, 0.0) / mu**2
    spread = _MAD * float(np.median(np.abs(n - mu) / mu))
    return np.asarray(np.maximum(series, max(spread**2 - float((1.0 / mu).mean()), 1e-6)), np.float64)


DRILL = Drill(
    id="expected",
    title=Text(zh="每日上报与应有区间", en="Reports a day and what is expected"),
    unit=Text(zh="近8周整日 · 件", en="last 8 weeks, whole days · cases"),
    definition=Text(
        zh="所选镇街与类别近8周每个整日的上报件数，与每日拟合的应有件数及其 95% 区间（负二项；离散度取各序列之和"
        "与近8周实际离散中较大者）；"
        "敏感类别除外；只按区域、网络、类别筛选，不受时间筛选",
        en="Reports of each whole day of the last eight weeks in the chosen towns and categories, and what the daily fit"
        " expects with 95 % of counts (negative binomial; the dispersion is that of the sum of the series, or the spread"
        " of the eight weeks where that is more). Sensitive categories are left out; only area, network and category cut"
        " it, no window does",
    ),
    fields=(
        Field("day", Text(zh="日期", en="day"), "text"),
        Field("n", Text(zh="上报", en="reported"), "count"),
        Field("expected", Text(zh="应有", en="expected"), "decimal"),
        Field("low", Text(zh="95%下限", en="95 % low"), "count"),
        Field("high", Text(zh="95%上限", en="95 % high"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(Requires(all_of("event.category")),),
)
