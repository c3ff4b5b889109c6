"""The desk's authenticator: identifies the user behind a request, and serves the login and logout pages.

/login (name and password), /logout, /session (polled by open pages to learn that their session has ended), /oidc/start and
/oidc/callback (``callbacks.auth.provider``).  Every login is written to the audit first; if that fails, the login is refused.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callbacks.auth.devices import KNOWN_FOR, Devices
from callbacks.auth.entry import FORM, SESSION, Entry, lang_of
from callbacks.auth.logged_in import LoggedIn
from callbacks.auth.logins import Logins
from callbacks.auth.oidc import Oidc
from callbacks.auth.provider import ProviderLogin
from callbacks.auth.record import Recorder
from callbacks.http.access import QUIET, address, client
from callbacks.http.answers import go, json_answer
from callbacks.http.files import disconnected
from callbacks.http.forms import cookie, form, in_language, own_page, own_path, set_cookie
from data.access.accounts import Accounts, LoginDelayedError, LoginRefusedError
from data.access.viewer import Viewer
from data.city.city import City
from data.errors import GridWallError, QueryError
from layouts.html.below import url_of

log = logging.getLogger("gridwall.login")
#: Retry-After when the login queue is full (s).
AGAIN_S = 5


class LocalAuthenticator:
    """For the demo city, on this machine (``local`` decides from a request's headers), everybody is admitted as ``demo``."""

    routes: Sequence[Route] = ()

    def __init__(self, demo: Viewer | None, local: Callable[[Mapping[bytes, bytes]], bool]) -> None:
        self._demo, self._local = demo, local

    def who(self, headers: Mapping[bytes, bytes], used: bool = False) -> Viewer | None:
        return self._demo if self._demo is not None and self._local(headers) else None

    def refuse(self, headers: Mapping[bytes, bytes]) -> Response:
        """The response explaining why these headers admit nobody."""
        return json_answer(401, {"error": "log in first", "error_zh": "请先登录"})

    def note(self, viewer: Viewer, what: str, subject: str, result: str) -> None:
        pass

    async def noted(self, viewer: Viewer, what: str, subject: str, result: str, rows: int | None = None) -> None:
        pass


class DeskAuthenticator(LocalAuthenticator):
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
        self._logged_in, self._recorder, self._devices, self._now = logged_in, recorder, devices, now
        self._origin = "/".join(public.split("/")[:3])
        self._entry = Entry(logged_in, recorder, now, city, public, oidc is not None)
        self._logins = Logins(accounts, now)
        self._provider = ProviderLogin(oidc, self._entry, accounts, recorder, now, city)
        self._noted_delays: dict[tuple[str, str], float] = {}
        self.routes = (
            Route("/login", self._login, methods=["GET", "POST"]),
            Route("/logout", self._log_out, methods=["POST"]),
            Route("/session", self._say),
            Route("/oidc/start", self._provider.start),
            Route("/oidc/callback", self._provider.callback),
        )

    def close(self) -> None:
        self._logins.close()
        self._entry.stored.close()
        self._provider.close()

    def who(self, headers: Mapping[bytes, bytes], used: bool = False) -> Viewer | None:
        token = cookie(headers, SESSION)
        viewer = self._logged_in.who(token, used and headers.get(QUIET) != b"1") if token else None
        return viewer or super().who(headers)

    def refuse(self, headers: Mapping[bytes, bytes]) -> Response:
        token = cookie(headers, SESSION)
        if not token or not self._logged_in.blind(token):
            return super().refuse(headers)
        return json_answer(
            503,
            {
                "error": "the state store cannot be read: nobody is let in meanwhile; this login is kept",
                "error_zh": "状态库暂不能读取，期间不予进入；登录仍保留，恢复后继续",
            },
            {"retry-after": "5"},
        )

    def note(self, viewer: Viewer, what: str, subject: str, result: str) -> None:
        self._recorder.put(viewer.user, what, subject, result, viewer.role, address())

    async def noted(self, viewer: Viewer, what: str, subject: str, result: str, rows: int | None = None) -> None:
        await self._entry.written(viewer.user, what, subject, result, viewer.role, rows)

    # ------------------------------------------------------------------ the pages
    async def _login(self, request: Request) -> Response:
        headers = dict(request.scope["headers"])
        if request.method == "POST":
            return await self._log_in(request, headers)
        query = request.query_params
        return self._entry.page(headers, 200, lang_of(query), own_path(query.get("next", "")))

    async def _log_in(self, request: Request, headers: Mapping[bytes, bytes]) -> Response:
        words = {k: v for k, v in (await form(request) or {}).items() if isinstance(v, str)}
        lang, to, name = lang_of(words), own_path(words.get("next", "")), words.get("name", "").strip()[:64]
        sent, kept = words.get("form", ""), cookie(headers, FORM)
        if not own_page(headers, self._origin) or not kept or not secrets.compare_digest(sent.encode(), kept.encode()):
            fault = QueryError("this form has expired; try again", "此页已失效，请重新填写")
            return self._entry.page(headers, 403, lang, to, fault, name)
        gone = asyncio.ensure_future(disconnected(request.receive))
        try:
            device = self._devices.known(headers, name, self._now())
            account = await self._logins.check(name, words.get("password", ""), client(), device, kept, gone)
            known, value = self._devices.issue(headers, name, self._now())
            answer = await self._entry.let_in(headers, account, to, lang)
            set_cookie(answer, known, value, "/login", "Strict", self._entry.secure, round(KNOWN_FOR.total_seconds()))
            return answer
        except LoginDelayedError as delayed:
            self._note_delay(delayed, name)
            return self._entry.page(headers, 429, lang, to, delayed, name, delayed.left_s)
        except LoginRefusedError as refused:
            self._recorder.put(refused.name or "(unknown)", "login", "", "failed", "", address())
            return self._entry.page(headers, 403, lang, to, refused, name)
        except GridWallError as other:
            return self._entry.page(headers, 503, lang, to, other, name, AGAIN_S)
        finally:
            gone.cancel()

    def _note_delay(self, delayed: LoginDelayedError, name: str) -> None:
        """Log once per delay period and origin, however often it retries meanwhile."""
        place, clock = (name, client()), time.monotonic()
        if self._noted_delays.get(place, 0) > clock:
            return
        self._noted_delays = {k: until for k, until in self._noted_delays.items() if until > clock}
        self._noted_delays[place] = clock + delayed.left_s
        self._recorder.put(delayed.name or "(unknown)", "login", "", "delayed", "", address())

    async def _log_out(self, request: Request) -> Response:
        headers, lang = dict(request.scope["headers"]), lang_of(request.query_params)
        token = cookie(headers, SESSION)
        viewer = self._logged_in.who(token, False) if token else None
        if not own_page(headers, self._origin):
            return json_answer(403, {"error": "log out on a page of the desk", "error_zh": "请在本系统页面上退出"})
        if token and self._logged_in.holds(token):
            try:
                await self._entry.stored.ask(lambda: self._logged_in.end(token))
            except GridWallError as fault:  # the session has ended in this process all the same
                log.error("a session was not ended in the store: %s", fault)
        if viewer is not None:
            self.note(viewer, "logout", "", "ok")
        answer = go(in_language(url_of("/login"), lang))
        set_cookie(answer, SESSION, "", "/", "Lax", self._entry.secure, 0)
        return answer

    async def _say(self, request: Request) -> Response:
        headers = dict(request.scope["headers"])
        viewer = self.who(headers)
        if viewer is None:
            return self.refuse(headers)
        return json_answer(200, {"user": viewer.user, "role": viewer.role, "area": viewer.area})
