"""The live road: pulses, snapshots, geometry, health and single readings, answered before Dash sees the request.

Plain ASGI, since these few routes carry a thousand screens: one prepared snapshot is sent as it lies in memory.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote

from callbacks.auth.screens import Screens
from callbacks.desk.router import Desk
from callbacks.http.access import asked, asking, coming
from callbacks.http.answers import RETRY_S, answer_fault, answer_json
from callbacks.http.body import Left, read_json, replayed
from callbacks.http.dash_calls import LARGEST, checked
from callbacks.http.files import App, Files, Headers, Message, Receive, Scope, Send, disconnected, send_gzip
from callbacks.http.prefix import prefix_of, refuse
from callbacks.http.scripts import Scripts
from callbacks.http.viewer import viewer_of
from callbacks.wall.live import Hub
from callbacks.wall.page_cache import Topic
from data.access.roles import place_within
from data.access.viewer import Viewer
from data.errors import AccessFault, GridWallError, QueryFault
from data.facts.case_reads import entered
from layouts.text.rejected import rejected_words

log = logging.getLogger("gridwall.live")

_LEVEL, _CONTROL = re.compile(r"[0-9]{1,4}"), re.compile(r"[\x00-\x1f\x7f]")
_CALLBACKS, _ROAD = "/_dash-update-component", ("/live", "/snapshot/", "/geometry/", "/api/")
#: Dash's own; any other path below "/_" would be answered with the page.
_DASH = ("/_dash-layout", "/_dash-dependencies", _CALLBACKS, "/_dash-component-suites/", "/_reload-hash", "/_favicon.ico")
#: Pages beside those of accounts that hold a form.
LOGIN_PATHS = frozenset({"/login", "/logout"})
_LIVE_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]


#: /healthz is not well when the source has not been read for this long, whatever the reason.
HUNG_MS = 60_000
#: ... nor when one question of a tick is not answered for this long (s).
HANGS_S = 10.0
#: A stream's key is looked at again this often (s).
ADMITTED_EVERY_S = 4.0
#: Questions of ``/api`` that may wait at once; further ones are turned away.
MOST_ASKED = 32


class Answers(Protocol):
    """What the routes ask of the application behind them."""

    def geometry(self, level: int, version: str) -> bytes | None: ...
    def read(self, metric: str, viewer: Viewer, back: str, at: str, cases: bool) -> dict[str, Any]: ...
    def from_command(self, headers: Mapping[bytes, bytes]) -> bool: ...
    def faults(self, headers: Mapping[bytes, bytes]) -> dict[str, Any]: ...
    def refit(self, headers: Mapping[bytes, bytes]) -> dict[str, Any]: ...
    def now_ms(self) -> int: ...
    def admits(self, headers: dict[bytes, bytes], query: Mapping[str, str]) -> bool: ...
    def screen_with(self, key: str) -> str: ...


class LiveRoutes:
    """ASGI middleware: answers the live road's own paths and hands all else to ``app``."""

    def __init__(
        self,
        app: App,
        hub: Hub,
        answers: Answers,
        desk: Desk,
        policy: str = "default-src 'self'",
        shown: Callable[[Topic], Callable[[], None] | None] | None = None,
        calls: Mapping[str, Mapping[str, Any]] | None = None,
        public: str = "",
        scripts: Scripts | None = None,
    ) -> None:
        self.app, self.hub, self.answers, self.desk, self.shown = app, hub, answers, desk, shown
        self._calls = calls or {}
        self.screens = Screens(answers.screen_with, public)
        self.files = Files(app, scripts)
        self._asking, self._asked = ThreadPoolExecutor(1, "ask"), 0
        self._data = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
        # a form of the desk is sent with where it comes from; a screen's pages tell nobody where they are
        self._desk_guards = [(b"content-security-policy", policy.encode()), (b"referrer-policy", b"same-origin"), *self._data]
        self._guards = [(b"content-security-policy", policy.encode()), (b"referrer-policy", b"no-referrer"), *self._data]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.hub.loop is None:
            self.hub.live_on(asyncio.get_running_loop())
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._answer(scope, receive, sending)
        except Left:
            log.debug("who asked left before the end of the request")
        except Exception:
            if started:  # the server logs it, and closes
                raise
            log.exception("%s %.200r failed", scope["method"], scope["path"])
            await answer_json(send, 500, {"error": "this failed; the log says why", "error_zh": "处理出错，原因见日志"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        query = _query(scope.get("query_string", b""))
        headers = dict(scope["headers"])
        coming(scope)
        if path == "/alive":  # what a page asks while it waits for the rest (layouts/html/watchdog.js)
            await send({"type": "http.response.start", "status": 204, "headers": [(b"cache-control", b"no-store")]})
            await send({"type": "http.response.body", "body": b""})
            return
        page = self.desk.page(path)
        of_desk = page is not None or path in LOGIN_PATHS or path.startswith("/desk/")
        bare, send = send, _with_headers(send, self._desk_guards if of_desk else self._guards)
        if _CONTROL.search(path):
            await answer_json(send, 400, {"error": "the address holds a control character", "error_zh": "地址中含有控制字符"})
            return
        if path == "/healthz":
            await self._health(send, self.answers.admits(headers, query))
            return
        prefix = prefix_of(headers)
        if prefix:
            await refuse(prefix, send)
            return
        if await self.screens.lead_on(scope, query, send):
            return
        if await self.desk.door.answer(scope, receive, send):
            return
        if path.startswith("/desk/"):
            viewer = self.desk.door.who(headers, used=True)
            entered(viewer)
            await self.desk.answer(path, scope, query, viewer, receive, send)
            return
        if page is not None:
            viewer = self.desk.door.who(headers, used=True)
            entered(viewer)
            if viewer is None:
                asked_for = "/login?next=" + quote(path + _question(scope), safe="")
                await _go(send, asked_for + ("&lang=en" if query.get("lang") == "en" else ""))
            else:
                await self._dash(viewer, 200 if page.right in viewer.rights else 403, scope, receive, send)
            return
        viewer = self._admitted(headers, query, path == _CALLBACKS)
        entered(viewer)
        if viewer is None:
            await self.screens.refuse(scope, headers, query, self.hub.board.city.profile.city.title, send)
            return
        if path.startswith(_ROAD) and scope["method"] not in ("GET", "HEAD"):
            await answer_json(send, 405, {"error": "use GET", "error_zh": "请用 GET"}, [(b"allow", b"GET, HEAD")])
            return
        try:
            if path == "/live":
                topic = self._topic(query, query.get("page", "overview"), viewer)
                await self._live(topic, lambda: self._admitted(headers, query) is not None, receive, bare)
            elif path.startswith("/snapshot/"):
                await self._snapshot(self._topic(query, path[len("/snapshot/") :], viewer), query, headers, bare)
            elif path.startswith("/geometry/"):
                await self._geometry(path, send)
            elif path.startswith("/api/read/"):
                asker = self._viewer(self._placed(query), viewer)
                cases = "cases" in viewer.rights or self.answers.from_command(headers)
                await self._ask(
                    send,
                    lambda: self.answers.read(
                        path[len("/api/read/") :], asker, query.get("back", ""), query.get("at", ""), cases
                    ),
                )
            elif path == "/api/faults":
                if viewer.area:
                    raise AccessFault(
                        "faulty rows are the whole city's, and this account sees one area of it",
                        "坏行清单属全市范围，当前账号只见其中一片",
                    )
                await self._ask(send, lambda: self.answers.faults(headers))
            elif path == "/api/refit":
                await self._ask(send, lambda: self.answers.refit(headers))
            elif self.files.has(scope):
                await self.files.answer(scope, headers, send)
            else:
                send = _with_headers(send, self.screens.kept(path, headers))
                if path == _CALLBACKS and scope["method"] == "POST":
                    call = checked(await read_json(scope, receive, LARGEST), self._calls)
                    scope, receive = {**scope, "headers": _of_length(scope["headers"], len(call))}, replayed(call, receive)
                await self._dash(viewer, self._status(path, query, viewer), scope, receive, send)
        except QueryFault as fault:
            await answer_fault(send, fault)

    def _admitted(self, headers: dict[bytes, bytes], query: Mapping[str, str], used: bool = False) -> Viewer | None:
        """A screen with its key (or on this machine), or an account: it sees a wall within its own area.

        Dash's callbacks serve walls and desk alike, so a session, where there is one, is known to them also on a screen.
        """
        viewer = self.desk.door.who(headers, used)
        if viewer is not None:
            return viewer
        return Viewer() if self.answers.admits(headers, query) else None

    async def _dash(self, viewer: Viewer, status: int, scope: Scope, receive: Receive, send: Send) -> None:
        token = asking(viewer)
        try:
            await self.app(scope, receive, _with_status(send, status))
        finally:
            asked(token)

    def _status(self, path: str, query: Mapping[str, str], viewer: Viewer) -> int:
        """Of a page: the words are drawn by the browser, but a proxy or a script sees only the status."""
        if path.startswith((*_DASH, "/assets/")):
            return 200
        try:
            topic = self.hub.board.topic_at(path, query)
            return 200 if topic and self._viewer(query, viewer) else 404
        except AccessFault:
            raise
        except QueryFault:
            return 400

    def _viewer(self, query: Mapping[str, str], viewer: Viewer) -> Viewer:
        """The wall's surface for who asks: the scope of the address, within an account's area.  Raises AccessFault."""
        asked_for = viewer_of(query)
        if viewer.area and self.hub.board.snapshot is not None:
            return replace(asked_for, scope=place_within(viewer, self.hub.board.city, asked_for.scope))
        return asked_for if not viewer.area else replace(asked_for, scope=asked_for.scope or viewer.area)

    def _placed(self, query: Mapping[str, str]) -> Mapping[str, str]:
        """Its scope as a code, where a name was asked for.  Before the grid is read no place has one."""
        if self.hub.board.snapshot is None or not query.get("scope"):
            return query
        return {**query, "scope": self.hub.board.city.code_of(query["scope"])}

    def _topic(self, query: Mapping[str, str], page: str, viewer: Viewer) -> Topic:
        return self.hub.board.topic(page, self._viewer(query, viewer), query.get("lang", "zh"))

    async def _health(self, send: Send, admitted: bool) -> None:
        health = self.hub.board.health
        now = self.answers.now_ms()
        # a source that hangs raises no fault: the age of its last answer tells
        waiting = health.waiting()
        hangs = waiting is not None and waiting.seconds >= (HUNG_MS / 1000 if waiting.patient else HANGS_S)
        fresh = health.source_ok and health.loading is None and now - health.checked_ms < HUNG_MS and not hangs
        # numbers that stand on a part of the rows are no numbers; where nothing can be written down nobody logs in
        good = fresh and not health.rejected and health.state["ok"]
        await answer_json(
            send,
            200 if good else 503,
            {
                "ok": good,
                "now": now,
                "as_of": health.as_of_ms,
                "age_s": round((now - health.checked_ms) / 1000, 1) if health.checked_ms else None,
                # what names hosts and files is for those who may see the wall
                "last_fault": (health.last_fault if admitted else "hidden") if health.last_fault else None,
                "last_fault_zh": (health.last_fault_zh if admitted else "hidden") if health.last_fault_zh else None,
                "last_fault_at": health.last_fault_ms or None,
                "baseline": {
                    "fitted_at": health.baseline_ms or None,
                    "fault": (health.baseline_fault if admitted else "hidden") if health.baseline_fault else None,
                },
                "state": health.state,
                "waiting_s": round(waiting.seconds, 1) if waiting and waiting.seconds >= 1 else None,
                "tick_ms": round(health.tick_ms, 1),
                "ticks": health.ticks,
                "screens": self.hub.listeners(),
                **{k: v for k, v in health.public().items() if k not in ("ok", "rejected")},
                "rejected": [{**r._asdict(), "share": round(r.share, 4), "said": rejected_words(r).en} for r in health.rejected],
            },
        )

    async def _live(self, topic: Topic, admitted: Callable[[], bool], receive: Receive, send: Send) -> None:
        board, hub = self.hub.board, self.hub
        board.keep(topic)
        channel = hub.join(topic)
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [*_LIVE_HEADERS, *self._data]})
            seen, pulse = channel.seq, board.pulse(topic, self.answers.now_ms())
            clock = asyncio.get_running_loop().time
            due = clock() + ADMITTED_EVERY_S
            while not gone.done() and not hub.closing:
                if clock() >= due:
                    if not admitted():  # its key was revoked meanwhile
                        break
                    due = clock() + ADMITTED_EVERY_S
                await send({"type": "http.response.body", "body": pulse, "more_body": True})
                await hub.wait(channel, seen)  # a screen that has left is noticed at the next pulse
                seen, pulse = channel.seq, channel.pulse
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (OSError, asyncio.CancelledError):
            log.debug("a screen left")
        finally:
            gone.cancel()
            channel.listeners -= 1

    async def _snapshot(self, topic: Topic, query: Mapping[str, str], headers: dict[bytes, bytes], send: Send) -> None:
        board = self.hub.board
        page = board.current(topic)
        if page is None:
            page = await asyncio.to_thread(board.page, topic)
        if self.shown is not None and (aside := self.shown(topic)) is not None:
            asyncio.get_running_loop().run_in_executor(self._asking, copy_context().run, aside)
        if page is None:
            # nothing is wrong yet: a 503 would stand as an error in the console of a screen that waits
            waiting = {"source": board.health.public(), "now": self.answers.now_ms()}
            await answer_json(_with_headers(send, self._data), 202, waiting)
            return
        etag = b'"' + page.etag.encode() + b'"'
        as_of_ms, checked_ms = board.age_of(topic)
        told = f"{self.answers.now_ms()},{as_of_ms},{checked_ms},{int(board.health.source_ok)}"  # also for a 304
        common = [
            (b"etag", etag),
            (b"cache-control", b"no-cache"),
            (b"vary", b"accept-encoding"),
            (b"x-gridwall", told.encode()),
            (b"x-snapshot", page.id.encode()),
            (b"x-build", board.build.encode()),
            *self._data,
        ]
        if headers.get(b"if-none-match") == etag:
            await send({"type": "http.response.start", "status": 304, "headers": common})
            await send({"type": "http.response.body", "body": b""})
            return
        await send_gzip(send, page.bytes(query.get("since", "")), b"application/json", headers, common)

    async def _geometry(self, path: str, send: Send) -> None:
        parts = path.removesuffix(".bin").split("/")
        data = self.answers.geometry(int(parts[2]), parts[3]) if len(parts) == 4 and _LEVEL.fullmatch(parts[2]) else None
        if data is None:
            await answer_json(send, 404, {"error": "there is no such geometry"})
            return
        forever = [(b"cache-control", b"private, max-age=31536000, immutable")]
        await send_gzip(send, data, b"application/octet-stream", {b"accept-encoding": b"gzip"}, forever)

    async def _ask(self, send: Send, question: Callable[[], dict[str, Any]]) -> None:
        """Answered one after another on a thread of their own, so that questions never take the screens' threads."""
        if self._asked >= MOST_ASKED:
            await answer_json(
                send,
                503,
                {
                    "error": f"{MOST_ASKED} questions are waiting; ask again in a moment",
                    "error_zh": f"已有 {MOST_ASKED} 个查询在等待，请稍后再试",
                },
                [(b"retry-after", RETRY_S)],
            )
            return
        self._asked += 1
        try:
            # in the asker's context: who reads single cases is known
            answer = await asyncio.get_running_loop().run_in_executor(self._asking, copy_context().run, question)
        except (QueryFault, AccessFault):
            raise
        except GridWallError as fault:
            await answer_json(send, 503, {"error": str(fault), "error_zh": fault.zh})
            return
        finally:
            self._asked -= 1
        await answer_json(send, 200, answer)


@lru_cache(256)
def _query(text: bytes) -> Mapping[str, str]:
    """A query string by key; a thousand screens ask with the same few."""
    return MappingProxyType(dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True)))


def _with_status(send: Send, status: int) -> Send:
    """``send`` that answers with another status than 200 where the address is faulty."""
    if status == 200:
        return send

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message["status"] = status
        await send(message)

    return sending


def _with_headers(send: Send, more: list[tuple[bytes, bytes]]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *more]
        await send(message)

    return sending


def _of_length(headers: Headers, length: int) -> Headers:
    """The headers of a request whose body was made anew."""
    kept = [(k, v) for k, v in headers if k not in (b"content-length", b"transfer-encoding")]
    return [*kept, (b"content-length", str(length).encode())]


def _question(scope: Scope) -> str:
    text = scope.get("query_string", b"").decode("latin-1")
    return f"?{text}" if text else ""


async def _go(send: Send, to: str) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 303,
            "headers": [(b"location", to.encode()), (b"content-length", b"0"), (b"cache-control", b"no-store")],
        }
    )
    await send({"type": "http.response.body", "body": b""})
