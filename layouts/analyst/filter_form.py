"""The filters above the panels, as native selects."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from data.access.viewer import Viewer
from data.city.city import City
from data.drill.filters import (
    COMPARISON_NAMES,
    COMPARISONS,
    LISTS,
    NAMES,
    SEVERITIES,
    SEVERITY_NAMES,
    STATE_NAMES,
    STATES,
    WINDOW_NAMES,
    WINDOWS,
)
from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst.context import ALL
from layouts.analyst.panel_frame import data_attributes

_DAYS = {"from": Text(zh="自", en="from"), "to": Text(zh="至", en="to")}
_CUSTOM = Text(zh="自定时段", en="Chosen days")
_FILTERS = Text(zh="筛选", en="Filters")


def filter_form(viewer: Viewer, city: City, lang: Lang) -> html.Form:
    """Native selects, which support keyboard, touch and screen readers.  The browser sets their values from the URL."""
    every = ALL(lang)

    def select(word: str, options: list[tuple[str, str]], **more: Any) -> html.Label:
        listed = [html.Option(name, value=value) for value, name in options]
        return html.Label(
            [html.Span(NAMES[word](lang), className="an-label"), html.Select(listed, name=word, **more)], className="an-filter"
        )

    level, at = city.scope_of(viewer.area) if viewer.area in city.grid.index or not viewer.area else (0, -1)
    below = city.grid.at_level(level + 1)
    if level:
        below = below[city.grid.parent[below] == at]
    own = city.scope_name(viewer.area)(lang) if viewer.area in city.grid.index or not viewer.area else viewer.area
    areas = [("", own), *[(city.grid.code[i], city.grid.name[i](lang)) for i in below.tolist()]]
    fields: list[Component] = [
        select("win", [*[(w, WINDOW_NAMES[w](lang)) for w in WINDOWS], ("days", _CUSTOM(lang))]),
        *[
            html.Label(
                [
                    html.Span(_DAYS[w](lang), className="an-label"),
                    html.Span(className="an-date-input", **data_attributes(date=w)),
                ],
                className="an-filter an-date",
            )
            for w in _DAYS
        ],
        select("vs", [(v, COMPARISON_NAMES[v](lang)) for v in COMPARISONS]),
        select("area", areas),
    ]
    for word in ("net", "cat", "ch", "dep", "stage"):
        items = getattr(city.profile, LISTS[word])
        fields.append(select(word, [("", every), *[(i.code, i.name(lang)) for i in items]]))
    fields.append(select("sev", [("", every), *[(s, SEVERITY_NAMES[s](lang)) for s in SEVERITIES]]))
    fields.append(select("state", [(s, STATE_NAMES[s](lang)) for s in STATES]))
    named: Record = {"aria-label": _FILTERS(lang)}
    return html.Form(fields, className="an-filters", id="an-filters", **named)
