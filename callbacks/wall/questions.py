"""/api: single readings, the rejected rows, a new fit; answered one at a time, so that they never occupy the screens'
threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callbacks.http.answers import RETRY_S, json_answer
from data.access.viewer import Viewer
from data.errors import AccessError, GridWallError, QueryError
from data.types.records import Record

#: Requests that may wait; further ones are turned away.
MOST_ASKED = 32


class Readings(Protocol):
    """The application's methods used here."""

    def read(self, metric: str, viewer: Viewer, back: str, at: str, cases: bool) -> Record: ...
    def from_command(self, headers: Mapping[bytes, bytes]) -> bool: ...
    def faults(self, headers: Mapping[bytes, bytes]) -> Record: ...
    def refit(self, headers: Mapping[bytes, bytes]) -> Record: ...


class Questions:
    """The routes, for admitted viewers (``request.state.viewer``); ``placed(words, viewer)`` is the wall's surface for them."""

    def __init__(self, readings: Readings, placed: Callable[[Mapping[str, str], Viewer], Viewer], thread: Executor) -> None:
        self._readings, self._placed, self._thread, self._asked = readings, placed, thread, 0
        self.routes = (
            Route("/api/read/{metric:path}", self._read),
            Route("/api/faults", self._faults),
            Route("/api/refit", self._refit),
        )

    async def _read(self, request: Request) -> Response:
        words, viewer, headers = request.query_params, request.state.viewer, dict(request.scope["headers"])
        shown = self._placed(words, viewer)
        cases = "cases" in viewer.rights or self._readings.from_command(headers)
        metric, back, at = request.path_params["metric"], words.get("back", ""), words.get("at", "")
        return await self._ask(lambda: self._readings.read(metric, shown, back, at, cases))

    async def _faults(self, request: Request) -> Response:
        if request.state.viewer.area:
            raise AccessError(
                "rejected rows are the whole city's, and this account sees one area of it",
                "搁置行清单属全市范围，当前账号只见其中一片",
            )
        return await self._ask(lambda: self._readings.faults(dict(request.scope["headers"])))

    async def _refit(self, request: Request) -> Response:
        return await self._ask(lambda: self._readings.refit(dict(request.scope["headers"])))

    async def _ask(self, question: Callable[[], Record]) -> Response:
        if self._asked >= MOST_ASKED:
            return json_answer(
                503,
                {
                    "error": f"{MOST_ASKED} questions are waiting; ask again in a moment",
                    "error_zh": f"已有 {MOST_ASKED} 个查询在等待，请稍后再试",
                },
                {"retry-after": RETRY_S},
            )
        self._asked += 1
        try:
            # in the requester's context, so that reads of single cases are attributed
            answer = await asyncio.get_running_loop().run_in_executor(self._thread, copy_context().run, question)
        except QueryError:
            raise
        except GridWallError as fault:
            return json_answer(503, {"error": str(fault), "error_zh": fault.zh})
        finally:
            self._asked -= 1
        return json_answer(200, answer)
