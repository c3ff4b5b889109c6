"""ASGI: the wall below a path of another site (``--url https://portal.example/gridwall``).

The proxy hands the path on as it is, or takes it away; either way all that follows sees "/wall", as at the root of a host, and
what it answers names addresses below the path (``layouts.html.below``).
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from layouts.html.below import bind_below, reset_below, without


class BelowPath:
    """``path``: "/gridwall"; "" = at the root, and nothing is changed."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app, self.path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.path or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = bind_below(self.path)
        try:
            await self.app({**scope, "path": without(self.path, scope["path"])}, receive, send)
        finally:
            reset_below(token)
