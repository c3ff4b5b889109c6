"""The desk's routes: pages for accounts, and ``/desk/<name>`` with their data; role and area are checked here, each time.

A route states the right it requires; it is answered on the low-priority threads of ``callbacks.http.executor``.  The answer is
JSON, or a file to be saved.  Audited actions are written to the audit, refusals included.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from callbacks.http.access import Authenticator, denied
from callbacks.http.answers import FAILED, error_words, fault_answer, in_words, json_answer
from callbacks.http.body import read_json
from callbacks.http.executor import PriorityExecutor
from data.access.viewer import Viewer
from data.errors import AccessError, GridWallError, OverVolumeError, QueryError
from data.facts import case_reads
from data.text import Lang, Text
from data.types.records import Record, Values

log = logging.getLogger("gridwall.desk")
#: Maximum request body size (bytes): a note, a form.
LARGEST = 16_384


@dataclass(frozen=True)
class File:
    """An answer to be saved; ``kind`` is its media type."""

    name: str
    kind: str
    body: bytes


@dataclass(frozen=True)
class DeskPage:
    """A page for accounts with ``right``; ``layout`` receives the viewer and the words of the address."""

    path: str
    right: str
    title: Text
    layout: Callable[[Viewer, Mapping[str, str], Lang], Any]


@dataclass(frozen=True)
class DeskRoute:
    """``answer(viewer, words)``: a POST's words are its JSON body.

    ``audit`` names the action to record ("" = none), with the first of the words called ``subject`` that is given.  ``long``: it
    may take a minute (an export), and waits in a queue of its own, so that clicks do not wait for it.
    """

    path: str
    right: str
    answer: Callable[[Viewer, Values], Record | File]
    method: Literal["GET", "POST"] = "GET"
    audit: str = ""
    subject: tuple[str, ...] = ()
    long: bool = False


class Desk:
    """ASGI for the paths below ``/desk/``, reading ``request.state.viewer``; ``pages`` are looked up by the router and by Dash's
    page callback."""

    def __init__(
        self, authenticator: Authenticator, pages: tuple[DeskPage, ...] = (), routes: tuple[DeskRoute, ...] = ()
    ) -> None:
        self.authenticator, self.executor, self.exports = authenticator, PriorityExecutor(), PriorityExecutor(1, 4)
        self.pages = {p.path: p for p in pages}
        self.routes = {r.path: r for r in routes}
        known = [Route(r.path, self._answering(r), methods=[r.method]) for r in routes]
        self._app = in_words(Router(known, redirect_slashes=False, default=_unknown))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "app": self}, receive, send)  # with "app" set, Starlette leaves error responses to us

    def close(self) -> None:
        self.executor.close()
        self.exports.close()

    def page(self, path: str) -> DeskPage | None:
        return self.pages.get("/" + path.strip("/").split("/")[0])

    def _answering(self, route: DeskRoute) -> Callable[[Request], Awaitable[Response]]:
        async def answering(request: Request) -> Response:
            return await self._answer(route, request)

        return answering

    async def _answer(self, route: DeskRoute, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        words: Values = dict(request.query_params)
        result, subject = "ok", ""
        try:
            if route.method == "POST":
                words = await _body(request)
            subject = next((str(words[word])[:200] for word in route.subject if words.get(word)), "")
            if route.right not in viewer.rights:
                raise denied(route.right)
            turn = f"{viewer.user}|{words['reader']}|{route.path}" if words.get("reader") else ""
            queue = self.exports if route.long else self.executor
            found = await queue.ask(lambda: route.answer(viewer, words), turn)
            if route.audit:  # before the answer is sent
                reading = case_reads.current()
                rows = reading.settled() if reading is not None else 0
                await self.authenticator.noted(viewer, route.audit, subject or route.path, "ok", rows or None)
            answer = _file(found) if isinstance(found, File) else json_answer(200, found)
        except GridWallError as fault:
            result = "refused" if isinstance(fault, (AccessError, OverVolumeError)) else "failed"
            if route.audit and result == "refused":  # a line of its own, below; the gate records the other refusals
                case_reads.told()
            answer = fault_answer(fault)
        except ClientDisconnect:
            raise
        except Exception:
            result = "failed"
            log.exception("the desk failed at %s", route.path)
            answer = json_answer(500, {"error": FAILED["error"], "error_zh": "计算出错，原因见日志"})
        if route.audit and result != "ok":
            self.authenticator.note(viewer, route.audit, subject or route.path, result)
        return answer


async def _body(request: Request) -> Values:
    """A POST's JSON object."""
    words = await read_json(request, LARGEST)
    if not isinstance(words, dict):
        raise QueryError("the body is no JSON object", "提交内容不是 JSON 对象")
    return words


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"][:60]
    await json_answer(404, error_words(QueryError(f"{path}: there is no such route", f"没有 {path}")))(scope, receive, send)


def _file(file: File) -> Response:
    return Response(
        file.body,
        200,
        {
            "content-type": file.kind,
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
            "cache-control": "no-store",
        },
    )
