"""A drill's answer as a table: HTML with links for the page, and CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from data.drill.drill import Drill, Field
from data.text import Lang, Text
from layouts.analyst.context import ALL, RenderContext
from layouts.analyst.verdicts import BANDS, VERDICTS
from layouts.text.cells import MOST_ROWS, Cells, in_one_line, too_many_rows
from layouts.text.formats import NONE, WEEKDAYS, count, decimal, duration, known, number
from layouts.text.rows import records

_CODED = {"area", "category", "network", "channel", "department", "stage", "severity", "state", "moat"}
_NUMERIC = {"count", "share", "work_min", "minutes", "decimal", "chance", "signed"}
#: Kind of a code -> the query parameter that filters by it.
_CHOOSES = {"area": "area", "category": "cat", "channel": "ch", "department": "dep", "stage": "stage", "network": "net"}
#: Maximum number of rows on the page; an export has all.
SHOWN = 200
#: Rows that decide a column's width in a sheet, and its maximum (characters).
MEASURED, WIDEST = 500, 60
ABOUT = Text(zh="说明", en="About")
_PARTS = {
    "chosen": Text(zh="所选", en="chosen"),
    "versus": Text(zh="对比期", en="compared"),
    "whole": Text(zh="全部可见", en="all in your area"),
    "stage": Text(zh="环节", en="stage"),
    "step": Text(zh="相继", en="step"),
    "exit": Text(zh="结束", en="end"),
    "open": Text(zh="仍在", en="still there"),
    "all": Text(zh="全部", en="all"),
    "department": Text(zh="部门", en="department"),
    "town": Text(zh="片区", en="town"),
    "case": Text(zh="案件", en="case"),
    "first": Text(zh="首次", en="first"),
    "again": Text(zh="再次", en="again"),
    "growing": Text(zh="持续增长", en="growing"),
    "shrinking": Text(zh="出大于进", en="shrinking"),
    "short": Text(zh="不足14天", en="under 14 days"),
    "no_flow": Text(zh="无进入", en="nothing comes"),
    "nothing": Text(zh="无积压", en="nothing waits"),
    "even": Text(zh="平衡", en="in balance"),
    "total": Text(zh="合计", en="total"),
    "paused": Text(zh="缓办扣除", en="deferred, off"),
}
#: Units after the heads, by kind of column.
_UNITS = {
    "share": Text(zh=" (%)", en=" (%)"),
    "work_min": Text(zh=" (工作时)", en=" (work h)"),
    "minutes": Text(zh=" (分)", en=" (min)"),
}
_MORE = Text(zh="另有 {n} 行，见导出", en="{n} more rows in the export")
_LEFT, _OVER = Text(zh="剩 {span}", en="{span} left"), Text(zh="超 {span}", en="{span} over")
#: Columns whose codes ``_PARTS`` names.
_WORDED = ("part", "kind", "visit", "w_code", "clear_code")


def heads(drill: Drill, context: RenderContext) -> list[str]:
    """Column heads with their units."""
    return [f.head(context.lang) + (_UNITS[f.kind](context.lang) if f.kind in _UNITS else "") for f in drill.fields]


def cells(drill: Drill, frame: pd.DataFrame, context: RenderContext, dates: bool = False) -> list[list[Any]]:
    """Rows of plain values for a file: numbers stay numbers, codes become names, instants local ISO (with ``dates`` a datetime of
    the city's clock, without a zone, as a spreadsheet has it); "" for what is not known."""
    columns = [_column(f, frame[f.name], context, dates) for f in drill.fields]
    return [list(row) for row in zip(*columns, strict=True)]


def _column(field: Field, held: pd.Series[Any], context: RenderContext, dates: bool) -> list[Any]:
    """One column at a time: an export has a hundred thousand rows."""
    raw = held.tolist()
    if field.kind == "instant":
        zone = context.city.profile.zone
        at = np.asarray(held, np.int64)
        local = pd.DatetimeIndex(np.maximum(at, 0).astype("datetime64[ms]")).tz_localize("UTC").tz_convert(zone)
        said = local.tz_localize(None).floor("s").to_pydatetime() if dates else local.strftime("%Y-%m-%d %H:%M:%S")
        return [value if ms > 0 else "" for value, ms in zip(said, at.tolist(), strict=True)]
    if field.kind in _NUMERIC:
        unit = 60 if field.kind == "work_min" else 1
        if field.kind == "count":
            return [int(v) if known(v) and v >= 0 else "" for v in raw]
        places = {"chance": 4, "signed": 0}.get(field.kind, 2)
        return [round(float(v) / unit, places) if known(v) else "" for v in raw]
    names = {code: _word(field, code, context) for code in set(raw)}
    if field.whole and "" in names:
        names[""] = ALL(context.lang)
    return [names[code] for code in raw]


def _word(field: Field, raw: Any, context: RenderContext) -> str:
    if field.names is not None:
        return field.names[str(raw)](context.lang) if str(raw) in field.names else str(raw)
    if field.kind in _CODED:
        return context.name(field.kind, raw) if raw != "" or field.kind in ("area", "department") else ""
    if field.kind == "feed":
        return context.feed(raw)
    if field.kind == "band":
        return BANDS[int(number(raw))](context.lang)
    if field.kind == "verdict":
        return VERDICTS[int(number(raw))](context.lang)
    if field.kind == "weekday":
        return WEEKDAYS[int(number(raw))](context.lang)
    if field.kind == "named":
        kind, _, code = str(raw).partition(":")
        return _PARTS["all"](context.lang) if kind == "all" else code if kind in ("case", "") else context.name(kind, code)
    if field.kind == "stages":
        return " → ".join(context.name("stage", s) for s in str(raw).split(">") if s)
    said = _PARTS.get(str(raw)) if field.name in _WORDED else None
    return said(context.lang) if said else str(raw)


def html(drill: Drill, frame: pd.DataFrame, context: RenderContext) -> str:
    """The table as markup; names that can be chosen as a filter are links."""
    top = "".join(
        f'<th scope="col"{_right(f.kind in _NUMERIC)}>{escape(h)}</th>'
        for f, h in zip(drill.fields, heads(drill, context), strict=True)
    )
    body = []
    shown = frame.head(SHOWN)
    for row, raw in zip(cells(drill, shown, context), records(shown), strict=True):
        tds = []
        for i, (f, v) in enumerate(zip(drill.fields, row, strict=True)):
            said = escape(_shown(f, v, raw[f.name], context))
            word = _CHOOSES.get(f.kind)
            if word and raw[f.name] and (word != "area" or raw[f.name] in context.city.grid.index):
                said = f'<a href="{escape(context.link(**{word: raw[f.name]}))}">{said}</a>'
            tds.append(f'<th scope="row">{said}</th>' if i == 0 else f"<td{_right(f.kind in _NUMERIC)}>{said}</td>")
        body.append(f"<tr>{''.join(tds)}</tr>")
    more = len(frame) - len(shown)
    foot = _MORE(context.lang).format(n=more) if more > 0 else ""
    caption = escape(drill.title(context.lang))
    return (
        f'<table class="an-table"><caption class="an-unseen">{caption}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>" + (f'<p class="an-foot">{foot}</p>' if foot else "")
    )


def _right(yes: bool) -> str:
    return ' class="r"' if yes else ""


def _shown(field: Field, value: Any, raw: Any, context: RenderContext) -> str:
    if value == "":
        return NONE
    if field.kind == "count":
        return count(value)
    if field.kind in ("share", "work_min"):
        return decimal(value)
    if field.kind == "signed":
        return ("+" if number(value) > 0 else "") + decimal(value, 0)
    if field.kind in ("decimal", "chance"):
        return decimal(value, 2)
    if field.kind == "minutes":
        return ("−" if number(raw) < 0 else "") + duration(abs(number(raw)) / 60, context.lang)
    return str(value)


def left(minutes: Any, context: RenderContext) -> str:
    """Time until a case's limit, or past it: ``剩 3时20分``, ``超 2天``; "" without a limit."""
    if not known(minutes):
        return ""
    span = duration(abs(number(minutes)) / 60, context.lang)
    return (_OVER if number(minutes) < 0 else _LEFT)(context.lang).format(span=span)


def to_csv(lines: Sequence[str], head: Sequence[str], rows: Sequence[Sequence[Any]], lang: Lang = "zh") -> bytes:
    """UTF-8 with a BOM (so that spreadsheets read 汉字): the caption in lines that begin with #, then the table.  The last line
    of the caption tells of rows that a sheet cannot show, the last line of all of cells that were cut."""
    cell = Cells()
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    shown = MOST_ROWS - len(lines) - 2  # the line that says so, and the head
    if len(rows) > shown + 1:
        lines = [*lines, too_many_rows(len(rows), shown, lang)]
    for said in lines:
        writer.writerow([cell("# " + said)])
    writer.writerow([cell(h) for h in head])
    writer.writerows([[cell(v) for v in row] for row in rows])
    for said in cell.said(lang):
        writer.writerow(["# " + said])
    return ("\ufeff" + out.getvalue()).encode()


def to_xlsx(title: str, lines: Sequence[str], head: Sequence[str], rows: Sequence[Sequence[Any]], lang: Lang = "zh") -> bytes:
    """One sheet with the table, its head frozen and its columns as wide as their cells, and one with the caption; both tell what
    was cut.  ``rows`` may be shorter than the head."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    cell = Cells()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(c for c in in_one_line(title) if c not in "[]:*?/\\×")[:31].strip() or "data")
    sheet.freeze_panes = "A2"
    for i, name in enumerate(head):
        sheet.column_dimensions[get_column_letter(i + 1)].width = _width(
            [name, *(row[i] for row in rows[:MEASURED] if i < len(row))]
        )
    bold = []
    for h in head:
        top = WriteOnlyCell(sheet, cell(h))
        top.font = Font(bold=True)
        bold.append(top)
    sheet.append(bold)
    held = rows if len(rows) < MOST_ROWS else rows[: MOST_ROWS - 3]  # leaves two rows for the notes below
    for row in held:
        sheet.append([cell(v) for v in row])
    notes = [*([] if held is rows else [too_many_rows(len(rows), len(held), lang)]), *cell.said(lang)]
    for said in notes if len(held) + len(notes) < MOST_ROWS else ():
        sheet.append(["# " + said])
    about = book.create_sheet(ABOUT(lang))
    about.column_dimensions["A"].width = WIDEST * 2
    for said in (*lines, *notes):
        about.append([cell(said)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _width(values: Sequence[Any]) -> float:
    """Characters that a column needs for these values; 汉字 count twice, an instant as it is written."""
    texts = [f"{v:%Y-%m-%d %H:%M:%S}" if isinstance(v, datetime) else str(v) for v in values]
    return min(max(sum(2 if ord(c) > 0x2E80 else 1 for c in t) for t in texts) + 2, WIDEST)
