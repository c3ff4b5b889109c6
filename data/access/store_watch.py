"""Monitors our own store: whether it can be read and written, and whether it is still the one we wrote.

A replaced store (another file, an older copy, a restored database) is not used until checked: what this process knows to be
revoked, disabled or narrowed is written into it, sessions that it brings back are ended, and its audit records the event.
Nothing that it lacks is restored: accounts and keys missing from it have no access.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.engine import Connection

from data.access.audit import Audit, head, holds
from data.access.schema import ACCOUNT, BEAT, FORMER_KEY, KEY, SESSION, STATE
from data.access.screen_keys import ScreenKey, valid_keys
from data.access.sessions import end_all
from data.access.store import TROUBLES, State
from data.clock.instants import ms
from data.errors import StateError
from data.types.records import GivenRow, Record

log = logging.getLogger("gridwall.state")
#: Interval (s) at which a row is written, so that a full disk or a lock is detected even without other writes.
WRITTEN_EVERY_S = 3.0
#: How long to wait for a lock (s); it is reported when met at two consecutive checks.
PATIENCE_S = 2.0
REPLACED = "state store replaced"
SERVER = "(server)"


@dataclass
class _Known:
    """What the store held at the last read: the newest row of the audit, valid keys, keys that are no longer valid, accounts by
    name."""

    head: tuple[int, str] = (0, "")
    valid: dict[str, ScreenKey] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    accounts: Record = field(default_factory=dict)


class StateWatch:
    """One thread calls ``look`` every few seconds; ``held()`` gives the digests of the sessions in memory."""

    def __init__(self, state: State, audit: Audit, held: Callable[[], Collection[str]]) -> None:
        self._state, self._audit, self._held = state, audit, held
        self._known = _Known()
        self._written, self._made = float("-inf"), False
        self.trouble: StateError | None = None
        self.trouble_ms, self._met = 0, False
        self.replaced_ms = 0
        self.older = False

    def look(self, now: datetime) -> dict[str, ScreenKey]:
        """Check and read the store, writing at intervals; returns the valid keys by digest.  Raises StateError."""
        try:
            try:
                keys = self._round(now)
            except StateError as fault:
                if fault.kind != "replaced":
                    raise
                self._adopt(now)
                keys = self._round(now)
        except StateError as fault:
            passing = fault.kind == "locked" and not self._met and self.trouble is None
            self._met = fault.kind == "locked"
            if not passing:
                if self.trouble is None or self.trouble.kind != fault.kind:
                    log.error("%s", fault)
                self.trouble_ms = self.trouble_ms if self.trouble is not None else ms(now)
                self.trouble = fault
            raise
        self._met = False
        if self.trouble is not None:
            log.warning("the state store is read and written again")
        self._state.fault = self.trouble = None
        return keys

    def hopeless(self) -> StateError | None:
        """The present fault if waiting will not help; None for a lock, which may end at any moment."""
        return self.trouble if self.trouble is not None and self.trouble.kind != "locked" else None

    def public(self) -> Record:
        """For /healthz: ``{"ok", "fault", "since", "said", "said_zh", "replaced_at", "older"}``; no path, no host."""
        fault = self.trouble
        words = TROUBLES[fault.kind] if fault is not None else None
        return {
            "ok": fault is None,
            "fault": fault.kind if fault else None,
            "since": self.trouble_ms or None if fault else None,
            "said": words.en if words else None,
            "said_zh": words.zh if words else None,
            "replaced_at": self.replaced_ms or None,
            "older": self.older,
        }

    def _round(self, now: datetime) -> dict[str, ScreenKey]:
        keys = self._read(now)
        if self._state.fault is not None or not 0 <= now.timestamp() - self._written < WRITTEN_EVERY_S:
            self._beat(now)
        return keys

    def _beat(self, now: datetime) -> None:
        with self._state.transaction(PATIENCE_S) as connection:
            if not connection.execute(update(BEAT).where(BEAT.c.id == 1).values(at=ms(now))).rowcount:
                connection.execute(insert(BEAT).values(id=1, at=ms(now)))
        self._written = now.timestamp()

    def _read(self, now: datetime) -> dict[str, ScreenKey]:
        """Read and remember what the store holds; StateError if its audit lacks the known newest row: it was replaced."""
        if not self._made:
            self._state.make(BEAT)
            self._made = True
        with self._state.transaction(PATIENCE_S) as connection:
            if not holds(connection, *self._known.head):
                self._state.distrust()
        with self._state.transaction(PATIENCE_S) as connection:
            keys = connection.execute(select(KEY.c.digest)).scalars().all()
            valid = valid_keys(connection, now)
            accounts = {row.name: row for row in connection.execute(select(ACCOUNT))}
            newest = head(connection)
        gone = {*self._known.gone, *self._known.valid, *map(str, keys)} - {*valid}
        self._known = _Known(newest, valid, gone, {**self._known.accounts, **accounts})
        return valid

    def _adopt(self, now: datetime) -> None:
        """Check the replacing store, apply our revocations and restrictions to it, and accept it."""
        known = self._known
        with self._state.checking():
            self._state.make(*STATE.sorted_tables)
            self._audit.prepare()
            with self._state.transaction() as connection:
                older = not holds(connection, *known.head)
                keys = sum(
                    connection.execute(
                        update(KEY).where(KEY.c.digest == key, KEY.c.revoked_at.is_(None)).values(revoked_at=ms(now))
                    ).rowcount
                    for key in sorted(known.gone)
                )
                for key in sorted(known.gone):
                    keys += connection.execute(delete(FORMER_KEY).where(FORMER_KEY.c.digest == key)).rowcount
                accounts = sum(_narrowed(connection, row) for row in known.accounts.values())
                held = self._held()
                brought = [d for d in connection.execute(select(SESSION.c.digest)).scalars() if d not in held]
                for digest in brought:
                    connection.execute(delete(SESSION).where(SESSION.c.digest == digest))
            seq, digest = known.head
            place = f"row {seq} {digest[:12]} {'is missing: an older copy' if older else 'is there'}" if seq else "no row known"
            out = f"{keys} keys, {accounts} accounts, {len(brought)} sessions"
            self._audit.write(now, SERVER, REPLACED, f"{place}; kept out: {out}", "failed" if older else "ok")
            # a key that is merely missing from it was not revoked: it is valid again once the right store is back
            with self._state.transaction() as connection:
                self._known = _Known(head(connection), {}, known.gone, known.accounts)
        self.replaced_ms, self.older = ms(now), older
        log.error("the state store was replaced (%s); kept out: %s", place, out)


def _narrowed(connection: Connection, known: Row[*GivenRow]) -> bool:
    """Whether the store's row of an account was older than the known one and was replaced by it."""
    found = connection.execute(select(ACCOUNT.c.changed_at).where(ACCOUNT.c.name == known.name)).scalar()
    if found is None or found >= known.changed_at:
        return False
    own = {k: v for k, v in known._mapping.items() if k != "name"}
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.name == known.name).values(**own))
    end_all(connection, known.name)
    return True
