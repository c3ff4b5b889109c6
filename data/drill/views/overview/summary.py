"""The line above the charts: number of cases selected, share late, and how many are open now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.filters import Filters
from data.drill.tally import Tally
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query import conditions
from data.query.needs import DUE, END, Requires, all_of
from data.statistics.distributions import percent, wilson
from data.text import Text
from data.types.sql import AnySelect


def select_(choice: Choice) -> dict[str, AnySelect | Tally]:
    """The window's cases, those of the comparison period, the stock, and all that the viewer may see."""
    sums = {**choice.lateness(), "closed": conditions.archived(choice.at)}
    out: dict[str, AnySelect | Tally] = {"chosen": Tally(choice.reported(), sums=sums)}
    versus = choice.filters.compared(choice.city)
    if versus is not None:
        out["versus"] = Tally(choice.reported(*versus), sums=sums)
        out["first"] = conditions.first_record().select
    out["stock"] = Tally(choice.open(), sums={"overdue": conditions.overdue(choice.at), "hung": EVENT.c.is_hung == 1})
    whole = replace(
        choice,
        viewer=replace(choice.viewer, scope=choice.viewer.area),
        filters=Filters(choice.filters.since, choice.filters.until),
    )
    out["whole"] = Tally(whole.reported(), sums=sums)
    return out


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per ``part``: chosen, versus (if requested) and whole (the viewer's area, the same window, no other filter).

    ``n`` cases reported in the window; ``need`` 应结案 of them (archived, or overdue and open), ``late`` of those, ``share`` =
    late / need in %, ``low`` .. ``high`` its Wilson 95 % interval; ``closed`` archived.  ``open``, ``overdue``, ``hung``: the
    stock now, whatever the window, only in the row of chosen (-1 in the others).  ``cut`` 1: the comparison period begins
    before the first record, so its numbers are incomplete.
    """
    versus = choice.filters.compared(choice.city)
    parts = [p for p in ("chosen", "versus", "whole") if p in rows]
    table = {k: [int(np.asarray(rows[p][k])[0]) for p in parts] for k in ("n", "need", "late", "closed")}
    low, high = wilson(table["late"], table["need"])
    # a period that begins before the first record is not covered completely
    early = versus is not None and versus[0] < int(np.asarray(rows["first"]["first"])[0])
    stock_of = {"open": "n", "overdue": "overdue", "hung": "hung"}
    stands = {k: [int(np.asarray(rows["stock"][c])[0])] + [-1] * (len(parts) - 1) for k, c in stock_of.items()}
    return pd.DataFrame(
        {
            "part": parts,
            **table,
            "share": percent(table["late"], table["need"]),
            "low": low,
            "high": high,
            **stands,
            "cut": [int(p == "versus" and early) for p in parts],
        }
    )


DRILL = Drill(
    id="summary",
    title=Text(zh="概要", en="Summary"),
    unit=Text(zh="件", en="cases"),
    definition=Text(
        zh="应结案 = 已结案 + 已过时限仍未结；超期 = 超期结案 + 超期未结；超期占比 = 超期 ÷ 应结案，95% Wilson 区间。"
        "未到期与缓办不在分母内。在办与超期未结是此刻存量，不受时间筛选。对比期按此刻所知计算，早于首条记录者不对比",
        en="Due = settled + overdue and still open; late = settled late + overdue open; share late = late / due with its 95 % "
        "Wilson interval. Cases not yet due and deferred ones are outside. Open and overdue are stocks of this moment, not "
        "cut by the window. The period compared with is counted as known now; one that begins before the "
        "first record is not compared",
    ),
    fields=(
        Field("part", Text(zh="范围", en="part"), "text"),
        Field("n", Text(zh="上报", en="reported"), "count"),
        Field("need", Text(zh="应结案", en="due"), "count"),
        Field("late", Text(zh="超期", en="late"), "count"),
        Field("closed", Text(zh="已结案", en="settled"), "count"),
        Field("share", Text(zh="超期占比", en="share late"), "share"),
        Field("low", Text(zh="95%下限", en="95 % low"), "share"),
        Field("high", Text(zh="95%上限", en="95 % high"), "share"),
        Field("open", Text(zh="在办", en="open"), "count"),
        Field("overdue", Text(zh="超期未结", en="overdue"), "count"),
        Field("hung", Text(zh="缓办", en="deferred"), "count"),
        Field("cut", Text(zh="早于首条记录", en="before the first record"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(
        Requires((END,), columns=("closed", "open", "hung")),
        Requires((DUE, END), columns=("need", "late", "share", "low", "high", "overdue")),
        Requires(all_of("action.defer"), columns=("hung",)),
    ),
)
