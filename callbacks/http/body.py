"""What a request's body says, read no further than it may reach."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import Message, Receive

from data.errors import QueryError


class BodyTooLargeError(QueryError):
    """A body larger than what it is for (413)."""


async def read_body(request: Request, largest: int) -> bytes:
    """A body of at most ``largest`` bytes; what goes beyond is not read.

    Raises BodyTooLargeError, and ClientDisconnect where who asked is gone before its end: nobody waits for an answer.
    """
    pieces, size = [], 0
    async with aclosing(request.stream()) as stream:
        async for piece in stream:
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                raise BodyTooLargeError(f"more than {largest:,} bytes", f"内容超过 {largest:,} 字节")
    return b"".join(pieces)


async def read_json(request: Request, largest: int) -> Any:
    """A JSON body of at most ``largest`` bytes; ``{}`` where it is empty.  Raises QueryError, and as ``read_body``.

    Only as application/json: a foreign page cannot send that without being asked first.
    """
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        raise QueryError("send application/json", "请以 application/json 提交")
    body = await read_body(request, largest)
    try:
        return orjson.loads(body or b"{}")  # refuses what is nested too deep, and half characters
    except orjson.JSONDecodeError:
        raise QueryError("the body is no JSON", "提交内容不是 JSON") from None


def replayed(body: bytes, receive: Receive) -> Receive:
    """``receive`` that hands out ``body`` as the whole request first."""
    asked = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receiving() -> Message:
        for message in asked:
            return message
        return await receive()

    return receiving
