"""Dash on FastAPI without two features unfit for a wall: Dash's WebSocket callbacks and FastAPI's documentation pages.

The WebSocket costs several times more per update and gives up after minutes; the docs pages load from other hosts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from dash.backends._fastapi import DashMiddleware, FastAPIDashServer
from dash.exceptions import DependencyException, PreventUpdate
from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from callbacks.http.answers import FAILED, fault_answer, json_answer
from data.errors import GridWallError
from data.types.records import Record

if TYPE_CHECKING:
    from dash import Dash

log = logging.getLogger("gridwall.dash")
#: Callbacks that may run at once: more than the desk queries that may wait (``callbacks.http.executor``), so that a loading
#: page finds a thread while analysts wait for theirs.
CALLBACKS = 40


class Server(FastAPI):
    """FastAPI with ``front`` before everything: FastAPI's own layers cost a screen's request more than the answer does."""

    front: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.front or self.behind)(scope, receive, send)

    async def behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI itself."""
        await super().__call__(scope, receive, send)


class WallBackend(FastAPIDashServer):
    """Dash's own FastAPI backend without the two features."""

    websocket_capability = False

    def setup_backend(self, dash_app: Dash) -> None:
        self.server.add_middleware(
            Spoken,
            dash_app=dash_app,
            dash_server=self,
            before_request_funcs=self._before_request_funcs,
            after_request_func=self._after_request_func,
            enable_timing=self._enable_timing,
        )

    def serve_callback(self, dash_app: Dash) -> Callable[[Request], Awaitable[Any]]:
        """As Dash's own, but on a thread pool: Dash runs it on the event loop, where a waiting callback stops every screen."""
        pool = ThreadPoolExecutor(CALLBACKS, "callback")

        async def dispatch(request: Request) -> Any:
            body = self.request_adapter().get_json()
            context = dash_app._initialize_context(body)
            function = dash_app._prepare_callback(context, body)
            values = dash_app._inputs_to_vals(context.inputs_list + context.states_list)
            call = dash_app._execute_callback(function, values, context.outputs_list, context)
            answer = await asyncio.get_running_loop().run_in_executor(pool, copy_context().run, call)
            return context.dash_response.set_response(data=answer)

        return dispatch

    @staticmethod
    def create_app(name: str = "__main__", config: Record | None = None) -> FastAPI:
        app = Server(docs_url=None, redoc_url=None, openapi_url=None)
        for key, value in (config or {}).items():
            setattr(app.state, key, value)
        return app


class Spoken(DashMiddleware):
    """Answers Dash's errors with an explanation: Dash answers each with a bare 500 that reaches no log."""

    async def _handle_error(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if isinstance(error, PreventUpdate):
            await super()._handle_error(error, scope, receive, send)
        elif isinstance(error, GridWallError):
            await fault_answer(error)(scope, receive, send)
        elif "/_dash-component-suites/" in path and isinstance(error, (DependencyException, OSError)):
            missing = {"error": f"there is no file {path[:80]}", "error_zh": f"没有文件 {path[:80]}"}
            await json_answer(404, missing)(scope, receive, send)
        else:
            log.error("%s %.200r failed", scope["method"], path, exc_info=error)
            await json_answer(500, FAILED)(scope, receive, send)
