"""/snapshot and /geometry: bytes held ready and sent as they are.

Only these two bypass Starlette's responses: a thousand screens request the first every second, and the second all at once
after a restart. Side by side in one server (``python -m benchmarks --only http``) a snapshot takes it 185 us of processor
time as bytes and 275 us through a router and a Response, a level of the map 190 and 230 us.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context

from starlette.types import Receive, Scope, Send

from callbacks.http.answers import json_answer, not_acceptable
from callbacks.http.conditional import coding_of, unchanged, weak
from callbacks.wall.page_cache import PageCache, Topic

Raw = list[tuple[bytes, bytes]]
_LEVEL = re.compile(r"[0-9]{1,4}")
_FOREVER: Raw = [(b"cache-control", b"private, max-age=31536000, immutable"), (b"vary", b"accept-encoding")]
_NOTHING = {"type": "http.response.body", "body": b""}


class Direct:
    """``geometry(level, version)`` returns packed bytes; ``shown(topic)`` a task to run on ``aside`` when a page is sent;
    ``more`` are headers of every answer."""

    def __init__(
        self,
        page_cache: PageCache,
        geometry: Callable[[int, str], bytes | None],
        now_ms: Callable[[], int],
        shown: Callable[[Topic], Callable[[], None] | None] | None,
        aside: Executor,
        more: Raw,
    ) -> None:
        self._page_cache, self._of_level, self._now_ms, self._shown, self._aside = page_cache, geometry, now_ms, shown, aside
        self._more = more

    async def snapshot(self, topic: Topic, since: str, scope: Scope, receive: Receive, send: Send) -> None:
        """The topic's page, or what of it differs from the snapshot ``since``; 202 while there is none yet."""
        page_cache = self._page_cache
        page = page_cache.current(topic)
        if page is None:
            page = await asyncio.to_thread(page_cache.page, topic)
        if self._shown is not None and (beside := self._shown(topic)) is not None:
            asyncio.get_running_loop().run_in_executor(self._aside, copy_context().run, beside)
        if page is None:
            # no error yet: a 503 would show as one in the console of a waiting screen
            waiting = json_answer(202, {"source": page_cache.health.public(), "now": self._now_ms()})
            waiting.raw_headers += self._more
            await waiting(scope, receive, send)
            return
        etag = weak(page.etag)
        as_of_ms, checked_ms = page_cache.age_of(topic)
        told = f"{self._now_ms()},{as_of_ms},{checked_ms},{int(page_cache.health.source_ok)}"  # sent with a 304 too
        common = [
            (b"etag", etag),
            (b"cache-control", b"no-cache"),
            (b"vary", b"accept-encoding"),
            (b"x-gridwall", told.encode()),
            (b"x-snapshot", page.id.encode()),
            (b"x-build", page_cache.build.encode()),
            *self._more,
        ]
        if unchanged(scope["headers"], etag):
            await send({"type": "http.response.start", "status": 304, "headers": common})
            await send(_NOTHING)
            return
        await self._packed(page.bytes(since), b"application/json", common, scope, receive, send)

    async def geometry(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``/geometry/<level>/<version>.bin``."""
        parts = scope["path"].removesuffix(".bin").split("/")
        data = self._of_level(int(parts[2]), parts[3]) if len(parts) == 4 and _LEVEL.fullmatch(parts[2]) else None
        if data is None:
            await json_answer(404, {"error": "there is no such geometry"})(scope, receive, send)
            return
        await self._packed(data, b"application/octet-stream", _FOREVER, scope, receive, send)

    async def _packed(self, data: bytes, kind: bytes, more: Raw, scope: Scope, receive: Receive, send: Send) -> None:
        """Data held in gzip, sent in the coding that the request accepts."""
        coding = coding_of(scope["headers"])
        if coding is None:
            await not_acceptable()(scope, receive, send)
            return
        encoding = [(b"content-encoding", b"gzip")] if coding == "gzip" else []
        body = data if coding == "gzip" else gzip.decompress(data)
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), length, *encoding, *more]})
        await send({"type": "http.response.body", "body": body})
