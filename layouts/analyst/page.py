"""The workbench's skeleton: filters, tabs, frames of the panels; the browser fills them (dashboard/assets/desk/workbench.js)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from data.access.saved_views import SavedView
from data.access.viewer import Viewer
from data.city.city import City
from data.text import TAG, Lang, Text
from data.types.records import Record
from layouts.analyst.case_list import case_dialog, case_list
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.filter_form import filter_form
from layouts.analyst.panel_frame import data_attributes, frame
from layouts.analyst.tabs import FIRST, TABS
from layouts.analyst.views import VIEWS
from layouts.charts.graph import IMAGE, KEYS, config
from layouts.charts.template import TEMPLATE
from layouts.desk.desk import desk_bar
from layouts.html.below import url_of

WORDS = {
    "workbench": Text(zh="研判台", en="Analyst's workbench"),
    "definitions": Text(zh="定义与分母", en="Definitions and denominators"),
    "link": Text(zh="复制链接", en="Copy link"),
    "find": Text(zh="案件号，回车打开", en="Case number, then Enter"),
    "tabs": Text(zh="视图", en="Views"),
}


def page(
    viewer: Viewer,
    city: City,
    words: Mapping[str, str],
    lang: Lang,
    badges: tuple[str, ...],
    named: SavedView | None = None,
    saves: bool = False,
) -> html.Div:
    """The page for a viewer who may analyse.  ``words``: query parameters; the first answer reports a faulty one.  ``named``: the
    saved view that they name; ``saves``: whether views can be saved."""
    tab = words.get("tab") if words.get("tab") in TABS else FIRST
    frames = [frame(DRAWINGS[p], lang) for p in dict.fromkeys(p for shown in TABS.values() for p in shown.panels)]
    spoken: Record = {"lang": TAG(lang)}
    body: list[Component] = [
        html.H1(WORDS["workbench"](lang), className="an-unseen"),
        filter_form(viewer, city, lang),
        html.Div(
            [
                html.Div(id="an-crumbs", className="an-where"),
                _tabs(lang),
                html.Div(
                    [
                        *([_find(lang)] if "cases" in viewer.rights else []),
                        *([_views(lang)] if saves else []),
                        html.Button(WORDS["link"](lang), id="an-link", type="button", className="desk-button"),
                    ],
                    className="an-tools",
                ),
            ],
            className="an-head",
        ),
        html.Div(id="an-chips", className="an-chips"),
        html.Div(id="an-summary", className="an-summary", **_live()),
        html.Div(id="an-source", className="an-says", role="status", **data_attributes(kind="fault")),
        html.Div(id="an-says", className="an-says", role="status"),
        html.Div(
            [
                html.Div([*frames, *([case_list(lang)] if "cases" in viewer.rights else [])], className="an-grid", id="an-grid"),
                _side(lang),
            ],
            className="an-body",
        ),
        html.Footer(id="an-foot", className="an-footer"),
        case_dialog(lang),
        dcc.Store(
            id="an-start",
            data={
                "lang": lang,
                "tabs": {t: list(p) for t, (_, p) in TABS.items()},
                "tab": tab,
                "view": named.words if named else "" if words.get("view") else None,
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


def _views(lang: Lang) -> html.Details:
    """The menu of saved views; the browser fetches it when it is opened."""
    return html.Details([html.Summary(VIEWS(lang)), html.Div(id="an-views", className="an-menu")], className="an-export an-views")


def _find(lang: Lang) -> html.Div:
    """The place of the field that opens a case by its number; the browser makes the field, as those of the dates."""
    asked: Record = {"role": "search"}
    return html.Div(
        html.Span(className="an-find-input", **data_attributes(says=WORDS["find"](lang))), className="an-filter an-find", **asked
    )


def _live() -> Record:
    return {"aria-live": "polite"}


def _tabs(lang: Lang) -> html.Nav:
    named: Record = {"aria-label": WORDS["tabs"](lang)}
    links = [
        html.A(name(lang), href=url_of("/analyst"), className="an-tab", **data_attributes(tab=tab))
        for tab, (name, _) in TABS.items()
    ]
    return html.Nav(links, className="an-tabs", **named)


def _side(lang: Lang) -> html.Aside:
    named: Record = {"aria-label": WORDS["definitions"](lang)}
    return html.Aside(
        [html.H2(WORDS["definitions"](lang), className="an-title"), html.Div(id="an-definitions")], className="an-side", **named
    )
