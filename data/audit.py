"""The audit: who did what, when, with what result.  Rows are only ever added.

Each row carries the digest of the one before it, so that a removed or altered row is noticed (``verify``).  SQLite itself
refuses to change a row, and to remove one younger than ``KEPT``; on other databases nothing here does so.  Only ``prune``
removes rows, older ones than ``KEPT``, and says so in a row of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, String, Table, delete, func, insert, select, text
from sqlalchemy.engine import Connection

from data.errors import QueryFault
from data.metric import ms
from data.state import STATE, AlreadyThere, State

#: Kept at the least: six months.
KEPT = timedelta(days=186)
#: Another process may have written the next row in the same moment: so often it is tried anew.
_TRIES = 20
PRUNED = "audit pruned"
AUDIT = Table(
    "audit", STATE,
    Column("seq", BigInteger, primary_key=True, autoincrement=False), Column("at", BigInteger, nullable=False, index=True),
    Column("who", String(64), nullable=False), Column("role", String(16), nullable=False),
    Column("what", String(64), nullable=False), Column("subject", String(256), nullable=False),
    Column("result", String(16), nullable=False), Column("address", String(128), nullable=False),
    Column("before", String(64), nullable=False), Column("digest", String(64), nullable=False),
)
_KEPT_S = round(KEPT.total_seconds())
_GUARDS = (
    "CREATE TRIGGER IF NOT EXISTS audit_never_changed BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END",
    # the database's own clock: who handed us another one would not be believed
    "CREATE TRIGGER IF NOT EXISTS audit_kept BEFORE DELETE ON audit "
    f"WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - {_KEPT_S}) * 1000 "
    "BEGIN SELECT RAISE(ABORT, 'the audit is kept for six months'); END",
)


@dataclass(frozen=True)
class Entry:
    """One row without its chain; ``at`` in ms; ``address`` is the asker's, "" = at the machine itself."""

    seq: int
    at: int
    who: str
    role: str
    what: str
    subject: str
    result: str
    address: str


@dataclass(frozen=True)
class Filter:
    """What the auditor asks for: each word a part of the column, "" = all; ``since`` and ``until`` in ms (0 = open)."""

    who: str = ""
    what: str = ""
    result: str = ""
    since: int = 0
    until: int = 0


class Audit:
    """The audit in our own store."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.make(AUDIT)
        if state.backend == "sqlite":
            with state.transaction() as connection:
                for guard in _GUARDS:
                    connection.execute(text(guard))

    def write(self, at: datetime, who: str, what: str, subject: str = "", result: str = "ok", role: str = "",
              address: str = "") -> int:
        """Add one row; its number.  Raises StateFault where it could not be written."""
        values = (ms(at), _cut(who, 64), _cut(role, 16), _cut(what, 64), _cut(subject, 256), _cut(result, 16), _cut(address, 128))
        for left in range(_TRIES, 0, -1):
            try:
                with self._state.transaction() as connection:
                    return _append(connection, values)
            except AlreadyThere:
                if left == 1:
                    raise
        raise AssertionError

    def rows(self, wanted: Filter = Filter(), limit: int = 100, before: int = 0) -> list[Entry]:
        """Up to ``limit`` rows, newest first; ``before`` a row's number = only older ones."""
        c = AUDIT.c
        asked = select(c.seq, c.at, c.who, c.role, c.what, c.subject, c.result, c.address).order_by(c.seq.desc()).limit(limit)
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
        """(rows, digest of the newest) of a whole chain.

        ``seen`` is the digest that an earlier call gave ("" = none): rows cut off the end are noticed by it alone.
        Raises QueryFault naming the first row that is missing, altered or out of order.
        """
        count, expected, head, found = 0, 0, "", not seen
        anchors: dict[str, str] = {}
        first: tuple[int, str] | None = None
        for row in self._chain():
            if first is None:
                first, expected, head = (row.seq, row.before), row.seq, row.before
            if row.seq != expected or row.before != head:
                raise QueryFault(f"audit: rows are missing before row {row.seq}", f"审计第 {row.seq} 行之前有缺行")
            if row.digest != _row_digest(row.seq, tuple(row)[1:8], row.before):
                raise QueryFault(f"audit: row {row.seq} was altered", f"审计第 {row.seq} 行被改动")
            if row.what == PRUNED and row.result == "ok":
                until, _, digest = row.subject.partition(" ")
                anchors[until] = digest
            count, expected, head, found = count + 1, row.seq + 1, row.digest, found or row.digest == seen
        if first is not None and first != (1, "") and anchors.get(str(first[0] - 1)) != first[1]:
            raise QueryFault(f"audit: rows are missing before row {first[0]}", f"审计第 {first[0]} 行之前有缺行")
        if not found:
            raise QueryFault(f"audit: no row has the digest {seen[:64]}; rows were cut off the end, or it was pruned",
                             "审计中没有该摘要：末尾有缺行，或该行已清理")
        return count, head

    def prune(self, now: datetime, who: str) -> int:
        """Remove rows older than ``KEPT``, which is written down first; their number."""
        c = AUDIT.c
        with self._state.transaction() as connection:
            last = connection.execute(select(func.max(c.seq)).where(c.at < ms(now - KEPT))).scalar()
            if last is None:
                return 0
            digest = connection.execute(select(c.digest).where(c.seq == last)).scalar()
        self.write(now, who, PRUNED, f"{last} {digest}")
        with self._state.transaction() as connection:
            return connection.execute(delete(AUDIT).where(c.seq <= last)).rowcount

    def _chain(self) -> Iterator[Any]:
        after = 0
        while True:
            with self._state.transaction() as connection:
                rows = connection.execute(select(AUDIT).where(AUDIT.c.seq > after).order_by(AUDIT.c.seq).limit(5000)).all()
            if not rows:
                return
            yield from rows
            after = rows[-1].seq


def _append(connection: Connection, values: tuple[Any, ...]) -> int:
    last = connection.execute(select(AUDIT.c.seq, AUDIT.c.digest).order_by(AUDIT.c.seq.desc()).limit(1)).first()
    seq, before = (int(last.seq) + 1, str(last.digest)) if last is not None else (1, "")
    names = ("at", "who", "role", "what", "subject", "result", "address")
    connection.execute(insert(AUDIT).values(seq=seq, before=before, digest=_row_digest(seq, values, before),
                                            **dict(zip(names, values, strict=True))))
    return seq


def _row_digest(seq: int, values: tuple[Any, ...], before: str) -> str:
    return hashlib.sha256(json.dumps([seq, *values, before], ensure_ascii=True).encode()).hexdigest()


def _cut(words: str, most: int) -> str:
    """Printable and no longer than its column."""
    return "".join(c if c.isprintable() else " " for c in words)[:most]
