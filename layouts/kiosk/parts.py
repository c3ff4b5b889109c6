"""The parts of the kiosk that change, each a pure function from what was read to what is drawn.

What a touch does is said by ``data-`` attributes that dashboard/assets/kiosk/kiosk.js looks for: ``data-pick`` (a word of the
address and its value), ``data-tab``, ``data-case``, ``data-note-*``, ``data-more``, ``data-sheet``.  Countdowns and ages are
instants (``data-due-ms``, ``data-seen-ms``); the browser writes them by the server's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from data.access.acknowledgements import Acknowledged, Noted, Seen
from data.city.city import City
from data.city.profile import Category
from data.kiosk.queues import LISTED, MOST, QUEUES, Chip, Queue, Queues, lacking
from data.kiosk.refresh import Refreshed
from data.query.needs import END, Need, not_mapped
from data.text import Lang, Text
from data.types.records import Record, Values
from layouts.html.marks import data
from layouts.html.markup import B, Button, Div, Node, P, Span
from layouts.kiosk import words as w
from layouts.kiosk.words import told
from layouts.panels.acknowledged import NOTED, role_name
from layouts.text.formats import NONE, clock, count
from layouts.text.rows import names
from layouts.text.sentences import Told


@dataclass(frozen=True)
class Alarm:
    """An exception as the kiosk shows it; ``pick`` is what its cases are chosen by: (word of the address, code), or None."""

    told: Told
    subject: str
    since_ms: int
    seen: Acknowledged | None
    pick: tuple[str, str] | None = None


def ends_known(lacks: Mapping[Queue, tuple[Need, ...]]) -> bool:
    """Whether it is delivered that cases end; else nothing is known of what is open."""
    return all(END not in needs for needs in lacks.values())


def alarms(found: list[Alarm] | None, city: City, lang: Lang, may_note: bool) -> Node:
    """The one to act on in full, the others as a line each.  None: this area's exceptions are not judged."""
    if found is None:
        return P(w.UNWATCHED(lang), className="k-calm")
    if not found:
        return P([Span(className="mark ring"), w.CALM(lang)], className="k-calm")
    order = sorted(found, key=lambda a: (a.seen is not None, a.told.rank))
    first, rest = order[0], order[1:]
    return [_alarm(first, city, lang, may_note), *[_line(a, city, lang, may_note) for a in rest]]


def _alarm(a: Alarm, city: City, lang: Lang, may_note: bool) -> Div:
    buttons: list[Node] = []
    if may_note:
        buttons.append(
            Button(
                w.TAKE(lang) if a.seen is None else w.AGAIN(lang),
                type="button",
                className="k-first" if a.seen is None else "",
                **_note("alarm", a.subject, a.told.title),
            )
        )
    if a.pick is not None:
        buttons.append(Button(w.SEE(lang), type="button", **_pick(*a.pick), **data(goto="overdue")))
    kind = "seen" if a.seen else a.told.severity
    note = [P([B(NOTED(lang)), f" {a.seen.note}"], className="k-alarm-note")] if a.seen and a.seen.note else []
    return Div(
        [
            Div(
                [_sign(a.told.severity), Span(a.told.title, className="k-alarm-title"), _state(a, city, lang)],
                className="k-alarm-head",
            ),
            P(a.told.text, className="k-alarm-text"),
            *note,
            Div([*buttons, Span(a.told.owner, className="k-owner")], className="k-alarm-foot"),
        ],
        className=f"k-alarm {kind}",
    )


def _line(a: Alarm, city: City, lang: Lang, may_note: bool) -> Div:
    words = w.ACKNOWLEDGE(lang) if a.seen is None else w.AGAIN(lang)
    button = [Button(words, type="button", **_note("alarm", a.subject, a.told.title))] if may_note else []
    kind = "seen" if a.seen else a.told.severity
    return Div(
        [_sign(a.told.severity), Span(a.told.title, className="k-alarm-title"), _state(a, city, lang), *button],
        className=f"k-line {kind}",
    )


