"""The workbench's pages and routes, and a view of the chosen cases; exports and cases are in files of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from callbacks.desk.analyst_cases import Cases
from callbacks.desk.analyst_export import Exports, HeldViews
from callbacks.desk.analyst_request import LIMIT_S, Requests, RunningCity
from callbacks.desk.analyst_views import Views
from callbacks.desk.router import DeskPage, DeskRoute, File
from data.access.saved_views import SavedViews
from data.access.viewer import Viewer
from data.drill.view import view
from data.drill.views.cases.cases import DRILL as CASES
from data.drill.views.overview.summary import DRILL as SUMMARY
from data.errors import QueryError
from data.text import Lang, Text
from data.types.records import Record, Values
from layouts.analyst import strip
from layouts.analyst.definitions import definitions
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.panel import counted, panel
from layouts.analyst.tabs import FIRST, TABS

FOOT = Text(zh="快照 {snapshot} · 截至 {at} · 本页各图同一次读取", en="Snapshot {snapshot} · as of {at} · all panels of one read")


class Analyst:
    """The workbench of one running service."""

    def __init__(self, service: RunningCity, saved: SavedViews | None = None, now: Callable[[], datetime] | None = None) -> None:
        """``saved``: the views saved under a name, None = none can be saved; ``now``: the clock of those who save one."""
        self.service = service
        self.requests, self.held = Requests(service), HeldViews()
        self.exports, self.cases = Exports(self.requests, self.held), Cases(self.requests)
        self.views = Views(self.requests, saved, now or service.desk_now) if saved is not None else None

    def pages(self) -> tuple[DeskPage, ...]:
        return (
            DeskPage("/analyst", "analyse", Text(zh="研判台", en="Analyst's workbench"), self._page),
            DeskPage("/methods", "analyse", Text(zh="方法与误差率", en="Methods and error rates"), self._methods),
        )

    def routes(self) -> tuple[DeskRoute, ...]:
        export = self.exports.export
        return (
            DeskRoute("/desk/analyst", "analyse", self.view),
            DeskRoute("/desk/methods/picture", "analyse", self._picture),
            DeskRoute("/desk/analyst/export", "export", export, audit="export", subject=("panel",), long=True),
            DeskRoute("/desk/case", "cases", self.cases.case, audit="case opened", subject=("id", "number")),
            *(self.views.routes() if self.views is not None else ()),
        )

    def forget_shapes(self) -> None:
        """Drop the outlines after the grid was reloaded."""
        self.requests.forget_shapes()

    def _page(self, viewer: Viewer, words: Mapping[str, str], lang: Lang) -> Any:
        from layouts.analyst.page import page  # Dash and its grid take most of a second to import

        _, city = self.service.desk_facts()
        id = words.get("view", "")
        named = self.views.named(viewer, id) if id and self.views is not None else None
        return page(viewer, city, words, lang, self.service.badges(), named, self.views is not None)

    # ------------------------------------------------------------------ methods
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
            raise QueryError(f"there is no picture '{name[:40]}'", f"没有图“{name[:40]}”")
        return File(f"{name}.svg", "image/svg+xml", found)

    # ------------------------------------------------------------------ a view
    def view(self, viewer: Viewer, words: Values) -> Record:
        """Everything that a tab shows, from one read: the texts around the charts, and each panel as SVG (``svg``) or as a plain
        Plotly figure (``figure``); panels named in ``tables`` also as tables."""
        facts, choice, context = self.requests.read(viewer, words)
        tab = str(words.get("tab") or FIRST)
        if tab not in TABS:
            raise QueryError(f"tab '{tab[:40]}': write one of {', '.join(TABS)}", f"视图“{tab[:40]}”不存在")
        drawings = [DRAWINGS[name] for name in TABS[tab].panels]
        found = view(facts, choice, (SUMMARY.id, *TABS[tab].panels), LIMIT_S)
        self.held.hold(viewer, choice, found)
        frames, summary = found.frames, found.frames[SUMMARY.id]
        tabled = set(str(words.get("tables") or "").split(","))
        explained = [(SUMMARY, strip.basis(summary)), *((d.drill, counted(d, frames[d.id], context)) for d in drawings)]
        local = choice.now.astimezone(context.city.profile.zone)
        return {
            "snapshot": found.snapshot,
            "behind": self.service.behind(context.lang),
            "tab": tab,
            "within": viewer.area,
            "area": {"code": choice.filters.area, "name": context.city.scope_name(choice.filters.area)(context.lang)},
            "crumbs": strip.crumbs(context, viewer.area),
            "chips": strip.chips(context),
            "summary": strip.summary(summary, context),
            "panels": {d.id: panel(d, frames[d.id], context, found.snapshot, d.id in tabled) for d in drawings},
            "definitions": definitions([*explained, *([(CASES, "")] if "cases" in viewer.rights else [])], context),
            "foot": FOOT(context.lang).format(snapshot=found.snapshot, at=f"{local:%m-%d %H:%M:%S}"),
        }
