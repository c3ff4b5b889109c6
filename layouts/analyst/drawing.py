"""What a drawing of the workbench is: how the answer of one drill is drawn, where it stands, and what it says that it counts."""

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

    ``tabs``: where it stands, a tab's id -> its rank there (ascending; no two of a tab are equal).
    ``draw``: of ``kind`` "svg" markup (one ``<svg>``, which is exported as it is), of "chart" a plain Plotly figure.
    ``basis``: the denominator in words.
    ``terms``: (name, definition) of what it shows beside its own.
    ``nothing``: whether a frame holds nothing to draw; then stands what ``empty`` gives ("" = no case meets the filters).
    ``below``: what stands under the drawing on the page and is no part of it.
    ``words``: words of the address that it reads, with their values, the default first.
    ``says_missing``: it says itself what is not mapped, so that its note need not.
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
        """Names the drawing, its panel on the page and its exports: the id of its drill."""
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
    """A basis: the number of the first row, which is all of them."""

    def basis(frame: pd.DataFrame, context: RenderContext) -> str:
        return f"{said(context.lang)} {count(int(frame[column].iloc[0]) if len(frame) else 0)}"

    return basis
