"""A metric as a drill: the same statements and the same computation, of the cases that the workbench's filters choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Select

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.metric import Metric, RowSets
from data.text import Text
from data.viewer import Only


def of_metric(
    metric: Metric, id: str, fields: tuple[Field, ...], *, unit: Text, title: Text | None = None, like: str = "",
    definition: Text | None = None, without: tuple[str, ...] = (), stock: bool = False,
    shape: Callable[[pd.DataFrame, Choice], pd.DataFrame] = lambda frame, choice: frame,
) -> Drill:
    """``shape`` makes the drill's frame of the metric's; ``without``: words of the address that do not filter it.

    The metric is asked now, of the chosen window: also a window that is over is judged as it is known now, like all others.  The
    chosen area is its viewer's scope, not one of the filters: what it is held against may lie outside.  A ``stock`` reaches
    back as far as the metric does of itself, since no window cuts it.
    """

    def select_(choice: Choice) -> dict[str, Select[Any]]:
        only = Only(tuple(everywhere(choice, without)), None if stock else choice.filters.until - 1)
        now, back = (choice.now, None) if stock else moment(choice)
        asked = metric.select(replace(choice.viewer, only=only), choice.city, back, now)
        return {name: statement.select for name, statement in asked.items()}

    def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
        frame = shape(metric.compute(rows, choice.city, choice.now), choice)
        return frame[[f.name for f in fields]].reset_index(drop=True)

    return Drill(id=id, title=title or metric.name, unit=unit, definition=definition or metric.definition, fields=fields,
                 select=select_, compute=compute, like=like)


def everywhere(choice: Choice, without: tuple[str, ...] = ()) -> list[Any]:
    """What each case of the choice meets, in all of the area that the viewer may see."""
    return replace(choice, viewer=replace(choice.viewer, scope=choice.viewer.area)).conditions(without)


def moment(choice: Choice) -> tuple[datetime, timedelta]:
    """(the instant that a metric is asked at, how far it reaches back): a metric's window is without its first instant, a
    choice's with it."""
    since = max(choice.filters.since, 0)
    return choice.now, timedelta(milliseconds=max(choice.at - since + 1, 1))
