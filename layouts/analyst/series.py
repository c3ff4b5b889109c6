"""Chart parts for lines over a series of days or hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from data.types.records import Record
from layouts.charts.axes import counts
from layouts.charts.template import NONE

_DAY = timedelta(days=1)
HEIGHT = 372


def line(x: Sequence[Any], y: Sequence[float | None], name: str, colour: str) -> Record:
    """A line without a tooltip of its own: see ``points``."""
    drawn = {"color": colour, "width": 2}
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name, "line": drawn, "hoverinfo": "skip"}


def points(x: Sequence[Any], y: Sequence[float], said: list[dict[str, str]]) -> Record:
    """The points to hover and select, whichever lines are shown: one invisible line (markers would cost one element each)."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(x),
        "y": list(y),
        "line": {"width": 0, "color": NONE},
        "customdata": said,
        "hovertemplate": "%{customdata.say}<extra></extra>",
        "showlegend": False,
        "meta": "points",
    }


def layout(label: str, x: Sequence[str], top: float, ticks: int = 8) -> Record:
    """Layout over days or hours, with half a step of room at both ends and at most ``ticks`` ticks; days can be selected."""
    ends = [datetime.fromisoformat(x[0]), datetime.fromisoformat(x[-1])]
    step = (ends[1] - ends[0]) / (len(x) - 1) if len(x) > 1 else _DAY
    span = [str(ends[0] - step / 2), str(ends[1] + step / 2)]
    hours, years = "T" in x[0], x[0][:4] != x[-1][:4]
    return {
        "meta": {"label": label, "choose": "days", "height": HEIGHT},
        "xaxis": {
            "type": "date",
            "range": span,
            "minallowed": span[0],
            "maxallowed": span[1],
            "nticks": ticks,
            "tickformatstops": [
                {"dtickrange": [None, 86_399_999], "value": "%H:00" if hours else "%m-%d"},
                {"dtickrange": [86_400_000, "M1"], "value": "%Y-%m" if years else "%m-%d"},
                {"dtickrange": ["M1", None], "value": "%Y-%m"},
            ],
            "uirevision": f"{x[0]}/{x[-1]}",
        },
        "yaxis": counts(top),
        "hovermode": "x",
        "hoverdistance": -1,
        "dragmode": "select",
        "selectdirection": "h",
        "uirevision": "kept",
    }
