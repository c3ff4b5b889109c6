"""What a plain form sends and a page answers: cookies, urlencoded words, whether it is our own page that asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from callbacks.http.files import Headers, Receive, Scope, Send

#: Bytes of a form at the most.
LARGEST = 4096
#: Characters of an address to go on to.
LONGEST_NEXT = 800


def cookie(headers: Mapping[bytes, bytes], name: str) -> str:
    """The value of one cookie, "" where there is none."""
    given = headers.get(b"cookie")
    wanted = name.encode() + b"="
    if not given or wanted not in given:
        return ""
    for part in given.split(b";"):
        part = part.strip()
        if part.startswith(wanted):
            return part[len(wanted) :].decode("latin-1")[:200]
    return ""


def set_cookie(name: str, value: str, path: str, same_site: str, secure: bool, max_age: int | None = None) -> tuple[bytes, bytes]:
    """HttpOnly always; without ``max_age`` it ends with the browser, 0 removes it."""
    words = [f"{name}={value}", f"Path={path}", "HttpOnly", f"SameSite={same_site}"]
    words += [] if max_age is None else [f"Max-Age={max_age}"]
    words += ["Secure"] if secure else []
    return b"set-cookie", "; ".join(words).encode()


async def form(scope: Scope, receive: Receive) -> dict[str, str] | None:
    """The words of an urlencoded form; None where it is none, or too large."""
    kind = dict(scope["headers"]).get(b"content-type", b"")
    if not kind.startswith(b"application/x-www-form-urlencoded"):
        return None
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body, more = body + message.get("body", b""), bool(message.get("more_body"))
        if len(body) > LARGEST:
            return None
    return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="utf-8", errors="replace"))


def own_page(headers: Mapping[bytes, bytes], public: str = "") -> bool:
    """Whether a POST comes from a page of ours: browsers say so, in one header or the other.  ``public`` is the address that
    they use, where a proxy names us otherwise."""
    if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
        return False
    origin = headers.get(b"origin", b"")
    if not origin:
        return True
    text = origin.decode("latin-1")
    return urlsplit(text).netloc.encode() == headers.get(b"host", b"") or (bool(public) and text == public)


def own_path(path: str) -> str:
    """``path`` if it leads to a page of ours, else "": never to another site, whatever it is written like."""
    plain = path.startswith("/") and not path.startswith("//") and len(path) <= LONGEST_NEXT
    return path if plain and "\\" not in path and all(" " < c < "\x7f" for c in path) else ""


def in_language(path: str, lang: str) -> str:
    """An address of ours in the language that was chosen; all else of it stays as it is written."""
    whole, hash_, fragment = path.partition("#")
    plain, _, query = whole.partition("?")
    if f"lang={lang}" in query.split("&"):
        return path
    words = [w for w in query.split("&") if w and w.partition("=")[0] != "lang"] + (["lang=en"] if lang == "en" else [])
    return plain + ("?" + "&".join(words) if words else "") + hash_ + fragment


async def answer_page(send: Send, status: int, page: str, more: Headers | None = None) -> None:
    """Send HTML that nobody keeps."""
    body = page.encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"text/html; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *(more or ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def go(send: Send, to: str, more: Headers | None = None) -> None:
    """Lead on to another address."""
    head: dict[str, Any] = {
        "type": "http.response.start",
        "status": 303,
        "headers": [
            (b"location", to.encode("ascii", "ignore")),
            (b"content-length", b"0"),
            (b"cache-control", b"no-store"),
            *(more or ()),
        ],
    }
    await send(head)
    await send({"type": "http.response.body", "body": b""})
