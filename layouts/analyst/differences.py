"""Bars of the parts that sum to the difference between a department and all."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.text import Text
from layouts.analyst.context import RenderContext
from layouts.text.formats import MINUS, count, decimal

WIDTH, ROW, TOP = 470, 26, 66
NAME, LEFT, RIGHT = 112, 122, 372
OF_CHOSEN = Text(zh="{name}（所选中收缩后 O/E 最高）", en="{name} (greatest shrunken O/E of those chosen)")
OF_ALL = Text(zh="{name}（未选部门，取收缩后 O/E 最高）", en="{name} (none chosen: greatest shrunken O/E)")
BASIS = Text(zh="应结案 {n}，全部 {whole}", en="due {n}, of all {whole}")


def signed(value: float, digits: int = 1) -> str:
    """``+1.2``, ``−0.3``, ``0.0``."""
    said = decimal(value, digits)
    return said if said.startswith(MINUS) or not float(said.replace(",", "")) else "+" + said


def whose(code: str, context: RenderContext) -> str:
    """The department's name, and why this one is shown."""
    chosen = context.filters.codes.get("dep", ())
    name = context.name("department", code)
    if len(chosen) == 1:
        return name
    return (OF_CHOSEN if chosen else OF_ALL)(context.lang).format(name=name)


def scale(values: list[float]) -> tuple[Any, float]:
    """(function from a value to its x, x of 0); both sides of 0 get the room they need."""
    low, high = min([0.0, *values]), max([0.0, *values])
    wide = (high - low) or 1.0

    def at(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - low) / wide

    return at, at(0.0)


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    """Due cases of the department and of all."""
    n, whole = (int(frame[k].iloc[0]) if len(frame) else 0 for k in ("n", "whole_n"))
    return BASIS(context.lang).format(n=count(n), whole=count(whole))
