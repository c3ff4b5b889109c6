"""What a load would reject: the load's own pass over what was read, with its rows counted and its reasons listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.check.delivery import Delivery
from data.check.finding import LONGEST, sayable
from data.sync.load_pass import Part
from data.sync.reasons import reason_of, sets_aside
from data.sync.usable import Fault
from data.types.records import Record

#: Number of example rows per reason.
EXAMPLES = 3
#: Text that may follow a code quoted in a detail; otherwise the detail ends with the code.
_AFTER_CODE = ("'; did you mean '", "'; known are: ", "'; the city has ", "' is no ")


@dataclass(frozen=True)
class Account:
    """Of the rows ``read`` of a table, ``kept`` enter the facts, ``unhappened`` are log rows whose time means "never", all
    others are rejected; ``along`` of these are log rows of an event that is itself rejected."""

    table: str
    read: int
    kept: int
    along: int = 0
    unhappened: int = 0

    @property
    def aside(self) -> int:
        return self.read - self.kept - self.unhappened

    def as_json(self) -> Record:
        return {
            "table": self.table,
            "read": self.read,
            "kept": self.kept,
            "set_aside": self.aside,
            "with_their_event": self.along,
            "not_happened": self.unhappened,
        }


@dataclass(frozen=True)
class SetAside:
    """``rows`` of a table with the same reason: ``whole`` of them are rejected, the others lose one value;
    ``examples``: (the source's own key, detail) of a few."""

    table: str
    reason: str
    rows: int
    whole: int
    examples: tuple[tuple[str, str], ...]

    def as_json(self) -> Record:
        known = reason_of(self.reason)
        return {
            "table": self.table,
            "reason": self.reason,
            "rows": self.rows,
            "whole": self.whole,
            "name": known.name.model_dump(),
            "remedy": known.remedy.model_dump(),
            "examples": [{"key": key, "detail": detail} for key, detail in self.examples],
        }


class Tally:
    """Counts what the parts of a pass keep and reject."""

    def __init__(self, got: Delivery) -> None:
        self._got = got
        self._rows: dict[tuple[str, str], list[Fault]] = {}
        self._n: dict[tuple[str, str], list[int]] = {}
        self._kept: dict[str, int] = {"event": 0, "transition": 0}
        self._along = self._unhappened = 0
        self._cells: int | None = None

    def add_grid(self, rows: Record, faults: list[Fault], city: str) -> None:
        """Add grid ``rows`` as the facts hold them; of the source's own rows that of the ``city`` itself counts as kept too."""
        self.take(faults)
        if "grid" in self._got.frames:
            frame = self._got.frames["grid"]
            code, level = frame.coded("code").texts(), frame.coded("level").texts()
            itself = (level == "city") | (code == city)
            self._cells = int(itself.sum()) + len(set(code[~itself].tolist()) & set(rows["code"]))

    def add(self, part: Part) -> None:
        events, of = part.events.ints("id"), part.log.ints("event")
        kept = np.asarray(part.derived.events["eid"])
        self._kept["event"] += len(kept)
        self._kept["transition"] += int(np.sum(part.derived.events["transitions"]))
        self._along += int((np.isin(of, events) & ~np.isin(of, kept)).sum())
        self._unhappened += int((part.log.never("at") & np.isin(of, kept)).sum())
        self.take(part.derived.faults)

    def take(self, faults: list[Fault]) -> None:
        for fault in faults:
            table, _, reason, detail = fault
            held = self._rows.setdefault((table, reason), [])
            n = self._n.setdefault((table, reason), [0, 0])
            n[0] += 1
            n[1] += sets_aside(table, reason, detail)
            if len(held) < EXAMPLES:
                held.append(fault)

    def accounts(self) -> Iterator[Account]:
        """One each for event and transition if parts were added; one for the source's own grid."""
        if any(self._kept.values()) or {"event", "transition"} <= self._got.frames.keys():
            for table, kept in self._kept.items():
                more = (self._along, self._unhappened) if table == "transition" else (0, 0)
                yield Account(table, self._got.frames[table].n, kept, *more)
        if self._cells is not None:
            yield Account("grid", self._got.frames["grid"].n, self._cells)

    def rejected(self) -> tuple[SetAside, ...]:
        """All reasons by table, most frequent first."""
        told = [
            SetAside(table, reason, n, whole, tuple(self._example(f) for f in self._rows[table, reason]))
            for (table, reason), (n, whole) in self._n.items()
        ]
        return tuple(sorted(told, key=lambda r: (r.table, -r.rows, r.reason)))

    def _example(self, fault: Fault) -> tuple[str, str]:
        """(row key, detail) with keys as spelled at the source: the facts hold only a digest of a text."""
        table, key, _, detail = fault
        spelled = self._got.spelled
        if table == "transition":
            keyless = key.startswith("of ")
            events = {key[3:]: spelled("transition", "event", key[3:])} if keyless else self._event_of(key)
            for digest, said in events.items():
                detail = re.sub(rf"\bevent {digest}\b", f"event {said}".replace("\\", r"\\"), detail)
                key = f"of {said}" if keyless else spelled("transition", "key", key)
        elif table == "event":
            key = spelled("event", "id", key)
        return sayable(key), codes_only(detail)

    def _event_of(self, key: str) -> dict[str, str]:
        log = self._got.frames["transition"]
        at = np.flatnonzero(log.ints("key") == int(key))[:1]
        return {str(e): self._got.spelled("transition", "event", str(e)) for e in log.ints("event")[at].tolist()}


def codes_only(detail: str) -> str:
    """The detail of a fault, with a quoted text that is too long to be a code replaced by its length."""
    start = detail.find("'")
    if start < 0:
        return detail
    last = len(detail) - 1 if detail.endswith("'") and len(detail) > start + 1 else len(detail)
    end = max((at for mark in _AFTER_CODE if (at := detail.rfind(mark)) > start), default=last)
    code = detail[start + 1 : end]
    return detail if len(code) <= LONGEST else f"{detail[:start]}({len(code)} characters){detail[end + 1 :]}"


__all__ = ["Account", "SetAside", "Tally", "codes_only"]
