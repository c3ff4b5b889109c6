"""Plain forms and cookies: urlencoded fields, and whether a request comes from our own page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from callbacks.http.body import BodyTooLargeError, read_body
from layouts.html.below import below, path_of, url_of

_UP = re.compile(r"(?:^|/)(?:\.|%2e){2}(?:/|$|[?#])", re.IGNORECASE)
#: Maximum size of a form (bytes).
LARGEST = 4096
#: Maximum length of an address to continue to (characters).
LONGEST_NEXT = 800


def cookie(headers: Mapping[bytes, bytes], name: str) -> str:
    """The value of one cookie, "" if absent."""
    given = headers.get(b"cookie")
    wanted = name.encode() + b"="
    if not given or wanted not in given:
        return ""
    for part in given.split(b";"):
        part = part.strip()
        if part.startswith(wanted):
            return part[len(wanted) :].decode("latin-1")[:200]
    return ""


def set_cookie(
    answer: Response, name: str, value: str, path: str, same_site: str, secure: bool, max_age: int | None = None
) -> None:
    """Set a cookie for the paths below ``path``.

    Always HttpOnly; without ``max_age`` (s) it ends with the browser, 0 removes it.

    (``Response.set_cookie`` writes an empty value as two quotes, which a client that does not know Max-Age would keep.)
    """
    words = [f"{name}={value}", f"Path={url_of(path).rstrip('/') or '/'}", "HttpOnly", f"SameSite={same_site}"]
    words += [] if max_age is None else [f"Max-Age={max_age}"]
    words += ["Secure"] if secure else []
    answer.headers.append("set-cookie", "; ".join(words))


async def form(request: Request) -> FormData | None:
    """The fields of an urlencoded form; None if it is none, exceeds ``LARGEST``, or the client has left."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    try:
        body = await read_body(request, LARGEST)
    except (BodyTooLargeError, ClientDisconnect):
        return None
    return FormData([*parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="utf-8", errors="replace")])


def own_page(headers: Mapping[bytes, bytes], public: str = "") -> bool:
    """Whether a POST comes from a page of ours, by the browser's Sec-Fetch-Site or Origin header.  ``public`` is the address
    that browsers use, if a proxy names us otherwise."""
    if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
        return False
    origin = headers.get(b"origin", b"")
    if not origin:
        return True
    text = origin.decode("latin-1")
    return urlsplit(text).netloc.encode() == headers.get(b"host", b"") or (bool(public) and text == public)


def own_path(path: str) -> str:
    """``path`` if it leads to a page of ours, as the browser's address has it, else "": never to another site, nor to a part of
    the site outside our path, however it is written."""
    plain = path.startswith("/") and not path.startswith("//") and len(path) <= LONGEST_NEXT
    plain = plain and (not below() or path_of(path) != path) and not path_of(path).startswith("//") and not _UP.search(path)
    return path if plain and "\\" not in path and all(" " < c < "\x7f" for c in path) else ""


def in_language(path: str, lang: str) -> str:
    """An address of ours with the chosen language; everything else in it stays as written."""
    whole, hash_, fragment = path.partition("#")
    plain, _, query = whole.partition("?")
    if f"lang={lang}" in query.split("&"):
        return path
    words = [w for w in query.split("&") if w and w.partition("=")[0] != "lang"] + (["lang=en"] if lang == "en" else [])
    return plain + ("?" + "&".join(words) if words else "") + hash_ + fragment
