"""The workbench's routes: a view of the chosen cases, an export, one case, and the rows of the list's grid."""

from __future__ import annotations

import contextlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape
from typing import Any, Protocol
from urllib.parse import parse_qsl

import pandas as pd

from callbacks.desk.router import DeskPage, DeskRoute, File
from callbacks.http.access import denied
from data.access.roles import place_within
from data.access.viewer import Viewer
from data.city.city import City
from data.drill.choice import Choice, choose
from data.drill.view import DRILLS, Reads, View, drill_of, hand_out, snapshot_id, view
from data.drill.views.cases import case as one_case
from data.drill.views.cases import cases
from data.drill.views.heat import month_category
from data.errors import QueryFault
from data.query.needs import Need, lost, not_mapped
from data.source.columns import Frame
from data.text import Lang, Text
from data.types.records import Record, Values
from geo.outline import Outline, outlines
from layouts.analyst import area_map, caption, hotspots, matrices, strip, tables
from layouts.analyst import case as case_drawing
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.panels import TABS
from layouts.analyst.pen import Pen
from layouts.html.below import url_of
from layouts.palette import Theme

#: A question of the desk is given up after so many seconds; an export may take longer.
LIMIT_S, EXPORT_S = 8.0, 60.0
#: Views that are held for their exports, by who asked, the words of the filters and the snapshot.
KEPT = 48
_Kept = tuple[Viewer, frozenset[tuple[str, str]], str]
#: What an export may be written as; ``figure`` is what the browser makes a chart's picture of.
FORMATS = ("csv", "xlsx", "svg", "figure")
#: Rows that the grid may ask for at once.
ROWS = cases.PAGE
#: No list is that long.
MOST_ROW = 1_000_000_000


FOOT = Text(zh="快照 {snapshot} · 截至 {at} · 本页各图同一次读取", en="Snapshot {snapshot} · as of {at} · all panels of one read")
NO_CASE = Text(zh="没有符合条件的案件", en="No case meets the filters")
FIRST_ONLY = Text(
    zh="共 {all} 件，此处前 {most} 件；请缩小范围，或导出 CSV（至多 {csv} 件）",
    en="{all} cases, the first {most} here; narrow the filters, or take CSV (up to {csv})",
)
HIDDEN = Text(
    zh="另有 {n} 件属限制公开渠道或类别不明，只计数", en="{n} more of restricted channels or unknown category are only counted"
)
CASES = Text(zh="{n} 件", en="{n} cases")
STOCK, REPORTED = Text(zh="此刻存量", en="a stock of this moment"), Text(zh="窗口内上报", en="reported in the window")


class City_(Protocol):
    """What of the running service is asked: its facts and city once they are there, and the clock."""

    def desk_facts(self) -> tuple[Reads, City]: ...
    def shapes(self, codes: tuple[str, ...]) -> dict[str, bytes]: ...
    def log_of(self, eid: int, case_number: str) -> Frame: ...
    def desk_now(self) -> datetime: ...
    def behind(self, lang: Lang) -> str: ...
    def badges(self) -> tuple[str, ...]: ...


