"""Login, whoever authenticates the user: the login page, and the session that opens once the audit has its line."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import parse_qsl

from starlette.responses import Response

from callbacks.auth.logged_in import LoggedIn
from callbacks.auth.record import Recorder, not_recorded
from callbacks.http.access import address, encrypted
from callbacks.http.answers import go, page_answer
from callbacks.http.executor import PriorityExecutor
from callbacks.http.forms import cookie, in_language, set_cookie
from data.access.accounts import Account
from data.access.roles import rights_of
from data.access.sessions import Session
from data.city.city import City
from data.clock.instants import ms
from data.errors import GridWallError, QueryError
from data.text import Lang, Text
from data.types.records import Values
from layouts.desk.desk import DESK_LINKS
from layouts.desk.login import login_page
from layouts.html.below import path_of, url_of
from layouts.html.theme import root_attributes

log = logging.getLogger("gridwall.login")
SESSION, FORM = "gridwall_session", "gridwall_form"
NOT_NOW = Text(zh="暂时无法登录，原因见日志", en="logging in is not possible now; the log says why")
_TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
#: Sessions waiting to be opened or ended; lower priority than the wall's tick, but not the lowest.
WAITING, NICE = 16, 5


class Entry:
    """``public`` is the address that browsers use ("" = as requested); ``provided``: whether an identity provider is set."""

    def __init__(
        self,
        logged_in: LoggedIn,
        recorder: Recorder,
        now: Callable[[], datetime],
        city: Callable[[], City],
        public: str,
        provided: bool,
    ) -> None:
        self._logged_in, self._recorder, self._now, self._city = logged_in, recorder, now, city
        self.public, self._provided = public.rstrip("/"), provided
        self.stored = PriorityExecutor(1, WAITING, NICE)

    @property
    def secure(self) -> bool:
        """Whether this request's cookies are Secure: the browser's address is https, by setting or by the request."""
        return self.public.startswith("https:") or encrypted()

    async def written(self, who: str, what: str, subject: str, result: str, role: str, rows: int | None = None) -> None:
        """Return once the audit has the line.  Raises NotRecordedError."""
        try:
            await asyncio.wrap_future(self._recorder.put(who, what, subject, result, role, address(), rows))
        except Exception:
            raise not_recorded() from None

    def page(
        self,
        headers: Mapping[bytes, bytes],
        status: int,
        lang: Lang,
        to: str,
        fault: GridWallError | None = None,
        name: str = "",
        retry_s: int | None = None,
    ) -> Response:
        """The login form with the error above it; ``retry_s``: when to try again (s)."""
        token = cookie(headers, FORM)  # keeps the token of another tab valid
        token = token if _TOKEN.fullmatch(token) else secrets.token_urlsafe(24)
        wrong = ""
        if isinstance(fault, QueryError):
            wrong = fault.said_in(lang)
        elif fault is not None:
            log.error("login: %s", fault)
            wrong = NOT_NOW(lang)
        profile = self._city().profile
        page = login_page(profile.city.title(lang), lang, token, to, wrong, name, self._provided, root_attributes(profile))
        answer = page_answer(status, page, {} if retry_s is None else {"retry-after": str(retry_s)})
        set_cookie(answer, FORM, token, "/login", "Strict", self.secure)
        return answer

    async def let_in(self, headers: Mapping[bytes, bytes], account: Account, to: str, lang: Lang) -> Response:
        """Open a new session once the audit has the login; a session named by the request's cookie ends."""
        await self.written(account.name, "login", "", "ok", account.role)
        old, at = cookie(headers, SESSION), ms(self._now())
        session = Session(account.name, account.role, account.area, account.sensitive, at, at)

        def opened() -> str:
            if old:
                self._logged_in.end(old)
            return self._logged_in.open(session)

        token = await self.stored.ask(opened)
        answer = go(in_language(to, lang) if to and _opens(account, to) else _home(account, lang))
        set_cookie(answer, SESSION, token, "/", "Lax", self.secure)
        set_cookie(answer, FORM, "", "/login", "Strict", self.secure, 0)
        return answer


def lang_of(words: Values) -> Lang:
    """The language requested, else that of the page to continue to."""
    asked = words.get("lang") or dict(parse_qsl(str(words.get("next", "")).partition("?")[2])).get("lang")
    chosen: Literal["zh", "en"] = "en" if asked == "en" else "zh"
    return chosen


def _opens(account: Account, to: str) -> bool:
    """False if ``to`` is a desk page that the account may not see."""
    path = "/" + path_of(to).partition("?")[0].partition("#")[0].strip("/").split("/")[0]
    needed = next((right for own, right, _ in DESK_LINKS if own == path), "")
    return not needed or needed in rights_of(account.role, account.sensitive)


def _home(account: Account, lang: Lang) -> str:
    """The first page that the account may open."""
    rights = rights_of(account.role, account.sensitive)
    path = next((path for path, right, _ in DESK_LINKS if right in rights), "/wall")
    return in_language(url_of(path), lang)
