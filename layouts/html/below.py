"""Addresses of ours as a browser must write them: below the path at which a proxy has put the wall, where it has.

Everything inside names pages from the root ("/wall"); what goes out to a browser is made by ``url_of``.  The path belongs to the
request (``callbacks.http.below`` binds it), not to the process.
"""

from __future__ import annotations

from contextvars import ContextVar, Token

_BELOW: ContextVar[str] = ContextVar("gridwall_below", default="")


def bind_below(path: str) -> Token[str]:
    """From here on addresses lie below ``path`` ("/gridwall", "" = the root); the token is for ``reset_below``."""
    return _BELOW.set(path)


def reset_below(token: Token[str]) -> None:
    _BELOW.reset(token)


def below() -> str:
    """The path itself; "" at the root of a host."""
    return _BELOW.get()


def url_of(path: str) -> str:
    """The address of one of our pages, ``path`` as it is called inside."""
    return _BELOW.get() + path


def path_of(url: str) -> str:
    """As ``url_of``, the other way round; an address that does not lie below stays as it is."""
    return without(_BELOW.get(), url)


def without(prefix: str, url: str) -> str:
    """``url`` less ``prefix``, if it lies below it: "/gridwall/wall" is "/wall", "/gridwalls" stays."""
    if not prefix or not url.startswith(prefix):
        return url
    rest = url[len(prefix) :]
    return rest if rest.startswith("/") else "/" + rest if rest[:1] in ("", "?", "#") else url
