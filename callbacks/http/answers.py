"""Responses: JSON and pages that are not cached, redirects, and errors in both languages."""

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

#: Retry-After for a request turned away from a full queue (s).
RETRY_S = "2"
JSON = "application/json; charset=utf-8"
_ROUTED = frozenset({"app", "router", "route", "endpoint", "path_params", "starlette.exception_handlers"})
#: Body for a failure without an error message of its own: the log has it.
FAILED = {"error": "this failed; the log says why", "error_zh": "处理出错，原因见日志"}


def json_answer(status: int, content: Values, more: Mapping[str, str] | None = None) -> Response:
    """JSON, not cached."""
    return Response(dumps(content), status, {"content-type": JSON, "cache-control": "no-store", **(more or {})})


def page_answer(status: int, page: str, more: Mapping[str, str] | None = None) -> Response:
    """HTML, not cached."""
    kind = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
    return Response(page, status, {**kind, **(more or {})})


def go(to: str) -> Response:
    """Redirect to another address (303)."""
    return Response(None, 303, {"location": to.encode("ascii", "ignore").decode(), "cache-control": "no-store"})


def fault_answer(fault: GridWallError) -> Response:
    """An error in both languages, with its status."""
    return json_answer(_status(fault), error_words(fault), _later(fault))


def in_words(app: ASGIApp) -> ASGIApp:
    """ASGI: ``app``, with query errors and unknown methods answered in both languages."""
    return ExceptionMiddleware(app, {QueryError: _faulty, HTTPException: _not_so})


def unrouted(scope: Scope) -> Scope:
    """The request for another application, without the keys that our routers added."""
    return {k: v for k, v in scope.items() if k not in _ROUTED}


def use(*methods: str) -> Response:
    """405 with the methods that are allowed."""
    named = [m for m in methods if m != "HEAD"]
    words = {"error": f"use {' or '.join(named)}", "error_zh": f"请用 {' 或 '.join(named)}"}
    return json_answer(405, words, {"allow": ", ".join(methods)})


def not_acceptable() -> Response:
    """406: the client accepts neither gzip nor plain."""
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
    """Retry-After, if known: a queue was full, or too much was read."""
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
    # errors other than QueryError may name hosts and files: those are for the log
    if isinstance(fault, QueryError):
        return {"error": str(fault), "error_zh": fault.zh}
    log.error("the desk: %s", fault)
    if isinstance(fault, DamagedFactsError):
        return {"error": fault.PUBLIC[0], "error_zh": fault.PUBLIC[1]}
    return {"error": "the store does not answer; the log says why", "error_zh": "数据存储暂不可用，原因见日志"}
