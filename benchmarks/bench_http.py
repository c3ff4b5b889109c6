"""http.*: the cost of /snapshot, /geometry and /live as prepared bytes, and of the same answers through Starlette.

One server of the product's own kind (uvicorn, ``GuardedProtocol``) serves both ways side by side: ``callbacks.wall.direct``
(for the stream a loop of our own), and a Router over as many routes as the product has whose endpoint makes a ``Response``
(for the stream ``callbacks.wall.live.stream``) of the same bytes and headers. They are measured in alternation, so that other
load on the machine affects both. ``cpu_us`` is the server's processor time for one answer (for one pulse to one screen),
``per_s`` how many answers a second one busy server gave.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.place import cpu_s, environment, free_port, until_listening
from benchmarks.record import record
from callbacks.http.files import disconnected

WAYS = ("bytes", "starlette")
#: Requests of a round, parallel connections, rounds of each way; packed bytes of a snapshot and a level, as in the demo city.
ASKED, CONNECTIONS, ROUNDS = 2_000, 8, 5
SNAPSHOT, LEVEL = os.urandom(12_000), os.urandom(60_000)
#: Screens listening, pulses of a round, seconds between two, bytes of one.
SCREENS, PULSES, EVERY_S, PULSE = 100, 40, 0.05, b"data: " + b"x" * 700 + b"\n\n"
#: Routes besides the measured one: as many as the product has.
OTHERS = 30


def application() -> Any:
    """ASGI: /bytes/... and /starlette/... answer the same; /pulses/<way> is one round of pulses."""
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route, Router

    from callbacks.http.answers import in_words, not_acceptable
    from callbacks.http.conditional import coding_of, unchanged, weak
    from callbacks.wall.direct import Direct
    from callbacks.wall.live import Hub, stream
    from callbacks.wall.page_cache import Topic

    page = SimpleNamespace(etag="0123456789abcdef0123", id="S-1", bytes=lambda since: SNAPSHOT)
    page_cache: Any = SimpleNamespace(
        current=lambda topic: page,
        age_of=lambda topic: (1, 2),
        health=SimpleNamespace(source_ok=True),
        build="b",
        keep=lambda topic: None,
        pulse=lambda topic, now: PULSE,
    )
    hubs = {way: Hub(page_cache, lambda: 5) for way in WAYS}
    data = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
    same = {k.decode(): v.decode() for k, v in data}
    direct = Direct(page_cache, lambda level, version: LEVEL, lambda: 5, None, ThreadPoolExecutor(1), data)
    topic = Topic("overview", "", "zh")

    async def snapshot(request: Request) -> Response:
        etag = weak(page.etag)
        told = f"5,1,2,{int(page_cache.health.source_ok)}"
        common = {"etag": etag.decode(), "cache-control": "no-cache", "vary": "accept-encoding", "x-gridwall": told}
        common |= {"x-snapshot": page.id, "x-build": page_cache.build, **same}
        if unchanged(request.scope["headers"], etag):
            return Response(None, 304, common)
        if coding_of(request.scope["headers"]) != "gzip":
            return not_acceptable()
        return Response(page.bytes(request.query_params.get("since", "")), 200, {"content-encoding": "gzip", **common})

    async def geometry(request: Request) -> Response:
        forever = {"cache-control": "private, max-age=31536000, immutable", "vary": "accept-encoding"}
        if coding_of(request.scope["headers"]) != "gzip":
            return not_acceptable()
        return Response(LEVEL, 200, {"content-encoding": "gzip", "content-type": "application/octet-stream", **forever})

    async def live(request: Request) -> Response:
        return stream(hubs["starlette"], topic, lambda: True, same)

    own = [Route(f"/other/{i}", geometry) for i in range(OTHERS)]
    asked = [
        Route("/starlette/snapshot/{page:path}", snapshot),
        Route("/starlette/geometry/{level}/{name}", geometry),
        Route("/starlette/live", live),
    ]
    router = in_words(Router([*own[: OTHERS // 2], *asked, *own[OTHERS // 2 :]], redirect_slashes=False))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        if path.startswith("/bytes/snapshot/"):
            await direct.snapshot(topic, "", scope, receive, send)
        elif path.startswith("/bytes/geometry/"):
            await direct.geometry({**scope, "path": path.removeprefix("/bytes")}, receive, send)
        elif path == "/bytes/live":
            await _raw_stream(hubs["bytes"], topic, receive, send)
        elif path.startswith("/starlette/"):
            await router({**scope, "app": app}, receive, send)
        else:
            hub = hubs[path.removeprefix("/pulses/")]
            while hub.listeners() != SCREENS:
                hub._publish()  # departed screens are noticed at a pulse
                await asyncio.sleep(EVERY_S)
            started = cpu_s(os.getpid())
            for _ in range(PULSES):
                hub._publish()
                for _ in range(30):  # until each screen has had its turn, however late the timer is
                    await asyncio.sleep(0)
                await asyncio.sleep(EVERY_S)
            await Response(str(cpu_s(os.getpid()) - started))(scope, receive, send)

    return app


async def _raw_stream(hub: Any, topic: Any, receive: Any, send: Any) -> None:
    """/live as bytes, without a StreamingResponse: an earlier implementation."""
    channel = hub.join(topic)
    gone = asyncio.ensure_future(disconnected(receive))
    try:
        head = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        seen, pulse = channel.seq, PULSE
        while not gone.done():
            await send({"type": "http.response.body", "body": pulse, "more_body": True})
            await hub.wait(channel, seen)
            seen, pulse = channel.seq, channel.pulse
    finally:
        gone.cancel()
        channel.listeners -= 1


def serve(port: int) -> None:
    import uvicorn

    from dashboard.connections.protocol import guarded

    uvicorn.run(
        application(), host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off", ws="none",
        http=guarded((), 4096), server_header=False,
    )  # fmt: skip


def _request(path: str) -> bytes:
    """A request as a browser sends it."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
        "Accept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
        "Accept-Language: zh-CN,zh;q=0.9\r\nCookie: gridwall_key=abcdefghijklmnopqrstuvwx\r\n\r\n"
    ).encode()


