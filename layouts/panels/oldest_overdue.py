"""The longest overdue open cases, in pages of four that alternate by cross-fade; numbers and areas, never a person."""

from __future__ import annotations

from data.access.acknowledgements import Noted
from data.city.city import City
from data.errors import QueryError
from data.text import Lang, Text
from data.types.records import Record
from layouts.html.marks import data, nothing, text
from layouts.html.markup import Div, Node, Span
from layouts.panels.acknowledged import NOTED, noted_word
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import NONE, count, days
from layouts.text.rows import names, records

PAGE = 4
UNNAMED = Text(
    zh="{n} 件超期未结，限制公开或类别不明，不逐件列出", en="{n} overdue, of restricted channels or unknown category: not listed"
)
TOTAL, OVER = Text(zh="共 {n}", en="of {n}"), Text(zh="超 {over}", en="{over}")
NONE_LATE = Text(zh="没有超期未结的件；0 件，已核", en="No open case is overdue; 0, checked")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """Pages of ``PAGE`` rows on top of each other; ``data-pages`` makes the browser turn them every 12 s."""
    rows = records(reading.frame)
    if not rows:
        return nothing(NONE_LATE, lang)
    if not rows[0]["case_number"]:
        n = count(rows[0]["total"])
        return nothing(Text(zh=UNNAMED.zh.format(n=n), en=UNNAMED.en.format(n=n)), lang)
    stages, departments = names(city.profile.stages, lang), names(city.profile.departments, lang)
    pages = [rows[i : i + PAGE] for i in range(0, len(rows), PAGE)]
    total = TOTAL(lang).format(n=count(rows[0]["total"]))
    out = [
        Div([_row(r, stages, departments, reading.noted, city, lang) for r in page], className="page on" if i == 0 else "page")
        for i, page in enumerate(pages)
    ]
    return Div([text(total, "old-total"), Div(out, className="pages", **data(pages=len(pages)))], className="oldest-list")


def _row(row: Record, stages: dict[str, str], departments: dict[str, str], noted: Noted, city: City, lang: Lang) -> Div:
    seen = noted.get(("case", str(row.get("eid", ""))))
    stage, department = str(row["stage"]), str(row["department"] or "")
    over = days(row["over_days"], lang)
    return Div(
        [
            _number(str(row["case_number"] or "")),
            text(stages.get(stage, stage) or NONE, "old-stage"),
            text(departments.get(department, department) or NONE, "old-dept"),
            text(_place(row["area"], city, lang), "old-area") if seen is None else text(NOTED(lang), "old-area old-noted"),
            text(OVER(lang).format(over=over) if over != NONE else over, "old-over num"),
        ],
        className="old-row",
        title=noted_word(seen, city, lang) if seen else None,
    )


def _number(number: str) -> Node:
    """A case number, which leads to the case on the workbench (dashboard/assets/wall/ways.js; a drawing does not know the path
    below which a proxy serves the wall)."""
    if not number:
        return text(NONE, "old-case")
    return Span(number, className="old-case", role="link", tabIndex="0", **data(case=number))


def _place(code: object, city: City, lang: Lang) -> str:
    if not isinstance(code, str) or not code:
        return NONE
    try:
        return city.scope_name(code)(lang)
    except QueryError:
        return code


PANEL = Panel(
    id="oldest_overdue",
    title=Text(zh="超期最久", en="Longest overdue"),
    unit=Text(zh="件 · 12 秒一翻", en="cases · a page in 12 s"),
    definition=Text(
        zh="此刻仍未结案、已过时限最久的至多 24 件，按超过时限的自然日降序；恰在时限不算超期。"
        "限制公开渠道或类别不明的只计入总数。不含当事人信息。",
        en="Up to 24 open cases longest past their limit, by calendar days over it; exactly at the limit is not "
        "overdue. Cases of restricted channels or of an unknown category are in the total only. No personal data.",
    ),
    metric="oldest_overdue",
    figure=figure,
    noted=("case",),
)
