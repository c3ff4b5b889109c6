"""The wall's page: its skeleton from the words of the address, and the one clientside callback that redraws it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from dash import ALL, ClientsideFunction, Dash, Input, Output, ctx, dcc, html, no_update

from callbacks.desk.router import Desk
from callbacks.http.access import current_viewer, require
from callbacks.http.dash_calls import text_of
from callbacks.wall.page_cache import PageCache
from data.errors import AccessError, NotYetError, QueryError
from data.text import Lang, Text, lang_in
from data.types.records import Record
from layouts.desk.desk import desk_frame
from layouts.html.below import path_of
from layouts.html.marks import data
from layouts.wall.wall import fault_page, page

#: Fallback poll interval: fetches by ETag even if pulses fail.
SLOW_MS = 15_000


def register(app: Dash, page_cache: PageCache, desk: Desk) -> None:
    """Give ``app`` its layout and callbacks; ``page_cache`` has the city (and its grid once read), ``desk`` its own pages."""
    app.layout = html.Div([dcc.Location(id="url", refresh=False), html.Div(id="root")])

    @app.callback(Output("root", "children"), Input("url", "pathname"), Input("url", "search"))
    def show(pathname: str | None, search: str | None) -> Any:
        path, query = path_of(text_of(pathname)) or "/", dict(parse_qsl(text_of(search).lstrip("?")))
        own = desk.page(path)
        if own is not None:
            lang = lang_in(query)
            try:
                viewer = require(own.right)
                # a desk page follows its own address; it is rebuilt for another page, never for another choice
                return no_update if ctx.triggered_prop_ids.keys() == {"url.search"} else own.layout(viewer, query, lang)
            except AccessError as fault:
                words, who = Text(zh=fault.zh, en=str(fault)), current_viewer()
                if who is None or who.surface != "desk":
                    return fault_page(words)
                return desk_frame(
                    who, page_cache.city, lang, own.path, html.P(words(lang), role="alert", **data(up="")), words=query
                )
            except NotYetError as fault:  # the facts are being loaded
                waiting = html.P(fault.said_in(lang), role="status", className="desk-wait", **data(wait=""))
                return desk_frame(viewer, page_cache.city, lang, own.path, waiting, words=query)
        try:
            topic = page_cache.topic_at(path, query)
        except QueryError as fault:
            return fault_page(Text(zh=f"地址有误：{fault.zh}", en=f"The address is faulty: {fault}"))
        if topic is None:
            wrong = path.strip("/")[:40]
            return fault_page(Text(zh=f"没有页面 /{wrong}，请打开 /wall", en=f"No page /{wrong}; open /wall"))
        scene = page_cache.city.profile.scene(topic.page)
        assert scene is not None  # PageCache.topic has checked it
        return [
            dcc.Store(id="page", data=_page_data(page_cache, topic.page, topic.scope, topic.lang)),
            dcc.Store(id="pulse"),
            dcc.Store(id="drawn"),
            dcc.Interval(id="slow", interval=SLOW_MS),
            # no area has a name before the grid is read: the browser fills it in with the first snapshot
            page(
                scene,
                page_cache.city,
                topic.lang,
                topic.scope if topic.scope in page_cache.city.grid.index else "",
                page_cache.head.get("badges", ()),
                query,
            ),
        ]

    app.clientside_callback(ClientsideFunction("gridwall", "open"), Output("pulse", "data"), Input("page", "data"))
    app.clientside_callback(
        ClientsideFunction("gridwall", "redraw"),
        Output("drawn", "data"),
        Output({"type": "panel-chart", "panel": ALL}, "figure"),
        Input("pulse", "data"),
        Input("slow", "n_intervals"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("gridwall", "graphs"),
        Output({"type": "panel-graph", "panel": ALL}, "children"),
        Input("drawn", "data"),
        prevent_initial_call=True,
    )


def _page_data(page_cache: PageCache, page_id: str, scope: str, lang: Lang) -> Record:
    profile, grid = page_cache.city.profile, page_cache.city.grid
    scene = profile.scene(page_id)
    panels = [p for p in (scene.panels if scene else ()) if p in page_cache.panels]
    parent = ""
    if scope and scope in grid.index:
        above = int(grid.parent[grid.index[scope]])
        parent = grid.code[above] if above >= 0 else ""
    return {
        "page": page_id,
        "scope": scope,
        "parent": parent,
        "lang": lang,
        "title": profile.city.title(lang),
        "build": page_cache.build,
        "timezone": profile.city.timezone,
        "panels": panels,
        "every": {p: int(page_cache.panels[p].every.total_seconds() * 1000) for p in panels},
    }
