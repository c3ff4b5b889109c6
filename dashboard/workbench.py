"""What the analyst's workbench needs from the running service."""

from __future__ import annotations

from datetime import datetime

from dashboard.pipeline import SourcePipeline
from data.city.city import City
from data.drill.view import Reads
from data.drill.views.cases.case import log_of
from data.source.columns import Frame
from data.source.reader import Source
from data.text import Lang

#: How long opening a case waits for the platform's log of it (s).
WAITS_S = 8.0


class Workbench:
    """Facts, city, clock and the platform's log of one case; with its own source connection, so that no tick waits for it."""

    def __init__(self, pipeline: SourcePipeline) -> None:
        self._pipeline, self._settings, self._page_cache = pipeline, pipeline.settings, pipeline.page_cache
        self._source: Source | None = None

    def desk_facts(self) -> tuple[Reads, City]:
        """Raises NotYetError while there are no facts to answer from."""
        return self._pipeline.ready(), self._page_cache.city

    def desk_now(self) -> datetime:
        return self._pipeline.desk_as_of()

    def behind(self, lang: Lang) -> str:
        """Notice above figures that are not current; "" while the source is read."""
        said = self._pipeline.behind()
        return said(lang) if said is not None else ""

    def shapes(self, codes: tuple[str, ...]) -> dict[str, bytes]:
        """WKB outlines by code of the areas that have one."""
        facts = self._pipeline.facts
        grid = self._page_cache.city.grid
        known = {grid.index[c]: c for c in codes if c in grid.index}
        if facts is None or not known:
            return {}
        level = int(grid.level[next(iter(known))])
        return {known[at]: wkb for at, wkb in facts.geometry(level) if at in known}

    def log_of(self, eid: int, case_number: str) -> Frame:
        if self._source is None:
            source = Source.open(self._settings.source, self._settings.mapping, self._settings.limits)
            source.limit_s = min(WAITS_S, self._settings.limits.tick_s)
            self._source = source
        return log_of(self._source, eid, case_number)

    def stop(self) -> None:
        """Abort pending queries of the source; for a server that is shutting down."""
        if self._source is not None:
            self._source.stop()

    def badges(self) -> tuple[str, ...]:
        return tuple(self._page_cache.head.get("badges", ()))
