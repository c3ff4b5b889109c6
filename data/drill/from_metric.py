"""A metric as a drill: the same statements and the same computation, of the cases that the workbench's filters choose."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pandas as pd
from sqlalchemy import ColumnElement

from data.access.viewer import Only
from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.filters import WINDOWS
from data.facts.rows import RowSets
from data.query.metric import Metric
from data.query.verdict_rows import kept_rows
from data.text import Text
from data.types.sql import AnySelect


def from_metric(
    metric: Metric,
    id: str,
    fields: tuple[Field, ...],
    *,
    unit: Text,
    title: Text | None = None,
    like: str = "",
    definition: Text | None = None,
    without: tuple[str, ...] = (),
    stock: bool = False,
    shape: Callable[[pd.DataFrame, Choice], pd.DataFrame] = lambda frame, choice: frame,
) -> Drill:
    """``shape`` makes the drill's frame of the metric's; ``without`` and ``stock`` as in ``asked``."""

    def select_(choice: Choice) -> dict[str, AnySelect]:
        return asked(metric, choice, without, stock)

    def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
        frame = shape(metric.compute(rows, choice.city, choice.now), choice)
        return frame[[f.name for f in fields]].reset_index(drop=True)

    requires = tuple(replace(r, by=r.by or metric.columns[0].name) for r in metric.requires)
    return Drill(
        id=id,
        title=title or metric.name,
        unit=unit,
        definition=definition or of_window(metric.definition, stock),
        fields=fields,
        select=select_,
        compute=compute,
        like=like,
        requires=requires,
    )


def of_window(definition: Text, stock: bool = False) -> Text:
    """A metric's definition as the workbench says it: of the chosen window, where the metric names its own."""
    if stock:
        return definition
    return Text(
        zh=re.sub(r"近\d+天", "所选时段", definition.zh), en=re.sub(r"the last \d+ days", "the chosen window", definition.en)
    )


def asked(metric: Metric, choice: Choice, without: tuple[str, ...] = (), stock: bool = False) -> dict[str, AnySelect]:
    """The metric's statements for the chosen cases; ``without``: words of the address that do not filter it.

    The metric is asked now, of the chosen window: also a window that is over is judged as it is known now, like all others.  The
    chosen area is its viewer's scope, not one of the filters: what it is held against may lie outside.  A ``stock`` reaches
    back as far as the metric does of itself, since no window cuts it.
    """
    only = Only(tuple(everywhere(choice, without)), None if stock else choice.filters.until - 1)
    # a metric's window is without its first instant, a choice's with it
    back = None if stock else timedelta(milliseconds=max(choice.at - max(choice.filters.since, 0) + 1, 1))
    statements = metric.select(replace(choice.viewer, only=only), choice.city, back, choice.now)
    return {name: statement.select for name, statement in statements.items()}


def as_kept(choice: Choice, kinds: tuple[int, ...], without: tuple[str, ...]) -> dict[str, AnySelect]:
    """The day's verdicts (``data.alarms.verdicts``), where just that is asked which they are of: the last 30 days of the city or
    of a town, without any filter that cuts it.  The workbench then says what the wall says."""
    f = choice.filters
    chosen = [word for word in f.codes if word not in without] or f.severity or (f.state and "state" not in without)
    if chosen or f.window != WINDOWS[0] or choice.viewer.area:
        return {}
    rows = kept_rows(choice.city, choice.viewer.scope, kinds)
    return {} if rows is None else {"kept": rows}


def everywhere(choice: Choice, without: tuple[str, ...] = ()) -> list[ColumnElement[bool]]:
    """What each case of the choice meets, in all of the area that the viewer may see."""
    return replace(choice, viewer=replace(choice.viewer, scope=choice.viewer.area)).conditions(without)
