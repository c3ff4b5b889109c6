"""The kiosk's four queues: their tabs, and the cases of the selected one."""

from __future__ import annotations

from dataclasses import dataclass

from data.access.acknowledgements import Noted
from data.city.city import City
from data.city.profile import Category
from data.kiosk.queues import LISTED, MOST, QUEUES, Queue, Queues, lacking
from data.query.needs import not_mapped
from data.text import Lang, Text
from data.types.records import Values
from layouts.html.marks import data
from layouts.html.markup import B, Button, Div, Node, P, Span
from layouts.kiosk import words as w
from layouts.kiosk.touch import is_, note
from layouts.kiosk.words import told
from layouts.panels.acknowledged import NOTED, role_name
from layouts.text.formats import NONE, clock, count
from layouts.text.rows import names

SEE_ALL = Text(zh="看全部 ›", en="see all ›")
SENT_BACK, REWORKED = Text(zh="↩ 退单 {n}", en="↩ sent back {n}"), Text(zh="返工 {n}", en="reworked {n}")
TO_DISPATCH, EXTENDED = Text(zh="待重派", en="to dispatch"), Text(zh="已延期", en="extended")


def tabs(found: Queues, shown: Queue, city: City, lang: Lang) -> Node:
    """The four queues with their numbers of cases; the sort order of the selected one."""
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
            **is_("selected", q == shown),
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
    """The selected queue; below the cases due soon, the first overdue ones."""
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
            Button(SEE_ALL(lang), type="button", className="k-all", **data(tab="overdue")),
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
        """A button for more cases as long as the list is full and may grow; otherwise the number of unlisted ones."""
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
        button = (
            [
                Button(
                    (w.ACKNOWLEDGE if seen is None else w.AGAIN)(lang),
                    type="button",
                    className="k-note",
                    **note("case", eid, f"{name} {number}"),
                )
            ]
            if self.may_note
            else []
        )
        kind = "k-row" + (" fresh" if marks else "") + (" over" if over else "")
        return Div([opens, *button], className=kind, **data(row=eid))

    def _beside(self, case: Values, category: Category | None, over: bool) -> Node:
        """For an overdue case its limit, for others the share of its time that has passed."""
        if case["due_at"] is None or case["is_hung"]:
            return Span((w.DEFERRED if case["is_hung"] else w.NO_LIMIT)(self.lang))
        if over:
            return Span(w.limit_words(category.limit if category else None, self.lang), className="k-limit")
        start = case["registered_at"] or case["reported_at"] or self.now_ms
        whole = max(case["due_at"] - start, 1)
        gone = min(max(100 * (self.now_ms - start) / whole, 0), 100)
        return Span(Span(style={"width": f"{gone:.0f}%"}), className="k-bar-left", **{"aria-hidden": "true"})

    def _handled(self, case: Values) -> list[Node]:
        """Two short lines: who acknowledged it, or what happened to it on the way."""
        lang, seen = self.lang, self.noted.get(("case", str(case["eid"])))
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
            way.append(SENT_BACK(lang).format(n=case["returns"]))
        if waiting:
            way.append(TO_DISPATCH(lang))
        if case["reworks"]:
            way.append(REWORKED(lang).format(n=case["reworks"]))
        if case["extended"]:
            way.append(EXTENDED(lang))
        return [Span(x) for x in way[:2]]
