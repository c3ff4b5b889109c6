"""The case list's grid, the only part of the workbench with a Dash callback on the server; checks role and area at each call."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, html, no_update

from callbacks.auth.case_gate import written
from callbacks.desk.analyst_cases import Cases
from callbacks.http.access import require
from callbacks.http.dash_calls import object_of, text_of
from callbacks.http.executor import PriorityExecutor
from data.errors import AccessError, OverVolumeError, QueryError
from data.facts.case_reads import read_as, refused
from data.text import lang_in
from data.types.records import Record


def register(app: Dash, cases: Cases, executor: PriorityExecutor) -> None:
    """Register the grid's callback and the page's clientside ones."""

    import layouts.analyst.page  # noqa: F401  # the grid's scripts are served only if it is imported at start

    @app.callback(
        Output("an-cases", "getRowsResponse"),
        Output("an-cases-unit", "children"),
        Output("an-cases-note", "children"),
        Input("an-cases", "getRowsRequest"),
        State("an-words", "data"),
        prevent_initial_call=True,
    )
    def rows(request: Record | None, search: str | None) -> Any:
        request, search = object_of(request), text_of(search)
        if not request:
            return no_update, no_update, no_update
        try:
            viewer = require("cases")
            read_as("case list")
            found = executor.submit(lambda: cases.rows(viewer, search, request)).result()
            written()
        except QueryError as fault:  # also AccessError, TooManyRequestsError, OverVolumeError, NotRecordedError
            if isinstance(fault, (AccessError, OverVolumeError)):
                refused("limit" if isinstance(fault, OverVolumeError) else "area")
            lang = lang_in(dict(parse_qsl(search.lstrip("?"))))
            return {"rowData": [], "rowCount": 0}, "", html.Strong(fault.said_in(lang), role="alert")  # in place of "no case"
        return {"rowData": found["rowData"], "rowCount": found["rowCount"]}, found["unit"], found["note"]

    app.clientside_callback(ClientsideFunction("analyst", "open"), Output("an-begun", "data"), Input("an-start", "data"))
    app.clientside_callback(
        ClientsideFunction("analyst", "openCase"),
        Output("an-begun", "data", allow_duplicate=True),
        Input("an-cases", "cellClicked"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("charts", "chosen"),
        Output("an-begun", "data", allow_duplicate=True),
        Input({"type": "an-chart", "panel": ALL}, "clickData"),
        Input({"type": "an-chart", "panel": ALL}, "selectedData"),
        prevent_initial_call=True,
    )
