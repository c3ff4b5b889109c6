"""The audit: who did what, when, with what result.  It is append-only.

Each row carries the digest of the previous one, so that a removed or altered row is detected (``verify``).  The database
itself refuses to update or replace a row, and to delete one younger than ``KEPT`` (``data.access.audit_guards``).  Only
``prune`` deletes rows, those older than ``KEPT``, and records that in a row of its own.

Frequent events (pages of a list, refusals) are folded: ``fold`` adds them up in a row of ``audit_open``, written before
the request is answered, and ``close_open`` turns that row into one line of the audit.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, delete, func, insert, inspect, or_, select, text, update
from sqlalchemy.engine import Connection

from data.access.audit_guards import KEPT, guard
from data.access.schema import AUDIT, AUDIT_OPEN
from data.access.store import AlreadyThereError, State
from data.clock.instants import ms
from data.errors import QueryError, StateError
from data.secrets.masking import masked
from data.types.records import GivenRow, Record

#: Attempts to append a row when another process writes the next one at the same moment.
_TRIES = 20
PRUNED = "audit pruned"
#: How long one line accumulates: for an account, and for unauthenticated requests.
FOLDED_MS, NOBODY_MS = 60_000, 3_600_000
#: Name in the audit for requests without a valid key.
NOBODY = "(unknown)"


@dataclass(frozen=True)
class Entry:
    """One row without its chain; ``at`` in ms; ``address`` is the client's, "" = this machine; ``rows``: single cases read, None
    if not applicable."""

    seq: int
    at: int
    who: str
    role: str
    what: str
    subject: str
    result: str
    address: str
    rows: int | None = None


class Fold(NamedTuple):
    """Key of a folded line: who did what, to what, with what result, from where."""

    who: str
    role: str
    what: str
    subject: str
    result: str
    address: str


@dataclass(frozen=True)
class Filter:
    """An auditor's filter: each text matches a part of its column, "" = all; ``since`` and ``until`` in ms (0 = unbounded)."""

    who: str = ""
    what: str = ""
    result: str = ""
    since: int = 0
    until: int = 0


