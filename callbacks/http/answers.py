"""JSON that nobody keeps, and faults with their status, in both languages."""

from __future__ import annotations

import logging
from typing import Any

from callbacks.http.body import TooLarge
from callbacks.http.files import Headers, Send
from data.errors import AccessFault, DamagedFacts, GridWallError, NotRecorded, NotYet, OverVolume, QueryFault, TooMuch
from layouts.wall.page import dumps

log = logging.getLogger("gridwall.desk")

#: Who was turned away from a full queue is asked to come again after so many seconds.
RETRY_S = b"2"


def _later(fault: GridWallError) -> Headers:
    """When to ask again, where that is known: a queue was full, or too much was read."""
    if isinstance(fault, OverVolume):
        return [(b"retry-after", str(fault.retry_s).encode())] if fault.retry_s else []
    return [(b"retry-after", RETRY_S)] if isinstance(fault, (TooMuch, NotYet)) else []


def _status(fault: GridWallError) -> int:
    if isinstance(fault, AccessFault):
        return 403
    if isinstance(fault, OverVolume):
        return 429
    if isinstance(fault, TooLarge):
        return 413
    if isinstance(fault, QueryFault) and not isinstance(fault, (TooMuch, NotRecorded, NotYet)):
        return 400
    return 503


def error_words(fault: GridWallError) -> dict[str, Any]:
    # another fault than of the question may name hosts and files: those are for the log
    if isinstance(fault, QueryFault):
        return {"error": str(fault), "error_zh": fault.zh}
    log.error("the desk: %s", fault)
    if isinstance(fault, DamagedFacts):
        return {"error": fault.PUBLIC[0], "error_zh": fault.PUBLIC[1]}
    return {"error": "the store does not answer; the log says why", "error_zh": "数据存储暂不可用，原因见日志"}


async def answer_fault(send: Send, fault: GridWallError) -> None:
    """Say a fault in both languages, with its status."""
    await answer_json(send, _status(fault), error_words(fault), _later(fault))


async def answer_json(send: Send, status: int, content: dict[str, Any], more: Headers | None = None) -> None:
    """Send JSON that nobody keeps."""
    body = dumps(content)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *(more or ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
