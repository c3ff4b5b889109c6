"""The workbench's skeleton: filters, tabs, frames of the panels; the browser fills them (dashboard/assets/desk/workbench.js)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

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
from data.drill.view import DRILLS
from data.drill.views.cases.cases import DRILL as CASES
from data.drill.views.cases.cases import SORTED
from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst.panels import CHARTS, TABS
from layouts.charts.graph import CHART, IMAGE, KEYS, config
from layouts.charts.template import TEMPLATE
from layouts.desk.desk import desk_bar
from layouts.html.below import url_of

#: The grid in the desk's colours, in the words of AG Grid's own themes.
THEME = (
    "themeAlpine.withParams({backgroundColor: '#0B1521', foregroundColor: '#EDF3F9', headerBackgroundColor: '#0B1521',"
    " headerTextColor: '#8599AD', oddRowBackgroundColor: '#0B1521', rowHoverColor: '#122030',"
    " selectedRowBackgroundColor: '#16344B', borderColor: '#1C2C3F', accentColor: '#5CC8FF',"
    " fontSize: 14.5, fontFamily: 'inherit', headerFontWeight: 500,"
    " wrapperBorder: false, cellHorizontalPadding: 10, browserColorScheme: 'dark'})"
)
WORDS = {
    "from": Text(zh="自", en="from"),
    "to": Text(zh="至", en="to"),
    "all": Text(zh="全部", en="All"),
    "table": Text(zh="表", en="Table"),
    "export": Text(zh="导出", en="Export"),
    "reading": Text(zh="正在读取…", en="Reading…"),
    "definitions": Text(zh="定义与分母", en="Definitions and denominators"),
    "filters": Text(zh="筛选", en="Filters"),
    "answer": Text(zh="结果", en="Answer"),
    "link": Text(zh="复制链接", en="Copy link"),
    "tabs": Text(zh="视图", en="Views"),
    "close": Text(zh="关闭", en="Close"),
    "case": Text(zh="案件", en="Case"),
    "find": Text(zh="案件号", en="Case no."),
    "custom": Text(zh="自定时段", en="Chosen days"),
}


def page(viewer: Viewer, city: City, words: Mapping[str, str], lang: Lang, badges: tuple[str, ...]) -> html.Div:
    """The page for a viewer who may analyse.  ``words``: of the address; a faulty one is said by the first answer."""
    tab = words.get("tab") if words.get("tab") in TABS else "overview"
    frames = [frame(d, lang) for d in dict.fromkeys(p for _, panels in TABS.values() for p in panels)]
    spoken: Record = {"lang": "zh-CN" if lang == "zh" else "en"}
    body: list[Component] = [
        html.H1(Text(zh="研判台", en="Analyst's workbench")(lang), className="an-unseen"),
        _filters(viewer, city, lang),
        html.Div(
            [
                html.Div(id="an-crumbs", className="an-where"),
                _tabs(lang),
                html.Div(
                    html.Button(WORDS["link"](lang), id="an-link", type="button", className="desk-button"), className="an-tools"
                ),
            ],
            className="an-head",
        ),
        html.Div(id="an-chips", className="an-chips"),
        html.Div(id="an-summary", className="an-summary", **_live()),
        html.Div(id="an-source", className="an-says", role="status", **_marked(kind="fault")),
        html.Div(id="an-says", className="an-says", role="status"),
        html.Div(
            [
                html.Div([*frames, *([_list(lang)] if "cases" in viewer.rights else [])], className="an-grid", id="an-grid"),
                _side(lang),
            ],
            className="an-body",
        ),
        html.Footer(id="an-foot", className="an-footer"),
        _dialog(lang),
        dcc.Store(
            id="an-start",
            data={
                "lang": lang,
                "tabs": {t: list(p) for t, (_, p) in TABS.items()},
                "tab": tab,
                "cases": "cases" in viewer.rights,
                "export": "export" in viewer.rights,
                "charts": {"template": TEMPLATE, "config": config(lang), "image": IMAGE(lang), "keys": KEYS(lang)},
            },
        ),
        dcc.Store(id="an-begun"),
        dcc.Store(id="an-words", data=urlencode({k: v for k, v in words.items() if k != "tab"})),  # for the grid
    ]
    return html.Div(
        [desk_bar(viewer, city, lang, "/analyst", badges, words), html.Main(body, id="main", className="an-main")],
        className=f"desk analyst lang-{lang}",
        **spoken,
    )


def _live() -> Record:
    return {"aria-live": "polite"}


def frame(drill_id: str, lang: Lang) -> html.Section:
    """A panel: rule, head with its definition, a body for its drawing and one for its table."""
    drill = DRILLS[drill_id]
    title, definition = drill.title(lang), drill.definition(lang)
    labelled: Record = {"aria-labelledby": f"an-t-{drill_id}"}
    said: Record = {"aria-label": definition, "data-say": definition}
    pressed: Record = {"aria-pressed": "false", "data-table": drill_id}
    choices = [
        html.Button(f, type="button", className="an-format", **_marked(format=f.lower(), panel=drill_id))
        for f in ("CSV", "XLSX", "PNG", "SVG")
    ]
    return html.Section(
        [
            html.Header(
                [
                    html.H2(title, id=f"an-t-{drill_id}", className="an-title"),
                    html.Span("i", className="panel-i an-i", tabIndex="0", role="note", **said),
                    html.Span(drill.unit(lang), className="an-unit"),
                    html.Div(
                        [
                            html.Button(WORDS["table"](lang), type="button", className="an-small-button", **pressed),
                            html.Details(
                                [html.Summary(WORDS["export"](lang)), html.Div(choices, className="an-menu")],
                                className="an-export",
                            ),
                        ],
                        className="an-actions",
                    ),
                ],
                className="an-panel-head",
            ),
            html.Div(id={"type": "an-body", "panel": drill_id}, className="an-drawing"),
            *([_graph(drill_id, lang)] if drill_id in CHARTS else []),
            html.Div(id={"type": "an-table", "panel": drill_id}, className="an-table-body", hidden=True),
            html.P(id={"type": "an-note", "panel": drill_id}, className="an-note"),
        ],
        className=f"an-panel an-{drill_id}",
        id=f"an-p-{drill_id}",
        **labelled,
    )


def _graph(drill_id: str, lang: Lang) -> html.Div:
    """Where the browser puts the panel's dcc.Graph once it is seen: Plotly's bundle takes most of a second to start."""
    named: Record = {"aria-label": DRILLS[drill_id].title(lang), "aria-roledescription": CHART(lang)}
    return html.Div(
        id={"type": "an-graph", "panel": drill_id}, className="an-graph", role="application", tabIndex="0", hidden=True, **named
    )


def _tabs(lang: Lang) -> html.Nav:
    named: Record = {"aria-label": WORDS["tabs"](lang)}
    links = [
        html.A(name(lang), href=url_of("/analyst"), className="an-tab", **_marked(tab=tab)) for tab, (name, _) in TABS.items()
    ]
    return html.Nav(links, className="an-tabs", **named)


def _filters(viewer: Viewer, city: City, lang: Lang) -> html.Form:
    """Native selects: they answer keys, touch and screen readers.  Their values are set by the browser from the address."""
    every = WORDS["all"](lang)

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
        select("win", [*[(w, WINDOW_NAMES[w](lang)) for w in WINDOWS], ("days", WORDS["custom"](lang))]),
        *[
            html.Label(
                [html.Span(WORDS[w](lang), className="an-label"), html.Span(className="an-date-input", **_marked(date=w))],
                className="an-filter an-date",
            )
            for w in ("from", "to")
        ],
        select("vs", [(v, COMPARISON_NAMES[v](lang)) for v in COMPARISONS]),
        select("area", areas),
    ]
    for word in ("net", "cat", "ch", "dep", "stage"):
        items = getattr(city.profile, LISTS[word])
        fields.append(select(word, [("", every), *[(i.code, i.name(lang)) for i in items]]))
    fields.append(select("sev", [("", every), *[(s, SEVERITY_NAMES[s](lang)) for s in SEVERITIES]]))
    fields.append(select("state", [(s, STATE_NAMES[s](lang)) for s in STATES]))
    named: Record = {"aria-label": WORDS["filters"](lang)}
    return html.Form(fields, className="an-filters", id="an-filters", **named)


def _marked(**values: str) -> Record:
    return {f"data-{k}": v for k, v in values.items()}


def _side(lang: Lang) -> html.Aside:
    named: Record = {"aria-label": WORDS["definitions"](lang)}
    return html.Aside(
        [html.H2(WORDS["definitions"](lang), className="an-title"), html.Div(id="an-definitions")], className="an-side", **named
    )


def _list(lang: Lang) -> html.Section:
    """The cases: a grid that asks the server for the rows in view."""
    heads = {f.name: f for f in CASES.fields}
    wide = {
        "case_number": 172,
        "category": 112,
        "channel": 112,
        "severity": 76,
        "town": 104,
        "area": 128,
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
        }
        for n, f in heads.items()
    ]
    columns[0]["pinned"] = "left"
    title, definition = CASES.title(lang), CASES.definition(lang)
    said: Record = {"aria-label": definition, "data-say": definition}
    choices = [
        html.Button(f, type="button", className="an-format", **_marked(format=f.lower(), panel="cases")) for f in ("CSV", "XLSX")
    ]
    labelled: Record = {"aria-labelledby": "an-t-cases"}
    return html.Section(
        [
            html.Header(
                [
                    html.H2(title, id="an-t-cases", className="an-title"),
                    html.Span("i", className="panel-i an-i", tabIndex="0", role="note", **said),
                    html.Span(id="an-cases-unit", className="an-unit"),
                    html.Div(
                        [
                            html.Details(
                                [html.Summary(WORDS["export"](lang)), html.Div(choices, className="an-menu")],
                                className="an-export",
                            )
                        ],
                        className="an-actions",
                    ),
                ],
                className="an-panel-head",
            ),
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
                    "theme": {"function": THEME},
                    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
                    "localeText": {
                        "noRowsToShow": "没有符合条件的案件" if lang == "zh" else "No case meets the filters",
                        "loadingOoo": "…",
                    },
                },
                style={"height": "420px", "width": "100%"},
            ),
            html.P(id="an-cases-note", className="an-note"),
        ],
        className="an-panel an-cases",
        id="an-p-cases",
        **labelled,
    )


def _dialog(lang: Lang) -> html.Dialog:
    labelled: Record = {"aria-labelledby": "an-case-title"}
    return html.Dialog(
        [
            html.Header(
                [
                    html.H2(WORDS["case"](lang), id="an-case-title"),
                    html.Button(WORDS["close"](lang), id="an-case-close", type="button", className="desk-button"),
                ],
                className="case-head",
            ),
            html.Div(id="an-case-body", className="case-body", tabIndex="0"),
        ],
        id="an-case",
        className="case-dialog",
        **labelled,
    )
