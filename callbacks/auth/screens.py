"""Screens' keys: a key is removed from the address at once and kept as a cookie; a screen without one gets instructions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote_plus

from starlette.responses import Response
from starlette.types import Scope

from callbacks.http.access import encrypted
from callbacks.http.answers import go, json_answer, page_answer
from callbacks.http.forms import cookie, set_cookie
from data.city.profile import Profile
from data.text import lang_in
from layouts.html.below import url_of
from layouts.html.theme import root_attributes
from layouts.wall.no_key import no_key_page

#: Name of the key cookie, and its lifetime (s): a year from the last page opened.
KEY_COOKIE, KEPT_S = "gridwall_key", 31_536_000
#: Paths that programs request: never redirected, since nobody sees their address; it may carry the key.
_MACHINE = ("/live", "/snapshot/", "/geometry/", "/api/", "/healthz", "/desk/", "/_", "/assets/")
_HOST = re.compile(r"[\w.:\[\]-]{1,255}", re.ASCII)


class Screens:
    """``screen_of`` names the screen that a valid key belongs to, "" = none; ``public`` is the address that browsers use."""

    def __init__(self, screen_of: Callable[[str], str], public: str = "") -> None:
        self._screen_of, self._public = screen_of, public.rstrip("/")

    def lead_on(self, scope: Scope, query: Mapping[str, str]) -> Response | None:
        """Redirect a page address that carries a key to the same address without it, before anything is drawn.

        A valid key is stored for the screen; an invalid one leaves the screen's key unchanged.  None = not such a request.
        """
        path: str = scope["path"]
        if "key" not in query or scope["method"] not in ("GET", "HEAD") or path.startswith(_MACHINE):
            return None
        key = query["key"].strip()
        # exactly one slash: two would redirect to another host
        answer = go(url_of("/" + quote(path.lstrip("/"))) + _without_key(scope))
        if self._screen_of(key):
            self._keep(answer, key)
        return answer

    def kept(self, path: str, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Cookie headers that keep the key for another year, for a screen that opens a page."""
        key, answer = "" if path.startswith(_MACHINE) else cookie(headers, KEY_COOKIE), Response()
        if key and self._screen_of(key):
            self._keep(answer, key)
        return [(name, value) for name, value in answer.raw_headers if name == b"set-cookie"]

    def refuse(self, scope: Scope, headers: Mapping[bytes, bytes], query: Mapping[str, str], profile: Profile) -> Response:
        """The refusal without a key: a browser gets a page of instructions, a program the same as JSON."""
        if scope["method"] in ("GET", "HEAD") and b"text/html" in headers.get(b"accept", b""):
            lang = lang_in(query)
            page = no_key_page(profile.city.title, lang, self._address(headers), root_attributes(profile))
            return page_answer(401, page, {"vary": "accept"})
        return json_answer(
            401,
            {
                "error": "this screen has no valid key; add one with 'python -m dashboard key add NAME' and open /wall?key=...",
                "error_zh": "此屏没有有效密钥；请用 python -m dashboard key add 名称 新增，再打开 /wall?key=...",
            },
            {"vary": "accept"},
        )

    def _keep(self, answer: Response, key: str) -> None:
        # Lax: a screen that follows a link in a message sends its key along
        secure = self._public.startswith("https:") or encrypted()
        set_cookie(answer, KEY_COOKIE, quote(key, safe=""), "/", "Lax", secure, KEPT_S)

    def _address(self, headers: Mapping[bytes, bytes]) -> str:
        """Our address as this screen uses it; "" if unknown."""
        host = headers.get(b"host", b"").decode("latin-1")
        own = f"{'https' if encrypted() else 'http'}://{host}" if _HOST.fullmatch(host) else ""
        return self._public or own


def _without_key(scope: Scope) -> str:
    """The query string including "?", unchanged except for the key."""
    words = scope.get("query_string", b"").decode("latin-1").split("&")
    left = [w for w in words if w and unquote_plus(w.partition("=")[0]) != "key"]
    return "?" + "&".join(left) if left else ""