def _sign(severity: str) -> Span:
    """A square with a mark of exclamation, a circle with one: they never differ by colour alone."""
    return Span("!", className=f"k-sign {severity}", **{"aria-hidden": "true"})


def _state(a: Alarm, city: City, lang: Lang) -> Span:
    if a.seen is None:
        return Span([w.UNSEEN(lang), " ", Span(**data(seen_ms=a.since_ms))], className="k-state")
    return Span(seen_words(Seen(a.seen.role, a.seen.at_ms), city, lang), className="k-state seen")


def seen_words(seen: Seen, city: City, lang: Lang) -> list[Node]:
    return [B(f"✓ {NOTED(lang)}"), " ", Span(f"{role_name(seen.role, lang)} {clock(seen.at_ms, city.profile.zone)}")]


def refreshed(found: Refreshed, city: City, lang: Lang) -> Node:
    """``10:42:07 已更新，3 条变化``, what they are, and how long the next refresh has to wait."""
    lacks = lacking(city)
    at, changes = clock(found.at_ms, city.profile.zone, seconds=True), found.changes
    zh = lang == "zh"
    if changes is None:
        says = f"{at} 起计" if zh else f"Counting since {at}"
        what: list[Node] = [Span("按“刷新”看此后的变化" if zh else "refresh to see what changed since")]
    else:
        n = count(changes.total)
        says = f"{at} 已更新，{n} 条变化" if zh else f"Updated {at}, {n} change{'' if changes.total == 1 else 's'}"
        what = [
            Span(f"{words(lang)} {count(k)}")
            for words, k, always in (
                (w.NEWLY["overdue"], changes.overdue, "overdue" not in lacks),
                (w.NEWLY["soon"], changes.soon, "soon" not in lacks),
                (w.NEWLY["returned"], changes.returned, False),
                (w.NEWLY["settled"], changes.settled, ends_known(lacks)),
                (w.NEWLY["gone"], changes.gone, False),
            )
            if k or always
        ]
        if changes.fresh:
            what.append(Span("下方以“新”标出" if zh else "marked “new” below", className="k-hint"))
    cool = Div(
        [Span(className="k-cool-time", **data(wait_ms=found.wait_ms)), Span("各屏共用" if zh else "for all kiosks")],
        className="k-cool",
    )
    said = [P(says, className="k-refreshed-says"), P(what, className="k-refreshed-what")]
    return [Div(said, className="k-refreshed-words"), cool]


def stage_chips(found: Queues, chosen: str, act: frozenset[str], city: City, lang: Lang) -> Node:
    """The nine stages and all; ``act``: stages that an exception calls to act on."""
    called, lacks = names(city.profile.stages, lang), lacking(city)
    chips = [
        _chip("stage", c, called[c.code] if c.code else w.ALL_OPEN(lang), chosen, lacks, lang, c.code in act)
        for c in found.stages
    ]
    more = " · ".join(x for x in (w.BIG_SMALL(lang), not_mapped(lacks.get("overdue", ()), lang)) if x)
    head = Div([Span(w.BY_STAGE(lang), className="k-head-name"), Span(more, className="k-head-more")], className="k-head")
    return [head, Div(chips, className="k-chips", role="group", **{"aria-label": w.BY_STAGE(lang)})]


def side_chips(found: Queues, departments: str, place: str, shown: str, city: City, lang: Lang, towns: bool) -> Node:
    """Departments or places in one row that is pushed sideways; ``shown`` says which."""
    titles = {"dept": w.BY_DEPARTMENT(lang), "place": (w.BY_PLACE if towns else w.BY_CELL)(lang)}
    switch = [
        Button(words, type="button", className="k-side-tab", **data(side=key), **_is("pressed", key == shown))
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
    """``lacks``: queues that are not mapped; what is not known is a dash, no 0."""
    marks: list[Node] = [Span(name, className="k-chip-name")]
    if act:
        marks.append(_sign("act"))
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
        **_pick(word, chip.code),
        **_is("pressed", chip.code == chosen),
    )


