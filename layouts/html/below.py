"""Addresses as a browser must write them: below the path at which a proxy serves the wall, if any.

Internally pages are named from the root ("/wall"); addresses sent to a browser are made by ``url_of``.  The path belongs to the
request (``callbacks.http.below`` binds it), not to the process.
"""

from __future__ import annotations

from contextvars import ContextVar, Token

_BELOW: ContextVar[str] = ContextVar("gridwall_below", default="")


def bind_below(path: str) -> Token[str]:
    """From here on addresses are below ``path`` ("/gridwall", "" = the root); the token is for ``reset_below``."""
    return _BELOW.set(path)


def reset_below(token: Token[str]) -> None:
    _BELOW.reset(token)


def below() -> str:
    """The current path; "" at the root of a host."""
    return _BELOW.get()


def url_of(path: str) -> str:
    """The address of one of our pages, from its internal ``path``."""
    return _BELOW.get() + path


def path_of(url: str) -> str:
    """The inverse of ``url_of``; an address outside the path is returned unchanged."""
    return without(_BELOW.get(), url)


def without(prefix: str, url: str) -> str:
    """``url`` without ``prefix``, if it lies below it: "/gridwall/wall" becomes "/wall", "/gridwalls" is unchanged."""
    if not prefix or not url.startswith(prefix):
        return url
    rest = url[len(prefix) :]
    return rest if rest.startswith("/") else "/" + rest if rest[:1] in ("", "?", "#") else url
