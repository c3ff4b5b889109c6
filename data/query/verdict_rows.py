"""The stored verdicts (``data.alarms.verdicts``), as a metric reads them beside its own rows."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select

from data.access.viewer import Viewer
from data.city.city import City
from data.facts.rows import RowSets
from data.facts.schema import VERDICT
from data.query.metric import Statement
from data.query.windows import ordinal
from data.text import Text
from data.types.arrays import Floats, Ints
from data.types.sql import AnySelect

#: How a stored verdict appears and disappears; a selection of cases has none and is judged when it is queried.
HOW = Text(
    zh="每日 4 时判定一次：Benjamini–Hochberg 1% 方判，p 过 10% 才撤；有筛选的按此刻 5%",
    en="judged once a day at 4 o'clock: called at Benjamini-Hochberg 1 %, dropped once p is over 10 %; a choice of cases"
    " is judged at 5 % as it is asked for",
)
#: ``VERDICT.kind``: response to first handling, to completion, and lateness.
FIRST, COMPLETE, SCORE = range(3)


def kept_rows(city: City, scope: str, kinds: tuple[int, ...]) -> AnySelect | None:
    """SELECT of the verdicts stored for the city or a town; None for a scope below, where none are stored."""
    level, at = city.scope_of(scope)
    if level > 1:
        return None
    v = VERDICT.c
    return select(v.kind, v.department, v.day, v.call, v.p).where(v.area == at, v.kind.in_(kinds))


def kept_of(viewer: Viewer, city: City, back: timedelta | None, kinds: tuple[int, ...]) -> dict[str, Statement]:
    """The statement ``kept``, for a query without any selection: no window, filter or area of its own."""
    plain = back is None and viewer.only is None and not viewer.area
    rows = kept_rows(city, viewer.scope, kinds) if plain else None
    return {} if rows is None else {"kept": Statement(rows)}


def kept(rows: RowSets, kind: int, city: City, now: datetime) -> tuple[Ints, Floats] | None:
    """((k,) -1 | 0 | 1, (k,) chance as of that evaluation) by department, of today's or yesterday's; None if none is stored."""
    if "kept" not in rows:
        return None
    r, today = {k: np.asarray(v) for k, v in rows["kept"].items()}, ordinal(now, city)
    mine = (r["kind"].astype(np.int64) == kind) & np.isin(r["day"].astype(np.int64), (today - 1, today))
    if not mine.any():
        return None
    call, p = np.zeros(len(city.profile.departments), np.int64), np.full(len(city.profile.departments), np.nan)
    at = r["department"][mine].astype(np.int64)
    call[at], p[at] = r["call"][mine].astype(np.int64), r["p"][mine].astype(float)
    return call, p
