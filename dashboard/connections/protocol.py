"""One connection: a request that is too large or too slow is refused before it reaches the application.

uvicorn's protocol accepts heads and bodies of any length and waits for their end for ever.  This one enforces ``Limits``, so
that a client costs no more than its own connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from functools import partial
from typing import Any

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from dashboard.connections.limits import ADDRESS, BAD, BODY, HEAD, HOSTS, SLOW, Limits, Refusal
from dashboard.connections.waiting import Connections, group_of
from dashboard.network import Network, is_loopback, trusted

#: A chunk is parsed in pieces of this many bytes: an endless head is noticed within one of them.
PIECE = 4096
#: File descriptors reserved for the stores, the source and the log.
KEPT_FILES = 256


class HeadTooLargeError(Exception):
    """Ends the parsing of a request that is refused."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection, counted in ``table``; see ``Limits``."""

    def __init__(self, table: Connections, **given: Any) -> None:
        super().__init__(**given)
        self.table, self.limits, self.peer, self.address = table, table.limits, "", ""
        self._counted = False
        self._head, self._in_head = 0, False  # bytes of an unfinished head beyond its first piece
        self._size, self._hosts, self._body = 0, 0, 0
        self._ended = True  # whether the newest request has arrived completely
        self._due: float | None = None  # deadline for that
        self._watch: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._linger: asyncio.TimerHandle | None = None
        self._left = 0  # bytes still to be read from a refused client, and discarded
        self._refusal: Refusal | None = None

    # ------------------------------------------------------------------ the transport
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        self.address = group_of(self.peer)
        if not self.table.opened():
            self.table.note(503)
            transport.abort()
            return
        self._counted = True
        taken = transport.get_extra_info("socket")
        if taken is not None and hasattr(socket, "TCP_USER_TIMEOUT"):  # detects a client that vanished silently, such as a
            with contextlib.suppress(OSError):  # screen that lost power
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(self.limits.stalled_s * 2000))
        self._expect()
        self.table.waits(self)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._watch, self._stalled, self._linger):
            if timer is not None:
                timer.cancel()
        self._watch = self._stalled = self._linger = self._due = None
        if self._counted:
            self._counted = False
            self.table.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._refusal is not None:
            self._left -= len(data)
            if self._left < 0:
                self.transport.abort()
            return
        if self._ended and (self.cycle is None or self.cycle.response_complete):
            self._expect()  # also for data that begins no request, such as empty lines
        try:
            for start in range(0, len(data), PIECE):
                began_before = self._in_head
                piece = data[start : start + PIECE] if len(data) > PIECE else data
                self.parser.feed_data(piece)
                if began_before and self._in_head:
                    self._head += len(piece)  # except the first piece; the exact size is checked at the end of the head
                    if self._head > self.limits.head:
                        raise HeadTooLargeError(HEAD)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # no upgrade is supported: answered as it is, and closed
        except (httptools.HttpParserError, HeadTooLargeError) as error:
            self._refuse(_cause(error))

    # ------------------------------------------------------------------ the parser
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head, self._in_head, self._size, self._hosts = 0, True, 0, 0
        self._body, self._ended, self._due = 0, False, None
        self._expect()  # restarted: a browser may open a connection long before it sends a request

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.url:
            raise HeadTooLargeError(ADDRESS)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value) + 4
        name = name.lower()
        if self._size > self.limits.head or len(self.headers) >= self.limits.fields:
            raise HeadTooLargeError(HEAD)
        if name == b"host":
            self._hosts += 1
        elif name == b"content-length" and int(value) > self.limits.body:
            raise HeadTooLargeError(BODY)
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.pipeline) >= self.limits.ahead:
            raise HeadTooLargeError(BAD)
        if self._hosts > 1:
            raise HeadTooLargeError(HOSTS)
        if not self.url.startswith(b"/"):
            self._absolute()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        if self._body > self.limits.body:
            raise HeadTooLargeError(BODY)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._ended, self._due = True, None
        super().on_message_complete()
        if self.cycle.response_complete:
            self.table.waits(self)
        else:
            self.table.asks(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._ended and not self.pipeline and self._counted and self.cycle.response_complete:
            self.table.waits(self)

    def _absolute(self) -> None:
        """``GET http://host/path``: this host overrides any Host header (RFC 9112, 3.2.2)."""
        host = httptools.parse_url(self.url)
        if not host.host or not host.path:
            raise HeadTooLargeError(BAD)
        authority = host.host + (b":%d" % host.port if host.port else b"")
        self.headers[:] = [*((n, v) for n, v in self.headers if n != b"host"), (b"host", authority)]

    # ------------------------------------------------------------------ the clock
    def _expect(self) -> None:
        """From now on a request must arrive completely within its time.  One timer serves all requests of a connection."""
        if self._due is None:
            self._due = self.loop.time() + self.limits.request_s
            if self._watch is None:
                self._watch = self.loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._watch = None
        if self._due is None or self._refusal is not None or self.transport.is_closing():
            return
        now = self.loop.time()
        if self.flow.read_paused:  # the delay is ours: we are not reading
            self._due = now + self.limits.request_s
        if now < self._due:
            self._watch = self.loop.call_at(self._due, self._look)
        elif self._ended:  # no request has begun
            self.transport.close()
        else:
            self._refuse(SLOW)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._see_taken(None)

    def resume_writing(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def _see_taken(self, before: int | None) -> None:
        """While an answer waits for its client: close the connection if the client takes next to nothing of it."""
        self._stalled = None
        left = self.transport.get_write_buffer_size()
        if before is not None and left > before - self.limits.taken:
            self.table.note(408)
            self.transport.abort()
            return
        self._stalled = self.loop.call_later(self.limits.stalled_s, self._see_taken, left)

    # ------------------------------------------------------------------ refusing
    def give_up(self) -> None:
        """Close a waiting connection: at once, or with a refusal if half a request has arrived."""
        self.table.asks(self)
        if self._ended and self._refusal is None:
            self.transport.close()
        else:
            self.transport.abort()

    def _refuse(self, refusal: Refusal) -> None:
        """Send the reason, then close; keep reading for a moment, or the client would lose the answer."""
        self.table.note(refusal.status)
        self._refusal, self._due = refusal, None
        cycle = self.cycle
        under_way = cycle is not None and not cycle.response_complete
        if under_way:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.transport.is_closing():
            return
        if self.pipeline or (under_way and cycle.response_started):
            self.transport.abort()
            return
        self.flow.resume_reading()
        most = vars(self.limits)
        body = orjson.dumps({"error": refusal.said.en.format_map(most), "error_zh": refusal.said.zh.format_map(most)})
        self.transport.write(
            b"".join(
                [
                    STATUS_LINE[refusal.status],
                    b"content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n",
                    b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body),
                    body,
                ]
            )
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._left = 4 * self.limits.body
        self._linger = self.loop.call_later(self.limits.linger_s, self.transport.abort)


def guarded(proxies: tuple[Network, ...], files: int) -> Any:
    """The protocol factory for uvicorn, when this many files may be open; some are reserved for the stores."""
    limits = Limits(connections=max(files - KEPT_FILES, 32))
    return partial(GuardedProtocol, Connections(limits, lambda address: is_loopback(address) or trusted(address, proxies)))


def _cause(error: Exception) -> Refusal:
    """The refusal behind a parser error; any other error means the data is not HTTP."""
    found = error if isinstance(error, HeadTooLargeError) else error.__context__
    return found.args[0] if isinstance(found, HeadTooLargeError) else BAD
