"""Chart of reports over time, those late, and the compared period (dotted); days that are selected become the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from data.drill.views.overview.trend import DRILL
from data.text import Text
from data.types.records import Record
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import REPORTED, Drawing, summed
from layouts.analyst.series import layout, line, points
from layouts.charts.template import INK, INK_3, PANEL, WATCH
from layouts.text.formats import NONE as UNKNOWN
from layouts.text.formats import count, known, number
from layouts.text.rows import records

_DAY = timedelta(days=1)
REPORTS, LATE, COMPARED = Text(zh="上报", en="reports"), Text(zh="超期", en="late"), Text(zh="对比期", en="compared")
LATE_OF_THEM, LABEL = Text(zh="其中超期", en="late of them"), Text(zh="上报与超期", en="Reports and late")


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """Reports, those late, and the compared period (dotted); the last point is hollow.  A point's customdata holds its tooltip
    (``say``) and its first and last day (``from``, ``to``)."""
    lang = context.lang
    r = records(frame)
    n, late, before = ([number(q[k]) for q in r] for k in ("n", "late", "before"))
    compared = max(before) >= 0
    told = any(map(known, late))  # whether it is known what is late
    x = [_instant(q["at"]) for q in r]
    traces: list[Record] = []
    if told:
        traces.append(
            line(x, late, LATE_OF_THEM(lang), WATCH) | {"fill": "tozeroy", "fillcolor": f"{WATCH} 22%", "legendrank": 2}
        )
    if compared:  # before the first record nothing is known
        dots = {"color": INK_3, "width": 1.6, "dash": "2px,3px"}
        seen = [v if v >= 0 else None for v in before]
        traces.append(line(x, seen, COMPARED(lang), INK_3) | {"line": dots, "legendrank": 3})
    last = len(r) - 1
    shown = [last] if last > 1 else list(range(last + 1))  # the last one, still incomplete; all of one or two
    ends = {
        "type": "scatter",
        "mode": "markers",
        "x": [x[i] for i in shown],
        "y": [n[i] for i in shown],
        "marker": {
            "size": [9 if i == last else 6 for i in shown],
            "color": [PANEL if i == last else INK for i in shown],
            "line": {"color": INK, "width": 2},
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "hoverinfo": "skip",
        "legendgroup": "reports",
        "showlegend": False,
    }
    reports = line(x, n, REPORTS(lang), INK) | {"legendrank": 1, "legendgroup": "reports"}
    traces += [reports, ends, points(x, n, _said(r, told, compared, context))]
    return {"data": traces, "layout": layout(LABEL(lang), x, max([*n, *(before if compared else [])]))}


def _instant(key: str) -> str:
    """``2026-11-23`` unchanged, ``2026-11-23T14`` with minutes."""
    return f"{key}:00" if "T" in key else key


def _said(rows: list[Record], told: bool, compared: bool, context: RenderContext) -> list[dict[str, str]]:
    lang = context.lang
    out = []
    for q, (first, last) in zip(rows, days([q["at"] for q in rows], context), strict=True):
        said = q["at"].replace("T", " ") + (":00" if "T" in q["at"] else "")
        if first != last:
            said = f"{first} – {last}"
        said += f" · {REPORTS(lang)} {count(q['n'])}"
        if told:
            said += f" · {LATE(lang)} {count(q['late'])}"
        if compared:
            said += f" · {COMPARED(lang)} {count(q['before']) if number(q['before']) >= 0 else UNKNOWN}"
        out.append({"say": said, "from": first, "to": last})
    return out


def days(keys: Sequence[str], context: RenderContext) -> list[tuple[str, str]]:
    """(first, last) day of each point, within the window."""
    f, zone = context.filters, context.city.profile.zone
    begins = [date.fromisoformat(k[:10]) for k in keys]
    end = datetime.fromtimestamp((f.until - 1) / 1000, UTC).astimezone(zone).date()
    since = datetime.fromtimestamp(f.since / 1000, UTC).astimezone(zone).date() if f.since > 0 else begins[0]
    later = [*begins[1:], end + _DAY]
    return [(str(max(a, since)), str(max(a, min(b - _DAY, end)))) for a, b in zip(begins, later, strict=True)]


DRAWING = Drawing(DRILL, {"overview": 20}, figure, summed("n", REPORTED), kind="chart")
