"""Recognise each column of a table by its header and cells; personal columns are excluded first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from data.draft.names import CASE_ID, FIELDS, PERSONAL, STAMPS, TIME_WORDS, rank_of, words_of
from data.draft.sheet import Column, Sheet
from data.draft.times import Times, plain_text, times_of

#: A code column has at most this many different values, and this mean length of its cells.
MOST_CODES, LONGEST = 3_000, 40
_PHONE = re.compile(r"(\+?86[- ]?)?1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8}|\+?\d{1,2}[- .]?\(?\d{3}\)?[- .]\d{3}[- .]\d{4}")
_ID_CARD = re.compile(r"\d{17}[\dXx]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
_CODED = (
    "satisfaction",
    "resolved",
    "verified",
    "status",
    "severity",
    "channel",
    "department",
    "area",
    "category",
    "network",
    "activity",
    "lifecycle",
)


@dataclass
class Known:
    """``fields``: field -> its columns, best first.  ``stamps``: (column, its time format, role or "").

    ``personal`` and ``unused`` are names of columns that are not read.
    """

    sheet: Sheet
    ids: list[Column] = field(default_factory=list)
    stamps: list[tuple[Column, Times, str]] = field(default_factory=list)
    fields: dict[str, list[Column]] = field(default_factory=dict)
    personal: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def first(self, name: str) -> Column | None:
        found = self.fields.get(name)
        return found[0] if found else None

    def stamp(self, role: str) -> tuple[Column, Times] | None:
        return next(((c, t) for c, t, r in self.stamps if r == role), None)


def recognise(sheet: Sheet, day_first: bool | None = None) -> Known:
    """Classify all columns of ``sheet``."""
    known = Known(sheet)
    found: dict[str, list[tuple[int, int, Column]]] = {}
    ids: list[tuple[int, float, int, Column]] = []
    for at, column in enumerate(sheet.columns):
        words = words_of(column.name)
        if not column.values or not column.filled:
            known.unused.append(column.name)
            continue
        if is_personal(column, words):
            known.personal.append(column.name)
            continue
        named = bool(re.search(TIME_WORDS, words)) or stamp_role(words) not in ("", "none")
        times = times_of(column.values, named, day_first, column.counts.tolist()) if _may_be_times(column, named) else None
        if times is not None:
            known.stamps.append((column, times, stamp_role(words)))
            continue
        rank = rank_of(CASE_ID, words)
        if rank >= 0 and len(column.values) > 1:
            ids.append((rank, -len(column.values) / max(column.filled, 1), at, column))
        hit = False
        for name, patterns in FIELDS:
            fits = rank_of(patterns, words)
            if fits >= 0 and _holds(name, column):
                found.setdefault(name, []).append((fits, at, column))
                hit = True
        if not hit and rank < 0:
            known.unused.append(column.name)
    known.ids = [c for *_, c in sorted(ids, key=lambda i: i[:3])]
    known.fields = {name: [c for *_, c in sorted(listed, key=lambda i: i[:2])] for name, listed in found.items()}
    return known


def stamp_role(words: str) -> str:
    """The role in a header's words; "none" for a time of something else; "" if they do not tell."""
    return next((role for role, pattern in STAMPS if re.search(pattern, words)), "")


def is_personal(column: Column, words: str) -> bool:
    """Whether it is personal by its name or its cells: telephone numbers, identity cards, mail addresses."""
    if re.search(PERSONAL, words) and not re.search(rf"{TIME_WORDS}|编号|满意|状态|\b(type|id|group|agency)\b", words):
        return True
    sample = column.most[:200]
    return (
        len(sample) > 3
        and sum(bool(p.fullmatch(v)) for v in map(plain_text, sample) for p in (_PHONE, _ID_CARD, _EMAIL)) > 0.6 * len(sample)
        and not re.search(r"编号|单号|\bid\b", words)
    )


def _may_be_times(column: Column, named: bool) -> bool:
    value = plain_text(column.values[0])
    return named or (bool(re.search(r"\d{4}\D|\D\d{4}", value)) and bool(re.search(r"\d", value)))


def _holds(name: str, column: Column) -> bool:
    """Whether the cells match what the header says."""
    if name in ("lon", "lat"):
        return in_degrees(column.values, 180 if name == "lon" else 90)
    if name not in _CODED:
        return True
    values, n = column.values, column.filled
    if len(values) > MOST_CODES or (n > 60 and len(values) > 0.6 * n):
        return False
    return sum(map(len, column.most[:300])) <= LONGEST * len(column.most[:300])


def in_degrees(values: Iterable[str], most: int) -> bool:
    """Whether nine in ten values are numbers of at most that magnitude."""
    good = n = 0
    for n, value in enumerate(values, 1):
        try:
            good += abs(float(plain_text(value))) <= most
        except ValueError:
            continue
        if n >= 2_000:
            break
    return n > 0 and good >= 0.9 * n
