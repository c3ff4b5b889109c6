"""Process variants: sequences of stages of the cases that ended, the most common first.

A sequence is counted in SQL as integers: each visit writes its stage into a few bits at its position, so that no text is built
for a million cases.  The facts know visits: re-entering a stage without leaving it is no step, and stages of closed cases
(回访) are left out, since the case had ended.  Anything a log records beyond its stages is not in the facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.facts.schema import EVENT, VISIT
from data.query import conditions, durations, windows
from data.query.metric import Column, Metric, Statement, by_area, events, visits_of
from data.query.needs import END, STAGES, Requires
from data.statistics.distributions import percent
from data.text import Text
from data.types.arrays import Ints

DEFAULT_BACK = timedelta(days=30)
#: Number of variants listed; the others are counted together.
LISTED = 200
#: A sequence is held in WORDS integers of WIDE bits each; visits beyond them are not distinguished.
WORDS, WIDE = 4, 60
#: Separator of stages in a sequence as text.
THEN = ">"


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Cases that ended in the window by sequence, with work minutes from report to end; and how many ended."""
    at = ms(now)
    start = windows.window_start("variants", DEFAULT_BACK, city, back, at)
    table, area, visible = events(viewer, city)
    c, v = EVENT.c, VISIT.c
    ended = [*visible, c.is_open == 0, c.closed_at > start, c.closed_at <= windows.window_end(viewer, at)]
    spent = case((c.w_closed.is_(None), literal(-1)), else_=durations.binned(c.w_closed - c.w_reported))
    cases = select(c.eid, area.label("area"), spent.label("minutes")).select_from(table).where(*ended).subquery("e")
    log, _, seen = visits_of(select(cases.c.eid), viewer, city)
    way = [*seen, v.stage.in_(city.profile.open_stages)]
    words = select(v.eid, *_words(city)).select_from(log).where(*way).group_by(v.eid).subquery("w")
    names = [f"word{k}" for k in range(WORDS)]
    rows = select(cases.c.area, cases.c.minutes, *[func.coalesce(words.c[n], 0).label(n) for n in names]).select_from(
        cases.outerjoin(words, words.c.eid == cases.c.eid)
    )
    return {"ended": Statement(conditions.tally(rows, *by_area(viewer), *names, "minutes"))}


def _bits(city: City) -> tuple[int, int]:
    """(bits of a stage, visits that one integer holds)."""
    bits = len(city.profile.stages).bit_length()
    return bits, WIDE // bits


def _words(city: City) -> list[ColumnElement[int]]:
    """SQL: ``word0`` .. : the stages (position + 1) of a case's visits at their positions."""
    bits, each = _bits(city)
    v = VISIT.c
    out: list[ColumnElement[int]] = []
    for k in range(WORDS):
        own = and_(v.seq >= k * each, v.seq < (k + 1) * each)
        placed = (_big(v.stage) + 1).bitwise_lshift(_big((v.seq - k * each) * bits))
        out.append(func.bit_or(case((own, placed), else_=literal(0, BigInteger())), type_=BigInteger()).label(f"word{k}"))
    return out


def _big(of: Any) -> Any:
    return cast(of, BigInteger)


def sequences(words: Ints, city: City) -> list[tuple[int, ...]]:
    """Positions of the stages, in their order, of each row of ``words`` (k, WORDS)."""
    bits, each = _bits(city)
    shifts = np.arange(each, dtype=np.int64) * bits
    held = (words[:, :, None] >> shifts) & ((1 << bits) - 1)
    return [tuple(int(s) - 1 for s in row if s) for row in held.reshape(len(words), held.shape[1] * held.shape[2])]