def tabs(found: Queues, shown: Queue, city: City, lang: Lang) -> Node:
    """The four queues with how many are in each; the order of the one shown."""
    lacks = lacking(city)
    out: list[Node] = [
        Button(
            [Span(w.TABS[q](lang)), B(NONE if q in lacks else count(found.tabs[q]))],
            type="button",
            role="tab",
            id=f"k-tab-{q}",
            className=f"k-tab {q}",
            tabIndex="0" if q == shown else "-1",
            **data(tab=q),
            **_is("selected", q == shown),
            **{"aria-controls": "k-list"},
        )
        for q in QUEUES
    ]
    return [*out, Span(w.ORDER[shown](lang), className="k-order", role="presentation")]


def rows(
    found: Queues,
    shown: Queue,
    fresh: frozenset[int],
    noted: Noted,
    city: City,
    lang: Lang,
    may_note: bool,
    stage: str,
    now_ms: int,
    limit: int,
) -> Node:
    """The queue that is shown; below what is due soon, the first of the overdue."""
    after = next((c for c in found.stages if c.after and c.code == stage), None)
    if after is not None:
        name = names(city.profile.stages, lang)[stage]
        return P([Span(className="mark ring"), told(w.AFTER, lang, stage=name, n=count(after.open))], className="k-empty")
    row, lacks = _Rows(city, lang, fresh, noted, may_note, now_ms, limit), lacking(city)
    if shown in lacks:
        return P([Span(className="mark dash"), not_mapped(lacks[shown], lang)], className="k-empty")
    out = row.section(found, shown)
    if shown == "soon" and found.tabs["overdue"]:
        head = [
            Span([w.TABS["overdue"](lang), " ", B(count(found.tabs["overdue"]))], className="k-head-name"),
            Button(Text(zh="看全部 ›", en="see all ›")(lang), type="button", className="k-all", **data(tab="overdue")),
        ]
        out += [
            Div([head[0], Span(w.ORDER["overdue"](lang), className="k-head-more"), head[1]], className="k-head k-between"),
            *row.section(found, "overdue", whole=False),
        ]
    return out


