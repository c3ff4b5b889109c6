"""Slow clients by the dozen at a real wall: each costs its own connection, and nobody else waits."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.place import rss_mb
from tests.attacks.test_requests_too_large_or_slow import answered, get, post
from tests.conftest import Running

pytestmark = pytest.mark.slow
#: As many of each kind; what each sends, and what trickles in afterwards.
EACH = 17
KINDS = (
    (b"GET /wall HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"X"),
    (post("/login", b"form=", "Content-Length: 4000", "Content-Type: application/x-www-form-urlencoded"), b"a"),
    (
        post("/_dash-update-component", b"1\r\n{\r\n", "Transfer-Encoding: chunked", "Content-Type: application/json"),
        b"1\r\n \r\n",
    ),
)


class Slow:
    """One slow client on a thread of its own; ``said`` is the status that it was answered."""

    def __init__(self, port: int, begun: bytes, more: bytes) -> None:
        self.said, self.after = 0, 0.0
        self.port, self.begun, self.more = port, begun.replace(b"Host: wall", b"Host: 127.0.0.1"), more
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as to:
            at = time.monotonic()
            to.sendall(self.begun)
            to.settimeout(1)
            while not self.said and time.monotonic() - at < 25:
                with contextlib.suppress(OSError):
                    to.sendall(self.more)
                self.said = answered(to)[0]
            self.after = time.monotonic() - at


@pytest.fixture(scope="module")
def slow(wall: Running) -> Iterator[list[Slow]]:
    """Half a hundred slow clients that have all begun; the tests below run while they hang."""
    clients = [Slow(wall.port, begun, more) for begun, more in KINDS for _ in range(EACH)]
    time.sleep(0.5)
    yield clients
    for client in clients:
        client.thread.join(30)


def test_the_wall_answers_while_slow_clients_hang(wall: Running, slow: list[Slow]) -> None:
    for path in ("/healthz", "/snapshot/overview", "/wall", "/login"):
        with socket.create_connection(("127.0.0.1", wall.port), timeout=5) as to:
            to.sendall(get(path, host="127.0.0.1"))
            assert answered(to)[0] == 200, path
    assert all(client.thread.is_alive() for client in slow), "they hang no more: this shows nothing"


def test_what_endless_headers_and_bodies_send_is_not_kept(wall: Running, slow: list[Slow]) -> None:
    assert wall.process is not None
    before, sent = rss_mb(wall.process.pid), 0
    for begun in (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
        post("/login", b"", "Content-Length: 99999999"),
        post("/_dash-update-component", b"", "Transfer-Encoding: chunked", "Content-Type: application/json"),
        b"GET /" + b"a" * 10_000,
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    ):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", wall.port), timeout=5) as to, contextlib.suppress(OSError):
                to.sendall(begun.replace(b"Host: wall", b"Host: 127.0.0.1"))
                for _ in range(100):
                    piece = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
                    to.sendall(piece)
                    sent += len(piece)
    assert sent > 20_000_000, "next to nothing was taken: this shows nothing"
    assert rss_mb(wall.process.pid) - before < 30
    assert wall.get("/healthz")[0] == 200


def test_who_never_reads_costs_no_memory(wall: Running) -> None:
    """Streams of pulses, and a large script, asked for again and again without reading a byte of it."""
    assert wall.process is not None
    script = next(p for p in _scripts(wall) if "dash_core_components" in p)
    before = rss_mb(wall.process.pid)
    with contextlib.ExitStack() as held:
        for i in range(40):
            to = held.enter_context(socket.socket())
            to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            to.connect(("127.0.0.1", wall.port))
            to.sendall(get("/live?page=overview" if i % 2 else script, host="127.0.0.1") * 3)
        time.sleep(1.5)
        assert wall.get("/healthz")[0] == 200
        assert rss_mb(wall.process.pid) - before < 60


def test_each_of_the_slow_was_told_so(wall: Running, slow: list[Slow]) -> None:
    for client in slow:
        client.thread.join(30)
    assert {client.said for client in slow} == {408}
    assert min(client.after for client in slow) > 8
    assert "refused at the server" in (Path(wall.place) / "server.log").read_text(encoding="utf-8")


def _scripts(wall: Running) -> list[str]:
    with socket.create_connection(("127.0.0.1", wall.port), timeout=5) as to:
        to.sendall(get("/wall", host="127.0.0.1"))
        _, page = answered(to)
    return [part.split(b'"')[0].decode() for part in page.split(b'src="')[1:]]


def test_a_refusal_says_why_in_both_languages(wall: Running) -> None:
    with socket.create_connection(("127.0.0.1", wall.port), timeout=5) as to:
        to.sendall(get("/", "Cookie: " + "a" * 40_000, host="127.0.0.1"))
        status, body = answered(to)
    assert status == 431
    assert json.loads(body)["error"] == "the headers are larger than 32,768 bytes or 128 lines"
    assert "请求头超过" in json.loads(body)["error_zh"]