def counted(case_of: Sequence[Any], steps: Sequence[Any]) -> Counter[tuple[Any, ...]]:
    """How many cases took each variant, from ordered steps: ``case_of`` is the case of each of the ``steps``."""
    ways: dict[Any, list[Any]] = {}
    for one, step in zip(case_of, steps, strict=True):
        ways.setdefault(one, []).append(step)
    return Counter(tuple(way) for way in ways.values())


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Cases that ended in 30 days, one row per sequence of stages, the most frequent first (at a tie the shorter).

    ``place`` 1 .., ``sequence`` codes separated by ">" ("" = no visit is known), ``variants`` 1, ``n`` cases, ``share`` and
    ``cumulative`` % of all that ended, ``median_min`` work minutes from report to end (NaN: no such clock), ``steps`` visits,
    ``returns`` visits to a stage where it had been before.  After the first 200 one row of ``place`` 0 with the number of
    further ``variants`` and their ``n`` cases.
    """
    r = rows["ended"]
    n, minutes = np.asarray(r["n"], np.int64), np.asarray(r["minutes"], np.int64)
    words = np.column_stack([np.asarray(r[f"word{k}"], np.int64) for k in range(WORDS)])
    distinct, of = np.unique(words, axis=0, return_inverse=True)
    of = np.asarray(of).reshape(-1)
    ways = sequences(distinct, city)
    # a visit left out (of a closed case) leaves a gap: such variants are the same
    number: dict[tuple[int, ...], int] = {}
    same = np.array([number.setdefault(w, len(number)) for w in ways], np.int64)
    of = same[of] if len(same) else of
    cases = np.bincount(of, weights=n, minlength=len(number)).astype(np.int64)
    kinds = list(number)
    order = sorted(range(len(kinds)), key=lambda i: (-cases[i], len(kinds[i]), kinds[i]))
    total, shown = int(n.sum()), order[:LISTED]
    codes = [s.code for s in city.profile.stages]
    medians = _medians(of, minutes, n, shown)
    out = [
        {
            "place": k + 1,
            "sequence": THEN.join(codes[s] for s in kinds[i]),
            "variants": 1,
            "n": int(cases[i]),
            "median_min": medians[k],
            "steps": len(kinds[i]),
            "returns": len(kinds[i]) - len(set(kinds[i])),
        }
        for k, i in enumerate(shown)
    ]
    rest = order[LISTED:]
    if rest:
        among = np.isin(of, rest) & (minutes >= 0)
        out.append(
            {
                "place": 0,
                "sequence": "",
                "variants": len(rest),
                "n": int(cases[rest].sum()),
                "median_min": durations.quantile(minutes[among], n[among]),
                "steps": -1,
                "returns": -1,
            }
        )
    frame = pd.DataFrame(out, columns=[c.name for c in METRIC.columns])
    counts = frame["n"].to_numpy(np.int64)
    frame["share"] = percent(counts, np.full(len(frame), total))
    frame["cumulative"] = percent(np.cumsum(counts), np.full(len(frame), total))
    return frame


def _medians(of: Ints, minutes: Ints, n: Ints, shown: list[int]) -> list[float]:
    known = minutes >= 0
    of, minutes, n = of[known], minutes[known], n[known]
    order = np.argsort(of, kind="stable")
    of, minutes, n = of[order], minutes[order], n[order]
    begin, end = np.searchsorted(of, shown, side="left"), np.searchsorted(of, shown, side="right")
    return [durations.quantile(minutes[a:b], n[a:b]) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]


METRIC = Metric(
    id="variants",
    name=Text(zh="流程变体", en="Variants"),
    definition=Text(
        zh="近30天结束（办结、作废、并案、转出）的案件所经环节的次序：件数、占比、累计占比、上报至结束的工作时间中位、再次进入"
        "次数；列前200种，其余合计；同一环节内再次登记不算一步，回访不计",
        en="Sequences of stages of the cases that ended (settled, cancelled, merged, transferred) in the last 30 days: cases,"
        " share, cumulative share, median work time from report to end, returns; the first 200, the others together;"
        " entering a stage again without leaving it is no step, call-backs are left out",
    ),
    unit="events",
    kind="flow",
    columns=(
        Column("place", "code"),
        Column("sequence", "text"),
        Column("variants", "variants"),
        Column("n", "events"),
        Column("share", "%"),
        Column("cumulative", "%"),
        Column("median_min", "min"),
        Column("steps", "visits"),
        Column("returns", "visits"),
    ),
    requires=(Requires((STAGES, END)),),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
