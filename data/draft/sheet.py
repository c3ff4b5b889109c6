"""A table as read: its columns as texts, each different text stored once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.types.arrays import Ints

#: (activity, done, total; 0 = unknown)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Column:
    """n cells: ``codes`` (n,) are positions in ``values``, -1 = empty.  ``values`` are the original texts, trimmed."""

    name: str
    values: tuple[str, ...]
    codes: NDArray[np.int32]

    @cached_property
    def counts(self) -> Ints:
        """(values,) number of cells with each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)).astype(np.int64)

    @property
    def filled(self) -> int:
        return int((self.codes >= 0).sum())

    @cached_property
    def most(self) -> tuple[str, ...]:
        """The values, most frequent first."""
        return tuple(self.values[i] for i in np.argsort(-self.counts, kind="stable"))

    def texts(self) -> NDArray[np.object_]:
        """(n,) each cell's text, "" = empty."""
        return np.array([*self.values, ""], object)[self.codes]

    def mapped(self, change: Callable[[str], str]) -> Column:
        """Apply ``change`` once per different value; "" becomes empty, values that become equal are merged."""
        index: dict[str, int] = {}
        table = np.full(len(self.values) + 1, -1, np.int32)
        for i, value in enumerate(self.values):
            new = change(value)
            if new:
                table[i] = index.setdefault(new, len(index))
        return Column(self.name, tuple(index), table[self.codes])


@dataclass(frozen=True)
class Sheet:
    """One table of n rows.  ``notes`` are sentences on the reading, (zh, en)."""

    name: str
    columns: tuple[Column, ...]
    n: int
    notes: tuple[tuple[str, str], ...] = ()
    plain: bool = False  # a UTF-8 CSV or Parquet with one header row: DuckDB can read it in place
    delimiter: str = ","

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {c.name: c for c in self.columns}

    def with_columns(self, columns: Iterable[Column]) -> Sheet:
        return Sheet(self.name, tuple(columns), self.n, self.notes, self.plain, self.delimiter)


@dataclass
class Builder:
    """Collects rows of texts.  A row longer than the header is cut, and counted in ``longer``."""

    names: Sequence[str]
    n: int = 0
    longer: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._index: list[dict[str, int]] = [{} for _ in self.names]
        self._codes: list[array[int]] = [array("i") for _ in self.names]

    def add(self, row: Sequence[str], line: int = 0) -> None:
        """Append one row; missing cells at its end are empty, a completely empty row is skipped."""
        if not any(row):
            return
        width = len(self.names)
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            self.longer.append(line)
        for i in range(width):
            text = row[i].strip() if i < len(row) else ""
            index = self._index[i]
            self._codes[i].append(index.setdefault(text, len(index)) if text else -1)
        self.n += 1

    def sheet(self, name: str, notes: Iterable[tuple[str, str]] = (), plain: bool = False, delimiter: str = ",") -> Sheet:
        """The collected rows as a table."""
        columns = tuple(
            Column(n, tuple(i), np.array(c, np.int32)) for n, i, c in zip(self.names, self._index, self._codes, strict=True)
        )
        return Sheet(name, columns, self.n, tuple(notes), plain and not self.longer, delimiter)


def unique_names(names: Sequence[str]) -> list[str]:
    """Header cells as unique names: an empty one becomes ``column_3``, a repeated one ``name_2``."""
    out: list[str] = []
    for i, name in enumerate(names):
        base = " ".join(name.split()) or f"column_{i + 1}"
        found, k = base, 2
        while found in out:
            found, k = f"{base}_{k}", k + 1
        out.append(found)
    return out
