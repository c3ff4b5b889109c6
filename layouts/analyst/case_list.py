"""The list of cases, a grid that loads the rows in view from the server, and the dialog that shows one case."""

from __future__ import annotations

from dash import html
from dash_ag_grid import AgGrid

from data.drill.views.cases.cases import DRILL as CASES
from data.drill.views.cases.cases import SORTED
from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst.context import NO_CASE
from layouts.analyst.panel_frame import head, section

#: The page's colours as parameters of an AG Grid theme.
THEME = (
    "themeAlpine.withParams({backgroundColor: 'var(--panel)', foregroundColor: 'var(--ink)',"
    " headerBackgroundColor: 'var(--panel)', headerTextColor: 'var(--ink-3)',"
    " oddRowBackgroundColor: 'var(--panel)', rowHoverColor: 'var(--raised)',"
    " selectedRowBackgroundColor: 'var(--row-chosen)', borderColor: 'var(--hairline)', accentColor: 'var(--select)',"
    " fontSize: 14.5, fontFamily: 'inherit', headerFontWeight: 500,"
    " wrapperBorder: false, cellHorizontalPadding: 10, browserColorScheme: 'var(--scheme)'})"
)
_CASE = Text(zh="案件", en="Case")
_CLOSE = Text(zh="关闭", en="Close")


def case_list(lang: Lang) -> html.Section:
    """The cases, in a grid that loads the rows in view from the server."""
    heads = {f.name: f for f in CASES.fields}
    wide = {
        "case_number": 172,
        "category": 112,
        "channel": 112,
        "severity": 76,
        "town": 104,
        "area": 156,
        "stage": 80,
        "department": 122,
        "reported_at": 128,
        "due_at": 128,
        "closed_at": 128,
        "state": 96,
        "left_min": 112,
        "returns": 70,
        "reworks": 70,
    }
    columns: list[Record] = [
        {
            "field": n,
            "headerName": f.head(lang),
            "width": wide[n],
            "sortable": n in SORTED,
            "resizable": True,
            "suppressMovable": True,
            "cellClass": f"an-c-{n}",
            "tooltipField": n,  # the whole text where a narrowed column ends it in dots
        }
        for n, f in heads.items()
    ]
    columns[0]["pinned"] = "left"
    title, definition = CASES.title(lang), CASES.definition(lang)
    unit = html.Span(id="an-cases-unit", className="an-unit")
    return section(
        CASES.id,
        [
            head(CASES.id, title, definition, unit, [], ("CSV", "XLSX"), lang),
            AgGrid(
                id="an-cases",
                columnDefs=columns,
                rowModelType="infinite",
                className="an-ag",
                getRowId="params.data.eid",
                dashGridOptions={
                    "rowHeight": 34,
                    "headerHeight": 36,
                    "cacheBlockSize": 100,
                    "maxBlocksInCache": 12,
                    "infiniteInitialRowCount": 1,
                    "maxConcurrentDatasourceRequests": 1,
                    "suppressCellFocus": False,
                    "animateRows": False,
                    "enableBrowserTooltips": True,
                    "theme": {"function": THEME},
                    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
                    "localeText": {"noRowsToShow": NO_CASE(lang), "loadingOoo": "…"},
                },
                style={"height": "420px", "width": "100%"},
            ),
            html.P(id="an-cases-note", className="an-note"),
        ],
    )


def case_dialog(lang: Lang) -> html.Dialog:
    labelled: Record = {"aria-labelledby": "an-case-title"}
    return html.Dialog(
        [
            html.Header(
                [
                    html.H2(_CASE(lang), id="an-case-title"),
                    html.Button(_CLOSE(lang), id="an-case-close", type="button", className="desk-button"),
                ],
                className="case-head",
            ),
            html.Div(id="an-case-body", className="case-body", tabIndex="0"),
        ],
        id="an-case",
        className="case-dialog",
        **labelled,
    )
