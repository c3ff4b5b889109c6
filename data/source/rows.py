"""Rows of an answer, as the driver returned them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rows:
    """``rows`` are tuples in the order of ``columns``."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]

    def at(self, name: str) -> int:
        return self.columns.index(name)

    def column(self, name: str) -> list[Any]:
        i = self.at(name)
        return [r[i] for r in self.rows]

    def first(self) -> Any:
        """The first cell; None if there is no row."""
        return self.rows[0][0] if self.rows else None
