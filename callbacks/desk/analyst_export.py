"""A panel of the workbench as a file: its table or its drawing, with a caption that states its cases and snapshot."""

from __future__ import annotations

import contextlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import pandas as pd

from callbacks.desk.analyst_cases import listed_cases
from callbacks.desk.analyst_request import EXPORT_S, Asked, Requests
from callbacks.desk.router import File
from callbacks.http.access import denied
from data.access.viewer import Viewer
from data.drill.choice import Choice
from data.drill.drill import Drill
from data.drill.view import View, drill_of, hand_out, snapshot_id, view
from data.drill.views.cases import cases
from data.errors import QueryError
from data.query.needs import lost, not_mapped
from data.types.records import Values
from layouts.analyst import caption, tables
from layouts.analyst.context import RenderContext
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.panel import drawn
from layouts.palette import Theme

#: Maximum number of views held for exports, by viewer, filters and snapshot.
KEPT = 48
_Key = tuple[Viewer, frozenset[tuple[str, str]], str]
#: Formats of an export; from ``figure`` the browser makes the image of a chart.
FORMATS = ("csv", "xlsx", "svg", "figure")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class HeldViews:
    """The newest answers, held so that an export matches the snapshot that its page shows."""

    _views: OrderedDict[_Key, tuple[Choice, View]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._views)

    def hold(self, viewer: Viewer, choice: Choice, found: View) -> None:
        self._views[_key(viewer, choice, found.snapshot)] = choice, found._replace(rows={})
        while len(self._views) > KEPT:
            with contextlib.suppress(KeyError):  # another thread was first
                self._views.popitem(last=False)

    def of(self, viewer: Viewer, choice: Choice, snapshot: str) -> tuple[Choice, View] | None:
        """The view of that snapshot for this viewer and these filters; None if it is no longer held."""
        return self._views.get(_key(viewer, choice, snapshot))


def _key(viewer: Viewer, choice: Choice, snapshot: str) -> _Key:
    return viewer, frozenset(choice.filters.words().items()), snapshot


@dataclass
class Exports:
    requests: Requests
    held: HeldViews

    def export(self, viewer: Viewer, words: Values) -> File:
        """One panel's table (csv, xlsx) or drawing (svg; ``figure`` for a chart, which the browser draws).

        ``snapshot``: that of the page's view; if it is no longer held, the panel is read again and states its new snapshot.
        """
        asked = self.requests.read(viewer, words)
        drill = drill_of(str(words.get("panel") or ""))
        kind = str(words.get("format") or "csv")
        if kind not in FORMATS:
            raise QueryError(
                f"format '{kind[:20]}': write one of {', '.join(FORMATS)}", f"格式“{kind[:20]}”：请写 {'、'.join(FORMATS)}"
            )
        if drill is cases.DRILL:
            if "cases" not in viewer.rights:
                raise denied("cases")
            frame, notes = listed_cases(asked, cases.SHEET if kind == "xlsx" else cases.EXPORTED)
            snapshot = snapshot_id(asked.choice.now, asked.context.city.profile.zone)
        else:
            asked, frame, snapshot = self._found(viewer, asked, drill, str(words.get("snapshot") or ""))
            missing = not_mapped(lost(drill.lacking(asked.context.city)), asked.context.lang)
            notes = (missing,) if missing else ()
        said = caption.lines(drill, asked.context, snapshot, asked.choice.now, viewer, notes)
        stem = f"{drill.id}-{snapshot}"
        if kind in ("svg", "figure"):
            return _picture(drill, frame, asked.context, stem, kind, said, "day" if words.get("theme") == "day" else "night")
        return _table(drill, frame, asked.context, stem, kind, said)

    def _found(self, viewer: Viewer, asked: Asked, drill: Drill, snapshot: str) -> tuple[Asked, pd.DataFrame, str]:
        """The drill's answer as the page shows it, or read again; with its request and the id of its snapshot."""
        held = self.held.of(viewer, asked.choice, snapshot)
        if held is not None and drill.id in held[1].frames:
            choice, found = held
            hand_out(drill.id, found.frames[drill.id])
            asked = Asked(asked.facts, choice, replace(asked.context, filters=choice.filters))
        else:
            found = view(asked.facts, asked.choice, (drill.id,), EXPORT_S)
        return asked, found.frames[drill.id], found.snapshot


def _picture(
    drill: Drill, frame: pd.DataFrame, context: RenderContext, stem: str, kind: str, said: list[str], theme: Theme
) -> File:
    """Raises QueryError for a panel without a drawing, with nothing to draw, or drawn in the other format."""
    if drill.id not in DRAWINGS:
        raise QueryError(f"'{drill.id}' is no drawing; write csv or xlsx", f"“{drill.id}”不是图，请写 csv 或 xlsx")
    drawing = drawn(DRAWINGS[drill.id], frame, context)
    missing = not_mapped(drill.undrawn(context.city), context.lang)
    if missing:
        raise QueryError(f"there is nothing to draw: {missing}", f"无图可导出：{missing}")
    if isinstance(drawing, str) and not drawing.startswith("<svg"):
        raise QueryError("there is nothing to draw: no case meets the filters", "没有符合条件的案件，无图可导出")
    if isinstance(drawing, str) != (kind == "svg"):
        other = "svg" if isinstance(drawing, str) else "figure"
        raise QueryError(f"'{drill.id}' is not drawn as {kind}; write {other}", f"“{drill.id}”没有 {kind} 格式，请写 {other}")
    if isinstance(drawing, str):
        return File(f"{stem}.svg", "image/svg+xml; charset=utf-8", caption.framed(drawing, said, theme).encode())
    return File(f"{stem}.json", "application/json", json.dumps(caption.around(drawing, said, theme)).encode())


def _table(drill: Drill, frame: pd.DataFrame, context: RenderContext, stem: str, kind: str, said: list[str]) -> File:
    head, rows = tables.heads(drill, context), tables.cells(drill, frame, context, dates=kind == "xlsx")
    if kind == "xlsx":
        return File(f"{stem}.xlsx", _XLSX, tables.to_xlsx(drill.title(context.lang), said, head, rows, context.lang))
    return File(f"{stem}.csv", "text/csv; charset=utf-8", tables.to_csv(said, head, rows, context.lang))