async def _answers(port: int, path: str, count: int) -> None:
    async def one() -> None:
        reader, out = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for _ in range(count // CONNECTIONS):
            out.write(_request(path))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            await reader.readexactly(int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]))
        out.close()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))


async def _listened(port: int, way: str) -> float:
    """The server's processor seconds for a round of pulses to all screens."""
    streams = [await asyncio.open_connection("127.0.0.1", port, limit=1 << 22) for _ in range(SCREENS)]

    async def drink(reader: asyncio.StreamReader) -> None:
        while await reader.read(65_536):
            pass

    for _, out in streams:
        out.write(_request(f"/{way}/live"))
    drinking = [asyncio.create_task(drink(reader)) for reader, _ in streams]
    reader, out = await asyncio.open_connection("127.0.0.1", port)
    out.write(_request(f"/pulses/{way}"))
    head = await reader.readuntil(b"\r\n\r\n")
    spent = float(await reader.readexactly(int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])))
    for task in drinking:
        task.cancel()
    for _, writer in [*streams, (reader, out)]:
        writer.close()
    await asyncio.sleep(0.5)
    return spent


def run() -> None:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(Path(__file__).resolve()), str(port)], env=environment())
    try:
        until_listening(port, 120)
        for what, path in (("snapshot", "snapshot/overview?scope=&lang=zh"), ("geometry", "geometry/1/abcdef.bin")):
            cpu: dict[str, list[float]] = {way: [] for way in WAYS}
            rate: dict[str, list[float]] = {way: [] for way in WAYS}
            for i in range(2 * (ROUNDS + 1)):
                way = WAYS[i % 2]
                before, started = cpu_s(process.pid), time.monotonic()
                asyncio.run(_answers(port, f"/{way}/{path}", ASKED))
                if i >= 2:  # the first round of each warms up
                    cpu[way].append((cpu_s(process.pid) - before) * 1e6 / ASKED)
                    rate[way].append(ASKED / (time.monotonic() - started))
            for way in WAYS:
                record(f"http.{what}.{way}.cpu_us", cpu[way], "us")
                record(f"http.{what}.{way}.per_s", rate[way], "1/s")
        pulse: dict[str, list[float]] = {way: [] for way in WAYS}
        for i in range(2 * (ROUNDS + 1)):
            spent = asyncio.run(_listened(port, WAYS[i % 2]))
            if i >= 2:
                pulse[WAYS[i % 2]].append(spent * 1e6 / (PULSES * SCREENS))
        for way in WAYS:
            record(f"http.live.{way}.cpu_us", pulse[way], "us")
    finally:
        process.kill()
        process.wait(30)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
