"""The exceptions on the kiosk: the one to act on in full, the others in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from data.access.acknowledgements import Acknowledged, Seen
from data.city.city import City
from data.text import Lang, Text
from layouts.html.below import url_of
from layouts.html.marks import data
from layouts.html.markup import B, Button, Div, Node, P, Span
from layouts.html.plain import A
from layouts.kiosk import words as w
from layouts.kiosk.touch import note, pick, sign
from layouts.panels.acknowledged import NOTED, role_name
from layouts.text.exceptions import Told
from layouts.text.formats import UNCLAIMED, clock


@dataclass(frozen=True)
class Alarm:
    """An exception as shown on the kiosk; ``pick``: (address parameter, code) that selects its cases, or None."""

    told: Told
    subject: str
    since_ms: int
    seen: Acknowledged | None
    pick: tuple[str, str] | None = None


def alarms(
    found: list[Alarm] | None, city: City, lang: Lang, may_note: bool, chosen: str = "", may_analyse: bool = False
) -> Node:
    """The one to act on in full (the ``chosen`` one, by its subject, if there is), the others in one line each, which open it.
    None: this area's exceptions are not evaluated."""
    if found is None:
        return P(w.UNWATCHED(lang), className="k-calm")
    if not found:
        return P([Span(className="mark ring"), w.CALM(lang)], className="k-calm")
    order = sorted(found, key=lambda a: (a.subject != chosen, a.told.clearing, a.seen is not None, a.told.rank))
    first, rest = order[0], order[1:]
    return [_alarm(first, city, lang, may_note, may_analyse), *[_line(a, city, lang, may_note) for a in rest]]


def _alarm(a: Alarm, city: City, lang: Lang, may_note: bool, may_analyse: bool) -> Div:
    buttons: list[Node] = [_button(a, w.TAKE(lang), "k-first", lang)] if may_note else []
    if a.pick is not None:
        buttons.append(Button(w.SEE(lang), type="button", **pick(*a.pick), **data(goto="overdue")))
    buttons += [A(words(lang), href=_address(path, lang), className="k-way") for words, path in _ways(a, may_analyse)]
    kind = "seen" if a.seen else a.told.severity
    noted = [P([B(NOTED(lang)), f" {a.seen.note}"], className="k-alarm-note")] if a.seen and a.seen.note else []
    return Div(
        [
            Div(
                [sign(a.told.severity), Span(a.told.title, className="k-alarm-title"), _state(a, city, lang)],
                className="k-alarm-head",
            ),
            P(a.told.text, className="k-alarm-text"),
            *noted,
            Div([*buttons, Span(a.told.owner, className="k-owner")], className="k-alarm-foot"),
        ],
        className=f"k-alarm {kind}",
    )


def _line(a: Alarm, city: City, lang: Lang, may_note: bool) -> Div:
    button = [_button(a, w.ACKNOWLEDGE(lang), "", lang)] if may_note else []
    kind = "seen" if a.seen else a.told.severity
    opened = Button(a.told.title, type="button", className="k-alarm-title k-opens", **pick("alarm", a.subject))
    return Div([sign(a.told.severity), opened, _state(a, city, lang), *button], className=f"k-line {kind}")


def _ways(a: Alarm, may_analyse: bool) -> list[tuple[Text, str]]:
    """Where it leads besides its cases here: the wall of its place, which has a way back, and the workbench."""
    place = [(w.ON_MAP, f"/wall?{urlencode({'scope': a.told.place, 'back': 'kiosk'})}")] if a.told.place else []
    return place + ([(w.ON_WORKBENCH, f"/analyst?{a.told.cases}")] if may_analyse else [])


def _address(path: str, lang: Lang) -> str:
    return url_of(path) + ("&lang=en" if lang == "en" else "")


def _button(a: Alarm, words: str, kind: str, lang: Lang) -> Button:
    """The next step: acknowledge it (``words``), take it on, add a note."""
    if a.seen is None:
        return Button(words, type="button", className=kind, **note("alarm", a.subject, a.told.title))
    if not a.told.clearing and a.told.state == UNCLAIMED(lang):
        return Button(w.HANDLE(lang), type="button", className="k-first", **note("handling", a.subject, a.told.title))
    return Button(w.AGAIN(lang), type="button", **note("alarm", a.subject, a.told.title))


def _state(a: Alarm, city: City, lang: Lang) -> Span:
    if a.told.clearing or a.told.state != UNCLAIMED(lang):
        return Span([B(a.told.state), " ", a.told.since], className="k-state seen")
    if a.seen is None:
        return Span([w.UNSEEN(lang), " ", Span(**data(seen_ms=a.since_ms))], className="k-state")
    return Span(seen_words(Seen(a.seen.role, a.seen.at_ms), city, lang), className="k-state seen")


def seen_words(seen: Seen, city: City, lang: Lang) -> list[Node]:
    return [B(f"✓ {NOTED(lang)}"), " ", Span(f"{role_name(seen.role, lang)} {clock(seen.at_ms, city.profile.zone)}")]
