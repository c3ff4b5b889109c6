"""The current viewer, for code behind the routes: Dash's callbacks check it each time they are called.

``callbacks.router`` resolves a request's Viewer once and stores it here; a callback that shows what a screen may not see
begins with ``require``.  Access never depends on what the page shows.
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

#: A request with this header ("1") was sent by the page itself, such as a poll: it does not count as use of the session.
QUIET = b"x-gridwall-quiet"
#: In the scope of a request forwarded by a trusted proxy: the proxy's own address; ``client`` is then the real client's.
VIA = "gridwall.via"
_ASKS: ContextVar[Viewer | None] = ContextVar("gridwall_viewer", default=None)
_REQUEST: ContextVar[Scope | None] = ContextVar("gridwall_request", default=None)


class Authenticator(Protocol):
    """Accounts and sessions (``callbacks.auth.authenticator``)."""

    def who(self, headers: Mapping[bytes, bytes], used: bool = False) -> Viewer | None:
        """The account behind a request's cookie, or the one that the demo on this machine admits without one; None = nobody.

        ``used`` counts as activity for the session's idle timeout, unless the request says otherwise (``QUIET``).
        """
        ...

    @property
    def routes(self) -> Sequence[Route]:
        """/login, /logout and the like, open to anybody."""
        ...

    def refuse(self, headers: Mapping[bytes, bytes]) -> Response:
        """Why these headers admit nobody: 401, or 503 if sessions cannot be read just now."""
        ...

    def note(self, viewer: Viewer, what: str, subject: str, result: str) -> None:
        """Queue one audit line: who, what (login, case opened, export ...), of what, with what result."""
        ...

    async def noted(self, viewer: Viewer, what: str, subject: str, result: str, rows: int | None = None) -> None:
        """As ``note``, but returns once written; ``rows``: number of single cases.  Raises NotRecordedError if it cannot be."""
        ...


def bind_viewer(viewer: Viewer | None) -> Any:
    """Bind the current viewer to this context; returns the token for ``reset_viewer``."""
    return _ASKS.set(viewer)


def reset_viewer(token: Any) -> None:
    _ASKS.reset(token)


def bind_request(scope: Scope) -> None:
    """Bind the current request to this context."""
    _REQUEST.set(scope)


def client() -> str:
    """The client's address: the one that a trusted proxy reports, else the peer's; "" outside of a request."""
    scope = _REQUEST.get()
    return "" if scope is None else str((scope.get("client") or ("",))[0])


def address() -> str:
    """The request's origin for the audit: "via" the trusted proxy that reported it; a client address claimed by anybody else
    follows "for", and nothing depends on it."""
    scope = _REQUEST.get()
    if scope is None:
        return ""
    if VIA in scope:
        return f"{client()} via {scope[VIA]}"
    said = next((v for k, v in scope["headers"] if k == b"x-forwarded-for"), b"").decode("latin-1").rsplit(",", 1)[-1].strip()
    return f"{client()} for {said[:45]}" if said else client()


def path() -> str:
    """The path of this request; "" outside of a request."""
    scope = _REQUEST.get()
    return "" if scope is None else str(scope["path"])


def encrypted() -> bool:
    """Whether the browser's connection is TLS, as far as it ends here or a trusted proxy says so."""
    scope = _REQUEST.get()
    return scope is not None and scope.get("scheme") == "https"


def current_viewer() -> Viewer | None:
    """The current viewer; None if nobody was admitted."""
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