@dataclass(frozen=True)
class _Rows:
    city: City
    lang: Lang
    fresh: frozenset[int]
    noted: Noted
    may_note: bool
    now_ms: int
    limit: int

    def section(self, found: Queues, queue: Queue, whole: bool = True) -> list[Node]:
        cases, total = found.listed.get(queue, ()), found.tabs[queue]
        if not total:
            return [P([Span(className="mark ring"), w.EMPTY[queue](self.lang)], className="k-empty")]
        out: list[Node] = [self.row(case, queue) for case in cases]
        if whole and total > len(cases):
            out.append(self._rest(len(cases), total))
        return out

    def _rest(self, listed: int, total: int) -> Node:
        """More can be asked for as long as the list is full; what is then missing may not be listed."""
        if listed == self.limit and listed < MOST:
            return Button(
                told(w.MORE, self.lang, n=min(LISTED, total - listed)),
                type="button",
                className="k-more",
                **data(more=listed + LISTED),
            )
        return P(told(w.UNLISTED, self.lang, n=count(total - listed)), className="k-empty")

    def row(self, case: Values, queue: Queue) -> Div:
        lang, profile = self.lang, self.city.profile
        category = next((c for c in profile.categories if c.code == case["category"]), None)
        name = category.name(lang) if category else NONE
        eid, number = str(case["eid"]), str(case["case_number"])
        stage = names(profile.stages, lang).get(case["stage"], NONE)
        department = names(profile.departments, lang).get(case["department"], "")
        place = self.city.scope_name(case["place"])(lang) if case["place"] else ""
        marks = [Span(w.NEW(lang), className="k-new")] if case["eid"] in self.fresh else []
        due = case["due_at"]
        over = due is not None and due < self.now_ms and not case["is_hung"]
        ticks = {} if due is None or case["is_hung"] else data(due_ms=due)
        left = [
            Span(className="k-time", role="timer", **ticks),
            Div([Span(className="k-word"), self._beside(case, category, over)], className="k-under"),
        ]
        main = [
            Div([Span(name, className="k-what"), Span(place, className="k-where"), *marks], className="k-row-top"),
            Div(
                [Span(" · ".join(x for x in (stage, department) if x)), Span(number, className="k-number")],
                className="k-row-foot",
            ),
        ]
        words = [
            Span(left, className="k-left"),
            Span(main, className="k-main-words"),
            Span(self._handled(case), className="k-handled"),
        ]
        opens = Button(words, type="button", className="k-open", **data(case=eid, title=f"{name} {number}"))
        seen = self.noted.get(("case", eid))
        note = (
            [
                Button(
                    (w.ACKNOWLEDGE if seen is None else w.AGAIN)(lang),
                    type="button",
                    className="k-note",
                    **_note("case", eid, f"{name} {number}"),
                )
            ]
            if self.may_note
            else []
        )
        kind = "k-row" + (" fresh" if marks else "") + (" over" if over else "")
        return Div([opens, *note], className=kind, **data(row=eid))

    def _beside(self, case: Values, category: Category | None, over: bool) -> Node:
        """Of what is overdue its limit, of what is not how much of its time is gone."""
        if case["due_at"] is None or case["is_hung"]:
            return Span((w.DEFERRED if case["is_hung"] else w.NO_LIMIT)(self.lang))
        if over:
            return Span(w.limit_words(category.limit if category else None, self.lang), className="k-limit")
        start = case["registered_at"] or case["reported_at"] or self.now_ms
        whole = max(case["due_at"] - start, 1)
        gone = min(max(100 * (self.now_ms - start) / whole, 0), 100)
        return Span(Span(style={"width": f"{gone:.0f}%"}), className="k-bar-left", **{"aria-hidden": "true"})

    def _handled(self, case: Values) -> list[Node]:
        """Two short lines: who took note of it, and what happened to it on the way."""
        lang, seen = self.lang, self.noted.get(("case", str(case["eid"])))
        zh = lang == "zh"
        if seen is not None:
            return [
                B(f"✓ {NOTED(lang)}", className="seen"),
                Span(f"{role_name(seen.role, lang)} {clock(seen.at_ms, self.city.profile.zone)}"),
            ]
        stages = [s.code for s in self.city.profile.stages]
        handle = self.city.profile.stage_index("handle")
        waiting = case["returns"] and case["stage"] in stages and stages.index(case["stage"]) < handle
        way = []
        if case["returns"]:
            way.append(f"↩ 退单 {case['returns']}" if zh else f"↩ sent back {case['returns']}")
        if waiting:
            way.append("待重派" if zh else "to dispatch")
        if case["reworks"]:
            way.append(f"返工 {case['reworks']}" if zh else f"reworked {case['reworks']}")
        if case["extended"]:
            way.append("已延期" if zh else "extended")
        return [Span(x) for x in way[:2]]


def feet(snapshot: str, checked_ms: int, late: Iterable[str], feeds: int, lang: Lang) -> Node:
    """Which snapshot, how old what is shown is, which feeds are late."""
    behind = list(late)
    left = [
        Span([Text(zh="快照", en="snapshot")(lang), " ", snapshot or NONE]),
        Span([Text(zh="数据", en="data")(lang), " ", Span(id="k-age", **data(checked_ms=checked_ms))]),
    ]
    if behind:
        names_ = ("、" if lang == "zh" else ", ").join(behind)
        late_ = Span([Span(className="mark half"), f"{names_} {w.LATE_FEED(lang)}"], className="k-late")
        return [*left, late_, Span(told(w.FEEDS_FINE, lang, n=feeds - len(behind)))]
    return [*left, Span(told(w.ALL_FINE, lang, n=feeds))] if feeds else left


def _pick(word: str, code: str) -> Record:
    return data(pick=word, code=code)


def _note(kind: str, subject: str, title: str) -> Record:
    return {**data(note_kind=kind, note_subject=subject, note_title=title), "aria-haspopup": "dialog"}


def _is(what: str, so: bool) -> Record:
    return {f"aria-{what}": "true" if so else "false"}
