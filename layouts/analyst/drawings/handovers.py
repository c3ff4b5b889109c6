"""Sankey chart of hand-overs between departments: givers on the left, receivers on the right."""

from __future__ import annotations

import pandas as pd

from data.drill.views.process.handovers import DRILL
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.charts.template import DATA, INK, INK_3, NONE, SELECT, plain
from layouts.text.formats import count, decimal, number, share
from layouts.text.rows import records

ROW, LEAST = 26, 300
LABEL = Text(zh="部门转手", en="Hand-overs")
GAVE, RECEIVED = Text(zh="转出", en="gave away"), Text(zh="接收", en="received")
GIVERS, TAKERS = Text(zh="转出部门", en="gave away"), Text(zh="接收部门", en="received")
BASIS = Text(
    zh="有部门案件 {cases}，转手过 {handed}（{share}），每案 {each} 次",
    en="{cases} cases with a department, {handed} handed over ({share}), {each} per case",
)


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """Ribbons as wide as their number of hand-overs.  ``meta.marks``: tooltip of each department and ribbon; a department has a
    link to its cases too (``go``)."""
    lang = context.lang
    held = {(str(r["department"]), str(r["to"])): int(number(r["n"])) for r in records(frame) if r["department"]}
    total = sum(held.values())
    order = [d.code for d in context.city.profile.departments]
    givers = [d for d in order if any(a == d for a, _ in held)]
    takers = [d for d in order if any(b == d for _, b in held)]
    given, got = ({d: sum(n for k, n in held.items() if k[i] == d) for d in (givers, takers)[i]} for i in (0, 1))
    chosen = context.filters.codes.get("dep", ())
    marks: list[dict[str, str]] = []
    for codes, sums, said in ((givers, given, GAVE(lang)), (takers, got, RECEIVED(lang))):
        for d in codes:
            says = f"{context.name('department', d)} · {said} {count(sums[d])} ({share(100 * sums[d] / total)})"
            marks.append({"say": plain(says), "code": d, "go": context.link(dep="" if d in chosen else d)})
    nodes = len(marks)
    for (a, b), n in held.items():
        says = f"{context.name('department', a)} → {context.name('department', b)} · {count(n)} ({share(100 * n / total)})"
        marks.append({"say": plain(says)})
    spoken = [m["say"] for m in marks]
    sankey = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "label": [plain(svg.cut(context.name("department", d), 8)) for d in (*givers, *takers)],
            "color": [SELECT if d in chosen else DATA for d in (*givers, *takers)],
            "line": {"width": 0, "color": NONE},
            "customdata": spoken[:nodes],
            "hovertemplate": "%{customdata}<extra></extra>",
            "pad": 12,
            "thickness": 14,
        },
        "link": {
            "source": [givers.index(a) for a, _ in held],
            "target": [len(givers) + takers.index(b) for _, b in held],
            "value": list(held.values()),
            "color": [f"{SELECT if {a, b} & set(chosen) else DATA} 30%" for a, b in held],
            "customdata": spoken[nodes:],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        "textfont": {"color": INK, "size": svg.SMALL},
    }
    height = max(LEAST, ROW * max(len(givers), len(takers)) + 40)
    meta = {"label": LABEL(lang), "choose": "", "height": height, "marks": marks}
    head: Record = {"xref": "paper", "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False, "font": {"color": INK_3}}
    heads = [head | {"x": 0, "xanchor": "left", "text": GIVERS(lang)}, head | {"x": 1, "xanchor": "right", "text": TAKERS(lang)}]
    return {"data": [sankey], "layout": {"meta": meta, "margin": {"l": 4, "r": 4, "t": 30, "b": 10}, "annotations": heads}}


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    """The denominator in words."""
    r = records(frame.head(1))[0]
    return BASIS(context.lang).format(
        cases=count(r["cases"]), handed=count(r["handed"]), share=share(r["share"]), each=decimal(r["per_case"], 2)
    )


DRAWING = Drawing(DRILL, {"process": 60}, figure, basis, kind="chart")
