"""The skeleton of a wall page: top bar, the scene's grid in its four shapes, a frame for each panel.

The skeleton is laid out once; the browser then fills ``panel-body`` and ``panel-graph`` and updates every frame's state,
time and note (dashboard/assets/wall/tick.js).  A shape is chosen by CSS media queries on the aspect ratio alone: the
scene's layouts are passed as custom properties, so that no style sheet is generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from data.city.city import City
from data.city.profile import Coded, Profile, Scene
from data.metrics import METRICS
from data.text import ENDONYM, TAG, Lang, Text, other
from data.types.records import Record
from layouts.html.below import url_of
from layouts.html.marks import data
from layouts.panels import PANELS
from layouts.panels.panel import Panel
from layouts.text.formats import LOADING, WITHOUT, closed_log, window, windowed
from layouts.wall.map_shell import shell

#: Panels whose figure is a chart: they have a container for a dcc.Graph instead of a body.
CHARTS = frozenset({"hourly_trend"})
#: Replacements for a closed log, whose last day is not today.
THEN = {
    "zh": {"此刻": "当时", "今日": "当日"},
    "en": {"stock now": "stock then", "open now": "open then", "today's": "that day's"},
}
WINDOWED = Text(zh="统计窗口: {span}. {words}", en="Window: {span}. {words}")
COUNTED, SPACE = Text(zh="{said}。", en=" {said}."), Text(zh="", en=" ")
LAST_DAY = Text(zh="记录末日", en="last day of the log")
PEACE = Text(zh="平时", en="routine")
BACK = Text(zh="‹ 值守台", en="‹ Duty desk")
#: The other language, in few letters.
SWITCH = Text(zh="EN", en="中")
NEXT_SCENE = Text(zh="下一场景：", en="next scene: ")
SNAPSHOT, DATA = Text(zh="快照", en="snapshot"), Text(zh="数据", en="data")
BADGES: dict[str, Text] = {
    "demo": Text(zh="演示数据", en="demo data"),
    "example": Text(zh="示例配置", en="examples"),
    "history": Text(zh="历史数据", en="historic data"),
    "calendar": Text(zh="临时日历", en="draft calendar"),
}
UNKNOWN = Text(zh="没有这个面板：", en="there is no such panel: ")
#: Panels that count no cases, or state themselves what they count of sensitive categories (``data.query.disclosure``).
_NO_CASES = ("feeds", "module_board", "category_top")
#: Words of the address that a link to another page of the wall keeps, besides scope and language.
KEPT = ("theme", "back")
#: Default height of a row in a scene, by the panel in it.
_ROW = {"feeds": "auto", "kpi_row": "auto", "grid_heat": "4fr", "stage_backlog": "3fr", "headline": "auto"}
_SHAPES = ("std", "broad", "wide", "tall")


def page(
    scene: Scene, city: City, lang: Lang, scope: str = "", badges: Iterable[str] = (), words: Mapping[str, str] | None = None
) -> html.Div:
    """The page of one scene for one scope.  ``badges``: keys of ``BADGES`` beyond those that the profile implies;
    ``words``: those of the address, of which the links of the bar keep ``KEPT``."""
    pictures = _pictures(scene)
    seen = {shape: {cell for row in rows for cell in row.split()} for shape, (rows, _, _) in pictures.items()}
    style: dict[str, str] = {}
    for shape, (rows, columns, heights) in pictures.items():
        style[f"--areas-{shape}"] = " ".join(f'"{" ".join(row.split())}"' for row in rows)
        style[f"--cols-{shape}"] = columns
        style[f"--rows-{shape}"] = heights
    frames: list[Component] = []
    for panel_id in scene.panels:
        absent = [f"no-{shape}" for shape in _SHAPES if panel_id not in seen[shape]]
        panel = PANELS.get(panel_id)
        frames.append(_unknown(panel_id, lang, absent) if panel is None else frame(panel, lang, city, absent, scope))
    return html.Div(
        [
            _top(scene, city, lang, scope, badges, {k: v for k in KEPT if (v := (words or {}).get(k))}),
            html.Div(frames, className="grid", style=style),
        ],
        id="wall",
        className=f"wall lang-{lang}",
        lang=TAG(lang),
        **data(lang=lang),
    )


def fault_page(words: Text) -> html.Div:
    """A page that explains in both languages what is wrong with the address."""
    return html.Div(
        html.Div([html.Span(className="mark cross"), html.Div([html.P(words.zh), html.P(words.en)])], className="fault-page"),
        className="wall",
        **data(up=""),
    )


def frame(panel: Panel, lang: Lang, city: City | None = None, classes: Iterable[str] = (), scope: str = "") -> html.Section:
    """A panel's frame: rule, head (with what is wrong with this panel alone), body, note.

    Starts as "loading"; the browser updates ``data-state``.
    """
    state = [
        html.Span(id={"type": "panel-state", "panel": panel.id}, className="panel-word"),
        html.Span(id={"type": "panel-time", "panel": panel.id}, className="panel-time"),
        html.Span(className="panel-mark"),
    ]
    title, unit, definition = _words(panel, city, lang, scope)
    head: list[Any] = [html.H2(title, className="panel-title")]
    if panel.head:
        said: Record = {**data(say=definition), "aria-label": definition}
        head.append(html.Span("i", className="panel-i", tabIndex="0", role="note", **said))
        head.append(html.Span([html.Span(part) for part in unit.split(" · ")], className="panel-unit"))
    head.append(html.Span(id={"type": "panel-wrong", "panel": panel.id}, className="panel-wrong"))
    head.append(html.Div(state, className="panel-says"))
    return html.Section(
        [
            html.Header(head, className="panel-head"),
            _body(panel, city, lang),
            html.Div(LOADING(lang), className="panel-loading"),
            html.Footer(id={"type": "panel-note", "panel": panel.id}, className="panel-note"),
        ],
        id={"type": "panel", "panel": panel.id},
        style={"gridArea": panel.id},
        className=" ".join(["panel", f"p-{panel.id}", "headed" if panel.head else "headless", *classes]),
        title=None if panel.head else definition,
        **data(state="loading"),
    )


def _words(panel: Panel, city: City | None, lang: Lang, scope: str) -> tuple[str, str, str]:
    """Title, unit and definition with the window used in this city, and what is counted of sensitive categories."""
    if city is None:
        return panel.title(lang), panel.unit(lang), panel.definition(lang)
    title, span = panel.title, window(city, panel.metric)(lang)
    unit, definition = (windowed(w, city, panel.metric)(lang) for w in (panel.unit, panel.definition))
    if panel.metric in city.profile.windows:
        # text without {window} describes the metric's own window, but this city's file sets another
        title = panel.windowed or title
        if "{window}" not in panel.unit(lang):
            unit = f"{unit.split(' · ')[0]} · {span}"
        if "{window}" not in panel.definition(lang):
            definition = WINDOWED(lang).format(span=span, words=definition)
    elif city.ended and panel.windowed is not None:
        title = panel.windowed
        unit = f"{unit.split(' · ')[0]} · {LAST_DAY(lang)}"
    if closed_log(city):
        for now, then in THEN[lang].items():
            unit = unit.replace(now, then)
    if any(c.sensitive for c in city.profile.categories):
        batched = METRICS[panel.metric].batched
        if batched is not None:
            definition += SPACE(lang) + batched(lang)
        if panel.id not in _NO_CASES and (batched is None or panel.without is not None):
            # below town level nothing of it counts them
            below = city.scope_of(scope)[0] >= 2
            left_out = WITHOUT(lang) if panel.without is None or below else panel.without(lang)
            unit = f"{unit} · {left_out}" if unit else left_out
            if batched is None:
                counted = f"Counted {left_out}" if left_out == WITHOUT.en else left_out.capitalize()
                definition += COUNTED(lang).format(said=Text(zh=left_out, en=counted)(lang))
    return title(lang), unit, definition


def _body(panel: Panel, city: City | None, lang: Lang) -> html.Div:
    if panel.id in CHARTS:
        # the browser inserts the graph after the first drawing: Plotly's bundle takes most of a second to start, and
        # every other panel would wait for it
        return html.Div(id={"type": "panel-graph", "panel": panel.id}, className="panel-body chart")
    if panel.id == "grid_heat" and city is not None:
        return html.Div(shell(city, lang), className="panel-body map")
    return html.Div(id={"type": "panel-body", "panel": panel.id}, className="panel-body")


def _unknown(panel_id: str, lang: Lang, classes: Iterable[str]) -> html.Section:
    """In place of a panel that does not exist but is named by a scene: says so."""
    return html.Section(
        [
            html.Header([html.H2(panel_id, className="panel-title")], className="panel-head"),
            html.Div(className="panel-body"),
            html.Footer(UNKNOWN(lang) + panel_id, className="panel-note"),
        ],
        style={"gridArea": panel_id},
        className=" ".join(["panel", *classes]),
        **data(state="faulty"),
    )


def _top(scene: Scene, city: City, lang: Lang, scope: str, badges: Iterable[str], words: Mapping[str, str]) -> html.Header:
    profile = city.profile
    named = set(badges) | ({"demo"} if profile.city.demo else set()) | ({"example"} if _has_examples(profile) else set())
    back = [html.A(BACK(lang), href=_address("/kiosk", {}, lang), className="top-back")] if words.get("back") == "kiosk" else []
    left: list[Component] = [
        *back,
        html.H1(profile.city.title(lang), className="top-title"),
        _scene_name(scene, profile, lang, scope, words),
    ]
    # empty while the area has no name yet; the browser fills it in with the first snapshot
    left.append(html.Span(city.scope_name(scope)(lang) if scope else "", className="top-scope"))
    left.append(html.Span(PEACE(lang), className="chip peace"))
    left += [
        html.Span(words(lang), id=f"badge-{key}", className="chip filled", hidden=key not in named)
        for key, words in BADGES.items()
    ]
    right = [
        _language(scene, lang, scope, words),
        html.Span([SNAPSHOT(lang), " ", html.Span(id="top-snapshot")], className="top-item snapshot"),
        html.Span([DATA(lang), " ", html.Span(id="top-age", className="top-age")], className="top-item"),
        html.Span(id="top-date", className="top-item"),
        html.Span(id="top-clock", className="top-clock"),
    ]
    return html.Header(
        [
            html.Div(left, className="top-left"),
            html.Div(id="top-fault", className="top-fault"),
            html.Div(right, className="top-right"),
        ],
        className="top",
    )


def _language(scene: Scene, lang: Lang, scope: str, words: Mapping[str, str]) -> html.A:
    """The switch to the other language; seen where there is a pointer or a touch (dashboard/assets/wall.css)."""
    to = other(lang)
    spoken: Record = {"lang": TAG(to), **data(lang_to=to)}
    href = _address(f"/wall/{scene.id}", {**({"scope": scope} if scope else {}), **words}, to)
    return html.A(SWITCH(lang), href=href, className="top-lang", title=ENDONYM(to), **spoken)


def _scene_name(scene: Scene, profile: Profile, lang: Lang, scope: str, words: Mapping[str, str]) -> html.Span | html.A:
    """The scene's name; if the city has several, a link to the next one."""
    if len(profile.scenes) < 2:
        return html.Span(scene.name(lang), className="top-scene")
    ids = [s.id for s in profile.scenes]
    after = profile.scenes[(ids.index(scene.id) + 1) % len(ids)]
    href = _address(f"/wall/{after.id}", {**({"scope": scope} if scope else {}), **words}, lang)
    return html.A(scene.name(lang), href=href, className="top-scene", title=NEXT_SCENE(lang) + after.name(lang))


