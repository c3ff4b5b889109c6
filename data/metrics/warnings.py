"""Early warning: which town's reports of which category stand far above what is expected by this hour of such a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import BigInteger, func, literal, select

from data.city import City
from data.instants import Span, hour_unit, local_hours, ordinal, whole_days
from data.metric import Column, Metric, Rows, RowSets, Statement, day_start, events, ms, whole
from data.metrics.grid_heat import UNLOCATED
from data.query.needs import Requires, all_of
from data.schema import EVENT
from data.shifts import DEFAULT
from data.text import Text
from data.viewer import Viewer
from data.warning import looks, refit
from data.warning.baseline import EARS, METHODS
from data.warning.days import is_worked
from data.warning.share import expected_share

HOURS = looks.HOURS


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Reports of yesterday and of today's hours that are over, by town, category and hour, of all that the viewer may see; what
    is expected of both days, and how a day's reports come in.  Neither the scope nor filters cut it: which series are above is
    judged over all of them."""
    table, area, visible = events(replace(viewer, scope=viewer.area, only=None), city)
    spans = _spans(now, city)
    unit = hour_unit(city, spans)
    inner = select(area.label("town"), EVENT.c.category, whole(EVENT.c.reported_at, unit).label("bin")).select_from(table).where(
        *visible, EVENT.c.reported_at >= spans[0].start, EVENT.c.reported_at <= spans[1].end).subquery("r")
    counted = select(inner.c.town, inner.c.category, inner.c.bin, func.count().label("n")).group_by(
        inner.c.town, inner.c.category, inner.c.bin)
    asked = {"at": city.scope_of(viewer.scope)[1], "within": city.scope_of(viewer.area)[1], "unit": unit}
    return {
        "reports": Statement(counted), "expected": Statement(refit.baseline_rows(ordinal(now, city), 1)),
        "shares": Statement(refit.share_rows()),
        "asked": Statement(select(*[literal(v, BigInteger()).label(k) for k, v in asked.items()])),
    }


def _spans(now: datetime, city: City) -> list[Span]:
    """Yesterday, and today up to the last full hour (its end before its start where none is over)."""
    midnight = ms(day_start(now, city))
    hour = now.astimezone(city.profile.zone).replace(minute=0, second=0, microsecond=0)
    return [*whole_days(now, city, (1,)), Span(ordinal(now, city), midnight, ms(hour) - 1)]


