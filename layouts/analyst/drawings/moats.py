"""The moats: of what entered each, how much was settled there."""

from __future__ import annotations

import pandas as pd

from data.drill.views.indicators import MOATS as DRILL
from data.text import Text
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.shares import shares
from layouts.text.formats import count, number, share
from layouts.text.rows import records

LABEL, BASIS = Text(zh="护城河", en="Moats"), Text(zh="进入 {n}", en="entered {n}")
SAYS = Text(
    zh="{name}：进入 {entered} = 在本道办结 {held} + 转入后一道或移交 {passed} + 超过期限在办 {aged} + 期限内在办 {fresh}"
    " + 作废、并案 {other}；拦截率 {value}",
    en="{name}: entered {entered} = settled there {held} + gone on {passed} + open beyond the horizon {aged} + open within it"
    " {fresh} + cancelled, merged {other}; held back {value}",
)


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Each moat: how much of what entered it was settled there."""
    lang = context.lang
    names = {m.code: m.name(lang) for m in context.city.profile.moats}
    rows = []
    for r in records(frame):
        judged = number(r["held"]) + number(r["passed"]) + number(r["aged"])  # unknown if one of them is
        counts = {k: count(r[k]) for k in ("entered", "held", "passed", "aged", "fresh", "other")}
        said = SAYS(lang).format(name=names[r["moat"]], value=share(r["value"]), **counts)
        rows.append((names[r["moat"]], {**r, "numerator": r["held"], "denominator": judged}, said))
    return shares(rows, LABEL(lang))


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    n = count(int(frame["entered"].sum()))
    return BASIS(context.lang).format(n=n)


DRAWING = Drawing(DRILL, {"indicators": 20}, draw, basis)
