"""Who asks, for what runs behind the routes: Dash's callbacks look here, each time they are called.

``callbacks.router`` resolves the Viewer of a request once and puts it here; a callback that shows what a screen may not see
begins with ``require``.  Nothing is decided by what the page shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Protocol

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from data.access.viewer import Viewer
from data.errors import AccessError
from data.facts import case_reads

#: A request with this header ("1") is the page's own doing, such as a poll: it keeps no session from ending idle.
QUIET = b"x-gridwall-quiet"
#: In the scope of a request that a trusted proxy handed on: the proxy's own address; ``client`` is then the client's.
VIA = "gridwall.via"
_ASKS: ContextVar[Viewer | None] = ContextVar("gridwall_viewer", default=None)
_REQUEST: ContextVar[Scope | None] = ContextVar("gridwall_request", default=None)


class Authenticator(Protocol):
    """Accounts and sessions (``callbacks.auth.authenticator``)."""

    def who(self, headers: Mapping[bytes, bytes], used: bool = False) -> Viewer | None:
        """The account behind a request's cookie, or whom the demo on this machine lets in without one; None = nobody.

        ``used`` keeps the session from ending idle: somebody did something, unless the request says otherwise (``QUIET``).
        """
        ...

    @property
    def routes(self) -> Sequence[Route]:
        """/login, /logout and the like, which anybody may ask for."""
        ...

    def refuse(self, headers: Mapping[bytes, bytes]) -> Response:
        """Why nobody is let in with these headers: 401, or 503 where sessions cannot be read just now."""
        ...

    def note(self, viewer: Viewer, what: str, subject: str, result: str) -> None:
        """Have one line of the audit written: who, what (login, case opened, export ...), of what, with what result."""
        ...

    async def noted(self, viewer: Viewer, what: str, subject: str, result: str, rows: int | None = None) -> None:
        """As ``note``, once it is written, with the number of single cases.  Raises NotRecordedError where it cannot be."""
        ...


def bind_viewer(viewer: Viewer | None) -> Any:
    """Say who asks from here on; returns the token for ``asked``."""
    return _ASKS.set(viewer)


def reset_viewer(token: Any) -> None:
    _ASKS.reset(token)


def bind_request(scope: Scope) -> None:
    """Remember the request that all which follows belongs to."""
    _REQUEST.set(scope)


def client() -> str:
    """The address that this request comes from: the client's where a trusted proxy tells it, else the other end's; "" outside
    of a request."""
    scope = _REQUEST.get()
    return "" if scope is None else str((scope.get("client") or ("",))[0])


def address() -> str:
    """Where the request came from, for the audit: "via" the trusted proxy that tells it; what anybody else says of a client
    stands behind "for", and nothing is made to depend on it."""
    scope = _REQUEST.get()
    if scope is None:
        return ""
    if VIA in scope:
        return f"{client()} via {scope[VIA]}"
    said = next((v for k, v in scope["headers"] if k == b"x-forwarded-for"), b"").decode("latin-1").rsplit(",", 1)[-1].strip()
    return f"{client()} for {said[:45]}" if said else client()


def path() -> str:
    """The path that this request asks for; "" outside of a request."""
    scope = _REQUEST.get()
    return "" if scope is None else str(scope["path"])


def encrypted() -> bool:
    """Whether the browser's side of this request is TLS, as far as it ends here or a trusted proxy says so."""
    scope = _REQUEST.get()
    return scope is not None and scope.get("scheme") == "https"


def current_viewer() -> Viewer | None:
    """Who asks; None where nobody was let in."""
    return _ASKS.get()


def require(right: str) -> Viewer:
    """The Viewer of this request, who must have ``right``.  Raises AccessError."""
    viewer = _ASKS.get()
    if viewer is None or right not in viewer.rights:
        case_reads.refused(right)
        raise denied(right)
    return viewer


def denied(right: str) -> AccessError:
    return AccessError(
        f"this needs the right '{right}', which this account does not have; ask an administrator",
        f"此处需要“{right}”权限，当前账号没有；请联系管理员",
    )