def _address(path: str, words: Mapping[str, str], lang: Lang) -> str:
    kept = {**words, **({"lang": "en"} if lang == "en" else {})}
    return url_of(path + (f"?{urlencode(kept)}" if kept else ""))


def _has_examples(profile: Profile) -> bool:
    lists: tuple[tuple[Coded, ...], ...] = (
        profile.levels,
        profile.stages,
        profile.networks,
        profile.channels,
        profile.departments,
        profile.categories,
    )
    return any(item.example for items in lists for item in items)


def _pictures(scene: Scene) -> dict[str, tuple[tuple[str, ...], str, str]]:
    """shape -> (rows of panel ids, column tracks, row tracks); a shape missing from the scene is derived from 16:9."""
    std = _stated(scene.areas, scene.columns, scene.rows)
    return {
        "std": std,
        "broad": _stated(scene.broad, scene.broad_columns, scene.broad_rows) if scene.broad else std,
        "wide": _stated(scene.wide, scene.wide_columns, scene.wide_rows) if scene.wide else std,
        "tall": _stated(scene.tall or tuple(scene.panels), scene.tall_columns, scene.tall_rows),
    }


def _stated(rows: tuple[str, ...], columns: str, heights: str) -> tuple[tuple[str, ...], str, str]:
    return rows, _tracks(columns, rows, across=True), _tracks(heights, rows, across=False)


def _tracks(stated: str, rows: tuple[str, ...], across: bool) -> str:
    """CSS tracks.  A bare ``3fr`` becomes ``minmax(0, 3fr)``, so that content never widens a wall.

    If unstated, or if their number does not match the layout, they follow from its panels.
    """
    tracks = re.findall(r"[a-z-]+\([^()]*(?:\([^()]*\)[^()]*)*\)|\S+", stated)
    wanted = len(rows[0].split()) if across else len(rows)
    if len(tracks) != wanted:
        tracks = ["1fr"] * wanted if across else [_height(row) for row in rows]
    return " ".join(f"minmax(0, {t})" if re.fullmatch(r"[\d.]+fr", t) else t for t in tracks)


def _height(row: str) -> str:
    cells = row.split()
    return _ROW.get(cells[0], "2fr") if len(set(cells)) == 1 else "2fr"
