"""Dash on FastAPI without what a wall must not have: Dash's WebSocket callbacks and FastAPI's own pages.

The WebSocket costs several times more per update and gives up after minutes; the docs pages load from outside.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from dash.backends._fastapi import DashMiddleware, FastAPIDashServer
from dash.exceptions import DependencyException, PreventUpdate
from fastapi import FastAPI

from callbacks.desk import answer_fault, answer_json
from callbacks.files import App, Receive, Scope, Send
from data.errors import GridWallError

if TYPE_CHECKING:
    from dash import Dash

log = logging.getLogger("gridwall.dash")


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

    def setup_backend(self, dash_app: Dash) -> None:
        self.server.add_middleware(
            Spoken, dash_app=dash_app, dash_server=self, before_request_funcs=self._before_request_funcs,
            after_request_func=self._after_request_func, enable_timing=self._enable_timing)

    @staticmethod
    def create_app(name: str = "__main__", config: dict[str, Any] | None = None) -> FastAPI:
        app = Server(docs_url=None, redoc_url=None, openapi_url=None)
        for key, value in (config or {}).items():
            setattr(app.state, key, value)
        return app


class Spoken(DashMiddleware):
    """Dash's errors in words: Dash answers each with a bare 500 that reaches no log."""

    async def _handle_error(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if isinstance(error, PreventUpdate):
            await super()._handle_error(error, scope, receive, send)
        elif isinstance(error, GridWallError):
            await answer_fault(send, error)
        elif "/_dash-component-suites/" in path and isinstance(error, (DependencyException, OSError)):
            await answer_json(send, 404, {"error": f"there is no file {path[:80]}", "error_zh": f"没有文件 {path[:80]}"})
        else:
            log.error("%s %.200r failed", scope["method"], path, exc_info=error)
            await answer_json(send, 500, {"error": "this failed; the log says why", "error_zh": "处理出错，原因见日志"})
