"""Routes every request before Dash sees it: resolves the viewer, checks access, and picks the part that answers.

Responses are Starlette's, by its routers: login (``callbacks.auth.authenticator``), desk (``callbacks.desk.router``), queries
and files.  Only /snapshot and /geometry are sent as raw bytes (``callbacks.wall.direct``).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callbacks.auth.screens import Screens
from callbacks.desk.router import Desk, DeskPage
from callbacks.http.access import bind_request, bind_viewer, reset_viewer
from callbacks.http.answers import FAILED, fault_answer, go, in_words, json_answer, unrouted, use
from callbacks.http.body import read_json, replayed
from callbacks.http.dash_calls import LARGEST, checked
from callbacks.http.files import PLACES, Files
from callbacks.http.prefix import prefix_of, refuse
from callbacks.http.scripts import Scripts
from callbacks.http.viewer import query_of, viewer_of
from callbacks.wall.direct import Direct, Raw
from callbacks.wall.health import health_answer
from callbacks.wall.live import Hub, no_stream, stream
from callbacks.wall.page_cache import Topic
from callbacks.wall.questions import Questions, Readings
from data.access.roles import place_within
from data.access.viewer import Viewer
from data.errors import AccessError, QueryError
from data.facts.case_reads import entered
from layouts.html.below import below, url_of

log = logging.getLogger("gridwall.live")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CALLBACKS, _READ_ONLY = "/_dash-update-component", ("/live", "/snapshot/", "/geometry/", "/api/")
#: Dash's own paths; it would answer any other path below "/_" with the page.
_DASH = ("/_dash-layout", "/_dash-dependencies", _CALLBACKS, "/_dash-component-suites/", "/_reload-hash", "/_favicon.ico")
#: Pages with a form, besides the account pages.
LOGIN_PATHS = frozenset({"/login", "/logout"})
#: Probe of a page that waits for the rest to load (layouts/html/watchdog.js).
_ALIVE = Response(None, 204, {"cache-control": "no-store"})


class Answers(Readings, Protocol):
    """What the routes need of the application behind them."""

    def geometry(self, level: int, version: str) -> bytes | None: ...
    def now_ms(self) -> int: ...
    def admits(self, headers: dict[bytes, bytes], query: Mapping[str, str]) -> bool: ...
    def screen_with(self, key: str) -> str: ...


class LiveRoutes:
    """ASGI middleware: answers our own paths and passes everything else to ``app``."""

    def __init__(
        self,
        app: ASGIApp,
        hub: Hub,
        answers: Answers,
        desk: Desk,
        policy: str = "default-src 'self'",
        shown: Callable[[Topic], Callable[[], None] | None] | None = None,
        calls: Mapping[str, Mapping[str, object]] | None = None,
        public: str = "",
        scripts: Scripts | None = None,
    ) -> None:
        self.app, self.hub, self.answers, self.desk = app, hub, answers, desk
        self._calls = calls or {}
        self.screens = Screens(answers.screen_with, public)
        data = self._data = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
        # a desk form is sent with its Referer; a screen's pages send none
        self._desk_guards = [(b"content-security-policy", policy.encode()), (b"referrer-policy", b"same-origin"), *data]
        self._guards = [(b"content-security-policy", policy.encode()), (b"referrer-policy", b"no-referrer"), *data]
        thread = ThreadPoolExecutor(1, "ask")
        self._direct = Direct(hub.page_cache, answers.geometry, answers.now_ms, shown, thread, data)
        self._login_paths = {route.path for route in desk.authenticator.routes}
        self._authenticator = in_words(Router(desk.authenticator.routes, redirect_slashes=False))
        files, questions = Files(app, scripts), Questions(answers, self._placed, thread)
        held = [Route(place + "{name:path}", files.answer) for place in PLACES]
        self._wall = in_words(Router([*questions.routes, *held], redirect_slashes=False, default=self._dash))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.hub.loop is None:
            self.hub.live_on(asyncio.get_running_loop())
        started, head = False, scope["method"] == "HEAD"

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            # HEAD is answered as GET without the body (RFC 9110, 9.3.2)
            await send({**message, "body": b""} if head and message["type"] == "http.response.body" else message)

        try:
            # with "app" set, Starlette leaves error responses to us
            await self._answer({**scope, "app": self, "state": {}}, receive, sending)
        except ClientDisconnect:
            log.debug("who asked left before the end of the request")
        except Exception:
            if started:  # the server logs it and closes the connection
                raise
            log.exception("%s %.200r failed", scope["method"], scope["path"])
            await json_answer(500, FAILED)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        query, headers = query_of(scope.get("query_string", b"")), dict(scope["headers"])
        bind_request(scope)
        if path == "/alive":
            await _ALIVE(scope, receive, send)
            return
        page = self.desk.page(path)
        of_desk = page is not None or path in LOGIN_PATHS or path.startswith("/desk/")
        bare, send = send, _with_headers(send, self._desk_guards if of_desk else self._guards)
        at_once = self._for_all(scope, headers, query)
        if at_once is not None:
            await at_once(scope, receive, send)
        elif path in self._login_paths:
            await self._authenticator(scope, receive, send)
        elif path.startswith("/desk/"):
            viewer = scope["state"]["viewer"] = self.desk.authenticator.who(headers, used=True)
            entered(viewer)
            await (self.desk.authenticator.refuse(headers) if viewer is None else self.desk)(scope, receive, send)
        elif page is not None:
            await self._desk_page(page, headers, query, scope, receive, send)
        else:
            viewer = scope["state"]["viewer"] = self._admitted(headers, query, path == _CALLBACKS)
            entered(viewer)
            if viewer is None:
                refused = self.screens.refuse(scope, headers, query, self.hub.page_cache.city.profile)
                await refused(scope, receive, send)
            elif path.startswith(_READ_ONLY) and scope["method"] not in ("GET", "HEAD"):
                await use("GET", "HEAD")(scope, receive, send)
            else:
                try:
                    await self._of_wall(viewer, headers, query, scope, receive, bare, send)
                except QueryError as fault:
                    await fault_answer(fault)(scope, receive, send)

    def _for_all(self, scope: Scope, headers: dict[bytes, bytes], query: Mapping[str, str]) -> Response | None:
        """The response to what needs no viewer; None = anything else."""
        if _CONTROL.search(scope["path"]):
            return json_answer(400, {"error": "the address holds a control character", "error_zh": "地址中含有控制字符"})
        if scope["path"] == "/healthz":
            return health_answer(self.hub, self.answers.now_ms(), self.answers.admits(headers, query))
        prefix = prefix_of(headers)
        return refuse(prefix) if prefix not in ("", below()) else self.screens.lead_on(scope, query)

    async def _desk_page(
        self, page: DeskPage, headers: dict[bytes, bytes], query: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        viewer = self.desk.authenticator.who(headers, used=True)
        entered(viewer)
        if viewer is None:
            asked_for = url_of("/login?next=") + quote(url_of(scope["path"]) + _question(scope), safe="")
            await go(asked_for + ("&lang=en" if query.get("lang") == "en" else ""))(scope, receive, send)
        else:
            await self._behind(viewer, 200 if page.right in viewer.rights else 403, scope, receive, send)

    async def _of_wall(
        self,
        viewer: Viewer,
        headers: dict[bytes, bytes],
        query: Mapping[str, str],
        scope: Scope,
        receive: Receive,
        bare: Send,
        send: Send,
    ) -> None:
        """``bare`` adds no security headers: data that nothing executes, sent a thousand times a second."""
        path: str = scope["path"]
        if path == "/live":
            topic = self._topic(query, query.get("page", "overview"), viewer)
            more = {k.decode(): v.decode() for k, v in self._data}
            if scope["method"] == "HEAD":
                await no_stream(more)(scope, receive, bare)
            else:
                there = stream(self.hub, topic, lambda: self._admitted(headers, query) is not None, more)
                await there(scope, receive, bare)
        elif path.startswith("/snapshot/"):
            topic = self._topic(query, path[len("/snapshot/") :], viewer)
            await self._direct.snapshot(topic, query.get("since", ""), scope, receive, bare)
        elif path.startswith("/geometry/"):
            await self._direct.geometry(scope, receive, send)
        else:
            await self._wall(scope, receive, send)

    def _admitted(self, headers: dict[bytes, bytes], query: Mapping[str, str], used: bool = False) -> Viewer | None:
        """A screen with its key (or on this machine), or an account: it sees a wall within its own area.

        Dash's callbacks serve walls and desk alike, so a session, if there is one, is passed to them on a screen too.
        """
        viewer = self.desk.authenticator.who(headers, used)
        if viewer is not None:
            return viewer
        return Viewer() if self.answers.admits(headers, query) else None

    async def _dash(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A wall's page, or one of its callbacks."""
        path, viewer = scope["path"], scope["state"]["viewer"]
        send = _with_headers(send, self.screens.kept(path, dict(scope["headers"])))
        if path == _CALLBACKS and scope["method"] == "POST":
            call = checked(await read_json(Request(scope, receive), LARGEST), self._calls)
            scope, receive = {**scope, "headers": _of_length(scope["headers"], len(call))}, replayed(call, receive)
        status = self._status(path, query_of(scope.get("query_string", b"")), viewer)
        await self._behind(viewer, status, scope, receive, send)

    async def _behind(self, viewer: Viewer, status: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Dash's response, with ``status`` in place of 200."""
        token, method = bind_viewer(viewer), "GET" if scope["method"] == "HEAD" else scope["method"]
        try:
            await self.app({**unrouted(scope), "method": method}, receive, _with_status(send, status))
        finally:
            reset_viewer(token)

    def _status(self, path: str, query: Mapping[str, str], viewer: Viewer) -> int:
        """The status of a page: the browser draws the message, but a proxy or a script sees only the status."""
        if path.startswith(_DASH):
            return 200
        try:
            topic = self.hub.page_cache.topic_at(path, query)
            return 200 if topic and self._viewer(query, viewer) else 404
        except AccessError:
            raise
        except QueryError:
            return 400

    def _viewer(self, query: Mapping[str, str], viewer: Viewer) -> Viewer:
        """The wall's surface for a viewer: the scope of the address, within the account's area.  Raises AccessError."""
        asked_for = viewer_of(query)
        if viewer.area and self.hub.page_cache.snapshot is not None:
            return replace(asked_for, scope=place_within(viewer, self.hub.page_cache.city, asked_for.scope))
        return asked_for if not viewer.area else replace(asked_for, scope=asked_for.scope or viewer.area)

    def _placed(self, query: Mapping[str, str], viewer: Viewer) -> Viewer:
        """As ``_viewer``, with a scope given by name resolved to its code.  Before the grid is read no area has one."""
        if self.hub.page_cache.snapshot is not None and query.get("scope"):
            query = {**query, "scope": self.hub.page_cache.city.code_of(query["scope"])}
        return self._viewer(query, viewer)

    def _topic(self, query: Mapping[str, str], page: str, viewer: Viewer) -> Topic:
        return self.hub.page_cache.topic(page, self._viewer(query, viewer), query.get("lang", "zh"))


def _with_status(send: Send, status: int) -> Send:
    """``send`` that answers with another status than 200 if the address is invalid."""
    if status == 200:
        return send

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message["status"] = status
        await send(message)

    return sending


def _with_headers(send: Send, more: Raw) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return sending


def _of_length(headers: Raw, length: int) -> Raw:
    """The headers of a request whose body was rebuilt."""
    kept = [(k, v) for k, v in headers if k not in (b"content-length", b"transfer-encoding")]
    return [*kept, (b"content-length", str(length).encode())]


def _question(scope: Scope) -> str:
    text = scope.get("query_string", b"").decode("latin-1")
    return f"?{text}" if text else ""
