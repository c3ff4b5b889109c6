"""A metric as a drill: the same statements and computation, for the cases selected by the workbench's filters."""

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
    """``shape`` turns the metric's frame into the drill's; ``without`` and ``stock`` as in ``asked``."""

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
    """A metric's definition worded for the workbench: the chosen window replaces the metric's own."""
    if stock:
        return definition
    return Text(
        zh=re.sub(r"近\d+天", "所选时段", definition.zh), en=re.sub(r"the last \d+ days", "the chosen window", definition.en)
    )


def asked(metric: Metric, choice: Choice, without: tuple[str, ...] = (), stock: bool = False) -> dict[str, AnySelect]:
    """The metric's statements for the selected cases; ``without``: words of the address that do not filter it.

    The metric is evaluated as of now, for the chosen window: a past window, too, is judged by what is known now.  The chosen
    area is the viewer's scope rather than a filter, since the reference cases may lie outside it.  A ``stock`` reaches back as
    far as the metric itself does, since the window does not restrict it.
    """
    only = Only(tuple(everywhere(choice, without)), None if stock else choice.filters.until - 1)
    # a metric's window excludes its first instant, a choice's includes it
    back = None if stock else timedelta(milliseconds=max(choice.at - max(choice.filters.since, 0) + 1, 1))
    statements = metric.select(replace(choice.viewer, only=only), choice.city, back, choice.now)
    return {name: statement.select for name, statement in statements.items()}


def as_kept(choice: Choice, kinds: tuple[int, ...], without: tuple[str, ...]) -> dict[str, AnySelect]:
    """The stored daily verdicts (``data.alarms.verdicts``) if the choice is exactly what they cover: the last 30 days of the city
    or of a town, unfiltered.  The workbench then agrees with the wall."""
    f = choice.filters
    chosen = [word for word in f.codes if word not in without] or f.severity or (f.state and "state" not in without)
    if chosen or f.window != WINDOWS[0] or choice.viewer.area:
        return {}
    rows = kept_rows(choice.city, choice.viewer.scope, kinds)
    return {} if rows is None else {"kept": rows}


def everywhere(choice: Choice, without: tuple[str, ...] = ()) -> list[ColumnElement[bool]]:
    """Conditions of the choice without its area, within all that the viewer may see."""
    return replace(choice, viewer=replace(choice.viewer, scope=choice.viewer.area)).conditions(without)
