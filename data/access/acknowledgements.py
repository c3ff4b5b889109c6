"""Acknowledgements (已知悉): who acknowledged an alarm or a case, when, with what note; kept in the state store.

An alarm's ends when its exception has been absent for ``GONE``, or ``LONGEST`` after it was given; a case's when the case
closes.  The server process is the only writer: it holds the active ones in memory, where the ticks only compare
``version``.
"""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from sqlalchemy import insert, or_, select, update

from data.access.roles import ROLES
from data.access.schema import ACKNOWLEDGEMENT, LONGEST_NOTE
from data.access.store import State
from data.clock.instants import ms, span_ms
from data.errors import QueryError, StateError

log = logging.getLogger("gridwall.acknowledge")

Kind = Literal["alarm", "case"]
LONGEST, GONE = timedelta(hours=12), timedelta(minutes=10)
#: Nothing older is active, whatever became of its case.
FORGOTTEN = timedelta(days=400)


@dataclass(frozen=True)
class Acknowledged:
    """An active acknowledgement; ``until_ms`` None = until its case closes.  ``area``: of the account that gave it ("" = the
    city)."""

    kind: Kind
    subject: str
    note: str
    user: str
    role: str
    area: str
    at_ms: int
    until_ms: int | None = None


@dataclass(frozen=True)
class Seen:
    """What a wall shows of it: the role and the time, never a name or the note."""

    role: str
    at_ms: int


Noted = Mapping[tuple[Kind, str], Seen]

# Digits may be separated by a space, a dash or a dot; with wider gaps they are separate numbers.
_GAP = r"[ \-.·]?"
_ID, _TELEPHONE = ("an ID number", "证件号码"), ("a telephone number", "电话号码")
_DATE = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d(?!\d)"
_PERSONAL = (
    (re.compile(rf"(?<!\d)(?:\d{_GAP}){{17}}[\dXx](?![\dA-Za-z])"), _ID),
    (re.compile(r"(?<!\d)\d{15}(?!\d)"), _ID),
    (re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)"), _TELEPHONE),
    (re.compile(r"(?<!\d)0\d{2,3}[ \-]?\d{7,8}(?!\d)"), _TELEPHONE),
    (re.compile(rf"(?<![\d\-])(?!{_DATE})[2-8]\d{{6,7}}(?!\d)"), _TELEPHONE),
)


def capacity(role: str) -> str:
    """The role under which somebody acknowledges: the account's own if it has the right, else operator (the demo user)."""
    return role if "acknowledge" in ROLES.get(role, ()) else "operator"


def checked_note(text: str) -> str:
    """``text`` as one line of plain characters.

    Raises QueryError if it is longer than ``LONGEST_NOTE`` or holds what looks like a telephone or ID number: a note that is
    stored must not identify a person.
    """
    line = " ".join(
        "".join(
            " " if unicodedata.category(ch) in ("Cc", "Zl", "Zp") else ch for ch in text if unicodedata.category(ch) != "Cf"
        ).split()
    )
    plain = unicodedata.normalize("NFKC", line)  # full-width digits become digits
    if len(line) > LONGEST_NOTE:
        raise QueryError(
            f"the note has {len(line)} characters; at most {LONGEST_NOTE}", f"备注有 {len(line)} 字，最多 {LONGEST_NOTE} 字"
        )
    for pattern, (what, zh) in _PERSONAL:
        if pattern.search(plain):
            raise QueryError(f"the note holds what looks like {what}; write it without", f"备注中疑似含{zh}，请删去后再提交")
    return line


