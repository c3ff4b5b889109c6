"""The top bar of every desk page: the city, the pages that this account may open, the logged-in user, the logout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from data.access.roles import DEMO_USER, ROLE_NAMES
from data.access.viewer import Viewer
from data.city.city import City
from data.text import ENDONYM, TAG, Lang, Text, other
from data.types.records import Record
from layouts.html.below import url_of
from layouts.html.marks import data
from layouts.html.theme import theme_button
from layouts.text.formats import WITHOUT, leaves_out
from layouts.wall.wall import BADGES

#: (path, the right it needs, its name), in the order of the bar.
DESK_LINKS: tuple[tuple[str, str, Text], ...] = (
    ("/analyst", "analyse", Text(zh="研判", en="Analyst")),
    ("/kiosk", "kiosk", Text(zh="值守", en="Kiosk")),
    ("/alarms", "cases", Text(zh="报警", en="Alarms")),
    ("/accounts", "accounts", Text(zh="账号", en="Accounts")),
    ("/screens", "screens", Text(zh="屏幕", en="Screens")),
    ("/audit", "audit", Text(zh="审计", en="Audit")),
)
WALL = Text(zh="大屏", en="Wall")
PAGES = Text(zh="页面", en="Pages")
LOG_IN, LOG_OUT = Text(zh="登录", en="Log in"), Text(zh="退出", en="Log out")
DEMO = Text(zh="演示，本机免登录", en="demo, no login on this machine")
WHOLE_CITY = Text(zh="全市", en="whole city")
TO_MAIN = Text(zh="跳到正文", en="Skip to content")


def desk_bar(
    viewer: Viewer, city: City, lang: Lang, active: str, badges: Iterable[str] = (), words: Mapping[str, str] | None = None
) -> html.Header:
    """The bar of a desk page.

    ``active`` is the page's own path ("/analyst"); ``badges`` are keys of ``layouts.wall.wall.BADGES``; ``words`` are those of
    the address, which the language switch keeps.  The page's own content belongs in ``html.Main(id="main")``.
    """
    links: list[Component] = [html.A(WALL(lang), href=_address("/wall", {}, lang), className="desk-link")]
    for path, right, name in DESK_LINKS:
        if right in viewer.rights:
            current: Record = {"aria-current": "page"} if path == active else {}
            links.append(html.A(name(lang), href=_address(path, {}, lang), className="desk-link", **current))
    to_other = other(lang)
    spoken: Record = {"lang": TAG(to_other), **data(lang_to=to_other)}
    switch = html.A(ENDONYM(to_other), href=_address(active, words or {}, to_other), className="desk-link desk-lang", **spoken)
    tools: list[Any] = [_who(viewer, city, lang), theme_button(lang, "desk-button"), switch, _way(viewer, lang, active)]
    return html.Header(
        [
            html.A(TO_MAIN(lang), href="#main", className="desk-skip"),
            html.Span(city.profile.city.title(lang), className="desk-title"),
            html.Nav(links, className="desk-nav", **_labelled(PAGES(lang))),
            html.Div(
                [html.Span(BADGES[b](lang), className="desk-badge") for b in badges if b in BADGES], className="desk-badges"
            ),
            html.Div(tools, className="desk-right"),
        ],
        className="desk-bar",
    )


def desk_frame(
    viewer: Viewer,
    city: City,
    lang: Lang,
    active: str,
    body: Component | list[Component],
    badges: Iterable[str] = (),
    words: Mapping[str, str] | None = None,
) -> html.Div:
    """A whole desk page: the bar, and ``body`` below it."""
    spoken: Record = {"lang": TAG(lang)}
    return html.Div(
        [desk_bar(viewer, city, lang, active, badges, words), html.Main(body, id="main", className="desk-main")],
        className=f"desk lang-{lang}",
        **spoken,
    )


def _who(viewer: Viewer, city: City, lang: Lang) -> html.Span:
    left_out = f" · {WITHOUT(lang)}" if leaves_out(viewer, city) else ""
    if viewer.user == DEMO_USER:
        return html.Span(DEMO(lang) + left_out, className="desk-who")
    role = ROLE_NAMES[viewer.role](lang) if viewer.role in ROLE_NAMES else viewer.role
    area = _area(viewer, city)(lang)
    return html.Span([html.B(viewer.user), f" {role} · {area}{left_out}"], className="desk-who")


def _area(viewer: Viewer, city: City) -> Text:
    if not viewer.area:
        return WHOLE_CITY
    # no area has a name before the grid is read
    return city.scope_name(viewer.area) if viewer.area in city.grid.index else Text(zh=viewer.area, en=viewer.area)


def _way(viewer: Viewer, lang: Lang, active: str) -> Component:
    if viewer.user == DEMO_USER:
        return html.A(LOG_IN(lang), href=_address("/login", {"next": url_of(active)}, lang), className="desk-link")
    # a form, so that it works even if the page's scripts fail
    button = html.Button(LOG_OUT(lang), type="submit", className="desk-button")
    return html.Form(button, action=_address("/logout", {}, lang), method="POST", className="desk-out")


def _address(path: str, words: Mapping[str, str], lang: Lang) -> str:
    kept = {k: v for k, v in words.items() if k != "lang"} | ({"lang": "en"} if lang == "en" else {})
    return url_of(f"{path}?{urlencode(kept)}" if kept else path)


def _labelled(words: str) -> Record:
    return {"aria-label": words}
