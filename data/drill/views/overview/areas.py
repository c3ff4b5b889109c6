"""The areas just below the chosen one: number of cases and share late, shrunk for small numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field, codes_of
from data.drill.tally import Tally
from data.facts.rows import RowSets
from data.query import conditions
from data.query.needs import DUE, END, PLACE, Requires
from data.statistics.distributions import percent, wilson
from data.statistics.empirical_bayes import shrunken_share
from data.text import Text


def select_(choice: Choice) -> dict[str, Tally]:
    """By area below the chosen one: the window's cases with due and late ones, and the stock."""
    by = {"place": choice.child()}
    return {
        "flow": Tally(choice.reported(), by, choice.lateness()),
        "stock": Tally(choice.open(), by, {"overdue": conditions.overdue(choice.at)}),
    }


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per area below the chosen one, in the grid's order, and a last one ``area`` "" for cases without a location.

    ``n`` reported in the window, ``need`` 应结案, ``late``, ``share`` % with its Wilson ``low`` and ``high``, ``shrunk`` %
    (global empirical Bayes towards the chosen area's own share); ``open`` and ``overdue`` now.
    """
    city = choice.city
    level, at = city.scope_of(choice.filters.area)
    grid = city.grid
    places = grid.at_level(level + 1)
    if level:
        places = places[grid.parent[places] == at]
    if level and not len(places):
        places = np.array([at], np.int32)
    found = [np.asarray(rows[k]["place"], np.int64) for k in ("flow", "stock")]
    if any((f < 0).any() for f in found) or not len(places):
        places = np.append(places, -1)
    columns = {}
    for name, answer, column in (
        ("n", 0, "n"),
        ("need", 0, "need"),
        ("late", 0, "late"),
        ("open", 1, "n"),
        ("overdue", 1, "overdue"),
    ):
        part = rows["flow" if answer == 0 else "stock"]
        held = dict(zip(found[answer].tolist(), np.asarray(part[column], np.int64).tolist(), strict=True))
        columns[name] = np.array([held.get(int(p), 0) for p in places], np.int64)
    low, high = wilson(columns["late"], columns["need"])
    return pd.DataFrame(
        {
            "area": codes_of(grid.code, places),
            "n": columns["n"],
            "need": columns["need"],
            "late": columns["late"],
            "share": percent(columns["late"], columns["need"]),
            "low": low,
            "high": high,
            "shrunk": shrunken_share(columns["late"], columns["need"], np.zeros(len(places), np.int64)),
            "open": columns["open"],
            "overdue": columns["overdue"],
        }
    )


DRILL = Drill(
    id="areas",
    title=Text(zh="区域", en="Areas"),
    unit=Text(zh="超期占比 % · 应结案", en="share late % · due"),
    definition=Text(
        zh="每个下级区域：窗口内上报案件的应结案与超期；地图与色块用收缩后的占比（经验贝叶斯，向所选区域均值收缩），数字为原始占比；"
        "应结案不足 10 件加斜纹",
        en="Each area below the chosen one: cases reported in the window that are due, and late. Colours use the shrunken share "
        "(empirical Bayes towards the chosen area's mean), the numbers are raw; under 10 due cases are hatched",
    ),
    fields=(
        Field("area", Text(zh="区域", en="area"), "area"),
        Field("n", Text(zh="上报", en="reported"), "count"),
        Field("need", Text(zh="应结案", en="due"), "count"),
        Field("late", Text(zh="超期", en="late"), "count"),
        Field("share", Text(zh="超期占比", en="share late"), "share"),
        Field("low", Text(zh="95%下限", en="95 % low"), "share"),
        Field("high", Text(zh="95%上限", en="95 % high"), "share"),
        Field("shrunk", Text(zh="收缩占比", en="shrunken"), "share"),
        Field("open", Text(zh="在办", en="open"), "count"),
        Field("overdue", Text(zh="超期未结", en="overdue"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(
        Requires((PLACE,)),
        Requires((END,), columns=("open",)),
        Requires((DUE, END), columns=("need", "late", "share", "low", "high", "shrunk", "overdue")),
    ),
    drawn=("share",),
)
