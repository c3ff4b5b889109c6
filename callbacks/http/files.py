"""Static files for the browser (scripts, styles, fonts): read and compressed once, then sent from memory.

After an update of the server a thousand walls reload; compressing Plotly's bundle for each would take minutes.
Files are held as long as the process lives, like the version of an open wall (``PageCache.build``).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope

from callbacks.http.answers import not_acceptable, unrouted
from callbacks.http.conditional import coding_of, unchanged, weak
from callbacks.http.scripts import Scripts

PLACES = ("/assets/", "/_dash-component-suites/")
#: Media types that are compressed already and would only grow.
_PACKED = ("font/", "image/", "application/octet-stream")
_LEVEL = 4
#: Maximum total size held (bytes); the oldest goes first.  (One file may be held under many names.)
MOST = 64_000_000
#: Files are revalidated; those with their version in the name are cached for ever.
_ASK, _FOREVER = "no-cache", "public, max-age=31536000, immutable"


class _Kept(NamedTuple):
    status: int
    kind: str
    caching: str
    body: bytes
    etag: str
    zipped: bool


class Files:
    """Answers GET and HEAD below ``PLACES`` from ``scripts``, or from the first response of ``app``."""

    def __init__(self, app: ASGIApp, scripts: Scripts | None = None) -> None:
        self.app, self.scripts = app, scripts
        self._kept: dict[str, asyncio.Future[_Kept]] = {}
        self._held: dict[str, int] = {}

    async def answer(self, request: Request) -> Response:
        path = request.scope["path"]
        making = self._kept.get(path)
        if making is None:
            making = self._kept[path] = asyncio.ensure_future(self._make(request.scope))
        try:
            kept = await asyncio.shield(making)  # a client that leaves cancels its own wait only
        except Exception:
            self._kept.pop(path, None)
            raise
        if kept.status != 200:
            self._kept.pop(path, None)
            return Response(kept.body, kept.status, {"content-type": kept.kind})
        if path not in self._held:
            self._hold(path, len(kept.body))
        common = {"etag": kept.etag, "cache-control": kept.caching, "vary": "accept-encoding"}
        fields = request.scope["headers"]
        if unchanged(fields, kept.etag.encode()):
            return Response(None, 304, common)
        if not kept.zipped:
            return Response(kept.body, 200, {"content-type": kept.kind, **common})
        coding = coding_of(fields)
        if coding is None:
            return not_acceptable()
        if coding == "gzip":
            return Response(kept.body, 200, {"content-type": kept.kind, "content-encoding": "gzip", **common})
        return Response(gzip.decompress(kept.body), 200, {"content-type": kept.kind, **common})

    def _hold(self, path: str, size: int) -> None:
        self._held[path] = size
        while sum(self._held.values()) > MOST and len(self._held) > 1:
            oldest = next(iter(self._held))
            del self._held[oldest]
            self._kept.pop(oldest, None)

    async def _make(self, scope: Scope) -> _Kept:
        script = self.scripts.find(scope["path"]) if self.scripts is not None else None
        if script is not None:
            return await _kept(script, "text/javascript; charset=utf-8", _FOREVER)
        found: list[Message] = []
        asks = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Message:
            for ask in asks:
                return ask
            await asyncio.get_running_loop().create_future()  # never disconnects
            raise AssertionError

        async def collect(message: Message) -> None:
            found.append(message)

        # the whole, uncompressed file, whatever the first request asked for: no coding, no range
        asked = {**unrouted(scope), "method": "GET", "headers": [(b"host", b"localhost")]}
        await self.app(asked, receive, collect)
        status = int(found[0]["status"])
        given = {k.lower(): v.decode("latin-1") for k, v in found[0].get("headers", ())}
        body = b"".join(m.get("body", b"") for m in found[1:])
        kind = given.get(b"content-type", "application/octet-stream")
        caching = _FOREVER if "max-age" in given.get(b"cache-control", "") else _ASK
        return await _kept(body, kind, caching, status)


async def _kept(body: bytes, kind: str, caching: str, status: int = 200) -> _Kept:
    zipped = status == 200 and not kind.startswith(_PACKED)
    packed = await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0) if zipped else body
    digest = hashlib.blake2b(body, digest_size=10).hexdigest()
    return _Kept(status, kind, caching, packed, weak(digest).decode() if zipped else f'"{digest}"', zipped)


async def disconnected(receive: Receive) -> None:
    """Return once the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
