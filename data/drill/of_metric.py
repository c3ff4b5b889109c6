"""A metric as a drill: the same statements and the same computation, of the cases that the workbench's filters choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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

    The metric is asked at the end of the chosen window (now, where that is not over) and reaches back to its beginning; a
    ``stock`` is asked now and reaches back as far as the metric does of itself, since no window cuts it.
    """

    def select_(choice: Choice) -> dict[str, Select[Any]]:
        only = Only(tuple(choice.conditions(without)))
        now, back = (choice.now, None) if stock else moment(choice)
        asked = metric.select(replace(choice.viewer, only=only), choice.city, back, now)
        return {name: statement.select for name, statement in asked.items()}

    def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
        frame = shape(metric.compute(rows, choice.city, choice.now if stock else moment(choice)[0]), choice)
        return frame[[f.name for f in fields]].reset_index(drop=True)

    return Drill(id=id, title=title or metric.name, unit=unit, definition=definition or metric.definition, fields=fields,
                 select=select_, compute=compute, like=like)


def moment(choice: Choice) -> tuple[datetime, timedelta]:
    """(the instant that a metric is asked at, how far it reaches back)."""
    end = min(choice.filters.until, choice.at)
    since = choice.filters.since if choice.filters.since > 0 else 0
    return datetime.fromtimestamp(end / 1000, UTC), timedelta(milliseconds=max(end - since, 1))
