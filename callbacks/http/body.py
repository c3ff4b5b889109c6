"""Reads request bodies, up to a size limit."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import Message, Receive

from data.errors import QueryError


class BodyTooLargeError(QueryError):
    """A body that exceeds its size limit (413)."""


async def read_body(request: Request, largest: int) -> bytes:
    """A body of at most ``largest`` bytes; reading stops beyond that.

    Raises BodyTooLargeError, and ClientDisconnect if the client leaves before the end: nobody waits for an answer.
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
    """A JSON body of at most ``largest`` bytes; ``{}`` if it is empty.  Raises QueryError, and as ``read_body``.

    Only as application/json: a foreign page cannot send that without a CORS preflight.
    """
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        raise QueryError("send application/json", "请以 application/json 提交")
    body = await read_body(request, largest)
    try:
        return orjson.loads(body or b"{}")  # rejects excessive nesting and lone surrogates
    except orjson.JSONDecodeError:
        raise QueryError("the body is no JSON", "提交内容不是 JSON") from None


def replayed(body: bytes, receive: Receive) -> Receive:
    """``receive`` that first delivers ``body`` as the whole request."""
    asked = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receiving() -> Message:
        for message in asked:
            return message
        return await receive()

    return receiving
