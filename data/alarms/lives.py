"""The alarms of all scopes that are looked at: followed at each snapshot, kept in the state store, so that a restart changes
neither since when an alarm lasts nor who has it in hand.

The server process is the only writer.  Writing is done in the background: a tick never waits for the store.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Row

from data.access.schema import ACKNOWLEDGEMENT, ALARM
from data.access.store import State
from data.alarms.life import FORGET_MS, SAMPLES, Delays, Ended, Life, shown, step
from data.alarms.quality import Past
from data.city.profile import Alarms
from data.city.shifts import at_night
from data.clock.instants import ms
from data.errors import StateError
from data.metrics.wall import exceptions
from data.metrics.wall.exceptions import identity
from data.types.records import Record

log = logging.getLogger("gridwall.alarms")
#: How often a standing alarm is written, so that a kill loses little of its sparkline.
SAVE_MS = 300_000
#: How long what has ended can be shown.
RESOLVED = timedelta(hours=24)
#: What a screen's frame has besides the columns of the metric.
MORE = ("state", "began_ms", "cleared_ms", "handled_ms", "handled_by", "trail")
_COLUMNS = (*[c.name for c in exceptions.METRIC.columns], *MORE)


class Lives:
    """Follows the exceptions of each scope.  Opening creates the table; raises StateError."""

    def __init__(self, state: State, alarms: Alarms, zone: ZoneInfo, now: datetime) -> None:
        self.alarms, self.zone, self.delays = alarms, zone, Delays.of(alarms)
        self._store, self._lock = state.transaction, threading.RLock()
        self._lane = ThreadPoolExecutor(1, "alarms")
        self._saved: dict[str, int] = {}
        self._looked: set[str] = set()
        state.make(ALARM, ACKNOWLEDGEMENT)
        t = ALARM.c
        with self._store() as connection:
            rows = connection.execute(
                select(ALARM).where(or_(t.ended_at.is_(None), t.ended_at > ms(now - RESOLVED))).order_by(t.began_at)
            ).all()
        self._living: dict[str, Life] = {}
        self._ended: list[Ended] = []
        for row in rows:
            if row.ended_at is not None:
                self._ended.append(Ended(row.subject, row.scope, row.kind, row.code, row.began_at, row.ended_at))
            else:
                self._living[row.subject] = _life(row)

    def follow(self, scope: str, found: pd.DataFrame, now: datetime) -> tuple[pd.DataFrame, str]:
        """(the exceptions that a screen of ``scope`` shows, a digest of them); ``found``: ``exceptions.uncut`` at ``now``."""
        at, night, seen = ms(now), at_night(now, self.zone, self.alarms.night), set()
        with self._lock:
            known = scope in self._looked
            self._looked.add(scope)
            for row in _records(found):
                kind, code = str(row["kind"]), str(row["code"])
                subject = identity(kind, code, scope)
                seen.add(subject)
                self._forget(subject, at)
                life = self._living.get(subject)
                if life is None:
                    life = Life(subject, scope, kind, code, at)
                self._step(life, row, at, night, known)
            for life in [x for x in self._living.values() if x.scope == scope and x.subject not in seen]:
                self._forget(life.subject, at)
                if life.subject in self._living:
                    self._step(life, None, at, night, known)
            told = shown(x for x in self._living.values() if x.scope == scope)
        frame = pd.DataFrame.from_records(told, columns=list(_COLUMNS))
        return frame, hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()

    def subjects(self, scope: str) -> set[str]:
        """The alarms of a scope that have not ended."""
        return {x.subject for x in self.raised(scope)}

    def raised(self, scope: str) -> list[Life]:
        """The alarms on the screens of a scope, also those whose condition is over but that have not ended."""
        with self._lock:
            return [x for x in self._living.values() if x.scope == scope and x.raised_ms is not None]

    def living(self, scope: str) -> list[Life]:
        """The alarms of a scope whose condition is there."""
        with self._lock:
            return [x for x in self._living.values() if x.scope == scope and x.lives]

    def resolved(self, scope: str, since_ms: int) -> tuple[Ended, ...]:
        """What ended in a scope since then, the last first."""
        with self._lock:
            mine = [e for e in self._ended if e.scope == scope and e.ended_ms >= since_ms]
        return tuple(sorted(mine, key=lambda e: -e.ended_ms))

    def shelved(self, scope: str) -> tuple[Ended, ...]:
        """What is off the screens of a scope, the first to return first."""
        with self._lock:
            off = [(x.shelved_until, x) for x in self._living.values() if x.scope == scope and x.shelved_until is not None]
        return tuple(
            Ended(x.subject, scope, x.kind, x.code, x.began_ms, until, True) for until, x in sorted(off, key=lambda pair: pair[0])
        )

    def handle(self, subject: str, role: str, now_ms: int) -> None:
        """Somebody with ``role`` has the alarm in hand (处置中).  Raises StateError, and then nothing has changed."""
        self._change(subject, handled_ms=now_ms, handled_by=role)

    def shelve(self, subject: str, until_ms: int | None, role: str, reason: str) -> None:
        """Take an alarm off the screens until then, for at most ``LONGEST_SHELF_MS``; None = put it back.  Raises StateError, and
        then nothing has changed."""
        self._change(subject, shelved_until=until_ms, shelved_by=role, shelve_reason=reason)

    def past(self, scope: str, since_ms: int) -> list[Past]:
        """The alarms of a scope that were raised since then, or have not ended.  Raises StateError."""
        t, seen = ALARM.c, ACKNOWLEDGEMENT.c
        self._lane.submit(int).result()  # what was done just now is written first
        with self._store() as connection:
            rows = connection.execute(
                select(ALARM).where(t.scope == scope, t.raised_at.is_not(None), or_(t.raised_at > since_ms, t.ended_at.is_(None)))
            ).all()
            noted = connection.execute(select(seen.subject, seen.at).where(seen.kind == "alarm", seen.at > since_ms)).all()
        return [_past(row, [n.at for n in noted if n.subject == row.subject]) for row in rows]

    def close(self) -> None:
        with self._lock:
            for life in self._living.values():
                if life.raised_ms is not None:
                    self._save(life)
        self._lane.shutdown()

    def _step(self, life: Life, row: Record | None, at: int, night: bool, known: bool) -> None:
        before = (life.raised_ms, life.act, life.cleared_ms)
        goes_on = step(life, row, at, self.delays, night, known)
        if goes_on:
            self._living[life.subject] = life
            moved = before != (life.raised_ms, life.act, life.cleared_ms)
            if life.raised_ms is not None and (moved or at - self._saved.get(life.subject, 0) >= SAVE_MS):
                self._saved[life.subject] = at
                self._save(life)
        else:
            self._end(life, life.cleared_ms)

    def _forget(self, subject: str, at: int) -> None:
        """End an alarm that was not looked at for long: that its condition is there again says nothing of the time between."""
        life = self._living.get(subject)
        if life is not None and at - life.seen_ms > FORGET_MS and life.cleared_ms is None:
            self._end(life, life.seen_ms)

    def _end(self, life: Life, ended_ms: int | None) -> None:
        self._living.pop(life.subject, None)
        self._saved.pop(life.subject, None)
        if life.raised_ms is None or ended_ms is None:
            return
        self._ended = [e for e in self._ended if e.ended_ms > ended_ms - RESOLVED // timedelta(milliseconds=1)]
        self._ended.append(Ended(life.subject, life.scope, life.kind, life.code, life.began_ms, ended_ms))
        self._save(life, ended_ms)

    def _change(self, subject: str, **more: Any) -> None:
        """What somebody decided: in the store first, on the screens after, so that what cannot be kept does not take effect.  No
        tick waits for it."""
        with self._lock:
            life = self._living.get(subject)
            values = None if life is None else _kept(replace(life, **more), None)
        if values is None:
            return
        self._lane.submit(self._put, values).result()
        with self._lock:
            life = self._living.get(subject)
            if life is not None:
                for name, value in more.items():
                    setattr(life, name, value)
                self._save(life)  # a tick may have written it without them meanwhile

    def _save(self, life: Life, ended_ms: int | None = None) -> None:
        self._lane.submit(self._write, _kept(life, ended_ms))

    def _write(self, values: Record) -> None:
        try:
            self._put(values)
        except StateError as fault:
            log.error("an alarm was not written: %s", fault)

    def _put(self, values: Record) -> None:
        t = ALARM.c
        with self._store() as connection:
            mine = (t.subject == values["subject"], t.began_at == values["began_at"])
            if not connection.execute(update(ALARM).where(*mine).values(**values)).rowcount:
                connection.execute(insert(ALARM).values(**values))


def _records(found: pd.DataFrame) -> list[Record]:
    columns = found.columns.tolist()
    return [dict(zip(columns, values, strict=True)) for values in found.to_numpy(object).tolist()]


def _kept(life: Life, ended_ms: int | None) -> Record:
    return {
        "subject": life.subject,
        "scope": life.scope,
        "kind": life.kind,
        "code": life.code,
        "owner": str(life.row.get("owner") or ""),
        "area": str(life.row.get("area") or ""),
        "act": int(life.act),
        "began_at": life.began_ms,
        "raised_at": life.raised_ms,
        "seen_at": life.seen_ms,
        "cleared_at": life.cleared_ms,
        "ended_at": ended_ms,
        "returns": life.returns,
        "handled_at": life.handled_ms,
        "handled_by": life.handled_by,
        "shelved_until": life.shelved_until,
        "shelved_by": life.shelved_by,
        "shelve_reason": life.shelve_reason,
        "trail": ";".join(f"{at}:{value:.6g}" for at, value in life.trail[-SAMPLES:]),
    }


def _past(row: Row[Any], noted: list[int]) -> Past:
    first = min((at for at in noted if at >= row.began_at and (row.ended_at is None or at <= row.ended_at)), default=None)
    act, shelved = bool(row.act), row.shelved_until is not None
    return Past(str(row.subject), act, int(row.raised_at), row.ended_at, int(row.returns), first, shelved)


def _life(row: Row[Any]) -> Life:
    return Life(
        str(row.subject),
        str(row.scope),
        str(row.kind),
        str(row.code),
        int(row.began_at),
        {"owner": row.owner, "area": row.area},
        row.raised_at,
        int(row.seen_at),
        row.cleared_at,
        bool(row.act),
        None,
        int(row.returns),
        row.handled_at,
        str(row.handled_by),
        row.shelved_until,
        str(row.shelved_by),
        str(row.shelve_reason),
        _trail(str(row.trail)),
    )


def _trail(kept: str) -> list[tuple[int, float]]:
    """The samples of the last hour as they were stored: a garbled trail is none, since an alarm stands without its line."""
    try:
        return [(int(at), float(value)) for at, value in (part.split(":") for part in kept.split(";") if part)]
    except ValueError:
        return []
