"""What each moat holds back: of the cases that came to it, those settled there, and those that went on to a later moat.

Moats are in the order of the city's file; a case belongs to the moat of its channel.  It has gone on when a case of a later
moat is linked to it as the same matter, or when it was transferred.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import and_, case, func, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.city.limits import natural_ms
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement, events
from data.query.needs import CHANNEL, END, Requires, any_of
from data.source.contract import OUTCOMES
from data.statistics.distributions import percent, wilson
from data.text import Text

DEFAULT_BACK = timedelta(days=90)
_TRANSFERRED = OUTCOMES.index("transferred") + 1
#: State of a case: held here, gone on, open for longer than the horizon, open within it, ended otherwise.
HELD, PASSED, AGED, FRESH, OTHER = range(5)


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Cases reported in the window, by the moat of their channel and their state."""
    places = {
        city.profile.channels.index(c): k
        for k, m in enumerate(city.profile.moats)
        for c in city.profile.channels
        if c.code in m.channels
    }
    if not places:
        return {}
    at = ms(now)
    start = windows.window_start("moats", DEFAULT_BACK, city, back, at)
    end = windows.window_end(viewer, at)
    aged = at - natural_ms(city.profile.service.moat_horizon)
    table, area, visible = events(viewer, city)
    c = EVENT.c
    moat = case(*[(c.channel == channel, k) for channel, k in places.items()], else_=-1)
    later = (
        select(c.linked_eid.label("eid"), func.max(moat).label("moat"))
        .select_from(table)
        .where(*visible, c.linked_eid.is_not(None), c.reported_at > start, c.reported_at <= end)
        .group_by(c.linked_eid)
        .subquery("later")
    )
    settled = and_(c.outcome == conditions.SETTLED, c.closed_at <= at)
    gone_on = or_(later.c.moat > moat, and_(c.outcome == _TRANSFERRED, c.closed_at <= at))
    stands = case(
        (gone_on, PASSED),
        (settled, HELD),
        (and_(conditions.unended(at), c.reported_at < aged), AGED),
        (conditions.unended(at), FRESH),
        else_=OTHER,
    )
    rows = (
        select(area.label("area"), moat.label("moat"), stands.label("stands"))
        .select_from(table.outerjoin(later, later.c.eid == c.eid))
        .where(*visible, c.channel.in_(list(places)), c.reported_at > start, c.reported_at <= end)
    )
    return {"cases": Statement(conditions.tally(rows, "area", "moat", "stands"), timedelta(seconds=60))}


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row per moat of the city, in its order: ``entered`` = ``held`` + ``passed`` + ``aged`` + ``fresh`` + ``other``.

    ``value`` % held of held + passed + aged (indicator 30), with its Wilson 95 % interval ``low`` .. ``high``; NaN if there are
    none.  ``fresh`` (open, within the horizon) and ``other`` (cancelled, merged) are outside the denominator.
    """
    table = np.zeros((len(city.profile.moats), OTHER + 1), np.int64)
    if "cases" in rows:
        r = rows["cases"]
        np.add.at(table, (np.asarray(r["moat"], np.int64), np.asarray(r["stands"], np.int64)), np.asarray(r["n"], np.int64))
    held, judged = table[:, HELD], table[:, [HELD, PASSED, AGED]].sum(axis=1)
    low, high = wilson(held, judged)
    return pd.DataFrame(
        {
            "moat": [m.code for m in city.profile.moats],
            "entered": table.sum(axis=1),
            "held": held,
            "passed": table[:, PASSED],
            "aged": table[:, AGED],
            "fresh": table[:, FRESH],
            "other": table[:, OTHER],
            "value": percent(held, judged),
            "low": low,
            "high": high,
        }
    )


METRIC = Metric(
    id="moats",
    name=Text(zh="护城河拦截率", en="Held back by each moat"),
    definition=Text(
        zh="近90天上报、按渠道归入各道护城河的事件：在本道办结 ÷（在本道办结 + 转入后一道或移交 + 超过期限仍在办）；"
        "期限内在办与作废、并案不在分母，另列；敏感类别不计（GB/T 34300）",
        en="Reports of the last 90 days by the moat of their channel: settled there / (settled there + gone on to a later moat or"
        " transferred + open beyond the horizon); open within it, cancelled and merged ones are outside and counted apart;"
        " sensitive categories are not counted (GB/T 34300)",
    ),
    unit="%",
    kind="flow",
    standard="GB/T 34300",
    columns=(
        Column("moat", "code"),
        Column("entered", "events"),
        Column("held", "events"),
        Column("passed", "events"),
        Column("aged", "events"),
        Column("fresh", "events"),
        Column("other", "events"),
        Column("value", "%"),
        Column("low", "%"),
        Column("high", "%"),
    ),
    requires=(
        Requires((CHANNEL,)),
        Requires((END,), columns=("held", "passed", "aged", "fresh", "other", "value", "low", "high")),
        Requires((any_of("event.linked_to", "event.outcome"),), columns=("passed", "value", "low", "high")),
    ),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
