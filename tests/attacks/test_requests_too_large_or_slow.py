"""What is too large or too slow is refused at the server itself, before the application hears of it; real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import uvicorn

from dashboard.connections.limits import Limits
from dashboard.connections.protocol import GuardedProtocol
from dashboard.connections.waiting import Connections, group_of

LIMITS = Limits(request_s=0.6, stalled_s=0.5, linger_s=0.5, waiting=6, connections=40)


class Served:
    """A server with small limits over an application that counts what reached it."""

    def __init__(self, limits: Limits = LIMITS, spared: Callable[[str], bool] = lambda address: False) -> None:
        self.asked: list[str] = []
        self.read: list[int] = []
        self.table = Connections(limits, spared)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        made: Any = partial(GuardedProtocol, self.table)
        config = uvicorn.Config(
            self.app,
            port=self.port,
            log_level="error",
            http=made,
            ws="none",
            server_header=False,
            loop="uvloop",
            interface="asgi3",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.asked.append(scope["path"])
        if scope["path"] == "/read":
            size, more = 0, True
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    return
                size, more = size + len(message["body"]), message["more_body"]
            self.read.append(size)
        if scope["path"] == "/later":
            await asyncio.sleep(0.9)
        host = dict(scope["headers"]).get(b"host", b"")
        if scope["path"] == "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(100_000):
                await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(host))]})
        await send({"type": "http.response.body", "body": host})

    def __enter__(self) -> Served:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *ended: Any) -> None:
        self.server.should_exit = True
        self.server.force_exit = True
        self.thread.join(5)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """(status, body) of one request as it is written here."""
        with self.connect() as to:
            with contextlib.suppress(OSError):  # what is refused need not be taken to its end
                to.sendall(request)
            return answered(to)


def answered(to: socket.socket) -> tuple[int, bytes]:
    """(status, body) of the next answer; (0, b"") where the connection was closed without one."""
    data = b""
    with contextlib.suppress(OSError):
        while b"\r\n\r\n" not in data:
            data += (more := to.recv(65_536))
            if not more:
                break
        head, _, body = data.partition(b"\r\n\r\n")
        if not head:
            return 0, b""
        length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0)
        while len(body) < length and (more := to.recv(65_536)):
            body += more
        return int(head.split()[1]), body
    return 0, b""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as running:
        yield running


def get(path: str = "/", *headers: str, host: str = "wall") -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()


def post(path: str, body: bytes, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: wall", *headers, "", ""]).encode() + body


def test_a_request_as_browsers_send_it_is_answered(served: Served) -> None:
    assert served.ask(get("/", "Cookie: " + "a" * 20_000)) == (200, b"wall")
    assert served.ask(post("/read", b"x" * LIMITS.body, f"Content-Length: {LIMITS.body}")) == (200, b"wall")
    assert served.read[-1] == LIMITS.body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("/", "Cookie: " + "a" * 33_000), 431),
        (get("/", *[f"X-{i}: 1" for i in range(200)]), 431),
        (get("/", "X: " + "a" * 400_000), 431),
        (b"GET / HTTP/1.1\r\nHost: wall\r\nX: " + b"a" * 40_000, 431),  # one that does not end
        (b"GET / HTTP/1.1\r\n" + b"a" * 40_000, 431),
        (b"GET /" + b"a" * 40_000, 414),
        (get("/?q=" + "a" * 9_000), 414),
        (post("/read", b"x" * 10, f"Content-Length: {LIMITS.body + 1}"), 413),
        (post("/read", b"x" * 10, f"Content-Length: {LIMITS.body + 1}", "Expect: 100-continue"), 413),
        (post("/read", b"x" * 10, "Content-Length: 99999999999999999999"), 400),  # no number of theirs
        (post("/read", b"40000\r\n" + b"x" * 0x40000 + b"\r\n1\r\nx\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), 413),
        (post("/read", b"10000\r\n" + (b"x" * 0x10000 + b"\r\n10000\r\n") * 6, "Transfer-Encoding: chunked"), 413),
        (post("/", b"10000\r\n" + (b"x" * 0x10000 + b"\r\n10000\r\n") * 6, "Transfer-Encoding: chunked"), 200),  # answered before
    ],
)
def test_what_is_too_large_is_refused_with_words(served: Served, request_: bytes, status: int) -> None:
    reached = len(served.asked)
    found, body = served.ask(request_)
    assert found == status
    if status != 200:
        said = json.loads(body)
        assert said["error"]
        assert said["error_zh"]
        assert not served.read or served.read[-1] <= LIMITS.body
    if status in (431, 414):
        assert len(served.asked) == reached, "the application heard of it"


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nHost: wall\r\n",
        post("/read", b"x" * 10, "Content-Length: 5000"),
        post("/read", b"5\r\nxxxxx\r\n", "Transfer-Encoding: chunked"),
    ],
)
def test_a_request_that_does_not_end_is_given_up_whatever_trickles_in(served: Served, begun: bytes) -> None:
    with served.connect() as to:
        to.sendall(begun)
        at, more = time.monotonic(), b"X: 1\r\n" if begun.startswith(b"GET") else b"1\r\nx\r\n"
        to.settimeout(0.1)
        said = (0, b"")
        while said[0] == 0 and time.monotonic() - at < 5:
            with contextlib.suppress(OSError):
                to.sendall(more)
            said = answered(to)
    assert said[0] == 408
    assert time.monotonic() - at >= LIMITS.request_s - 0.1


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_a_connection_that_begins_no_request_is_closed_without_a_word(served: Served, sent: bytes) -> None:
    with served.connect() as to:
        at = time.monotonic()
        to.settimeout(0.1)
        closed = False
        while not closed and time.monotonic() - at < 5:
            try:
                to.sendall(sent)
                closed = not to.recv(100)
            except TimeoutError:
                continue
            except OSError:
                closed = True
    assert closed
    assert LIMITS.request_s - 0.1 <= time.monotonic() - at < 5


def test_an_answer_may_take_longer_than_a_request(served: Served) -> None:
    assert served.ask(get("/later")) == (200, b"wall")
    # nor is a body at fault that is not read meanwhile
    assert served.ask(post("/later", b"x" * 200_000, "Content-Length: 200000")) == (200, b"wall")


def test_a_connection_is_kept_for_the_next_request_and_its_clock_begins_anew(served: Served) -> None:
    with served.connect() as to:
        for _ in range(4):
            to.sendall(get())
            assert answered(to) == (200, b"wall")
            time.sleep(LIMITS.request_s / 2)
        to.sendall(get()[:-2])
        assert answered(to)[0] == 408


def test_a_connection_that_was_opened_early_has_the_whole_time_for_its_request(served: Served) -> None:
    with served.connect() as to:
        time.sleep(0.7 * LIMITS.request_s)
        to.sendall(post("/read", b"", "Content-Length: 2"))
        time.sleep(0.6 * LIMITS.request_s)
        to.sendall(b"xx")
        assert answered(to) == (200, b"wall")


def test_who_takes_nothing_of_an_answer_is_left(served: Served) -> None:
    with socket.socket() as to:
        to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        to.connect(("127.0.0.1", served.port))
        to.sendall(get("/stream"))
        end = time.monotonic() + 10
        while served.table.count and time.monotonic() < end:
            time.sleep(0.05)
        assert served.table.count == 0, "its connection still stands"


def test_requests_sent_ahead_are_answered_in_order_and_no_more_than_a_few(served: Served) -> None:
    with served.connect() as to:
        to.sendall(b"".join(get("/", host=f"h{i}") for i in range(6)))
        data = b""
        while data.count(b"200 OK") < 6 or not data.endswith(b"h5"):
            data += to.recv(4096)
        assert [part[-2:] for part in data.split(b"HTTP/1.1")[1:]] == [b"h%d" % i for i in range(6)]
    assert served.ask(get("/later") + get() * 5_000) == (0, b""), "all of them were kept"


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        (b"GET http://other/ HTTP/1.1\r\nHost: wall\r\n\r\n", 200, b"other"),
        (b"GET http://other:81/x HTTP/1.1\r\n\r\n", 200, b"other:81"),
        (get("/", "Host: other"), 400, b""),
        (b"CONNECT other:80 HTTP/1.1\r\nHost: wall\r\n\r\n", 400, b""),
        (b"OPTIONS * HTTP/1.1\r\nHost: wall\r\n\r\n", 400, b""),
        (b"GET //evil.example HTTP/1.1\r\nHost: wall\r\n\r\n", 200, b"wall"),
        (b"GET /\xff HTTP/1.1\r\nHost: wall\r\n\r\n", 400, b""),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, b""),  # TLS to a port that speaks none
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, b""),
        (get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"), 200, b"wall"),
        (get("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"), 200, b"wall"),
    ],
)
def test_odd_requests_are_answered_or_refused(served: Served, request_: bytes, status: int, body: bytes) -> None:
    found, said = served.ask(request_)
    assert found == status
    if status == 200:
        assert said == body


@pytest.mark.parametrize(
    "request_",
    [
        post(
            "/read", b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: wall\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked"
        ),
        post("/read", b"xGET /smuggled HTTP/1.1\r\nHost: wall\r\n\r\n", "Content-Length: 1", "Content-Length: 40"),
        post(
            "/read",
            b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: wall\r\n\r\n",
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: x",
        ),
        post("/read", b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: wall\r\n\r\n", "Transfer-Encoding : chunked"),
        post("/read", b"GET /smuggled HTTP/1.1\r\nHost: wall\r\n\r\n", "Content-Length: +0"),
        post("/read", b"1;x=\n\r\nxGET /smuggled HTTP/1.1\r\nHost: wall\r\n\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        b"GET / HTTP/1.1\nHost: wall\n\nGET /smuggled HTTP/1.1\r\nHost: wall\r\n\r\n",
    ],
)
def test_no_second_request_hides_in_a_first(served: Served, request_: bytes) -> None:
    assert served.ask(request_)[0] == 400
    assert "/smuggled" not in served.asked


def test_of_one_address_the_connection_that_waits_longest_makes_room(served: Served) -> None:
    with contextlib.ExitStack() as held:
        many = [held.enter_context(served.connect()) for _ in range(LIMITS.waiting)]
        held.enter_context(served.connect())
        assert many[0].recv(10) == b"", "the oldest was kept"
        many[-1].sendall(get())
        assert answered(many[-1]) == (200, b"wall")
        assert served.ask(get()) == (200, b"wall")


def test_screens_behind_a_trusted_proxy_are_not_counted_as_one() -> None:
    with Served(spared=lambda address: True) as served, contextlib.ExitStack() as held:
        many = [held.enter_context(served.connect()) for _ in range(3 * LIMITS.waiting)]
        for to in many:
            to.sendall(get())
        assert {answered(to) for to in many} == {(200, b"wall")}
        # but there is an end to it: then who waits longest goes, and who asks is answered
        more = [held.enter_context(served.connect()) for _ in range(LIMITS.connections)]
        more[-1].sendall(get())
        assert answered(more[-1]) == (200, b"wall")
        assert served.table.count <= LIMITS.connections + 1


def test_a_site_with_many_ipv6_addresses_counts_as_one() -> None:
    assert group_of("2001:db8::1") == group_of("2001:db8::ffff:2") != group_of("2001:db8:0:1::1")
    assert group_of("192.0.2.1") != group_of("192.0.2.2")
