"""Who asks, for what runs behind the routes: Dash's callbacks look here, each time they are called.

``callbacks.live`` resolves the Viewer of a request once and puts it here; a callback that shows what a screen may not see
begins with ``require``.  Nothing is decided by what the page shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Protocol

from callbacks.files import Receive, Scope, Send
from data.errors import AccessFault
from data.viewer import Viewer

_ASKS: ContextVar[Viewer | None] = ContextVar("gridwall_viewer", default=None)


class Door(Protocol):
    """Accounts and sessions (``callbacks.door``)."""

    def who(self, headers: Mapping[bytes, bytes]) -> Viewer | None:
        """The account behind a request's cookie, or whom the demo on this machine lets in without one; None = nobody."""
        ...

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer /login, /logout and the like; False = not the door's path."""
        ...

    def note(self, viewer: Viewer, what: str, subject: str, result: str) -> None:
        """Write one line of the audit: who, what (login, case opened, export ...), of what, with what result."""
        ...


def asking(viewer: Viewer | None) -> Any:
    """Say who asks from here on; returns the token for ``asked``."""
    return _ASKS.set(viewer)


def asked(token: Any) -> None:
    _ASKS.reset(token)


def require(right: str) -> Viewer:
    """The Viewer of this request, who must have ``right``.  Raises AccessFault."""
    viewer = _ASKS.get()
    if viewer is None or right not in viewer.rights:
        raise denied(right)
    return viewer


def denied(right: str) -> AccessFault:
    return AccessFault(f"this needs the right '{right}', which this account does not have; ask an administrator",
                       f"此处需要“{right}”权限，当前账号没有；请联系管理员")
