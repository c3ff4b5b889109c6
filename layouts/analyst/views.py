"""The menu of the saved views: each with its link, its permanent address and, for its own account, its removal; and the form."""

from __future__ import annotations

from collections.abc import Iterable

from data.access.roles import DEMO_USER
from data.access.saved_views import LONGEST, SavedView
from data.text import Lang, Text
from layouts.html.below import url_of
from layouts.html.marks import data
from layouts.html.markup import Button, Div, Node, Span, to_html
from layouts.html.plain import A, Form, Input

VIEWS = Text(zh="已存视图", en="Saved views")
NAME, SAVE = Text(zh="视图名称", en="Name of the view"), Text(zh="存为视图", en="Save this view")
LINK, REMOVE = Text(zh="复制地址", en="Copy address"), Text(zh="删除", en="Remove")
NONE = Text(
    zh="尚无已存视图。为当前筛选取名即可保存，研判台各账号均可打开。",
    en="None yet. Name the filters of this page to save them for all who analyse.",
)


def views_html(views: Iterable[SavedView], user: str, lang: Lang) -> str:
    rows = [_row(view, user, lang) for view in views]
    listed: Node = Div(rows, className="an-view-list") if rows else Div(NONE(lang), className="an-view-none")
    field = Input(
        type="text", name="name", maxLength=LONGEST, required=True, placeholder=NAME(lang), **{"aria-label": NAME(lang)}
    )
    form = Form([field, Button(SAVE(lang), type="submit", className="desk-button")], className="an-view-form")
    return to_html([listed, form])


def address_of(view: SavedView, lang: Lang) -> str:
    """Its permanent address, which a newer version of the view keeps."""
    return url_of(f"/analyst?view={view.id}") + ("&lang=en" if lang == "en" else "")


def _row(view: SavedView, user: str, lang: Lang) -> Div:
    words = "&".join(part for part in (view.words, "lang=en" if lang == "en" else "") if part)
    own = view.user == user
    by = "" if own or view.user == DEMO_USER else view.user
    parts: list[Node] = [
        A(view.name, href=url_of("/analyst") + (f"?{words}" if words else ""), className="an-view-name"),
        Span(by, className="an-view-by"),
        Button(LINK(lang), type="button", className="an-small-button", **data(view_address=address_of(view, lang))),
    ]
    if own:
        named = {"aria-label": f"{REMOVE(lang)} {view.name}"}
        parts.append(Button(REMOVE(lang), type="button", className="an-small-button", **data(view_remove=view.id), **named))
    return Div(parts, className="an-view")
