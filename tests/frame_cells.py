"""One row of a metric's frame as plain values: pandas types a cell as any scalar at all."""

from __future__ import annotations

from typing import Any

import pandas as pd


def cell(frame: pd.DataFrame, row: Any, column: str) -> float:
    """The number in ``column`` of the one row whose index is ``row``."""
    found: Any = frame.loc[row, column]
    return float(found)


def cells(frame: pd.DataFrame, row: Any, columns: list[str]) -> list[Any]:
    """What stands in ``columns`` of the one row whose index is ``row``, in their order."""
    found: Any = frame.loc[row, columns]
    return list(found.tolist())
