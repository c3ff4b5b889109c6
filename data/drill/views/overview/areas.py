"""The areas just below the chosen one: number of cases, share late, and which of them are late beyond chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field, codes_of
from data.drill.tally import Tally
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT
from data.query import conditions
from data.query.needs import DUE, END, PLACE, Requires
from data.statistics import outlying
from data.statistics.distributions import percent, wilson
from data.statistics.empirical_bayes import shrunken_share
from data.text import Text
from data.types.arrays import Floats, Ints


def select_(choice: Choice) -> dict[str, Tally]:
    """By area below the chosen one: the window's cases with due and late ones, both by case mix too, and the stock."""
    by = {"place": choice.child()}
    mix = {**by, "category": EVENT.c.category, "severity": EVENT.c.severity}
    return {
        "flow": Tally(choice.reported(), by, choice.lateness()),
        "mix": Tally(choice.reported(), mix, choice.lateness()),
        "stock": Tally(choice.open(), by, {"overdue": conditions.overdue(choice.at)}),
    }


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per area below the chosen one, in the grid's order, and a last one ``area`` "" for cases without a location.

    ``n`` reported in the window, ``need`` 应结案, ``late``, ``share`` % with its Wilson ``low`` and ``high``, ``shrunk`` %
    (global empirical Bayes towards the chosen area's own share), ``excess`` (standard deviations above what the chosen cases'
    shares of each category and severity predict for its own mix, 0 if it does not stand out: ``data.statistics.outlying``);
    ``open`` and ``overdue`` now.
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
    late, need = columns["late"].astype(float), columns["need"].astype(float)
    located = places >= 0
    there = places[located].astype(np.int64)
    apart = outlying.find(late[located], need[located], _predicted(rows["mix"], there))
    excess = np.zeros(len(places))
    excess[located] = apart.excess
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
            "excess": excess,
            "open": columns["open"],
            "overdue": columns["overdue"],
        }
    )


def _predicted(mix: Rows, places: Ints) -> Floats:
    """(places,) share late (0..1) that the chosen cases of each category and severity predict for a place's mix; 0 if unknown."""
    place, need, late = (np.asarray(mix[k], float) for k in ("place", "need", "late"))
    _, of = np.unique(np.stack([mix["category"], mix["severity"]]), axis=1, return_inverse=True)
    of = of.reshape(-1)
    whole, hits = np.bincount(of, need), np.bincount(of, late)
    share = np.divide(hits, whole, out=np.zeros(len(whole)), where=whole > 0)
    own = [place == p for p in places]
    return np.array([float((need * share[of])[at].sum() / max(need[at].sum(), 1.0)) for at in own], float)


DRILL = Drill(
    id="areas",
    title=Text(zh="区域", en="Areas"),
    unit=Text(zh="超期占比 % · 应结案", en="share late % · due"),
    definition=Text(
        zh="每个下级区域：窗口内上报案件的应结案与超期；着色与数字同为超期占比，分级与墙上地图相同（全市一套）；"
        "应结案不足 20 件加斜纹、不着色；"
        "琥珀、红未超出偶然的只画同色斜纹（与所选案件同类别、同等级的占比相比，贝塔二项，Benjamini-Hochberg 4.5%）",
        en="Each area below the chosen one: cases reported in the window that are due, and late. Colour and number are the same "
        "share late, in the classes of the wall's map (one table for the city); under 20 due cases are hatched, not coloured;"
        " amber and red that may be chance are stripes alone (against the chosen cases' share of the same category and severity, "
        "beta-binomial, Benjamini-Hochberg 4.5 %)",
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
        Field("excess", Text(zh="高出（标准差）", en="above expected (sd)"), "decimal"),
        Field("open", Text(zh="在办", en="open"), "count"),
        Field("overdue", Text(zh="超期未结", en="overdue"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(
        Requires((PLACE,)),
        Requires((END,), columns=("open",)),
        Requires((DUE, END), columns=("need", "late", "share", "low", "high", "shrunk", "excess", "overdue")),
    ),
    drawn=("share",),
)
