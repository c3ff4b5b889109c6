"""The kiosk's page: its parts, in the order of use; the browser fetches their content
(dashboard/assets/kiosk/kiosk.js).

Portrait first (1080x1920): alarm, refresh, chips, queue, handover; two columns on screens wider than high.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from data.access.acknowledgements import capacity
from data.access.roles import DEMO_USER
from data.access.viewer import Viewer
from data.city.city import City
from data.city.shifts import Shift
from data.text import ENDONYM, TAG, Lang, Text, other
from data.types.records import Record
from layouts.html.below import url_of
from layouts.html.marks import data
from layouts.html.theme import theme_button
from layouts.kiosk import words as w
from layouts.panels.acknowledged import role_name
from layouts.text.formats import LOADING, WITHOUT, leaves_out
from layouts.wall.wall import BADGES

ALARM, QUEUE = Text(zh="报警", en="Alarm"), Text(zh="队列", en="Queue")
FOOT = Text(zh="数据与语言", en="Data and language")


def kiosk_page(viewer: Viewer, city: City, lang: Lang, shift: Shift, badges: Iterable[str], words: Mapping[str, str]) -> html.Div:
    """The skeleton.  It reads two ``words`` of the address: ``print=large``, ``contrast=high``."""
    parts = [
        html.Section(html.P(LOADING(lang), className="k-calm"), id="k-alarm", **_named(ALARM(lang))),
        html.Section(
            [
                html.Button([html.Span(className="k-turn"), html.Span(w.REFRESH(lang))], id="k-refresh", type="button"),
                html.Div(id="k-refreshed", role="status"),
            ],
            className="k-refresh",
        ),
        html.Section(id="k-stages", **_named(w.BY_STAGE(lang))),
        html.Section(id="k-side"),
        html.Section(
            [html.Div(id="k-tabs", role="tablist"), html.Div(id="k-list", role="tabpanel", tabIndex="0", **_named(QUEUE(lang)))],
            className="k-queue",
        ),
        html.Section(id="k-shift", **_named(w.SHIFT(lang))),
    ]
    return html.Div(
        [
            _bar(viewer, city, lang, shift, badges),
            html.Div(id="k-lost", role="status"),
            html.Main(parts, id="main", className="k-main"),
            html.Section(
                [html.Div(id="k-feet", className="k-feet"), _way(viewer, lang)], className="k-foot", **_named(FOOT(lang))
            ),
            *_dialogs(lang),
            html.Button(id="k-idle", type="button", hidden=True),
        ],
        id="kiosk",
        className=f"kiosk lang-{lang}"
        + (" large" if words.get("print") == "large" else "")
        + (" contrast" if words.get("contrast") == "high" else ""),
        lang=TAG(lang),
        **data(lang=lang, zone=city.profile.city.timezone, idle=w.IDLE(lang)),
    )


def _bar(viewer: Viewer, city: City, lang: Lang, shift: Shift, badges: Iterable[str]) -> html.Header:
    role = role_name(capacity(viewer.role), lang)
    left_out = WITHOUT(lang) if leaves_out(viewer, city) else ""
    who = " · ".join(x for x in (role, "" if viewer.user == DEMO_USER else viewer.user, left_out) if x)
    return html.Header(
        [
            html.H1(w.TITLE(lang), className="k-title"),
            html.Div(
                [
                    html.Span(shift.name(lang), id="k-shift-name"),
                    html.Span(shift.text.replace("-", "–"), id="k-shift-span"),
                    html.Span(who, className="k-who"),
                ],
                className="k-says",
            ),
            *[html.Span(BADGES[b](lang), className="chip filled") for b in badges if b in ("demo", "history")],
            html.Div(
                [
                    html.Button(w.LARGE(lang), id="k-large", type="button", **_pressed()),
                    html.Button(w.CONTRAST(lang), id="k-contrast", type="button", **_pressed()),
                ],
                className="k-modes",
            ),
            html.Span(id="k-clock", className="k-clock"),
        ],
        className="k-bar",
    )


def _way(viewer: Viewer, lang: Lang) -> html.Div:
    to_other = other(lang)
    spoken: Record = {"lang": TAG(to_other), **data(lang_to=to_other)}
    ways: list[Any] = [
        theme_button(lang, "k-theme"),
        html.A(ENDONYM(to_other), id="k-lang", href=url_of("/kiosk?lang=") + to_other, **spoken),
    ]
    if viewer.user != DEMO_USER:
        ways.append(html.Form(html.Button(w.LOG_OUT(lang), type="submit"), action=url_of("/logout"), method="POST"))
    return html.Div(ways, className="k-ways")


def _dialogs(lang: Lang) -> list[Component]:
    def button(words: str, **more: Any) -> html.Button:
        return html.Button(words, type="button", **more)

    close = {**data(close="")}
    chips = [button(n(lang), className="k-chip k-ready", **data(note=n(lang))) for n in w.READY_NOTES]
    note = html.Dialog(
        [
            html.H2(id="k-note-title"),
            html.Div(chips, className="k-readies"),
            html.Label([html.Span(w.NOTE(lang)), html.Textarea(id="k-note-text", maxLength=200, rows=3)], className="k-field"),
            html.P(id="k-note-fault", role="alert", className="k-fault"),
            html.Div(
                [button(w.TAKE(lang), id="k-note-send", className="k-first"), button(w.CANCEL(lang), **close)], className="k-ends"
            ),
        ],
        id="k-note",
        className="k-dialog",
        **_by("k-note-title"),
    )
    case = html.Dialog(
        [
            html.H2(w.CASE(lang), id="k-case-title"),
            html.Div(id="k-case-body", className="k-scroll", tabIndex="0"),
            html.Div(
                [button(w.TAKE(lang), id="k-case-note", className="k-first"), button(w.CLOSE(lang), **close)], className="k-ends"
            ),
        ],
        id="k-case",
        className="k-dialog",
        **_by("k-case-title"),
    )
    sheet = html.Dialog(
        [
            html.H2(w.WRITE_SHEET(lang), id="k-sheet-title"),
            html.Pre(id="k-sheet-text", className="k-scroll", tabIndex="0"),
            html.P(id="k-sheet-said", role="status", className="k-fault"),
            html.Div(
                [
                    button(w.COPY(lang), id="k-sheet-copy", className="k-first"),
                    button(w.PRINT(lang), id="k-sheet-print"),
                    button(w.SAVE(lang), id="k-sheet-save"),
                    button(w.CLOSE(lang), **close),
                ],
                className="k-ends",
            ),
        ],
        id="k-sheet",
        className="k-dialog",
        **_by("k-sheet-title"),
    )
    return [note, case, sheet]


def _named(words: str) -> Record:
    return {"aria-label": words}


def _by(title: str) -> Record:
    return {"aria-labelledby": title}


def _pressed() -> Record:
    return {"aria-pressed": "false"}
