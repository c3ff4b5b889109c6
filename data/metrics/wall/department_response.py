"""How fast departments respond and finish, with open cases censored instead of left out, and who differs clearly.

``data.metrics.wall.dispatched_cases`` selects the cases and how long each took, or has waited.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.metrics.wall.dispatched_cases import MEASURES, apart, cases, observations
from data.query import windows
from data.query.metric import Column, Metric, Statement
from data.query.needs import DEPARTMENT, DUE, END, STAGES, Requires, all_of, any_of
from data.query.verdict_rows import COMPLETE, FIRST, HOW, kept, kept_of
from data.statistics import comparison, ranking, survival
from data.statistics.distributions import percent
from data.statistics.ranking import MIN_RANKED
from data.text import Text
from data.types.arrays import Flags, Floats, Ints

DEFAULT_BACK = timedelta(days=30)
#: Upper limit of the restricted mean's horizon.
TAU_WORKDAYS = 15
KINDS = {"first": FIRST, "complete": COMPLETE}


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Cases registered in the window and dispatched: seconds to each milestone, or since when they have waited; and lateness."""
    at = ms(now)
    start = windows.window_start("department_response", DEFAULT_BACK, city, back, at)
    return {"cases": Statement(cases(viewer, city, start, at, at, []))} | kept_of(viewer, city, back, tuple(KINDS.values()))


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """For each ``measure`` (first: dispatch to first handling; complete: dispatch to completion) the city
    (``department`` "") and each department of the city's file.

    Cohort by registration, 30 days; net work time of the city's clock in minutes (to the second), without deferred time.  ``n``
    cases, ``done``, ``waiting`` (open: censored at ``now``; transferred: there; closed before it was reported: at its last row).
    Kaplan-Meier: ``median_min`` with ``low_min``, ``high_min`` (95 %, complementary log-log), ``p90_min``; NaN if not reached.
    ``rmst_min``: the mean restricted to ``tau_min``, the smallest of 15 workdays and the follow-up of all and of each ranked
    department (its last observation, unless all were done by then); NaN if a department's follow-up is shorter.  ``on_time``: %
    of ``on_time_n`` = archived or overdue open, with a limit (the same for both measures).
    ``band``: -1 faster than the rest of the city, 0 no clear difference, 1 slower (log-rank, see ``HOW``, over the
    departments; 0 also if the median contradicts it), 2 fewer than 20 cases; ``p`` its p-value.  ``place``: 1.. by the
    median, which is shown beside it; those that have not reached it last; NaN if too few cases or no other one is ranked.
    """
    own = {**rows, **apart(rows["cases"])}
    return pd.concat([measured(own, m, city, now) for m in MEASURES], ignore_index=True)


def medians(rows: RowSets, measure: str, city: City, now: datetime) -> dict[str, float]:
    """Net work minutes by department, "" = all of them: the Kaplan-Meier median of one measure; NaN if not reached.
    ``rows`` as of ``apart``."""
    size = len(city.profile.departments) + 1
    times, done, censored = survival.histogram(*observations(rows, measure, city, now), size)
    done, censored = (np.vstack([v.sum(axis=0), v[:-1]]) for v in (done, censored))
    known = _known(survival.quantiles(times / 60, done, censored), (done + censored).sum(axis=1))
    return dict(zip(["", *[d.code for d in city.profile.departments]], known.tolist(), strict=True))


def _curves(times: Floats, done: Floats, censored: Floats) -> list[tuple[survival.Curves, Floats]]:
    """The curve of the city and of each department, each over its own times, with how many left at each; minutes.  ``done`` and
    ``censored`` (k + 1, u), the last row being the cases without a department."""
    return [_curve(times, *(v.sum(axis=0) for v in (done, censored)))] + [
        _curve(times, *own) for own in zip(done[:-1], censored[:-1], strict=True)
    ]