@dataclass
class Analyst:
    """Answers for one service; outlines are kept per area and version of the grid."""

    service: City_
    _outlines: dict[tuple[str, ...], dict[str, Outline]] = field(default_factory=dict)
    _views: OrderedDict[_Kept, tuple[Choice, View]] = field(default_factory=OrderedDict)

    def pages(self) -> tuple[DeskPage, ...]:
        return (
            DeskPage("/analyst", "analyse", Text(zh="研判台", en="Analyst's workbench"), self._page),
            DeskPage("/methods", "analyse", Text(zh="方法与误差率", en="Methods and error rates"), self._methods),
        )

    def routes(self) -> tuple[DeskRoute, ...]:
        return (
            DeskRoute("/desk/analyst", "analyse", self.view),
            DeskRoute("/desk/methods/picture", "analyse", self._picture),
            DeskRoute("/desk/analyst/export", "export", self.export, audit="export", subject="panel", long=True),
            DeskRoute("/desk/case", "cases", self.case, audit="case opened", subject="id"),
        )

    def _page(self, viewer: Viewer, words: Mapping[str, str], lang: Lang) -> Any:
        from layouts.analyst.page import page  # Dash and its grid take most of a second to import

        _, city = self.service.desk_facts()
        return page(viewer, city, words, lang, self.service.badges())

    # ------------------------------------------------------------------ how it is worked out
    def _methods(self, viewer: Viewer, words: Mapping[str, str], lang: Lang) -> Any:
        from layouts.analyst import methods
        from layouts.desk.desk import desk_frame

        _, city = self.service.desk_facts()
        body = methods.page(str(words.get("of") or "")[:40], lang)
        return desk_frame(viewer, city, lang, "/methods", body, self.service.badges(), words)

    def _picture(self, viewer: Viewer, words: Values) -> File:
        from layouts.analyst import methods

        name = str(words.get("name") or "")
        found = methods.picture(name)
        if found is None:
            raise QueryFault(f"there is no picture '{name[:40]}'", f"没有图“{name[:40]}”")
        return File(f"{name}.svg", "image/svg+xml", found)

    # ------------------------------------------------------------------ a view
    def _choice(self, viewer: Viewer, words: Values) -> tuple[Reads, Choice, Pen]:
        facts, city = self.service.desk_facts()
        choice = choose(viewer, city, words, self.service.desk_now())
        kept = {"tab": str(words["tab"])} if words.get("tab") in TABS and words["tab"] != "overview" else {}
        kept.update({w: str(words[w]) for w, known in hotspots.WORDS.items() if words.get(w) in known})
        return facts, choice, Pen(city, choice.filters, lang_of(words), kept)

    def view(self, viewer: Viewer, words: Values) -> Record:
        """Everything that a tab shows, of one moment: words above the charts, and each panel as SVG (``svg``) or as a plain
        Plotly figure (``figure``); those named in ``tables`` as tables too."""
        facts, choice, pen = self._choice(viewer, words)
        tab = str(words.get("tab") or "overview")
        if tab not in TABS:
            raise QueryFault(f"tab '{tab[:40]}': write one of {', '.join(TABS)}", f"视图“{tab[:40]}”不存在")
        names = TABS[tab][1]
        found = view(facts, choice, ("summary", *names), LIMIT_S)
        self._keep(viewer, choice, found)
        tabled = set(str(words.get("tables") or "").split(","))
        panels = {name: self._panel(name, found, choice, pen, name in tabled) for name in names}
        local = choice.now.astimezone(pen.city.profile.zone)
        return {
            "snapshot": found.snapshot,
            "behind": self.service.behind(pen.lang),
            "tab": tab,
            "within": viewer.area,
            "area": {"code": choice.filters.area, "name": pen.city.scope_name(choice.filters.area)(pen.lang)},
            "crumbs": strip.crumbs(pen, viewer.area),
            "chips": strip.chips(pen),
            "summary": strip.summary(found.frames["summary"], pen),
            "panels": panels,
            "definitions": self._definitions(("summary", *names, *(("cases",) if "cases" in viewer.rights else ())), found, pen),
            "foot": FOOT(pen.lang).format(snapshot=found.snapshot, at=f"{local:%m-%d %H:%M:%S}"),
        }

    def _keep(self, viewer: Viewer, choice: Choice, found: View) -> None:
        """The newest answers stay for a while, so that an export is of the moment that its page shows."""
        self._views[_kept_as(viewer, choice, found.snapshot)] = choice, found._replace(rows={})
        while len(self._views) > KEPT:
            with contextlib.suppress(KeyError):  # another thread was first
                self._views.popitem(last=False)

    def _panel(self, name: str, found: View, choice: Choice, pen: Pen, tabled: bool) -> Record:
        frame = found.frames[name]
        undrawn = DRILLS[name].undrawn(choice.city)
        basis = [] if undrawn else [DRAWINGS[name].basis(frame, pen)]
        missing = _missing(name, undrawn, pen)
        drawn = self._drawn(name, frame, choice, pen)
        if isinstance(drawn, str):
            shown: Record = {"svg": drawn + ("" if undrawn else DRAWINGS[name].below(frame, pen))}
        else:
            shown = {"svg": "", "figure": drawn}
        return {
            **shown,
            **({"table": tables.html(DRILLS[name], frame, pen)} if tabled else {}),
            "note": " · ".join([*basis, *([missing] if missing else []), found.snapshot]),
        }

    def _drawn(self, name: str, frame: pd.DataFrame, choice: Choice, pen: Pen) -> str | Record:
        """Markup, or the plain figure of a chart."""
        undrawn = DRILLS[name].undrawn(choice.city)
        if undrawn:
            return f'<p class="an-empty">{escape(not_mapped(undrawn, pen.lang))}</p>'
        if name == "areas":
            return area_map.draw(frame, pen, self._shapes(tuple(c for c in frame["area"] if c)))
        if name == "hotspots" and len(frame):
            return hotspots.draw(frame, pen, self._shapes(tuple(c for c in dict.fromkeys(frame["area"]) if c)))
        if _empty(frame):
            nothing = f'<p class="an-empty">{NO_CASE(pen.lang)}</p>'
            return DRAWINGS[name].empty(pen) or nothing
        if name == "month_category":
            return matrices.category_month(frame, pen, [m for m, _ in month_category.months(choice)])
        return DRAWINGS[name].draw(frame, pen)

    def _shapes(self, codes: tuple[str, ...]) -> dict[str, Outline]:
        """Outlines of neighbouring areas; kept, since they only change with the grid."""
        kept = self._outlines.get(codes)
        if kept is None:
            if len(self._outlines) > 400:
                self._outlines.clear()
            kept = self._outlines[codes] = outlines(self.service.shapes(codes))
        return kept

    def forget_shapes(self) -> None:
        """After the grid was read anew."""
        self._outlines.clear()

    def _definitions(self, names: tuple[str, ...], found: View, pen: Pen) -> str:
        from layouts.analyst.methods import TITLE, explained

        parts, known = [], explained()
        for name in names:
            drill = DRILLS[name]
            frame = found.frames.get(name)
            sum_ = ""
            if name == "summary" and frame is not None:
                own = frame.iloc[0]
                if own[["late", "need"]].notna().all():
                    late, need = int(own["late"]), int(own["need"])
                    sum_ = f"{late:,} ÷ {need:,}" + (f" = {100 * late / need:.1f}%" if need else "")
            elif frame is not None and not drill.undrawn(pen.city):
                sum_ = DRAWINGS[name].basis(frame, pen)
            parts.append(
                f"<dt>{escape(drill.title(pen.lang))}</dt><dd>{escape(drill.definition(pen.lang))}"
                + (f"<b>{escape(sum_)}</b>" if sum_ else "")
                + (
                    f' <a href="{url_of("/methods")}?of={name}&amp;lang={pen.lang}">{TITLE(pen.lang)}</a>'
                    if name in known
                    else ""
                )
                + "</dd>"
            )
            if name in DRAWINGS:
                parts += [f"<dt>{escape(term)}</dt><dd>{escape(said)}</dd>" for term, said in DRAWINGS[name].terms(pen)]
        return f'<dl class="an-defs">{"".join(parts)}</dl>'

    # ------------------------------------------------------------------ an export
    def export(self, viewer: Viewer, words: Values) -> File:
        """One panel's table (csv, xlsx) or drawing (svg; of a chart ``figure``, which the browser draws), with what it is, of
        which cases and of which moment inside.

        ``snapshot``: of the view that the page shows; where that is not held any more it is read anew, and says its own.
        """
        facts, choice, pen = self._choice(viewer, words)
        drill = drill_of(str(words.get("panel") or ""))
        kind = str(words.get("format") or "csv")
        if kind not in FORMATS:
            raise QueryFault(
                f"format '{kind[:20]}': write one of {', '.join(FORMATS)}", f"格式“{kind[:20]}”：请写 {'、'.join(FORMATS)}"
            )
        notes: tuple[str, ...] = ()
        if drill.id == "cases":
            if "cases" not in viewer.rights:
                raise denied("cases")
            frame, notes = self._cases(facts, choice, pen, cases.SHEET if kind == "xlsx" else cases.EXPORTED)
            snapshot = snapshot_id(choice.now, pen.city.profile.zone)
        else:
            kept = self._views.get(_kept_as(viewer, choice, str(words.get("snapshot") or "")))
            if kept is not None and drill.id in kept[1].frames:
                choice, found = kept
                pen = replace(pen, filters=choice.filters)
                hand_out(drill.id, found.frames[drill.id])
            else:
                found = view(facts, choice, (drill.id,), EXPORT_S)
            frame, snapshot = found.frames[drill.id], found.snapshot
            missing = not_mapped(lost(drill.lacking(pen.city)), pen.lang)
            notes = (missing,) if missing else ()
        said = caption.lines(drill, pen, snapshot, choice.now, viewer, notes)
        stem = f"{drill.id}-{snapshot}"
        if kind in ("svg", "figure"):
            if drill.id in ("cases", "summary"):
                raise QueryFault(f"'{drill.id}' is no drawing; write csv or xlsx", f"“{drill.id}”不是图，请写 csv 或 xlsx")
            drawing = self._drawn(drill.id, frame, choice, pen)
            missing = not_mapped(drill.undrawn(pen.city), pen.lang)
            if missing:
                raise QueryFault(f"there is nothing to draw: {missing}", f"无图可导出：{missing}")
            if isinstance(drawing, str) and not drawing.startswith("<svg"):
                raise QueryFault("there is nothing to draw: no case meets the filters", "没有符合条件的案件，无图可导出")
            if isinstance(drawing, str) != (kind == "svg"):
                other = "svg" if isinstance(drawing, str) else "figure"
                raise QueryFault(
                    f"'{drill.id}' is not drawn as {kind}; write {other}", f"“{drill.id}”没有 {kind} 格式，请写 {other}"
                )
            if isinstance(drawing, str):
                return File(f"{stem}.svg", "image/svg+xml; charset=utf-8", caption.framed(drawing, said).encode())
            day: Theme = "day" if words.get("theme") == "day" else "night"
            return File(f"{stem}.json", "application/json", json.dumps(caption.around(drawing, said, day)).encode())
        head, rows = tables.heads(drill, pen), tables.cells(drill, frame, pen)
        if kind == "xlsx":
            return File(
                f"{stem}.xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                tables.to_xlsx(drill.title(pen.lang), said, head, rows, pen.lang),
            )
        return File(f"{stem}.csv", "text/csv; charset=utf-8", tables.to_csv(said, head, rows, pen.lang))

    def _cases(self, facts: Reads, choice: Choice, pen: Pen, most: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
        asked = cases.select_(choice, 0, most)
        _, answers = facts.read(asked, limit_s=EXPORT_S)
        listed, hidden = cases.totals(answers, choice)
        notes = []
        if listed > most:
            notes.append(FIRST_ONLY(pen.lang).format(all=f"{listed:,}", most=f"{most:,}", csv=f"{cases.EXPORTED:,}"))
        if hidden:
            notes.append(_hidden(hidden, pen.lang))
        return cases.DRILL.told(cases.compute(answers, choice), choice.city), tuple(notes)

    # ------------------------------------------------------------------ one case
    def case(self, viewer: Viewer, words: Values) -> Record:
        """``{"title", "html", "number", "snapshot"}`` of one case that the viewer may see."""
        facts, city = self.service.desk_facts()
        lang, now = lang_of(words), self.service.desk_now()
        eid = one_case.eid_of(str(words.get("id") or ""))
        scoped = replace(viewer, scope=place_within(viewer, city, ""))
        _, answers = facts.read(one_case.select_(scoped, city, eid), limit_s=LIMIT_S)
        found = one_case.compute(answers, city, lambda number: self.service.log_of(eid, number))
        return {
            "title": case_drawing.title(found, lang),
            "html": case_drawing.html(found, city, round(now.timestamp() * 1000), lang),
            "number": found.head["case_number"],
            "snapshot": snapshot_id(now, city.profile.zone),
        }

    # ------------------------------------------------------------------ the grid
    def rows(self, viewer: Viewer, search: str, request: Values) -> Record:
        """``{"rowData", "rowCount"}`` of what the grid asks for: rows ``startRow`` .. ``endRow``, sorted."""
        words = dict(parse_qsl(search.lstrip("?")))
        facts, choice, pen = self._choice(viewer, words)
        first, last = request.get("startRow") or 0, request.get("endRow") or 0
        if not isinstance(first, int) or not isinstance(last, int) or not 0 <= first < last < MOST_ROW or last - first > ROWS:
            raise QueryFault(
                f"rows {str(first)[:20]} to {str(last)[:20]}: ask for 1 to {ROWS} at a time",
                f"第 {str(first)[:20]} 至 {str(last)[:20]} 行：每次请取 1 至 {ROWS} 行",
            )
        model = request.get("sortModel")
        sort = model[0] if isinstance(model, list) and model and isinstance(model[0], dict) else {}
        asked = cases.select_(choice, first, last - first, str(sort.get("colId") or ""), sort.get("sort") == "desc")
        _, answers = facts.read(asked, limit_s=LIMIT_S)
        listed, hidden = cases.totals(answers, choice)
        frame = cases.DRILL.told(cases.compute(answers, choice), choice.city)
        drawn = tables.cells(cases.DRILL, frame, pen)
        names = [f.name for f in cases.DRILL.fields]
        data = [dict(zip(names, row, strict=True)) for row in drawn]
        for row, raw in zip(data, frame.to_dict("records"), strict=True):
            row.update(eid=raw["eid"], left_min=tables.left(raw["left_min"], pen))
            for name in ("reported_at", "due_at", "closed_at"):
                row[name] = row[name][5:16] if row[name][:4] == str(choice.now.year) else row[name][:16]
        unit = CASES(pen.lang).format(n=f"{listed:,}")
        basis = (STOCK if choice.filters.is_stock else REPORTED)(pen.lang)
        return {
            "rowData": data,
            "rowCount": listed,
            "unit": f"{unit} · {basis}",
            "note": _hidden(hidden, pen.lang) if hidden else "",
        }


def _missing(name: str, undrawn: tuple[Need, ...], pen: Pen) -> str:
    """What of a panel that is drawn is not mapped; "" where its place says it, or the line that opens does."""
    if undrawn or name == "indicators":
        return ""
    return not_mapped(lost(DRILLS[name].lacking(pen.city)), pen.lang)


def _kept_as(viewer: Viewer, choice: Choice, snapshot: str) -> _Kept:
    return viewer, frozenset(choice.filters.words().items()), snapshot


def _hidden(n: int, lang: Lang) -> str:
    return HIDDEN(lang).format(n=f"{n:,}")


def _empty(frame: pd.DataFrame) -> bool:
    columns = [c for c in ("n", "open", "wip", "done", "censored") if c in frame.columns]
    return not len(frame) or (bool(columns) and not any((frame[c].to_numpy() > 0).any() for c in columns))


def lang_of(words: Values) -> Lang:
    return "en" if words.get("lang") == "en" else "zh"
