"""Dash on FastAPI without what a wall must not have: Dash's WebSocket callbacks and FastAPI's own pages.

The WebSocket costs several times more per update and gives up after minutes; the docs pages load from outside.
"""

from __future__ import annotations

from typing import Any

from dash.backends._fastapi import FastAPIDashServer
from fastapi import FastAPI


class WallBackend(FastAPIDashServer):
    """As Dash's own FastAPI backend, less the two."""

    websocket_capability = False

    @staticmethod
    def create_app(name: str = "__main__", config: dict[str, Any] | None = None) -> FastAPI:
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        for key, value in (config or {}).items():
            setattr(app.state, key, value)
        return app
