"""/kiosk: the operators' duty desk: its page and its requests: queues, refresh, acknowledgement, handover sheet.

Every answer is read for the viewer: within the account's area, limited by its rights.  The facts are read in one
transaction; alarms and feeds come from the newest snapshot, as on the walls.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from callbacks.desk.kiosk_alarms import WallAlarms
from callbacks.desk.router import DeskPage, DeskRoute
from callbacks.wall.page_cache import PageCache
from callbacks.wall.source_health import not_yet
from data.access.acknowledgements import Acknowledged, Acknowledgements, capacity, checked_note
from data.access.roles import place_within
from data.access.viewer import Viewer
from data.city.city import City
from data.city.shifts import shift_at
from data.clock.instants import ms
from data.drill.views.cases.case import eid_of
from data.errors import QueryError, StateError
from data.facts.rows import Rows
from data.kiosk import handover, queues, refresh
from data.kiosk.choice import Choice, place_level
from data.kiosk.queues import LISTED, MOST, QUEUES, Queue
from data.kiosk.refresh import Refreshed, Refreshes
from data.text import Lang, Text, lang_in
from data.types.records import Record, Values
from layouts.html.markup import to_html
from layouts.kiosk import alarms as alarms_drawing
from layouts.kiosk import chips, status
from layouts.kiosk import queue as queue_drawing
from layouts.kiosk import shift as kiosk_shift
from layouts.kiosk.alarms import Alarm
from layouts.kiosk.page import kiosk_page
from layouts.kiosk.words import TITLE

log = logging.getLogger("gridwall.kiosk")
#: Maximum number of ids checked per query for being closed.
_ASKED_AT_ONCE = 500
#: Cases that the handover sheet names: those due soonest, then the longest overdue.
_PRESSING = 8


class Reads(Protocol):
    """The methods of the facts used here (``data.facts.store.Facts``)."""

    def read(self, statements: Values) -> tuple[dict[str, str], dict[str, Rows]]: ...


def kiosk_desk(
    page_cache: PageCache,
    facts: Callable[[], Reads | None],
    acknowledged: Acknowledgements,
    clock: Callable[[], tuple[datetime, datetime]],
) -> tuple[tuple[DeskPage, ...], tuple[DeskRoute, ...]]:
    """(pages, routes) for the Desk.  ``clock()``: (now, the instant that the numbers are for)."""
    kiosk = Kiosk(page_cache, facts, acknowledged, clock)
    return (DeskPage("/kiosk", "kiosk", TITLE, kiosk.page),), (
        DeskRoute("/desk/kiosk/queue", "kiosk", kiosk.queue),
        DeskRoute("/desk/kiosk/refresh", "kiosk", kiosk.press, "POST"),
        DeskRoute("/desk/kiosk/acknowledge", "acknowledge", kiosk.acknowledge, "POST", "acknowledged", ("subject",)),
        DeskRoute("/desk/kiosk/handover", "kiosk", kiosk.sheet, audit="handover written"),
    )


@dataclass(frozen=True)
class _Asking:
    """One request: viewer, city, language, instant."""

    viewer: Viewer
    city: City
    lang: Lang
    now: datetime  # the instant that the numbers are for
    facts: Reads

    @property
    def key(self) -> tuple[str, bool]:
        return self.viewer.scope, self.viewer.sees_sensitive


@dataclass
class Kiosk:
    """Answers the routes; tracks the cool-down of refreshes."""

    page_cache: PageCache
    facts: Callable[[], Reads | None]
    acknowledged: Acknowledgements
    clock: Callable[[], tuple[datetime, datetime]]
    refreshes: Refreshes = field(default_factory=Refreshes)
    on_walls: WallAlarms = field(init=False)

    def __post_init__(self) -> None:
        self.on_walls = WallAlarms(self.page_cache, self.acknowledged)

    def page(self, viewer: Viewer, words: Mapping[str, str], lang: Lang) -> Any:
        city = self.page_cache.city
        shift = shift_at(self.clock()[1], city.profile.zone, _shifts(city))
        return kiosk_page(viewer, city, lang, shift, self.page_cache.head.get("badges", ()), words)

    def queue(self, viewer: Viewer, words: Values) -> Record:
        """Every part of the page: ``{"now", "checked", "still", "source", "parts": {id: html}}``."""
        asking = self._asking(viewer, words)
        return self._answer(asking, words, self.refreshes.look(asking.key, self._now_ms(), self._taking(asking)))

    def press(self, viewer: Viewer, words: Values) -> Record:
        """As ``queue``, after a refresh; during the cool-down, with the result of the last one."""
        asking = self._asking(viewer, words)
        return self._answer(asking, words, self.refreshes.press(asking.key, self._now_ms(), self._taking(asking)))

    def acknowledge(self, viewer: Viewer, words: Values) -> Record:
        """Store an acknowledgement of a current alarm, or of an open case that this account may see; kind "handling": of an
        alarm that this account's holder takes in hand."""
        asking = self._asking(viewer, words)
        subject, kind = str(words.get("subject") or ""), str(words.get("kind") or "")
        if kind in ("alarm", "handling"):
            if subject not in {a.subject for a in self._alarms(asking) or ()}:
                raise QueryError("this alarm is over, or is not of your area", "该报警已解除，或不在您的可见范围内")
        elif kind == "case":
            rows = asking.facts.read({"one": queues.one(asking.viewer, asking.city, asking.now, eid_of(subject))})[1]["one"]
            if not len(rows["eid"]):
                raise QueryError("there is no such open case in your area", "您的可见范围内没有这件在办案件")
        else:
            raise QueryError(f"kind '{kind[:20]}': write alarm or case", f"类别“{kind[:20]}”：请写 alarm 或 case")
        note = checked_note(str(words.get("note") or ""))
        if kind == "handling" and self.page_cache.lives is not None:  # before what makes the walls draw
            self.page_cache.lives.handle(subject, capacity(viewer.role), self._now_ms())
        kept = self.acknowledged.add(
            Acknowledged(
                "case" if kind == "case" else "alarm",
                subject,
                note,
                viewer.user,
                capacity(viewer.role),
                asking.viewer.scope,
                self._now_ms(),
            )
        )
        return {"at": kept.at_ms, "until": kept.until_ms, "note": kept.note}

    def sheet(self, viewer: Viewer, words: Values) -> Record:
        """``{"text", "name"}`` of the handover sheet."""
        asking = self._asking(viewer, words)
        found = self._read(asking, Choice(), ("soon", "overdue"), _PRESSING)
        told = queues.compute(found, asking.city, asking.viewer, Choice())
        watch = self._watch(asking, found, told, tuple(self._alarms(asking) or ()))
        pressing = (*told.listed["soon"], *told.listed["overdue"])[:_PRESSING]
        text = kiosk_shift.sheet(
            watch, pressing, viewer.user, capacity(viewer.role), self._snapshot_id(), ms(asking.now), asking.city, asking.lang
        )
        start = watch.shift.start
        return {"text": text, "name": f"{Text(zh='交接单', en='handover')(asking.lang)}-{start:%Y%m%d-%H%M}.txt"}

    # ------------------------------------------------------------------ how they are answered
    def _asking(self, viewer: Viewer, words: Values) -> _Asking:
        city, facts = self.page_cache.city, self.facts()
        if facts is None or self.page_cache.snapshot is None:
            raise not_yet(self.page_cache.health)
        scope = place_within(viewer, city, "")
        lang = lang_in(words)
        return _Asking(replace(viewer, surface="desk", scope=scope), city, lang, self.clock()[1], facts)

    def _now_ms(self) -> int:
        return ms(self.clock()[0])

    def _taking(self, asking: _Asking) -> Callable[[int | None], refresh.Standing]:
        def take(since_ms: int | None) -> refresh.Standing:
            statements = refresh.asked(asking.viewer, asking.city, asking.now, since_ms)
            return refresh.standing(asking.facts.read(statements)[1], asking.now)

        return take

    def _read(self, asking: _Asking, choice: Choice, shown: tuple[Queue, ...], limit: int) -> dict[str, Rows]:
        shift = shift_at(asking.now, asking.city.profile.zone, _shifts(asking.city))
        statements = {
            **queues.asked(asking.viewer, asking.city, asking.now, shown, choice, limit),
            **handover.asked(asking.viewer, asking.city, asking.now, shift.start),
        }
        taken_note = self.acknowledged.cases()[:_ASKED_AT_ONCE]
        if taken_note:
            statements["closed"] = queues.ended(asking.now, taken_note)
        rows = asking.facts.read(statements)[1]
        if taken_note and len(rows["closed"]["eid"]):
            self.acknowledged.end_cases(rows["closed"]["eid"].tolist(), self._now_ms())
        return rows

    def _answer(self, asking: _Asking, words: Values, refreshed: Refreshed) -> Record:
        viewer, city, lang = asking.viewer, asking.city, asking.lang
        choice, shown = Choice.of(words, city, viewer), _shown(words)
        limit = _limit(words)
        rows = self._read(asking, choice, (shown, "overdue") if shown == "soon" else (shown,), limit)
        found = queues.compute(rows, city, viewer, choice)
        alarms = self._alarms(asking)
        may_note = "acknowledge" in viewer.rights
        act = frozenset(a.pick[1] for a in alarms or () if a.pick and a.pick[0] == "stage" and a.told.severity == "act")
        fresh = refreshed.changes.fresh if refreshed.changes else frozenset()
        watch = self._watch(asking, rows, found, tuple(alarms or ()))
        health = self.page_cache.health
        parts = {
            "alarm": alarms_drawing.alarms(
                alarms, city, lang, may_note, str(words.get("alarm") or ""), "analyse" in viewer.rights
            ),
            "refreshed": status.refreshed(refreshed, city, lang),
            "stages": chips.stage_chips(found, str(words.get("stage") or ""), act, city, lang),
            "side": chips.side_chips(
                found,
                str(words.get("dept") or ""),
                str(words.get("place") or ""),
                "place" if words.get("side") == "place" else "dept",
                city,
                lang,
                place_level(city, viewer) == 1,
            ),
            "tabs": queue_drawing.tabs(found, shown, city, lang),
            "list": queue_drawing.rows(
                found,
                shown,
                fresh,
                self.acknowledged.noted,
                city,
                lang,
                may_note,
                str(words.get("stage") or ""),
                ms(asking.now),
                limit,
            ),
            "shift": kiosk_shift.card(watch, city, lang),
            "feet": status.feet(self._snapshot_id(), health.checked_ms, watch.feeds, lang),
        }
        now_ms = self._now_ms()
        return {
            "now": now_ms,
            "as_of": ms(asking.now),
            "checked": health.checked_ms,
            "source": health.public(),
            "shift": [watch.shift.name(lang), watch.shift.text.replace("-", "–")],
            "parts": {name: to_html(part) for name, part in parts.items()},
        }

    def _watch(
        self, asking: _Asking, rows: Mapping[str, Rows], found: queues.Queues, alarms: tuple[Alarm, ...]
    ) -> kiosk_shift.Watch:
        city = asking.city
        shift = shift_at(asking.now, city.profile.zone, _shifts(city))
        try:
            seen = self.acknowledged.count_since(ms(shift.start), lambda area: city.lies_in(area, asking.viewer.scope))
        except StateError as fault:  # the queues do not depend on the state store
            log.error("acknowledgements cannot be counted: %s", fault)
            seen = None
        return kiosk_shift.Watch(
            shift, handover.compute(rows), found.tabs, alarms, seen, self.on_walls.feeds(asking.city, asking.lang)
        )

    def _alarms(self, asking: _Asking) -> list[Alarm] | None:
        return self.on_walls.alarms(asking.viewer, asking.city, asking.lang, self._now_ms())

    def _snapshot_id(self) -> str:
        return self.page_cache.snapshot.id if self.page_cache.snapshot is not None else ""


def _shifts(city: City) -> tuple[str, ...]:
    return city.profile.shifts


def _shown(words: Values) -> Queue:
    wanted = str(words.get("tab") or "soon")
    for queue in QUEUES:
        if queue == wanted:
            return queue
    raise QueryError(f"tab '{wanted[:20]}': write {', '.join(QUEUES)}", f"队列“{wanted[:20]}”：请写 {'、'.join(QUEUES)}")


def _limit(words: Values) -> int:
    text = str(words.get("more") or "")
    return min(max(int(text), LISTED), MOST) if text.isdecimal() and len(text) < 6 else LISTED
