"""A TCP proxy of ours between two parts: it cuts, stalls, resets or slows traffic, or fails single requests.

In front of the wall it parses HTTP requests, so that one of them can be failed; in front of a database it only passes bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from pathlib import Path

#: pass: unchanged · cut: nothing listens · stall: connections stay open and silent, and continue afterwards · reset: every
#: connection is reset · half_open: what is sent arrives, no answer comes back, and such a connection never recovers ·
#: slow: 2 kB/s down · busy: every request is answered 503
MODES = ("pass", "cut", "stall", "reset", "half_open", "slow", "busy")
_SLOW_CHUNK, _SLOW_S = 200, 0.1
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<h1>503 busy now</h1>"
_BEGUN = b"HTTP/1.1 200 OK\r\nContent-Type: TYPE\r\nContent-Length: 99999\r\n\r\n/* b"


def _type_of(path: str) -> bytes:
    name = path.split("?", 1)[0]
    return (
        b"text/javascript"
        if name.endswith(".js")
        else b"text/css"
        if name.endswith(".css")
        else b"text/event-stream"
        if name == "/live"
        else b"text/html"
        if name.startswith("/wall")
        else b"application/json"
    )


class _Rule:
    """The next ``times`` requests whose path matches are failed."""

    def __init__(self, path: str, how: str, times: int) -> None:
        self.path, self.how, self.left, self.fired_at = re.compile(path), how, times, 0.0


class Proxy:
    """Listens on 127.0.0.1 at a port that the system chooses; ``upstream`` is a port, or the path of a Unix socket."""

    def __init__(self, upstream: int | Path, http: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self.upstream, self.http, self._tls = upstream, http, tls
        self._socket = self._bound(0)
        self.port = int(self._socket.getsockname()[1])
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._mode, self._rules = "pass", list[_Rule]()
        self._open: dict[asyncio.StreamWriter, bool] = {}  # connection -> whether it is permanently dead (half open)
        self._server: asyncio.Server | None = None
        self._closing = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._run(self._listen())

    # ------------------------------------------------------------------ what the faults do
    def set(self, mode: str) -> None:
        assert mode in MODES, mode
        self._run(self._change(mode))

    def fail(self, path: str, how: str = "close", times: int = 1) -> _Rule:
        """Fail the next ``times`` requests of a path matching ``path``: "close" breaks off within the answer, "503" sends 503."""
        rule = _Rule(path, how, times)
        self._rules.append(rule)
        return rule

    def forget(self) -> None:
        self._rules.clear()

    def drop_connections(self) -> None:
        """Break off open connections; new ones are accepted."""
        self._run(self._abort_all())

    def close(self) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    # ------------------------------------------------------------------ on its own loop
    def _run(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    def _bound(self, port: int) -> socket.socket:
        out = socket.socket()
        out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        out.bind(("127.0.0.1", port))
        return out

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._client, sock=self._socket, ssl=self._tls)

    async def _change(self, mode: str) -> None:
        before, self._mode = self._mode, mode
        if mode in ("cut", "reset"):
            await self._abort_all()
        if mode == "cut" and self._server is not None:
            self._server.close()
            self._server = None
        if before == "cut" and mode != "cut":
            self._socket = self._bound(self.port)
            await self._listen()
        if mode == "half_open":
            self._open = dict.fromkeys(self._open, True)

    async def _abort_all(self) -> None:
        for writer in list(self._open):
            _reset(writer)
        self._open.clear()

    async def _stop(self) -> None:
        self._mode = "pass"
        self._closing.set()
        if self._server is not None:
            self._server.close()
        await self._abort_all()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            await asyncio.wait(rest, timeout=5)
        await asyncio.sleep(0)  # let the loop drop what was closed

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "reset":
            _reset(writer)
            return
        self._open[writer] = self._mode == "half_open"
        up: asyncio.StreamWriter | None = None
        try:
            await self._gate()
            down, up = await (
                asyncio.open_unix_connection(str(self.upstream))
                if isinstance(self.upstream, Path)
                else asyncio.open_connection("127.0.0.1", self.upstream)
            )
            pumps = [
                asyncio.ensure_future(self._requests(reader, up, writer) if self.http else self._pump(reader, up, writer)),
                asyncio.ensure_future(self._pump(down, writer, writer, back=True)),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            for pump in pumps:
                with contextlib.suppress(BaseException):
                    await pump
        except OSError:
            _reset(writer)
        finally:
            self._open.pop(writer, None)
            for end in (writer, up):
                if end is not None:
                    with contextlib.suppress(Exception):
                        end.close()

    async def _gate(self) -> None:
        while self._mode == "stall":
            await asyncio.sleep(0.02)

    async def _pump(
        self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, client: asyncio.StreamWriter, back: bool = False
    ) -> None:
        while data := await reader.read(65536):
            await self._gate()
            while back and data and (self._mode == "slow"):
                to.write(data[:_SLOW_CHUNK])
                data = data[_SLOW_CHUNK:]
                await to.drain()
                await asyncio.sleep(_SLOW_S)
            if back and self._open.get(client):
                await self._closing.wait()
                return
            to.write(data)
            await to.drain()

    async def _requests(self, reader: asyncio.StreamReader, up: asyncio.StreamWriter, client: asyncio.StreamWriter) -> None:
        """Requests one by one: browsers send none before the previous answer has arrived."""
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                return
            await self._gate()
            path = head.split(b" ", 2)[1].decode("latin-1")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            how = "503" if self._mode == "busy" else self._failing(path)
            if how == "close":
                # in the middle of the answer: if it breaks off earlier, a browser repeats the request by itself
                client.write(_BEGUN.replace(b"TYPE", _type_of(path)))
                await client.drain()
                return
            if how == "503":
                client.write(_BUSY)
                await client.drain()
                continue
            up.write(head + body)
            await up.drain()

    def _failing(self, path: str) -> str:
        for rule in self._rules:
            if rule.left and rule.path.search(path):
                rule.left -= 1
                rule.fired_at = time.monotonic()
                return rule.how
        return ""


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(Exception):
        own = writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(Exception):
        writer.transport.abort()
