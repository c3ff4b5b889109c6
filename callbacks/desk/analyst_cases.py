"""The cases behind the sums: the rows of the list, the list for a file, and one case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

import pandas as pd

from callbacks.desk.analyst_request import EXPORT_S, LIMIT_S, Asked, Requests
from data.access.roles import place_within
from data.access.viewer import Viewer
from data.drill.view import snapshot_id
from data.drill.views.cases import case as one_case
from data.drill.views.cases import cases
from data.errors import QueryError
from data.text import Lang, Text, lang_in
from data.types.records import Record, Values
from layouts.analyst import case as case_drawing
from layouts.analyst import tables

#: Maximum number of rows per request of the grid.
ROWS = cases.PAGE
#: Upper bound of a row number: no list is that long.
MOST_ROW = 1_000_000_000
CASES = Text(zh="{n} 件", en="{n} cases")
STOCK, REPORTED = Text(zh="此刻存量", en="a stock of this moment"), Text(zh="窗口内上报", en="reported in the window")
FIRST_ONLY = Text(
    zh="共 {all} 件，此处前 {most} 件；请缩小范围，或导出 CSV（至多 {csv} 件）",
    en="{all} cases, the first {most} here; narrow the filters, or take CSV (up to {csv})",
)
HIDDEN = Text(
    zh="另有 {n} 件属限制公开渠道或类别不明，只计数", en="{n} more of restricted channels or unknown category are only counted"
)


@dataclass
class Cases:
    """Answers about single cases; the routes have checked that the viewer may see cases."""

    requests: Requests

    def case(self, viewer: Viewer, words: Values) -> Record:
        """``{"title", "html", "number", "snapshot"}`` of one case that the viewer may see: by the ``id`` of the facts, or else by
        the ``number`` that the platform gave it."""
        facts, city = self.requests.service.desk_facts()
        lang, now = lang_in(words), self.requests.service.desk_now()
        eid, number = str(words.get("id") or ""), str(words.get("number") or "")
        wanted = one_case.number_of(number) if number and not eid else one_case.eid_of(eid)
        scoped = replace(viewer, scope=place_within(viewer, city, ""))
        _, answers = facts.read(one_case.select_(scoped, city, wanted), limit_s=LIMIT_S)
        found = one_case.compute(answers, city, self.requests.service.log_of)
        return {
            "title": case_drawing.title(found, lang),
            "html": case_drawing.html(found, city, round(now.timestamp() * 1000), lang),
            "number": found.head["case_number"],
            "snapshot": snapshot_id(now, city.profile.zone),
        }

    def rows(self, viewer: Viewer, search: str, request: Values) -> Record:
        """``{"rowData", "rowCount", "unit", "note"}`` of the grid's request: rows ``startRow`` .. ``endRow``, sorted."""
        words = dict(parse_qsl(search.lstrip("?")))
        facts, choice, context = self.requests.read(viewer, words)
        first, last = request.get("startRow") or 0, request.get("endRow") or 0
        if not isinstance(first, int) or not isinstance(last, int) or not 0 <= first < last < MOST_ROW or last - first > ROWS:
            raise QueryError(
                f"rows {str(first)[:20]} to {str(last)[:20]}: ask for 1 to {ROWS} at a time",
                f"第 {str(first)[:20]} 至 {str(last)[:20]} 行：每次请取 1 至 {ROWS} 行",
            )
        model = request.get("sortModel")
        sort = model[0] if isinstance(model, list) and model and isinstance(model[0], dict) else {}
        asked = cases.select_(choice, first, last - first, str(sort.get("colId") or ""), sort.get("sort") == "desc")
        _, answers = facts.read(asked, limit_s=LIMIT_S)
        listed, hidden = cases.totals(answers, choice)
        frame = cases.DRILL.told(cases.compute(answers, choice), choice.city)
        drawn = tables.cells(cases.DRILL, frame, context)
        names = [f.name for f in cases.DRILL.fields]
        data = [dict(zip(names, row, strict=True)) for row in drawn]
        for row, raw in zip(data, frame.to_dict("records"), strict=True):
            row.update(eid=raw["eid"], left_min=tables.left(raw["left_min"], context))
            for name in ("reported_at", "due_at", "closed_at"):
                row[name] = row[name][5:16] if row[name][:4] == str(choice.now.year) else row[name][:16]
        unit = CASES(context.lang).format(n=f"{listed:,}")
        basis = (STOCK if choice.filters.is_stock else REPORTED)(context.lang)
        return {
            "rowData": data,
            "rowCount": listed,
            "unit": f"{unit} · {basis}",
            "note": _hidden(hidden, context.lang) if hidden else "",
        }


def listed_cases(asked: Asked, most: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The first ``most`` cases of the list, and notes on those left out."""
    facts, choice, context = asked
    _, answers = facts.read(cases.select_(choice, 0, most), limit_s=EXPORT_S)
    listed, hidden = cases.totals(answers, choice)
    notes = []
    if listed > most:
        notes.append(FIRST_ONLY(context.lang).format(all=f"{listed:,}", most=f"{most:,}", csv=f"{cases.EXPORTED:,}"))
    if hidden:
        notes.append(_hidden(hidden, context.lang))
    return cases.DRILL.told(cases.compute(answers, choice), choice.city), tuple(notes)


def _hidden(n: int, lang: Lang) -> str:
    return HIDDEN(lang).format(n=f"{n:,}")
