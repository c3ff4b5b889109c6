"""/oidc/start and /oidc/callback: login through the identity provider (``callbacks.auth.oidc``) by redirecting to its pages."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from callbacks.auth.entry import Entry, lang_of
from callbacks.auth.logins import network_of
from callbacks.auth.oidc import Oidc, Pending
from callbacks.auth.record import Recorder
from callbacks.auth.turns import Comer, Turns
from callbacks.http.access import address, client
from callbacks.http.answers import go
from callbacks.http.forms import cookie, own_path, set_cookie
from data.access.accounts import Account, Accounts
from data.city.city import City
from data.errors import AccessError, GridWallError, NotRecordedError, QueryError
from data.text import Lang

UNDERWAY = "gridwall_oidc"
#: Maximum number of provider logins in progress, and their lifetime (s).
MOST_PENDING, PENDING_S = 500, 600


class _Underway(NamedTuple):
    began: float
    pending: Pending
    to: str
    lang: Lang


class ProviderLogin:
    """``oidc`` None: no provider is configured, and both pages say so."""

    def __init__(
        self,
        oidc: Oidc | None,
        entry: Entry,
        accounts: Accounts,
        recorder: Recorder,
        now: Callable[[], datetime],
        city: Callable[[], City],
    ) -> None:
        self._oidc, self._entry, self._accounts, self._recorder = oidc, entry, accounts, recorder
        self._now, self._city, self._calls = now, city, Turns(2)
        self._underway: dict[str, _Underway] = {}

    def close(self) -> None:
        self._calls.close()

    async def start(self, request: Request) -> Response:
        """Redirect to the provider."""
        headers, query = dict(request.scope["headers"]), request.query_params
        lang, to, oidc = lang_of(query), own_path(query.get("next", "")), self._oidc
        if oidc is None:
            fault = QueryError("no identity provider is set", "未设置统一身份认证")
            return self._entry.page(headers, 404, lang, to, fault)
        base = self._entry.public or "http://" + headers.get(b"host", b"localhost").decode("latin-1")
        try:
            url, pending = await self._calls.ask(_comer(), lambda: oidc.begin(base + "/oidc/callback"))
        except GridWallError as away:
            return self._entry.page(headers, 503, lang, to, away)
        began = time.monotonic()
        self._underway = {k: u for k, u in self._underway.items() if began - u.began < PENDING_S}
        while len(self._underway) >= MOST_PENDING:
            del self._underway[next(iter(self._underway))]
        key = secrets.token_urlsafe(24)
        self._underway[key] = _Underway(began, pending, to, lang)
        answer = go(url)
        set_cookie(answer, UNDERWAY, key, "/oidc", "Lax", self._entry.secure, PENDING_S)
        return answer

    async def callback(self, request: Request) -> Response:
        """Return from the provider: log in, or say why not.  Each login begun here can be completed once."""
        answer = await self._back(request)
        set_cookie(answer, UNDERWAY, "", "/oidc", "Lax", self._entry.secure, 0)
        return answer

    async def _back(self, request: Request) -> Response:
        headers, query = dict(request.scope["headers"]), dict(request.query_params)
        underway, oidc = self._underway.pop(cookie(headers, UNDERWAY), None), self._oidc
        if oidc is None or underway is None or time.monotonic() - underway.began > PENDING_S:
            stale = QueryError("this login was begun elsewhere or long ago; begin again", "该次登录已失效，请重新登录")
            return self._entry.page(headers, 403, lang_of(query), "", stale)

        def found() -> Account:
            now = self._now()
            named = oidc.finish(underway.pending, query, now)
            if named.area:
                self._city().scope_of(named.area)  # QueryError: not an area of this city
            return self._accounts.provided(named.name, named.subject, named.role, named.area, now)

        try:
            account = await self._calls.ask(_comer(), found)
            return await self._entry.let_in(headers, account, underway.to, underway.lang)
        except GridWallError as fault:
            refused = isinstance(fault, QueryError) and not isinstance(fault, NotRecordedError)
            said, result = (str(fault), "refused") if refused else ("", "failed")
            self._recorder.put("(provider)", "login", said, result, "", address())
            status = 403 if isinstance(fault, AccessError) or refused else 503
            return self._entry.page(headers, status, underway.lang, underway.to, fault)


def _comer() -> Comer:
    """The requester that waits for the provider: each network has its own lane."""
    return Comer(network_of(client()), "")
