"""Dash on FastAPI without what a wall must not have: Dash's WebSocket callbacks and FastAPI's own pages.

The WebSocket costs several times more per update and gives up after minutes; the docs pages load from outside.
"""

from __future__ import annotations

from typing import Any

from dash.backends._fastapi import FastAPIDashServer
from fastapi import FastAPI

from callbacks.files import App, Receive, Scope, Send


class Server(FastAPI):
    """FastAPI with ``front`` before all of it: its own layers cost a screen's request more than the answer does."""

    front: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.front or self.behind)(scope, receive, send)

    async def behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI itself."""
        await super().__call__(scope, receive, send)


class WallBackend(FastAPIDashServer):
    """As Dash's own FastAPI backend, less the two."""

    websocket_capability = False

    @staticmethod
    def create_app(name: str = "__main__", config: dict[str, Any] | None = None) -> FastAPI:
        app = Server(docs_url=None, redoc_url=None, openapi_url=None)
        for key, value in (config or {}).items():
            setattr(app.state, key, value)
        return app