class Audit:
    """The audit in our own store."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._own = secrets.token_hex(8)
        self.prepare()

    def prepare(self) -> None:
        """Create missing tables and guards: at the start, and in a store that replaced ours."""
        self._state.make(AUDIT, AUDIT_OPEN)
        _add_rows(self._state)
        guard(self._state)

    def write(
        self,
        at: datetime,
        who: str,
        what: str,
        subject: str = "",
        result: str = "ok",
        role: str = "",
        address: str = "",
        rows: int | None = None,
    ) -> int:
        """Append a row; returns its number.  Raises StateError if it could not be written."""
        subject = masked(subject)
        values = (ms(at), _cut(who, 64), _cut(role, 16), _cut(what, 64), _cut(subject, 256), _cut(result, 16), _cut(address, 128))
        for left in range(_TRIES, 0, -1):
            try:
                with self._state.transaction() as connection:
                    return _append(connection, values, rows)
            except AlreadyThereError:
                if left == 1:
                    raise
        raise AssertionError

    def fold(self, at: datetime, of: Fold, times: int = 1, rows: int | None = None) -> int:
        """Add to the open line of ``of``; once this returns, the count is durable.  Raises StateError."""
        words = dict(zip(Fold._fields, map(_cut, of, (64, 16, 64, 200, 16, 128)), strict=True))
        key = hashlib.sha256(json.dumps([self._own, *words.values()]).encode()).hexdigest()
        now, o = ms(at), AUDIT_OPEN.c
        more: Record = {"at": now, "times": o.times + times}
        if rows is not None:
            more["case_rows"] = func.coalesce(o.case_rows, 0) + rows
        for _ in range(2):
            with self._state.transaction() as connection:
                open_ = (o.id == key, o.closing == 0, o.since > now - _folded_ms(of.who), o.since <= now)
                if connection.execute(update(AUDIT_OPEN).where(*open_).values(**more)).rowcount:
                    return times
            self._close(key, words)  # its interval has ended
            try:
                with self._state.transaction() as connection:
                    connection.execute(
                        insert(AUDIT_OPEN).values(id=key, since=now, at=now, times=times, case_rows=rows, closing=0, **words)
                    )
                return times
            except AlreadyThereError:  # another process is closing it and has not removed it yet
                continue
        raise StateError("state: a line of the audit could not be added up", "state：审计未能累计")

    def close_open(self, now: datetime, all_: bool = False) -> int:
        """Write the folded lines whose interval has ended (``all_``: all) to the audit; returns how many."""
        o, at = AUDIT_OPEN.c, ms(now)
        over = or_(o.since <= at - NOBODY_MS, (o.since <= at - FOLDED_MS) & (o.who != NOBODY), o.since > at)
        with self._state.transaction() as connection:
            asked = select(o.id, o.who, o.role, o.what, o.subject, o.result, o.address).order_by(o.since)
            found = connection.execute(asked if all_ else asked.where(over)).all()
        return sum(self._close(row.id, dict(zip(Fold._fields, row[1:], strict=True))) for row in found)

    def _close(self, key: str, words: Mapping[str, str]) -> int:
        """Move the folded row ``key`` to the audit; 0 if there is none, or another process was first."""
        o = AUDIT_OPEN.c
        for left in range(_TRIES, 0, -1):
            try:
                with self._state.transaction() as connection:
                    # the update comes first: from here on no other process adds to the row or closes it
                    if not connection.execute(update(AUDIT_OPEN).where(o.id == key).values(closing=1)).rowcount:
                        return 0
                    at, times, rows = connection.execute(select(o.at, o.times, o.case_rows).where(o.id == key)).one()
                    subject = words["subject"] + (f" x{times}" if times > 1 else "")
                    _append(
                        connection,
                        (at, words["who"], words["role"], words["what"], subject.strip(), words["result"], words["address"]),
                        rows,
                    )
                    connection.execute(delete(AUDIT_OPEN).where(o.id == key))
                    return 1
            except AlreadyThereError:
                if left == 1:
                    raise
        raise AssertionError

    def rows(self, wanted: Filter = Filter(), limit: int = 100, before: int = 0) -> list[Entry]:
        """Up to ``limit`` rows, newest first; ``before``: only rows with a smaller number (0 = no bound)."""
        c = AUDIT.c
        asked = (
            select(c.seq, c.at, c.who, c.role, c.what, c.subject, c.result, c.address, c.case_rows)
            .order_by(c.seq.desc())
            .limit(limit)
        )
        for column, word in ((c.who, wanted.who), (c.what, wanted.what), (c.result, wanted.result)):
            if word:
                asked = asked.where(column.contains(word, autoescape=True))
        if wanted.since:
            asked = asked.where(c.at >= wanted.since)
        if wanted.until:
            asked = asked.where(c.at < wanted.until)
        if before:
            asked = asked.where(c.seq < before)
        with self._state.transaction() as connection:
            return [Entry(*row) for row in connection.execute(asked)]

    def verify(self, seen: str = "") -> tuple[int, str]:
        """Verify the whole chain; returns (rows, digest of the newest).

        ``seen`` is the digest from an earlier call ("" = none): only it reveals rows truncated at the end.
        Raises QueryError naming the first row that is missing, altered or out of order.
        """
        count, expected, head, found = 0, 0, "", not seen
        anchors: dict[str, str] = {}
        first: tuple[int, str] | None = None
        for row in self._chain():
            if first is None:
                first, expected, head = (row.seq, row.before), row.seq, row.before
            if row.seq != expected or row.before != head:
                raise QueryError(f"audit: rows are missing before row {row.seq}", f"审计第 {row.seq} 行之前有缺行")
            if row.digest != _row_digest(row.seq, tuple(row)[1:8], row.before, row.case_rows):
                raise QueryError(f"audit: row {row.seq} was altered", f"审计第 {row.seq} 行被改动")
            if row.what == PRUNED and row.result == "ok":
                until, _, digest = row.subject.partition(" ")
                anchors[until] = digest
            count, expected, head, found = count + 1, row.seq + 1, row.digest, found or row.digest == seen
        if first is not None and first != (1, "") and anchors.get(str(first[0] - 1)) != first[1]:
            raise QueryError(f"audit: rows are missing before row {first[0]}", f"审计第 {first[0]} 行之前有缺行")
        if not found:
            raise QueryError(
                f"audit: no row has the digest {seen[:64]}; rows were cut off the end, or it was pruned",
                "审计中没有该摘要：末尾有缺行，或该行已清理",
            )
        return count, head

    def prune(self, now: datetime, who: str) -> int:
        """Delete rows older than ``KEPT``, after recording that; returns their number."""
        c = AUDIT.c
        with self._state.transaction() as connection:
            last = connection.execute(select(func.max(c.seq)).where(c.at < ms(now - KEPT))).scalar()
            if last is None:
                return 0
            digest = connection.execute(select(c.digest).where(c.seq == last)).scalar()
        self.write(now, who, PRUNED, f"{last} {digest}")
        with self._state.transaction() as connection:
            return connection.execute(delete(AUDIT).where(c.seq <= last)).rowcount

    def _chain(self) -> Iterator[Row[*GivenRow]]:
        after = 0
        while True:
            with self._state.transaction() as connection:
                rows = connection.execute(select(AUDIT).where(AUDIT.c.seq > after).order_by(AUDIT.c.seq).limit(5000)).all()
            if not rows:
                return
            yield from rows
            after = rows[-1].seq


def head(connection: Connection) -> tuple[int, str]:
    """(number, digest) of the newest row; (0, "") if there is none."""
    last = connection.execute(select(AUDIT.c.seq, AUDIT.c.digest).order_by(AUDIT.c.seq.desc()).limit(1)).first()
    return (int(last.seq), str(last.digest)) if last is not None else (0, "")


def holds(connection: Connection, seq: int, digest: str) -> bool:
    """Whether the row with that number has that digest (always true for 0)."""
    return not seq or connection.execute(select(AUDIT.c.digest).where(AUDIT.c.seq == seq)).scalar() == digest


def _append(connection: Connection, values: GivenRow, rows: int | None = None) -> int:
    newest, before = head(connection)
    seq = newest + 1
    names = ("at", "who", "role", "what", "subject", "result", "address")
    connection.execute(
        insert(AUDIT).values(
            seq=seq,
            before=before,
            digest=_row_digest(seq, values, before, rows),
            case_rows=rows,
            **dict(zip(names, values, strict=True)),
        )
    )
    return seq


def _row_digest(seq: int, values: GivenRow, before: str, rows: int | None) -> str:
    held = [seq, *values, before] if rows is None else [seq, *values, before, rows]
    return hashlib.sha256(json.dumps(held, ensure_ascii=True).encode()).hexdigest()


def _folded_ms(who: str) -> int:
    return NOBODY_MS if who == NOBODY else FOLDED_MS


def _add_rows(state: State) -> None:
    """Add the column for the number of cases, which a store of an earlier version lacks."""
    with state.transaction() as connection:
        if any(c["name"] == "case_rows" for c in inspect(connection).get_columns("audit")):
            return
    with contextlib.suppress(StateError), state.transaction() as connection:  # another process may be first
        connection.execute(text("ALTER TABLE audit ADD COLUMN case_rows BIGINT"))


def _cut(words: str, most: int) -> str:
    """Printable, cut to the column's length."""
    return "".join(c if c.isprintable() else " " for c in words)[:most]