class _Days(NamedTuple):
    """The series (town, category) and, for yesterday and today, by series: mean, alpha, sd and whether it is a worked day."""

    town: NDArray[np.int64]
    category: NDArray[np.int64]
    method: NDArray[np.int64]
    mu: NDArray[np.float64]         # (2, S)
    alpha: NDArray[np.float64]
    sd: NDArray[np.float64]
    worked: NDArray[np.bool_]       # (2,)


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row per series (town x open category) that a baseline stands for today, warnings first, then by chance; none where
    there is no baseline, or where the viewer's own area is less than a town.

    ``observed`` reports of the day up to ``look``, the newest full hour (at night, before 1 o'clock, of the whole day before);
    ``expected`` the day's mean x the share of the day that should be in the facts by then, ``low`` .. ``high`` 95 % of counts;
    ``p`` the chance of so many or more.  ``status``: new (a warning since this look), continuing, over (today or yesterday it
    was one), first (above at this look; a warning if at the next too), quiet.
    ``level``: amber, a warning; red, one that is as good as sure; else "".  ``since``: the first look of the warning (ms;
    -1: none).  ``method`` baseline | ears.  ``code`` "?": in no town.
    """
    days = _days(rows["expected"], ordinal(now, city))
    if days is None:
        return pd.DataFrame({c.name: [] for c in METRIC.columns})
    asked = {k: int(np.asarray(rows["asked"][k])[0]) for k in ("at", "within", "unit")}
    if asked["within"] >= 0 and int(city.grid.level[asked["within"]]) > 1:
        return pd.DataFrame({c.name: [] for c in METRIC.columns})       # a part of a town's reports is not held against all of it
    today = ordinal(now, city)
    over = now.astimezone(city.profile.zone).hour
    seen = _seen(rows["reports"], days, city, today, asked["unit"])
    worked, off, known = refit.profiles(rows["shares"], len(city.profile.categories))
    mean = np.zeros((2 * HOURS, len(days.town)))
    early, share = np.zeros_like(mean, bool), np.zeros_like(mean)
    for d, ended in enumerate((HOURS + over, over)):
        part = expected_share(worked if days.worked[d] else off, known, ended)[days.category].T
        at = slice(d * HOURS, (d + 1) * HOURS)
        share[at], mean[at] = part, part * days.mu[d]
        early[at] = part < (looks.TOO_EARLY if d else -1.0)
    size = HOURS + over
    alpha = np.repeat(days.alpha, HOURS, axis=0)
    # EARS' variance of a whole day, of a part of it: what is chance alone shrinks with the part, the rest with its square
    excess = np.maximum(np.repeat(days.sd**2 - days.mu, HOURS, axis=0), 0.0)
    variance = np.where(days.method == EARS, mean + excess * share**2, np.nan)
    per_shift = np.tile(looks.looks_of(city.profile.shifts or DEFAULT), 2)
    budget = city.profile.service.false_alarms_per_shift / per_shift
    standing = looks.standing(
        seen[:size], looks.Expected(mean[:size], alpha[:size], variance[:size], early[:size]), budget[:size])
    last = size - 1
    low, high = looks.band(mean[last], alpha[last])
    instants = _instants(now, city)
    codes = np.append(city.grid.codes, np.array([UNLOCATED], object))
    frame = pd.DataFrame({
        "code": codes[days.town], "category": [city.profile.categories[c].code for c in days.category],
        "observed": seen[last], "expected": mean[last], "low": low, "high": high, "p": standing.p,
        "since": np.where(standing.since >= 0, instants[np.maximum(standing.since, 0)], -1), "look": instants[last],
        "status": np.array(looks.STATUSES, object)[standing.status], "method": np.array(METHODS, object)[days.method],
    })
    frame["level"] = np.select([standing.sure, np.isin(standing.status, (looks.NEW, looks.CONTINUING))], ["red", "amber"], "")
    frame = frame[[c.name for c in METRIC.columns]]
    rank = np.array([4, 2, 0, 1, 3])[standing.status] - 2 * standing.sure
    order = np.lexsort((-seen[last], standing.p, rank))
    shown = _shown(days.town, asked["at"], asked["within"], city)
    return frame.iloc[order[shown[order]]].reset_index(drop=True)


def _days(r: Rows, today: int) -> _Days | None:
    """None where nothing is expected of today (no baseline, or none that reaches so far)."""
    day = np.asarray(r["day"], np.int64)
    now = day == today
    if not now.any():
        return None
    town, category = np.asarray(r["town"], np.int64), np.asarray(r["category"], np.int64)
    order = np.lexsort((category[now], town[now]))
    key = (town + 1) * 4096 + category
    own = key[now][order]
    before = np.flatnonzero(day == today - 1)
    before = before[np.argsort(key[before], kind="stable")]
    # yesterday of a series that was not known then: it is taken for like today
    at = np.searchsorted(key[before], own) if len(before) else np.zeros(len(own), np.int64)
    at = np.minimum(at, max(len(before) - 1, 0))
    there = key[before][at] == own if len(before) else np.zeros(len(own), bool)
    both = {}
    for name in ("mu", "alpha", "sd", "kind"):
        held = np.asarray(r[name], float)
        current = held[now][order]
        earlier = np.where(there, held[before][at], current) if len(before) else current
        both[name] = np.stack([earlier, current])
    return _Days(town[now][order], category[now][order], np.asarray(r["method"], np.int64)[now][order], both["mu"], both["alpha"],
                 both["sd"], is_worked(both["kind"][:, 0]))


def _seen(r: Rows, days: _Days, city: City, today: int, unit: int) -> NDArray[np.int64]:
    """(48, S) reports of yesterday up to 1, 2 ... 24 o'clock, then of today."""
    day, hour = local_hours(np.asarray(r["bin"], np.int64) * unit, city)
    key = (days.town + 1) * 4096 + days.category
    own = (np.asarray(r["town"], np.int64) + 1) * 4096 + np.asarray(r["category"], np.int64)
    at = np.minimum(np.searchsorted(key, own), len(key) - 1)
    d = day - (today - 1)
    keep = (key[at] == own) & (np.asarray(r["category"], np.int64) >= 0) & (d >= 0) & (d <= 1)
    flat = (d[keep] * HOURS + hour[keep]) * len(key) + at[keep]
    n = np.bincount(flat, weights=np.asarray(r["n"], float)[keep], minlength=2 * HOURS * len(key))
    return n.reshape(2, HOURS, len(key)).cumsum(axis=1).reshape(2 * HOURS, len(key)).astype(np.int64)


def _instants(now: datetime, city: City) -> NDArray[np.int64]:
    """(48,) when each look was: yesterday's 1 to 24 o'clock, then today's, in the city's time (ms)."""
    midnight = day_start(now, city)
    starts = (midnight - timedelta(days=1), midnight)       # wall-clock arithmetic: each day has its own offset
    return np.array([ms((s + timedelta(hours=h)).replace(fold=0)) for s in starts for h in range(1, HOURS + 1)], np.int64)


def _shown(town: NDArray[np.int64], at: int, within: int, city: City) -> NDArray[np.bool_]:
    """Whether a series is of the place that is asked of (of its town, for a place below it) and that may be seen."""
    out = np.ones(len(town), bool)
    for place in (at, within):
        if place >= 0:
            out &= town == int(city.grid.ancestors[place, 0])
    return out


METRIC = Metric(
    id="warnings",
    name=Text(zh="预警", en="Early warning"),
    definition=Text(
        zh="每个整点看一次：今日到此刻的上报（镇街×类别，敏感类别除外）与同类日子同一时段应有的件数相比。应有件数由每日拟合："
           "镇街＋星期＋节假日与调休＋线性趋势，满两年加年度谐波，过往异常降权，每类别一个负二项离散度；历史不足26周用 EARS C2。"
           "判定：负二项上尾概率 p 小到全部序列的误报合计不超过城市文件的每班误报预算（默认1次），且不少于3件；连续两次为预警"
           "（黄），再通过全部序列的 Benjamini–Hochberg（5%）为红；回落（p>5%）前同一序列不重复；已扣除上报迟到的影响；"
           "过去的整点按现在所知重算",
        en="Each full hour: what has been reported today so far (town x category, sensitive ones left out) against what"
           " should have been by that hour of such a day. Expected by a daily fit: town + weekday + holidays and worked"
           " weekends + linear trend, two harmonics of the year from two years on, past outbreaks weighing less, one"
           " negative-binomial dispersion per category; EARS C2 under 26 weeks of history. Above: the chance p of so many or"
           " more is so small that all series together stay within the city's budget of false alarms per shift (1 unless its"
           " file says less), and there are three or more; two looks in a row are a warning (amber), red where it also passes"
           " Benjamini-Hochberg at 5 % over all series; it is one warning until p > 5 %. Reports that come in late are"
           " allowed for; looks that are past are judged by what is known now",
    ),
    unit="events", kind="flow", standard="Noufaily et al. 2013; Hutwagner et al. 2003; EEMUA 191",
    columns=(
        Column("code", "code"), Column("category", "code"), Column("observed", "events"), Column("expected", "events"),
        Column("low", "events"), Column("high", "events"), Column("p", "chance"), Column("since", "instant_ms"),
        Column("look", "instant_ms"), Column("status", "code"), Column("level", "code"), Column("method", "code"),
    ),
    requires=(Requires(all_of("event.category")),),
    select=select_, compute=compute,
)
