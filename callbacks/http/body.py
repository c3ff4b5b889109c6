"""What a request's body says, read no further than it may reach."""

from __future__ import annotations

from typing import Any

import orjson

from callbacks.http.files import Message, Receive, Scope
from data.errors import QueryFault


class TooLarge(QueryFault):
    """A body larger than what it is for (413)."""


class Left(Exception):
    """Who asked is gone before the end of the body: nobody waits for an answer."""


async def read_json(scope: Scope, receive: Receive, largest: int) -> Any:
    """A JSON body of at most ``largest`` bytes; ``{}`` where it is empty.  Raises QueryFault, TooLarge, Left.

    Only as application/json: a foreign page cannot send that without being asked first.
    """
    kind = next((v for k, v in scope["headers"] if k == b"content-type"), b"")
    if not kind.lower().startswith(b"application/json"):
        raise QueryFault("send application/json", "请以 application/json 提交")
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Left
        pieces.append(message.get("body", b""))
        size, more = size + len(pieces[-1]), bool(message.get("more_body"))
        if size > largest:
            raise TooLarge(f"more than {largest:,} bytes", f"内容超过 {largest:,} 字节")
    try:
        return orjson.loads(b"".join(pieces) or b"{}")  # refuses what is nested too deep, and half characters
    except orjson.JSONDecodeError:
        raise QueryFault("the body is no JSON", "提交内容不是 JSON") from None


def replayed(body: bytes, receive: Receive) -> Receive:
    """``receive`` that hands out ``body`` as the whole request first."""
    asked = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receiving() -> Message:
        for message in asked:
            return message
        return await receive()

    return receiving
