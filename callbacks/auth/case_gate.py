"""The gate in front of every route and callback: records which single cases a request reads, and every refusal.

It opens a Reading (``data.facts.case_reads``) for each request and checks it before the response is sent: case numbers not yet
covered by an audit line are added to the viewer's open line (one per person, subject and minute); if that cannot be written,
the response is refused.  A refusal (401, 403, a callback without the right) is recorded the same way, without waiting for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callbacks.auth.record import Recorder, not_recorded
from callbacks.http.access import address
from callbacks.http.answers import fault_answer
from callbacks.http.forms import cookie
from callbacks.http.viewer import query_of
from data.access.audit import NOBODY, Fold
from data.access.case_limits import Volume
from data.access.viewer import Viewer
from data.errors import QueryError
from data.facts import case_reads
from data.facts.case_reads import Reading

log = logging.getLogger("gridwall.audit")
READ, REFUSED = "cases read", "refused"
#: Audit name of a local request with neither a key nor an account.
HERE = "(this machine)"
#: Short audit subjects for these paths.
SUBJECTS = {"/desk/kiosk/queue": "kiosk", "/desk/kiosk/refresh": "kiosk", "/_dash-update-component": "callback"}
#: Unauthorised addresses that get audit lines of their own within an hour; the others share one.
ADDRESSES = 200
#: Seconds that a callback waits for its audit line.
WAIT_S = 15
Who = tuple[str, str, str]  # name, role, address


class CaseGate:
    """ASGI in front of ``app``.  ``screen(headers, query)``: the name of the screen whose key a request carries, "" = none."""

    def __init__(
        self,
        app: ASGIApp,
        recorder: Recorder,
        volume: Volume,
        now: Callable[[], datetime],
        screen: Callable[[Mapping[bytes, bytes], Mapping[str, str]], str],
    ) -> None:
        self.app, self._recorder, self._volume, self._now, self._screen = app, recorder, volume, now, screen
        self._strangers: set[str] = set()
        self._hour = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reading = GatedReading(self, scope)
        token = case_reads.begin(reading)
        given_up = False

        async def sending(message: Message) -> None:
            nonlocal given_up
            if given_up:
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                if reading.refused or status in (401, 403, 429) or (status == 303 and self._wrong_key(reading)):
                    self._refusal(reading, status)
                if status < 400:
                    try:
                        await self._settle(reading)
                    except QueryError as fault:
                        given_up = True
                        await fault_answer(fault)(scope, receive, send)
                        return
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            case_reads.end(token)

    async def _settle(self, reading: GatedReading) -> None:
        written = reading.write()
        if written is not None:
            try:
                await asyncio.wrap_future(written)
            except Exception:
                raise not_recorded() from None

    def _refusal(self, reading: GatedReading, status: int) -> None:
        if reading.told:
            return
        path = "/" + "/".join(reading.scope["path"].split("/")[1:4])[:80]
        if reading.viewer is not None:
            who, role, where = reading.who
            self._recorder.fold(Fold(who, role, REFUSED, f"{path} {reading.refused}".strip(), "refused", where))
        elif status in (303, 401) and not path.startswith(("/desk/", "/session")):  # an ended session is not an attempt
            given = reading.query.get("key") or cookie(reading.headers, "gridwall_key")
            self._recorder.fold(Fold(NOBODY, "", REFUSED, "wrong key" if given else "no key", "refused", self._stranger(reading)))

    def _wrong_key(self, reading: GatedReading) -> bool:
        """Whether the address carried an invalid key and is being redirected without it."""
        key = reading.query.get("key", "").strip()
        return bool(key) and not self._screen({}, {"key": key})

    def _stranger(self, reading: GatedReading) -> str:
        """The client's address for the audit; capped so that many addresses cannot flood the audit."""
        hour = int(self._now().timestamp() // 3600)
        if hour != self._hour:
            self._hour = hour
            self._strangers.clear()
        client = str((reading.scope.get("client") or ("",))[0])
        if client not in self._strangers and len(self._strangers) >= ADDRESSES:
            return "(others)"
        self._strangers.add(client)
        return client

    def took(self, reading: Reading, numbers: Sequence[str]) -> None:
        assert isinstance(reading, GatedReading)
        who, role, _ = reading.who
        self._volume.take(who, role, numbers, self._now())

    def fold(self, reading: GatedReading, rows: int, subject: str) -> Future[int]:
        who, role, where = reading.who
        return self._recorder.fold(Fold(who, role, READ, subject, "ok", where), rows)

    def named(self, viewer: Viewer | None, headers: Mapping[bytes, bytes], query: Mapping[str, str]) -> Who:
        if viewer is not None and viewer.user:
            return viewer.user, viewer.role, address()
        screen = self._screen(headers, query)
        name = f"screen:{screen}" if screen else HERE if viewer is not None else NOBODY
        return name, "screen", address()


class GatedReading(Reading):
    """The Reading of one request."""

    def __init__(self, gate: CaseGate, scope: Scope) -> None:
        super().__init__(gate.took)
        self._gate, self.scope = gate, scope
        self._who: Who | None = None

    @property
    def headers(self) -> Mapping[bytes, bytes]:
        return dict(self.scope["headers"])

    @property
    def query(self) -> Mapping[str, str]:
        return query_of(self.scope.get("query_string", b""))

    @property
    def who(self) -> Who:
        if self._who is None:
            self._who = self._gate.named(self.viewer, self.headers, self.query)
        return self._who

    def write(self) -> Future[int] | None:
        """Add what no line covers yet to the open line; None if there is nothing to add."""
        rows = self.settled()
        if not rows:
            return None
        path = self.scope["path"]
        return self._gate.fold(self, rows, self.subject or SUBJECTS.get(path, path[:80]))


def written() -> None:
    """Wait until what this request has read so far is in the audit, for a callback that reports the failure itself.
    Not on the event loop.  Raises NotRecordedError."""
    reading = case_reads.current()
    waiting = reading.write() if isinstance(reading, GatedReading) else None
    if waiting is not None:
        try:
            waiting.result(WAIT_S)
        except Exception:
            raise not_recorded() from None


def shown_on_wall(subject: str, numbers: Sequence[str]) -> None:
    """A wall's page names these cases: recorded, but neither limited nor waited for."""
    reading = case_reads.current()
    if isinstance(reading, GatedReading) and len(numbers):
        reading._gate.fold(reading, len(numbers), subject)
