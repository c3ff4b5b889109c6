"""State of the source for the desk: polled by its pages every few seconds, so that a fault shows as soon as on the walls."""

from __future__ import annotations

from collections.abc import Callable

from callbacks.desk.router import DeskRoute
from callbacks.wall.page_cache import PageCache
from data.access.viewer import Viewer
from data.types.records import Record, Values


def source_routes(page_cache: PageCache, now_ms: Callable[[], int]) -> tuple[DeskRoute, ...]:
    """``{"now", "checked", "source"}``, as in the walls' pulses; one route for each page that polls."""

    def state(viewer: Viewer, words: Values) -> Record:
        return {"now": now_ms(), "checked": page_cache.health.checked_ms, "source": page_cache.health.public()}

    return DeskRoute("/desk/kiosk/source", "kiosk", state), DeskRoute("/desk/analyst/source", "analyse", state)
