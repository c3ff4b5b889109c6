"""Answers of ours: JSON and pages that nobody keeps, the way on to another address, and faults in both languages."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from callbacks.http.body import BodyTooLargeError
from data.errors import (
    AccessError,
    DamagedFactsError,
    GridWallError,
    NotRecordedError,
    NotYetError,
    OverVolumeError,
    QueryError,
    TooManyRequestsError,
)
from data.types.records import Record, Values
from layouts.wall.page import dumps

log = logging.getLogger("gridwall.desk")

#: Who was turned away from a full queue is asked to come again after so many seconds.
RETRY_S = "2"
JSON = "application/json; charset=utf-8"
_ROUTED = frozenset({"app", "router", "route", "endpoint", "path_params", "starlette.exception_handlers"})
#: For what failed without a fault of its own: the log has it.
FAILED = {"error": "this failed; the log says why", "error_zh": "处理出错，原因见日志"}


def json_answer(status: int, content: Values, more: Mapping[str, str] | None = None) -> Response:
    """JSON that nobody keeps."""
    return Response(dumps(content), status, {"content-type": JSON, "cache-control": "no-store", **(more or {})})


def page_answer(status: int, page: str, more: Mapping[str, str] | None = None) -> Response:
    """HTML that nobody keeps."""
    kind = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
    return Response(page, status, {**kind, **(more or {})})


def go(to: str) -> Response:
    """On to another address (303)."""
    return Response(None, 303, {"location": to.encode("ascii", "ignore").decode(), "cache-control": "no-store"})


def fault_answer(fault: GridWallError) -> Response:
    """A fault in both languages, with its status."""
    return json_answer(_status(fault), error_words(fault), _later(fault))


def in_words(app: ASGIApp) -> ASGIApp:
    """ASGI: ``app``, whose faults of a question, and methods that it does not know, are answered in both languages."""
    return ExceptionMiddleware(app, {QueryError: _faulty, HTTPException: _not_so})


def unrouted(scope: Scope) -> Scope:
    """A request for another application, without what routers of ours put into it."""
    return {k: v for k, v in scope.items() if k not in _ROUTED}


def use(*methods: str) -> Response:
    """Which methods there are (405)."""
    named = [m for m in methods if m != "HEAD"]
    words = {"error": f"use {' or '.join(named)}", "error_zh": f"请用 {' 或 '.join(named)}"}
    return json_answer(405, words, {"allow": ", ".join(methods)})


def not_acceptable() -> Response:
    """Who wants it neither packed nor plain gets it not at all (406)."""
    return json_answer(
        406,
        {
            "error": "this is sent packed by gzip or plain; admit one of them",
            "error_zh": "仅提供 gzip 或未压缩的内容，请接受其一",
        },
        {"vary": "accept-encoding"},
    )


async def _faulty(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, QueryError)
    return fault_answer(fault)


async def _not_so(request: Request, said: Exception) -> Response:
    assert isinstance(said, HTTPException)
    if said.status_code == 405:
        return use(*sorted((said.headers or {}).get("Allow", "GET").split(", ")))
    return json_answer(said.status_code, {"error": said.detail, "error_zh": said.detail}, said.headers)


def _later(fault: GridWallError) -> dict[str, str]:
    """When to ask again, where that is known: a queue was full, or too much was read."""
    if isinstance(fault, OverVolumeError):
        return {"retry-after": str(fault.retry_s)} if fault.retry_s else {}
    return {"retry-after": RETRY_S} if isinstance(fault, (TooManyRequestsError, NotYetError)) else {}


def _status(fault: GridWallError) -> int:
    if isinstance(fault, AccessError):
        return 403
    if isinstance(fault, OverVolumeError):
        return 429
    if isinstance(fault, BodyTooLargeError):
        return 413
    if isinstance(fault, QueryError) and not isinstance(fault, (TooManyRequestsError, NotRecordedError, NotYetError)):
        return 400
    return 503


def error_words(fault: GridWallError) -> Record:
    # another fault than of the question may name hosts and files: those are for the log
    if isinstance(fault, QueryError):
        return {"error": str(fault), "error_zh": fault.zh}
    log.error("the desk: %s", fault)
    if isinstance(fault, DamagedFactsError):
        return {"error": fault.PUBLIC[0], "error_zh": fault.PUBLIC[1]}
    return {"error": "the store does not answer; the log says why", "error_zh": "数据存储暂不可用，原因见日志"}