def _curve(times: Floats, done: Floats, censored: Floats) -> tuple[survival.Curves, Floats]:
    leaving = done + censored
    own = leaving > 0
    return survival.kaplan_meier(times[own] / 60, done[own], censored[own]), leaving[own]


def measured(rows: RowSets, measure: str, city: City, now: datetime) -> pd.DataFrame:
    """The rows of ``compute`` for one measure; ``rows`` as of ``apart``, with the kept verdicts."""
    departments = city.profile.departments
    times, finished, censored = survival.histogram(*observations(rows, measure, city, now), len(departments) + 1)
    own = _curves(times, finished, censored)
    n, done = (np.array([v.sum() for v in column], float) for column in ((n for _, n in own), (c.done for c, _ in own)))
    low, high = np.array([survival.quantile_interval(c) for c, _ in own]).T
    median, p90 = (np.array([survival.quantile(c, q) for c, _ in own]) for q in (0.5, 0.9))
    known_to, enough = np.array([survival.follow_up(c, n) for c, n in own]), n >= MIN_RANKED
    tau = float(min([TAU_WORKDAYS * city.profile.hours.minutes_a_day, *known_to[enough], *known_to[:1][n[:1] > 0]]))
    mean = np.where(known_to >= tau, np.array([survival.rmst(c, tau) for c, _ in own]), np.nan)
    if (held := kept(rows, KINDS[measure], city, now)) is not None:
        call, p = held
        rest = np.full(len(call), np.nan)  # for the current data: the verdict is from another moment
        for d in np.flatnonzero(call):
            others = (v.sum(axis=0) - v[d] for v in (finished, censored))
            rest[d] = survival.quantile(_curve(times, *others)[0])
        call = np.where(_contrary(median[1:], rest, call), ranking.NO_DIFFERENCE, call)
    else:
        side, p = compared(times, finished, censored)
        call = np.where(ranking.benjamini_hochberg(p), side, ranking.NO_DIFFERENCE)
    band = np.concatenate([[ranking.NO_DIFFERENCE], np.where(enough[1:], call, ranking.TOO_FEW)]).astype(np.int64)
    if not enough[0]:
        band[0] = ranking.TOO_FEW
    size = len(departments) + 1
    late = _by_department(rows["lateness"], "late", size)
    need = _by_department(rows["lateness"], "n", size)
    return pd.DataFrame(
        {
            "measure": measure,
            "department": ["", *[d.code for d in departments]],
            "n": n.astype(np.int64),
            "done": done.astype(np.int64),
            "waiting": (n - done).astype(np.int64),
            "median_min": _known(median, n),
            "low_min": _known(low, n),
            "high_min": _known(high, n),
            "p90_min": _known(p90, n),
            "rmst_min": _known(mean, n),
            "tau_min": tau,
            "on_time": percent(need - late, need),
            "on_time_n": need.astype(np.int64),
            "band": band,
            "p": np.concatenate([[np.nan], p]),
            "place": np.concatenate([[np.nan], _places(median[1:], mean[1:], enough[1:])]),
        }
    )


def compared(times: Floats, done: Floats, censored: Floats) -> tuple[Ints, Floats]:
    """((k,) -1 faster than the rest, 0 no clear difference, 1 slower; (k,) p-values) of departments (k + 1, u), the last of which
    is the cases without one: log-rank, Benjamini-Hochberg over those with at least 20 cases.  If the median contradicts the test
    (the curves cross), there is no verdict."""
    held = comparison.Held(*(v[:-1] for v in survival.log_rank(done, censored)))
    n = (done + censored).sum(axis=1)
    asked = (n[:-1] >= MIN_RANKED) & (n.sum() - n[:-1] >= MIN_RANKED) & (held.variance > 0)
    p = np.where(asked, comparison.chances(held), np.nan)
    side = np.where(held.observed < held.expected, ranking.SLOWER, ranking.FASTER)
    own, rest = (
        survival.quantiles(times, *found)
        for found in ((done[:-1], censored[:-1]), ((done.sum(axis=0) - done)[:-1], (censored.sum(axis=0) - censored)[:-1]))
    )
    return np.where(_contrary(own, rest, side), ranking.NO_DIFFERENCE, side).astype(np.int64), p


