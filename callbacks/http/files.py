"""The browser's own files (scripts, styles, fonts): read and packed once, then sent from memory.

After a server's update a thousand walls load themselves anew; packing Plotly's bundle for each would take minutes.
They are held as long as the process lives, as the version of an open wall (``Board.build``) is.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from callbacks.http.scripts import Scripts

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

PLACES = ("/assets/", "/_dash-component-suites/")
#: What is packed already and would only grow.
_PACKED = (b"font/", b"image/", b"application/octet-stream")
_LEVEL = 4
#: All that is held at the most, bytes; the oldest goes first.  (One file answers to many names.)
MOST = 64_000_000
#: A browser asks whether they are still the same; those whose name holds their version need not be asked for.
_ASK, _FOREVER = b"no-cache", b"public, max-age=31536000, immutable"


class _Kept(NamedTuple):
    status: int
    kind: bytes
    caching: Headers
    body: bytes
    etag: bytes
    zipped: bool


class Files:
    """ASGI: answers GET below ``PLACES`` from ``scripts``, or from what ``app`` answered the first time."""

    def __init__(self, app: App, scripts: Scripts | None = None) -> None:
        self.app, self.scripts = app, scripts
        self._kept: dict[str, asyncio.Future[_Kept]] = {}
        self._held: dict[str, int] = {}

    def has(self, scope: Scope) -> bool:
        return bool(scope["method"] == "GET" and scope["path"].startswith(PLACES))

    async def answer(self, scope: Scope, headers: dict[bytes, bytes], send: Send) -> None:
        path = scope["path"]
        making = self._kept.get(path)
        if making is None:
            making = self._kept[path] = asyncio.ensure_future(self._make(scope))
        try:
            kept = await asyncio.shield(making)  # a screen that leaves ends its own waiting, not that of the others
        except Exception:
            self._kept.pop(path, None)
            raise
        if kept.status != 200:
            self._kept.pop(path, None)
        elif path not in self._held:
            self._hold(path, len(kept.body))
        same = kept.status == 200 and headers.get(b"if-none-match") == kept.etag
        own: Headers = [(b"etag", kept.etag), (b"vary", b"accept-encoding")] if kept.status == 200 else []
        if same:
            await send({"type": "http.response.start", "status": 304, "headers": own})
            await send({"type": "http.response.body", "body": b""})
            return
        more = [*kept.caching, *own]
        if kept.zipped:
            await send_gzip(send, kept.body, kept.kind, headers, more)
            return
        await send(
            {
                "type": "http.response.start",
                "status": kept.status,
                "headers": [(b"content-type", kept.kind), (b"content-length", str(len(kept.body)).encode()), *more],
            }
        )
        await send({"type": "http.response.body", "body": kept.body})

    def _hold(self, path: str, size: int) -> None:
        self._held[path] = size
        while sum(self._held.values()) > MOST and len(self._held) > 1:
            oldest = next(iter(self._held))
            del self._held[oldest]
            self._kept.pop(oldest, None)

    async def _make(self, scope: Scope) -> _Kept:
        script = self.scripts.find(scope["path"]) if self.scripts is not None else None
        if script is not None:
            return await _kept(script, b"text/javascript; charset=utf-8", [(b"cache-control", _FOREVER)])
        found: list[Message] = []
        asks = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Message:
            for ask in asks:
                return ask
            await asyncio.get_running_loop().create_future()  # nobody leaves
            raise AssertionError

        async def collect(message: Message) -> None:
            found.append(message)

        asked = {**scope, "headers": [(b"host", b"localhost")]}  # the whole file as it is: no packing, no range
        await self.app(asked, receive, collect)
        status = int(found[0]["status"])
        given = {k.lower(): v for k, v in found[0].get("headers", ())}
        body = b"".join(m.get("body", b"") for m in found[1:])
        kind = given.get(b"content-type", b"application/octet-stream")
        caching: Headers = []
        if status == 200:
            caching = [(b"cache-control", _FOREVER if b"max-age" in given.get(b"cache-control", b"") else _ASK)]
        return await _kept(body, kind, caching, status)


async def _kept(body: bytes, kind: bytes, caching: Headers, status: int = 200) -> _Kept:
    zipped = status == 200 and not kind.startswith(_PACKED)
    packed = await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0) if zipped else body
    etag = b'"' + hashlib.blake2b(body, digest_size=10).hexdigest().encode() + b'"'
    return _Kept(status, kind, caching, packed, etag, zipped)


async def disconnected(receive: Receive) -> None:
    """Until whoever asked has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_gzip(send: Send, data: bytes, kind: bytes, headers: dict[bytes, bytes], more: list[tuple[bytes, bytes]]) -> None:
    """Send ``data``, which is packed, as it is to who can unpack it."""
    zipped = b"gzip" in headers.get(b"accept-encoding", b"")
    body = data if zipped else gzip.decompress(data)
    encoding = [(b"content-encoding", b"gzip")] if zipped else []
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *encoding, *more],
        }
    )
    await send({"type": "http.response.body", "body": body})
