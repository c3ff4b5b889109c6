"""The frame of a panel: its head with definition, table and export, and the elements that the browser fills."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst.drawing import Drawing
from layouts.charts.graph import CHART

_TABLE = Text(zh="表", en="Table")
_EXPORT = Text(zh="导出", en="Export")


def frame(drawing: Drawing, lang: Lang) -> html.Section:
    """A panel: rule, head with its definition, a body for its drawing and one for its table."""
    own = drawing.id
    pressed: Record = {"aria-pressed": "false", "data-table": own}
    unit = html.Span(drawing.drill.unit(lang), className="an-unit")
    table = html.Button(_TABLE(lang), type="button", className="an-small-button", **pressed)
    return section(
        own,
        [
            head(own, drawing.title(lang), drawing.definition(lang), unit, [table], ("CSV", "XLSX", "PNG", "SVG"), lang),
            html.Div(id={"type": "an-body", "panel": own}, className="an-drawing"),
            *([_graph(drawing, lang)] if drawing.kind == "chart" else []),
            html.Div(id={"type": "an-table", "panel": own}, className="an-table-body", hidden=True),
            html.P(id={"type": "an-note", "panel": own}, className="an-note"),
        ],
    )


def section(panel: str, body: Sequence[Component]) -> html.Section:
    labelled: Record = {"aria-labelledby": f"an-t-{panel}"}
    return html.Section(list(body), className=f"an-panel an-{panel}", id=f"an-p-{panel}", **labelled)


def head(
    panel: str, title: str, definition: str, unit: html.Span, actions: Sequence[Component], formats: Sequence[str], lang: Lang
) -> html.Header:
    """Title, definition, unit, and on the right the ``actions`` and the menu of exports."""
    said: Record = {"aria-label": definition, "data-say": definition}
    choices = [
        html.Button(f, type="button", className="an-format", **data_attributes(format=f.lower(), panel=panel)) for f in formats
    ]
    export = html.Details([html.Summary(_EXPORT(lang)), html.Div(choices, className="an-menu")], className="an-export")
    return html.Header(
        [
            html.H2(title, id=f"an-t-{panel}", className="an-title"),
            html.Span("i", className="panel-i an-i", tabIndex="0", role="note", **said),
            unit,
            html.Div([*actions, export], className="an-actions"),
        ],
        className="an-panel-head",
    )


def _graph(drawing: Drawing, lang: Lang) -> html.Div:
    """Container for the panel's dcc.Graph, which the browser adds once it is visible: Plotly takes most of a second to start."""
    named: Record = {"aria-label": drawing.title(lang), "aria-roledescription": CHART(lang)}
    return html.Div(
        id={"type": "an-graph", "panel": drawing.id}, className="an-graph", role="application", tabIndex="0", hidden=True, **named
    )


def data_attributes(**values: str) -> Record:
    return {f"data-{k}": v for k, v in values.items()}
