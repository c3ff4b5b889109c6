"""Early warning: reports of a category, in a town, neighbouring towns or the city, that stand out from their expectation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, func, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.facts.rows import RowSets
from data.facts.schema import EVENT, META
from data.metrics.evaluation.watched_days import DAYS, HOURS, Days, days_of, on_the_hour, seen_of, share_of, spans_of
from data.metrics.wall.grid_heat import UNLOCATED
from data.query.metric import Column, Metric, Statement, events, whole
from data.query.needs import Requires, all_of
from data.query.windows import hour_unit, ordinal
from data.statistics.distributions import nb_tails
from data.text import Text
from data.types.arrays import Flags, Floats
from data.warning import budget, kept_baseline, monitor, streams
from data.warning.baseline import EARS, EARS_LIMIT, METHODS, MODEL
from data.warning.strength import judge

NO_BASELINE = Text(
    zh="此日尚无基线：满一周整日后由服务自动拟合（或运行 python -m dashboard refit）；所辖小于镇街的账号不作预警",
    en="No baseline for this day yet: the server fits it by itself once a whole week is known (or python -m dashboard refit); an"
    " account whose area is less than a town has no early warning",
)
#: A warning whose false-alarm rate is at most this share of the budget is practically certain: once in twenty shifts.
SURE = 0.05


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Reports of the days that count up to the last full hour, by town, category and hour, of all that the viewer may see; the
    expectation for those days, and how a day's reports arrive.  Neither the scope nor filters restrict it, because which streams
    stand out is judged over all of them."""
    table, area, visible = events(replace(viewer, scope=viewer.area, only=None), city)
    spans = spans_of(now, city)
    unit = hour_unit(city, spans)
    inner = (
        select(area.label("town"), EVENT.c.category, whole(EVENT.c.reported_at, unit).label("bin"))
        .select_from(table)
        .where(*visible, EVENT.c.reported_at >= spans[0].start, EVENT.c.reported_at <= spans[1].end)
        .subquery("r")
    )
    counted = select(inner.c.town, inner.c.category, inner.c.bin, func.count().label("n")).group_by(
        inner.c.town, inner.c.category, inner.c.bin
    )
    asked = {"at": city.scope_of(viewer.scope)[1], "within": city.scope_of(viewer.area)[1], "unit": unit}
    return {
        "reports": Statement(counted),
        "expected": Statement(kept_baseline.baseline_rows(ordinal(now, city), DAYS - 1)),
        "shares": Statement(kept_baseline.share_rows()),
        "fitted": Statement(select(META.c.value).where(META.c.key == kept_baseline.META)),
        "asked": Statement(select(*[literal(v, BigInteger()).label(k) for k, v in asked.items()])),
    }


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row per series (town x open category) with a baseline for today, and one per warning of several towns; warnings first,
    then by strength.  None if there is no baseline, or if the viewer's own area is smaller than a town.

    ``reach`` town | ring (the town ``code`` and its neighbours) | city (``code`` "").  ``observed`` reports of the day up to
    ``look``, the newest full hour (before 1 o'clock of the whole day before); ``expected`` the day's mean x the share of the day
    that should be in the facts by then, ``low`` .. ``high`` 95 % of counts, ``p`` the probability of this many or more.
    ``builds`` (ms) the most probable start of a surge, ``window_observed`` and ``window_expected`` since then; ``rate`` false
    alarms a shift at least as strong.  ``status``: new (a warning since this evaluation), continuing, part (of a warning reported
    in another row), over (it was one in these days), quiet.  ``level``: amber, a warning; red, one with a rate of at most SURE of
    the budget; else "".  ``since``: the first evaluation of the warning (ms; -1: none).  ``code`` "?": in no town.
    """
    today = ordinal(now, city)
    kept = np.asarray(rows["fitted"]["value"])
    fitted = kept_baseline.stored({kept_baseline.META: str(kept[0])} if len(kept) else {})
    days = days_of(rows["expected"], today, len(city.profile.categories))
    asked = {k: int(np.asarray(rows["asked"][k])[0]) for k in ("at", "within", "unit")}
    # a part of a town's reports is not compared with the whole town's
    if fitted is None or days is None or (asked["within"] >= 0 and int(city.grid.level[asked["within"]]) > 1):
        return pd.DataFrame({c.name: [] for c in METRIC.columns})
    over = now.astimezone(city.profile.zone).hour
    size, hours = (DAYS, over) if over else (DAYS - 1, HOURS)  # before 1 o'clock the last evaluation was at midnight
    seen, share = seen_of(rows["reports"], days, city, today, asked["unit"]), share_of(rows["shares"], days, city, over)
    reach = streams.reach_of(len(days.area), streams.pairs_of(days.area, city.grid.neighbours(1)))
    shared = np.array([fitted.shared.get(c.code, 0.0) for c in city.profile.categories])
    judged = judge(
        seen[:size], (days.mu[:, None] * share[:, :, None])[:size], days.alpha[:size], shared, days.method == MODEL, reach, hours
    )
    strength, n, mean, watched = judged.strength.copy(), judged.seen, judged.mean, judged.watched
    if asked["within"] >= 0:  # this viewer may not see other towns' reports
        strength[..., ~_own(days, asked["within"], reach)[:, None] | ~watched] = -np.inf
    last = (size - 1) * HOURS + hours
    strength = strength.reshape(-1, *watched.shape)[:last]
    ready, still = (
        v.reshape(-1, *watched.shape)[:last] for v in (judged.ready & _above_ears(n, mean, days, reach, size), judged.still)
    )
    per_shift = city.profile.service.false_alarms_per_shift
    standing = monitor.standing(strength, ready, still, budget.threshold(fitted.curve, per_shift), reach.overlap)
    window = judged.window()
    k, c = np.nonzero(
        watched & ((reach.kind == streams.TOWN)[:, None] | np.isin(standing.status, (monitor.NEW, monitor.CONTINUING)))
    )
    one = k * watched.shape[1] + c
    status, so_far = standing.status[k, c], n[size - 1, :hours].sum(axis=0)[k, c]
    due, spread = mean[size - 1, :hours].sum(axis=0)[k, c], judged.alpha[size - 1][k, c]
    low, high = monitor.band(due, spread)
    instants = on_the_hour(now, city, range(1, HOURS + 1)).ravel()
    codes = np.append(city.grid.codes, np.array(["", UNLOCATED], object))
    town = np.where(reach.centre[k] >= 0, days.area[np.maximum(reach.centre[k], 0)], -2)
    rate = budget.rate(fitted.curve, strength[-1][k, c])
    told = np.isin(status, (monitor.NEW, monitor.CONTINUING))
    sure = told & (rate <= SURE * per_shift)
    frame = pd.DataFrame(
        {
            "code": codes[town],
            "category": [city.profile.categories[i].code for i in c],
            "reach": np.array(streams.REACHES, object)[reach.kind[k]],
            "observed": so_far.astype(np.int64),
            "expected": due,
            "low": low,
            "high": high,
            "p": nb_tails(so_far, due, spread),
            "builds": on_the_hour(now, city, range(HOURS))[window.day, window.hour][one],
            "window_observed": window.observed[one].astype(np.int64),
            "window_expected": window.expected[one],
            "rate": rate,
            "since": np.where(standing.since[k, c] >= 0, instants[np.maximum(standing.since[k, c], 0)], -1),
            "look": instants[last - 1],
            "status": np.array(monitor.STATUSES, object)[status],
            "level": np.select([sure, told], ["red", "amber"], ""),
            "method": np.array(METHODS, object)[days.method[c]],
        }
    )
    rank = np.array([4, 2, 0, 1, 3])[status] - 2 * sure
    order = np.lexsort((-so_far, -strength[-1][k, c], rank))
    shown = _shown(days, reach, asked["at"], asked["within"], city)[k]
    return frame[[x.name for x in METRIC.columns]].iloc[order[shown[order]]].reset_index(drop=True)


def _above_ears(n: Floats, mean: Floats, days: Days, reach: streams.Reach, size: int) -> Flags:
    """(D, 24, K, C) whether a day so far exceeds EARS' week by as many standard deviations as EARS requires; all true where a
    model is used.  For part of a day, the chance variance shrinks with that part, the rest with its square."""
    excess = np.where(days.method == EARS, np.maximum(days.sd[:size] ** 2 - days.mu[:size], 0.0), np.nan)
    wide = np.full((size, *n.shape[2:]), np.nan)
    towns = reach.kind == streams.TOWN
    wide[:, towns] = excess
    so_far, due = n.cumsum(axis=1), mean.cumsum(axis=1)
    part = due / np.maximum(due[:, -1:], 1e-12)
    above = so_far - due > EARS_LIMIT * np.sqrt(due + np.nan_to_num(wide)[:, None] * part**2)
    return np.asarray(above | (days.method != EARS), bool)


def _own(days: Days, within: int, reach: streams.Reach) -> Flags:
    """(K,) the one set that consists of the viewer's own town."""
    return np.asarray((reach.kind == streams.TOWN) & (days.area[np.maximum(reach.centre, 0)] == within), bool)


def _shown(days: Days, reach: streams.Reach, at: int, within: int, city: City) -> Flags:
    """(K,) whether a set concerns the requested place (for a place below a town, its town) and may be seen."""
    out = np.ones(len(reach.kind), bool)
    if at >= 0:
        out &= (reach.member & (days.area == int(city.grid.ancestors[at, 0]))).any(axis=1)
    if within >= 0:
        out &= _own(days, int(city.grid.ancestors[within, 0]), reach)
    return out


METRIC = Metric(
    id="warnings",
    name=Text(zh="预警", en="Early warning"),
    definition=Text(
        zh="每个整点看一次：同一类别（敏感类别除外）在一个镇街、一个镇街连同相邻镇街、全市的上报，与同类日子同一时段应有的件数相比。"
        "应有件数由每日拟合：镇街＋星期＋节假日与调休，满两年加趋势与年度谐波（不足两年改随此前数周的水平移动），过往异常降权，"
        "每类别一个负二项离散度，"
        "各镇街共有的部分另计；历史不足26周用 EARS C2，只看当日、只看单个镇街。判定：今天或前三日的某一小时起上报增至1.7倍或"
        "2.5倍，与一切如常相比，可能性之比（当日的忙闲计入，跨零点累计），乘以按应有件数分配的先验；强度达到门槛即为预警"
        "（黄）。门槛每次拟合时在模拟的平常日子上求得，使全部序列合计的误报恰为城市文件的每班预算（默认1次）；"
        "依据至少3件、可能性之比至少2。平常日子里这样强的误报每班不到预算的二十分之一，为红。强度回落到门槛的三分之一，"
        "或满一日后近24小时不再高出应有两成，为已回落；同一类别、有共同镇街的只报一条，以最强者为名。已扣除上报迟到的影响；"
        "过去的整点按现在所知重算",
        en="Each full hour: what is reported of a category (sensitive ones left out) in a town, in a town and its neighbours"
        " together, and in the city, against what should have been by such an hour of such a day. Expected by a daily fit:"
        " town + weekday + holidays and worked weekends, trend and two harmonics of the year from two years on (under two"
        " years the level of the weeks before instead), past outbreaks weighing less, one negative-binomial dispersion per"
        " category, and what of it the towns have in common; EARS C2 under 26 weeks of history, of single towns and days."
        " Judged: how many times as likely the reports are if from some hour of today or of the three days before on there"
        " were 1.7 or 2.5 times as many, than if all is as usual (a busy day allowed for, added up over midnight), times a"
        " prior in proportion to what is expected; from a threshold on it is a warning (amber). Each fit finds the"
        " threshold on simulated quiet days, such that the false alarms of all series together are the city's budget per"
        " shift (1 unless its file says less); three reports and odds of two are the least. Red where quiet days bring"
        " false alarms as strong in less than a twentieth of the budget. It is over when its odds are a third of the"
        " threshold's, or after a day where the last 24 hours are not a fifth above; series of a category with a town in"
        " common are one warning, named by the strongest. Reports that come in late are allowed for; looks that are past"
        " are judged by what is known now",
    ),
    unit="events",
    kind="flow",
    standard="Shiryaev 1963; Roberts 1966; Noufaily et al. 2013; Hutwagner et al. 2003; EEMUA 191",
    columns=(
        Column("code", "code"),
        Column("category", "code"),
        Column("reach", "code"),
        Column("observed", "events"),
        Column("expected", "events"),
        Column("low", "events"),
        Column("high", "events"),
        Column("p", "chance"),
        Column("builds", "instant_ms"),
        Column("window_observed", "events"),
        Column("window_expected", "events"),
        Column("rate", "per_shift"),
        Column("since", "instant_ms"),
        Column("look", "instant_ms"),
        Column("status", "code"),
        Column("level", "code"),
        Column("method", "code"),
    ),
    requires=(Requires(all_of("event.category")),),
    nothing=NO_BASELINE,
    select=select_,
    compute=compute,
)
