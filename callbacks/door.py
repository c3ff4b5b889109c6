"""The desk's door: who is behind a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from callbacks.files import Receive, Scope, Send
from data.viewer import Viewer


class LocalDoor:
    """On this machine (``local`` says of a request's headers), before the demo city, everybody is let in as ``demo``."""

    def __init__(self, demo: Viewer | None, local: Callable[[Mapping[bytes, bytes]], bool]) -> None:
        self._demo, self._local = demo, local

    def who(self, headers: Mapping[bytes, bytes]) -> Viewer | None:
        return self._demo if self._demo is not None and self._local(headers) else None

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        return False

    def note(self, viewer: Viewer, what: str, subject: str, result: str) -> None:
        pass
