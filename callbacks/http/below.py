"""ASGI: serves the wall below a path of another site (``--url https://portal.example/gridwall``).

The proxy may pass the path on or strip it; either way everything behind this sees "/wall", as at the root of a host, and
responses use addresses below the path (``layouts.html.below``).
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from layouts.html.below import bind_below, reset_below, without


class BelowPath:
    """``path``: "/gridwall"; "" = at the root, requests pass unchanged."""

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
