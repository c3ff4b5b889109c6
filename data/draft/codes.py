"""Codes for the source's values: letters and digits of any script, each code unique."""

from __future__ import annotations

import re
from collections.abc import Iterable

from data.draft.plan import Item
from data.draft.sheet import Column

LONGEST = 48
#: Codes reserved in the metrics' answers.
_TAKEN = frozenset({"sensitive", "city", "unknown", "all"})


def code_of(text: str, taken: set[str]) -> str:
    """A code for ``text`` that is not in ``taken`` (casefolded codes), to which it is added."""
    base = re.sub(r"[^\w.-]+", "_", text).strip("_.-")[:LONGEST].rstrip("_.-") or "x"
    code, k = base, 2
    while code.casefold() in taken or code.casefold() in _TAKEN:
        code, k = f"{base}_{k}", k + 1
    taken.add(code.casefold())
    return code


def items_of(columns: Iterable[Column]) -> list[Item]:
    """A member for every different value of the columns, most frequent first."""
    counts: dict[str, int] = {}
    for column in columns:
        for value, n in zip(column.values, column.counts.tolist(), strict=True):
            counts[value] = counts.get(value, 0) + n
    taken: set[str] = set()
    return [Item(code_of(value, taken), value, value, value) for value in sorted(counts, key=lambda v: -counts[v])]


def map_of(items: Iterable[Item]) -> dict[str, str | int]:
    """The mapping's code map: only values that differ from their code."""
    return {i.value: i.code for i in items if i.value != i.code}