class Acknowledgements:
    """The stored and the active acknowledgements.  Opening creates the table; raises StateError."""

    def __init__(self, state: State, now: datetime) -> None:
        self._store, self._lock = state.transaction, threading.Lock()
        self._lane = ThreadPoolExecutor(1, "acknowledge")
        self._absent: dict[tuple[Kind, str], int] = {}
        self.version = 0
        state.make(ACKNOWLEDGEMENT)
        t = ACKNOWLEDGEMENT.c
        with self._store() as connection:
            rows = connection.execute(
                select(t.kind, t.subject, t.note, t.user, t.role, t.area, t.at, t.until)
                .where(t.ended_at.is_(None), t.at > ms(now - FORGOTTEN), or_(t.until.is_(None), t.until > ms(now)))
                .order_by(t.at)
            )
            self._held: dict[tuple[Kind, str], Acknowledged] = {(r.kind, r.subject): Acknowledged(*r) for r in rows}
        self.noted: Noted = {}
        self._show()

    def add(self, given: Acknowledged) -> Acknowledged:
        """Store it, then activate it; it replaces an earlier one of the same subject."""
        kept = replace(
            given, note=checked_note(given.note), until_ms=given.at_ms + span_ms(LONGEST) if given.kind == "alarm" else None
        )
        with self._lock:
            with self._store() as connection:
                connection.execute(
                    update(ACKNOWLEDGEMENT)
                    .where(
                        ACKNOWLEDGEMENT.c.kind == kept.kind,
                        ACKNOWLEDGEMENT.c.subject == kept.subject,
                        ACKNOWLEDGEMENT.c.ended_at.is_(None),
                    )
                    .values(ended_at=kept.at_ms)
                )
                connection.execute(
                    insert(ACKNOWLEDGEMENT).values(
                        kind=kept.kind,
                        subject=kept.subject,
                        note=kept.note,
                        user=kept.user,
                        role=kept.role,
                        area=kept.area,
                        at=kept.at_ms,
                        until=kept.until_ms,
                    )
                )
            self._held[kept.kind, kept.subject] = kept
            self._absent.pop((kept.kind, kept.subject), None)
            self._show()
        return kept

    def of(self, kind: Kind, subject: str) -> Acknowledged | None:
        return self._held.get((kind, subject))

    def cases(self) -> list[int]:
        """The acknowledged cases."""
        return [int(subject) for kind, subject in list(self._held) if kind == "case"]

    def alarm_subjects(self) -> list[str]:
        return [subject for kind, subject in list(self._held) if kind == "alarm"]

    def count_since(self, start_ms: int, areas: Callable[[str], bool]) -> dict[Kind, int]:
        """Number of subjects of each kind acknowledged since ``start_ms`` by accounts whose area ``areas`` admits, including
        those that have ended."""
        t = ACKNOWLEDGEMENT.c
        with self._store() as connection:
            rows = connection.execute(select(t.kind, t.subject, t.area).where(t.at >= start_ms).distinct()).all()
        seen = {(r.kind, r.subject) for r in rows if areas(r.area)}
        return {"alarm": sum(k == "alarm" for k, _ in seen), "case": sum(k == "case" for k, _ in seen)}

    def end_cases(self, closed: Iterable[int], now_ms: int) -> None:
        """End the acknowledgements of these closed cases."""
        self._end([("case", str(eid)) for eid in closed], now_ms)

    def follow(self, present: Callable[[str], bool | None], now_ms: int) -> None:
        """Called at each tick: end the alarms that have expired, or whose exception has been absent for a while.

        ``present(subject)``: whether the exception is there now; None = unknown.  Costs nothing if no alarm is
        acknowledged; ends are written in the background, so that the tick never waits for the store.
        """
        over: list[tuple[Kind, str]] = []
        for key, held in list(self._held.items()):
            if held.kind != "alarm":
                continue
            there = present(held.subject)
            if there:
                self._absent.pop(key, None)
            elif there is not None:
                self._absent.setdefault(key, now_ms)
            gone = now_ms - self._absent.get(key, now_ms) >= span_ms(GONE)
            if gone or (held.until_ms is not None and held.until_ms <= now_ms):
                over.append(key)
        if over:
            self._end(over, now_ms)

    def close(self) -> None:
        self._lane.shutdown()

    def _end(self, keys: list[tuple[Kind, str]], now_ms: int) -> None:
        with self._lock:
            ended = [k for k in keys if self._held.pop(k, None) is not None]
            for key in ended:
                self._absent.pop(key, None)
            if ended:
                self._show()
                self._lane.submit(self._write_end, ended, now_ms)

    def _write_end(self, keys: list[tuple[Kind, str]], now_ms: int) -> None:
        try:
            with self._store() as connection:
                for kind, subject in keys:
                    connection.execute(
                        update(ACKNOWLEDGEMENT)
                        .where(
                            ACKNOWLEDGEMENT.c.kind == kind,
                            ACKNOWLEDGEMENT.c.subject == subject,
                            ACKNOWLEDGEMENT.c.ended_at.is_(None),
                            ACKNOWLEDGEMENT.c.at <= now_ms,
                        )
                        .values(ended_at=now_ms)
                    )
        except StateError as fault:
            log.error("the end of an acknowledgement was not written: %s", fault)

    def _show(self) -> None:
        """Replace what the walls show as a whole: a page may be rendered from it concurrently."""
        self.noted = MappingProxyType({k: Seen(a.role, a.at_ms) for k, a in self._held.items()})
        self.version += 1
