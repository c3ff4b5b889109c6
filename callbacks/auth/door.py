"""The desk's door: who is behind a request, and the pages by which one comes in and goes out.

/login (name and password), /logout, /session (what an open page asks to learn that it has ended), /oidc/start and
/oidc/callback (through the provider).  Nobody comes in without a line in the audit: where it cannot be written, nobody does.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl

from callbacks.auth.devices import KNOWN_FOR, Devices
from callbacks.auth.logged_in import LoggedIn
from callbacks.auth.logins import Logins, network_of
from callbacks.auth.oidc import Oidc, Pending
from callbacks.auth.record import Recorder, not_recorded
from callbacks.auth.turns import Comer, Turns
from callbacks.http.access import QUIET, address, client, encrypted
from callbacks.http.answers import answer_json
from callbacks.http.drills import Drills
from callbacks.http.files import Headers, Receive, Scope, Send, disconnected
from callbacks.http.forms import answer_page, cookie, form, go, in_language, own_page, own_path, set_cookie
from data.access.accounts import Account, Accounts, Delayed, Refused
from data.access.roles import rights_of
from data.access.sessions import Session
from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.errors import AccessFault, GridWallError, NotRecorded, QueryFault
from data.text import Lang
from layouts.desk.desk import DESK_LINKS
from layouts.desk.login import login_page

log = logging.getLogger("gridwall.door")
SESSION, FORM, UNDERWAY = "gridwall_session", "gridwall_form", "gridwall_oidc"
_TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
PATHS = frozenset({"/login", "/logout", "/session", "/oidc/start", "/oidc/callback"})
#: Sessions to be opened and ended that may wait; behind the wall's tick, but not last.
WAITING, NICE = 16, 5
#: What a full queue asks for, s.
AGAIN_S = 5
#: Logins through the provider that may be on their way at once, and for how long (s).
MOST_PENDING, PENDING_S = 500, 600


class LocalDoor:
    """On this machine (``local`` says of a request's headers), before the demo city, everybody is let in as ``demo``."""

    def __init__(self, demo: Viewer | None, local: Callable[[Mapping[bytes, bytes]], bool]) -> None:
        self._demo, self._local = demo, local

    def who(self, headers: Mapping[bytes, bytes], used: bool = False) -> Viewer | None:
        return self._demo if self._demo is not None and self._local(headers) else None

    async def refuse(self, headers: Mapping[bytes, bytes], send: Send) -> None:
        """Say why nobody is let in with these headers."""
        await answer_json(send, 401, {"error": "log in first", "error_zh": "请先登录"})

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        return False

    def note(self, viewer: Viewer, what: str, subject: str, result: str) -> None:
        pass

    async def noted(self, viewer: Viewer, what: str, subject: str, result: str, rows: int | None = None) -> None:
        pass


class _Underway(NamedTuple):
    began: float
    pending: Pending
    to: str
    lang: Lang


class DeskDoor(LocalDoor):
    """Accounts and sessions; a session wins over the demo."""

    def __init__(
        self,
        accounts: Accounts,
        logged_in: LoggedIn,
        recorder: Recorder,
        now: Callable[[], datetime],
        city: Callable[[], City],
        demo: Viewer | None,
        local: Callable[[Mapping[bytes, bytes]], bool],
        devices: Devices,
        public: str = "",
        oidc: Oidc | None = None,
    ) -> None:
        super().__init__(demo, local)
        self._accounts, self._logged_in, self._recorder, self._devices = accounts, logged_in, recorder, devices
        self._now, self._city, self._public, self._oidc = now, city, public.rstrip("/"), oidc
        self._origin = "/".join(public.split("/")[:3])
        self._logins, self._stored, self._calls = Logins(accounts, now), Drills(1, WAITING, NICE), Turns(2)
        self._underway: dict[str, _Underway] = {}
        self._noted_delays: dict[tuple[str, str], float] = {}

    @property
    def _secure(self) -> bool:
        """Whether this request's cookies are Secure: the browser's address is https, by setting or by what came."""
        return self._public.startswith("https:") or encrypted()

    def close(self) -> None:
        self._logins.close()
        self._stored.close()
        self._calls.close()

    def who(self, headers: Mapping[bytes, bytes], used: bool = False) -> Viewer | None:
        token = cookie(headers, SESSION)
        viewer = self._logged_in.who(token, used and headers.get(QUIET) != b"1") if token else None
        return viewer or super().who(headers)

    async def refuse(self, headers: Mapping[bytes, bytes], send: Send) -> None:
        token = cookie(headers, SESSION)
        if not token or not self._logged_in.blind(token):
            await super().refuse(headers, send)
            return
        await answer_json(
            send,
            503,
            {
                "error": "the state store cannot be read: nobody is let in meanwhile; this login is kept",
                "error_zh": "状态库暂不能读取，期间不予进入；登录仍保留，恢复后继续",
            },
            [(b"retry-after", b"5")],
        )

    def note(self, viewer: Viewer, what: str, subject: str, result: str) -> None:
        self._recorder.put(viewer.user, what, subject, result, viewer.role, address())

    async def noted(self, viewer: Viewer, what: str, subject: str, result: str, rows: int | None = None) -> None:
        await self._written(viewer.user, what, subject, result, viewer.role, rows)

    async def _written(self, who: str, what: str, subject: str, result: str, role: str, rows: int | None = None) -> None:
        try:
            await asyncio.wrap_future(self._recorder.put(who, what, subject, result, role, address(), rows))
        except Exception:
            raise not_recorded() from None

    # ------------------------------------------------------------------ the pages
    async def answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = scope["path"]
        if path not in PATHS:
            return False
        headers = dict(scope["headers"])
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
        method = {"/logout": ("POST",), "/login": ("GET", "HEAD", "POST")}.get(path, ("GET", "HEAD"))
        if scope["method"] not in method:
            await answer_json(
                send,
                405,
                {"error": f"use {method[-1]}", "error_zh": f"请用 {method[-1]}"},
                [(b"allow", ", ".join(method).encode())],
            )
        elif path == "/session":
            await self._say(headers, send)
        elif path == "/logout":
            await self._log_out(headers, _lang(query), send)
        elif path.startswith("/oidc/"):
            await (self._start if path == "/oidc/start" else self._callback)(headers, query, send)
        elif scope["method"] == "POST":
            await self._log_in(headers, await form(scope, receive), receive, send)
        else:
            await self._page(headers, send, 200, _lang(query), own_path(query.get("next", "")))
        return True

    async def _page(
        self,
        headers: Mapping[bytes, bytes],
        send: Send,
        status: int,
        lang: Lang,
        to: str,
        fault: GridWallError | None = None,
        name: str = "",
        more: Headers | None = None,
    ) -> None:
        token = cookie(headers, FORM)  # that of another tab stays good
        token = token if _TOKEN.fullmatch(token) else secrets.token_urlsafe(24)
        wrong = ""
        if isinstance(fault, QueryFault):
            wrong = fault.zh if lang == "zh" else str(fault)
        elif fault is not None:
            log.error("login: %s", fault)
            wrong = "暂时无法登录，原因见日志" if lang == "zh" else "logging in is not possible now; the log says why"
        page = login_page(self._city().profile.city.title(lang), lang, token, to, wrong, name, self._oidc is not None)
        await answer_page(send, status, page, [set_cookie(FORM, token, "/login", "Strict", self._secure), *(more or ())])

    async def _log_in(self, headers: Mapping[bytes, bytes], words: dict[str, str] | None, receive: Receive, send: Send) -> None:
        words = words or {}
        lang, to, name = _lang(words), own_path(words.get("next", "")), words.get("name", "").strip()[:64]
        sent, kept = words.get("form", ""), cookie(headers, FORM)
        if not own_page(headers, self._origin) or not kept or not secrets.compare_digest(sent.encode(), kept.encode()):
            fault = QueryFault("this form has expired; try again", "此页已失效，请重新填写")
            await self._page(headers, send, 403, lang, to, fault, name)
            return
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            device = self._devices.known(headers, name, self._now())
            account = await self._logins.check(name, words.get("password", ""), client(), device, kept, gone)
            known, value = self._devices.issue(headers, name, self._now())
            await self._let_in(
                headers,
                account,
                "login",
                to,
                lang,
                send,
                [set_cookie(known, value, "/login", "Strict", self._secure, round(KNOWN_FOR.total_seconds()))],
            )
        except Delayed as delayed:
            self._note_delay(delayed, name)
            await self._page(headers, send, 429, lang, to, delayed, name, [_retry_after(delayed.left_s)])
        except Refused as refused:
            self._recorder.put(refused.name or "(unknown)", "login", "", "failed", "", address())
            await self._page(headers, send, 403, lang, to, refused, name)
        except GridWallError as other:
            await self._page(headers, send, 503, lang, to, other, name, [_retry_after(AGAIN_S)])
        finally:
            gone.cancel()

    def _note_delay(self, delayed: Delayed, name: str) -> None:
        """One line for each time that a place has to wait, however often it asks meanwhile."""
        place, clock = (name, client()), time.monotonic()
        if self._noted_delays.get(place, 0) > clock:
            return
        self._noted_delays = {k: until for k, until in self._noted_delays.items() if until > clock}
        self._noted_delays[place] = clock + delayed.left_s
        self._recorder.put(delayed.name or "(unknown)", "login", "", "delayed", "", address())

    async def _let_in(
        self,
        headers: Mapping[bytes, bytes],
        account: Account,
        what: str,
        to: str,
        lang: Lang,
        send: Send,
        more: Headers | None = None,
    ) -> None:
        """A new session, whatever cookie came with the request (that one ends), once the audit has it."""
        await self._written(account.name, what, "", "ok", account.role)
        old, at = cookie(headers, SESSION), ms(self._now())
        session = Session(account.name, account.role, account.area, account.sensitive, at, at)

        def opened() -> str:
            if old:
                self._logged_in.end(old)
            return self._logged_in.open(session)

        token = await self._stored.ask(opened)
        await go(
            send,
            in_language(to, lang) if to and _opens(account, to) else _home(account, lang),
            [
                set_cookie(SESSION, token, "/", "Lax", self._secure),
                set_cookie(FORM, "", "/login", "Strict", self._secure, 0),
                *(more or ()),
            ],
        )

    async def _log_out(self, headers: Mapping[bytes, bytes], lang: Lang, send: Send) -> None:
        token = cookie(headers, SESSION)
        viewer = self._logged_in.who(token, False) if token else None
        if not own_page(headers, self._origin):
            await answer_json(send, 403, {"error": "log out on a page of the desk", "error_zh": "请在本系统页面上退出"})
            return
        if token and self._logged_in.holds(token):
            try:
                await self._stored.ask(lambda: self._logged_in.end(token))
            except GridWallError as fault:  # here it has ended all the same
                log.error("a session was not ended in the store: %s", fault)
        if viewer is not None:
            self.note(viewer, "logout", "", "ok")
        await go(send, in_language("/login", lang), [set_cookie(SESSION, "", "/", "Lax", self._secure, 0)])

    async def _say(self, headers: Mapping[bytes, bytes], send: Send) -> None:
        viewer = self.who(headers)
        if viewer is None:
            await self.refuse(headers, send)
        else:
            await answer_json(send, 200, {"user": viewer.user, "role": viewer.role, "area": viewer.area})

    # ------------------------------------------------------------------ through the provider
    async def _start(self, headers: Mapping[bytes, bytes], query: Mapping[str, str], send: Send) -> None:
        lang, to, oidc = _lang(query), own_path(query.get("next", "")), self._oidc
        if oidc is None:
            await self._page(headers, send, 404, lang, to, QueryFault("no identity provider is set", "未设置统一身份认证"))
            return
        base = self._public or "http://" + headers.get(b"host", b"localhost").decode("latin-1")
        try:
            url, pending = await self._calls.ask(self._comer(), lambda: oidc.begin(base + "/oidc/callback"))
        except GridWallError as fault:
            await self._page(headers, send, 503, lang, to, fault)
            return
        began = time.monotonic()
        self._underway = {k: u for k, u in self._underway.items() if began - u.began < PENDING_S}
        while len(self._underway) >= MOST_PENDING:
            del self._underway[next(iter(self._underway))]
        key = secrets.token_urlsafe(24)
        self._underway[key] = _Underway(began, pending, to, lang)
        await go(send, url, [set_cookie(UNDERWAY, key, "/oidc", "Lax", self._secure, PENDING_S)])

    def _comer(self) -> Comer:
        """Who waits for the provider: each network takes its turn."""
        return Comer(network_of(client()), "")

    async def _callback(self, headers: Mapping[bytes, bytes], query: Mapping[str, str], send: Send) -> None:
        underway = self._underway.pop(cookie(headers, UNDERWAY), None)
        done = [set_cookie(UNDERWAY, "", "/oidc", "Lax", self._secure, 0)]
        oidc = self._oidc
        if oidc is None or underway is None or time.monotonic() - underway.began > PENDING_S:
            await self._page(
                headers,
                send,
                403,
                _lang(query),
                "",
                QueryFault("this login was begun elsewhere or long ago; begin again", "该次登录已失效，请重新登录"),
                more=done,
            )
            return

        def found() -> Account:
            now = self._now()
            named = oidc.finish(underway.pending, query, now)
            if named.area:
                self._city().scope_of(named.area)  # QueryFault: no place of this city
            return self._accounts.provided(named.name, named.subject, named.role, named.area, now)

        try:
            account = await self._calls.ask(self._comer(), found)
            await self._let_in(headers, account, "login", underway.to, underway.lang, send, done)
        except GridWallError as fault:
            refused = isinstance(fault, QueryFault) and not isinstance(fault, NotRecorded)
            said, result = (str(fault), "refused") if refused else ("", "failed")
            self._recorder.put("(provider)", "login", said, result, "", address())
            status = 403 if isinstance(fault, AccessFault) or refused else 503
            await self._page(headers, send, status, underway.lang, underway.to, fault, more=done)


def _retry_after(seconds: int) -> tuple[bytes, bytes]:
    return b"retry-after", str(seconds).encode()


def _lang(words: Mapping[str, Any]) -> Lang:
    """The language that is asked for, else that of the page which is led on to."""
    asked = words.get("lang") or dict(parse_qsl(str(words.get("next", "")).partition("?")[2])).get("lang")
    chosen: Literal["zh", "en"] = "en" if asked == "en" else "zh"
    return chosen


def _opens(account: Account, to: str) -> bool:
    """Whether ``to`` is no page of the desk that the account may not see."""
    path = "/" + to.partition("?")[0].partition("#")[0].strip("/").split("/")[0]
    needed = next((right for own, right, _ in DESK_LINKS if own == path), "")
    return not needed or needed in rights_of(account.role, account.sensitive)


def _home(account: Account, lang: Lang) -> str:
    """The first page that the account may open."""
    rights = rights_of(account.role, account.sensitive)
    path = next((path for path, right, _ in DESK_LINKS if right in rights), "/wall")
    return in_language(path, lang)
