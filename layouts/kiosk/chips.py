"""The kiosk's filter chips: stages, departments and areas, each with its numbers of open and overdue cases."""

from __future__ import annotations

from collections.abc import Mapping

from data.city.city import City
from data.kiosk.queues import Chip, Queue, Queues, lacking
from data.query.needs import END, Need, not_mapped
from data.text import Lang
from layouts.html.marks import data
from layouts.html.markup import Button, Div, Node, Span
from layouts.kiosk import words as w
from layouts.kiosk.touch import is_, pick, sign
from layouts.text.formats import NONE, count
from layouts.text.rows import names


def ends_known(lacks: Mapping[Queue, tuple[Need, ...]]) -> bool:
    """Whether the ends of cases are delivered; otherwise it is unknown which cases are open."""
    return all(END not in needs for needs in lacks.values())


def stage_chips(found: Queues, chosen: str, act: frozenset[str], city: City, lang: Lang) -> Node:
    """The nine stages and "all"; ``act``: stages with an exception to act on."""
    called, lacks = names(city.profile.stages, lang), lacking(city)
    chips = [
        _chip("stage", c, called[c.code] if c.code else w.ALL_OPEN(lang), chosen, lacks, lang, c.code in act)
        for c in found.stages
    ]
    more = " · ".join(x for x in (w.BIG_SMALL(lang), not_mapped(lacks.get("overdue", ()), lang)) if x)
    head = Div([Span(w.BY_STAGE(lang), className="k-head-name"), Span(more, className="k-head-more")], className="k-head")
    return [head, Div(chips, className="k-chips", role="group", **{"aria-label": w.BY_STAGE(lang)})]


def side_chips(found: Queues, departments: str, place: str, shown: str, city: City, lang: Lang, towns: bool) -> Node:
    """Departments or areas in one row that scrolls sideways; ``shown`` selects which."""
    titles = {"dept": w.BY_DEPARTMENT(lang), "place": (w.BY_PLACE if towns else w.BY_CELL)(lang)}
    switch = [
        Button(words, type="button", className="k-side-tab", **data(side=key), **is_("pressed", key == shown))
        for key, words in titles.items()
    ]
    called, lacks = names(city.profile.departments, lang), lacking(city)
    if shown == "dept":
        chips = [_chip("dept", c, called.get(c.code, "") or w.ALL(lang), departments, lacks, lang) for c in found.departments]
    else:
        chips = [
            _chip("place", c, city.scope_name(c.code)(lang) if c.code else w.ALL(lang), place, lacks, lang) for c in found.places
        ]
    return [
        Div(switch, className="k-side-tabs", role="group", **{"aria-label": " / ".join(titles.values())}),
        Div(chips, className="k-strip", role="group", **{"aria-label": titles[shown]}),
    ]


def _chip(
    word: str, chip: Chip, name: str, chosen: str, lacks: Mapping[Queue, tuple[Need, ...]], lang: Lang, act: bool = False
) -> Button:
    """``lacks``: queues that are not mapped; an unknown number is a dash, not 0."""
    marks: list[Node] = [Span(name, className="k-chip-name")]
    if act:
        marks.append(sign("act"))
    late = NONE if "overdue" in lacks else count(chip.overdue)
    small = Span(
        late,
        className="k-chip-late some" if chip.overdue and late != NONE else "k-chip-late",
        **{"aria-label": f"{w.OVERDUE(lang)} {late}"},
        role="img",
    )
    if chip.after:
        small = Span(w.AWAITING(lang), className="k-chip-late")
    foot = Span([Span(count(chip.open) if ends_known(lacks) else NONE, className="k-chip-n"), small], className="k-chip-foot")
    return Button(
        [Span(marks, className="k-chip-top"), foot],
        type="button",
        className="k-chip act" if act else "k-chip",
        **pick(word, chip.code),
        **is_("pressed", chip.code == chosen),
    )