def _contrary(own: Floats, rest: Floats, side: Ints) -> Flags:
    """Whether medians contradict a verdict; if neither is reached nothing is contradicted."""
    with np.errstate(invalid="ignore"):
        return np.asarray((own - rest) * side < 0, bool)


def compared_of(rows: RowSets, measure: str, city: City, now: datetime) -> tuple[Ints, Floats]:
    """``compared`` for the answers of the metric's statements."""
    return compared(
        *survival.histogram(*observations(apart(rows["cases"]), measure, city, now), len(city.profile.departments) + 1)
    )


def _places(median: Floats, mean: Floats, ranked: Flags) -> Floats:
    """1.. by the median, those that have not reached it last and by the mean; NaN if too few cases, or if only one is ranked."""
    out = np.full(len(median), np.nan)
    at = np.flatnonzero(ranked)
    if len(at) > 1:
        out[at[np.lexsort((np.nan_to_num(mean[at], nan=np.inf), median[at]))]] = np.arange(1, len(at) + 1)
    return out


def _by_department(r: Rows, column: str, size: int) -> Floats:
    """(size,): the whole city first, then each department."""
    code, n = np.asarray(r["department"], np.int64), np.asarray(r[column], float)
    keep = (code >= 0) & (code < size - 1)
    return np.concatenate([[n.sum()], np.bincount(code[keep], weights=n[keep], minlength=size - 1)])


def _known(value: Floats, n: Floats) -> Floats:
    return np.where((n > 0) & np.isfinite(value), value, np.nan)


_OF_A_MEASURE = ("done", "waiting", "median_min", "low_min", "high_min", "p90_min", "rmst_min", "tau_min", "band", "p", "place")
_WHOLE = (STAGES, DEPARTMENT, *all_of("stage.dispatch", "stage.handle"))

METRIC = Metric(
    id="department_response",
    name=Text(zh="部门响应", en="Response by department"),
    definition=Text(
        zh="近30天立案、已派遣的案件:派遣至首次办理与派遣至办结的净工作时间,Kaplan-Meier 估计(未办结按截尾计入);"
        f"与全市其余部门比较（对数秩检验，{HOW.zh}；中位相反时不判定）,按中位排序,不足20件不排名",
        en="Cases registered in the last 30 days: net work time from dispatch to first handling and to completion, Kaplan-Meier "
        f"with open cases censored; compared with the rest of the city (log-rank; {HOW.en}; no verdict where "
        "the median says the contrary), in the order of the median, under 20 not ranked",
    ),
    unit="min",
    kind="flow",
    columns=(
        Column("measure", "code"),
        Column("department", "code"),
        Column("n", "events"),
        Column("done", "events"),
        Column("waiting", "events"),
        Column("median_min", "min"),
        Column("low_min", "min"),
        Column("high_min", "min"),
        Column("p90_min", "min"),
        Column("rmst_min", "min"),
        Column("tau_min", "min"),
        Column("on_time", "%"),
        Column("on_time_n", "events"),
        Column("band", "code"),
        Column("p", "chance"),
        Column("place", "code"),
    ),
    requires=(
        Requires(_WHOLE),
        Requires(_WHOLE, columns=("band", "p", "place")),  # these are codes of a verdict, not names of a row
        # entering the stage, or completing it, is no first response if no start is recorded
        Requires(all_of("action.start"), rows=("first",), columns=_OF_A_MEASURE),
        Requires((any_of(*END.of, "action.complete"),), rows=("complete",), columns=_OF_A_MEASURE),
        Requires((DUE, END), columns=("on_time", "on_time_n")),
    ),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
