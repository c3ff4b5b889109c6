"""How the source is, for the desk: asked by its pages every few seconds, so that a fault is on them as soon as on the walls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from callbacks.desk.router import DeskRoute
from callbacks.wall.page_cache import Board
from data.access.viewer import Viewer


def source_routes(board: Board, now_ms: Callable[[], int]) -> tuple[DeskRoute, ...]:
    """``{"now", "checked", "source"}``, as the walls' pulses say it; one route for each page that asks."""

    def state(viewer: Viewer, words: Mapping[str, Any]) -> dict[str, Any]:
        return {"now": now_ms(), "checked": board.health.checked_ms, "source": board.health.public()}

    return DeskRoute("/desk/kiosk/source", "kiosk", state), DeskRoute("/desk/analyst/source", "analyse", state)
