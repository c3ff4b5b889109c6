"""The saved views of the workbench: listing, saving and removing them, and the one that an address names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from callbacks.desk.analyst_request import Requests
from callbacks.desk.router import DeskRoute
from data.access.saved_views import SavedView, SavedViews
from data.access.viewer import Viewer
from data.drill.filters import parse
from data.text import lang_in
from data.types.records import Record, Values
from layouts.analyst.views import views_html


@dataclass
class Views:
    """The routes; ``now`` is the clock."""

    requests: Requests
    saved: SavedViews
    now: Callable[[], datetime]

    def routes(self) -> tuple[DeskRoute, ...]:
        return (
            DeskRoute("/desk/views", "analyse", self.listed),
            DeskRoute("/desk/views/save", "analyse", self.save, "POST", "view saved", ("name",)),
            DeskRoute("/desk/views/remove", "analyse", self.remove, "POST", "view removed", ("id",)),
        )

    def listed(self, viewer: Viewer, words: Values) -> Record:
        """``{"html"}``: the views whose area the viewer may see."""
        shown = [v for v in self.saved.all() if self._may_open(viewer, v)]
        return {"html": views_html(shown, viewer.user, lang_in(words))}

    def save(self, viewer: Viewer, words: Values) -> Record:
        """Save the view that ``view`` (words of the workbench's address) describes under ``name``; its faults are the workbench's
        own."""
        asked = words.get("view")
        given = {str(k): str(v) for k, v in asked.items()} if isinstance(asked, Mapping) else {}
        _, choice, context = self.requests.read(viewer, given)
        filters = parse(given, choice.city, choice.now)  # as the address says: without the viewer's own area
        kept = {**filters.words(), **context.words}
        view = self.saved.save(str(words.get("name") or ""), urlencode(kept), filters.area, viewer.user, self.now())
        return {**self.listed(viewer, words), "id": view.id}

    def remove(self, viewer: Viewer, words: Values) -> Record:
        self.saved.remove(str(words.get("id") or ""), viewer.user)
        return self.listed(viewer, words)

    def named(self, viewer: Viewer, id: str) -> SavedView | None:
        """The view of an address (``view=``); None if there is none that the viewer may open."""
        found = self.saved.of(id)
        return found if found is not None and self._may_open(viewer, found) else None

    def _may_open(self, viewer: Viewer, view: SavedView) -> bool:
        _, city = self.requests.service.desk_facts()
        return not viewer.area or not view.area or (view.area in city.grid.index and city.lies_in(view.area, viewer.area))
