"""A drawing of the workbench: how the answer of one drill is drawn, on which tabs, and with which denominator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from data.drill.drill import Drill
from data.text import Text
from data.types.records import Record
from layouts.analyst.context import RenderContext
from layouts.text.formats import count

Words = Callable[[pd.DataFrame, RenderContext], str]

REPORTED = Text(zh="上报", en="reported")
#: Columns of a frame that count cases.
_COUNTS = ("n", "open", "wip", "done", "censored")


def no_row(frame: pd.DataFrame) -> bool:
    return frame.empty


def no_case(frame: pd.DataFrame) -> bool:
    """No row, or none that counts a case."""
    columns = [c for c in _COUNTS if c in frame.columns]
    return frame.empty or (bool(columns) and not any((frame[c].to_numpy() > 0).any() for c in columns))


def never(frame: pd.DataFrame) -> bool:
    return False


@dataclass(frozen=True)
class Drawing:
    """How a drill's answer is drawn; a file of ``layouts.analyst.drawings`` declares one as ``DRAWING``.

    ``tabs``: a tab's id -> the drawing's rank there (ascending; unique within a tab).
    ``draw``: returns markup for ``kind`` "svg" (one ``<svg>``, exported unchanged), a plain Plotly figure for "chart".
    ``basis``: the denominator in words.
    ``terms``: (name, definition) of further terms that it shows.
    ``nothing``: whether a frame holds nothing to draw; then ``empty`` is shown ("" = no case meets the filters).
    ``below``: markup below the drawing on the page, which is not exported with it.
    ``words``: query parameters that it reads, with their values, the default first.
    ``says_missing``: the drawing itself shows what is not mapped, so its note does not.
    """

    drill: Drill
    tabs: Mapping[str, int]
    draw: Callable[[pd.DataFrame, RenderContext], str | Record]
    basis: Words
    kind: Literal["svg", "chart"] = "svg"
    terms: Callable[[RenderContext], list[tuple[str, str]]] = lambda context: []
    nothing: Callable[[pd.DataFrame], bool] = no_case
    empty: Callable[[RenderContext], str] = lambda context: ""
    below: Words = lambda frame, context: ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    says_missing: bool = False

    @property
    def id(self) -> str:
        """Id of the drawing, its panel on the page and its exports: that of its drill."""
        return self.drill.id

    @property
    def title(self) -> Text:
        return self.drill.title

    @property
    def definition(self) -> Text:
        return self.drill.definition


def summed(column: str, said: Text) -> Words:
    """A basis: the sum of a column."""

    def basis(frame: pd.DataFrame, context: RenderContext) -> str:
        return f"{said(context.lang)} {count(int(frame[column].sum()))}"

    return basis


def first(column: str, said: Text) -> Words:
    """A basis: the number in the first row, which is that of all."""

    def basis(frame: pd.DataFrame, context: RenderContext) -> str:
        return f"{said(context.lang)} {count(int(frame[column].iloc[0]) if len(frame) else 0)}"

    return basis
