"""What the screens are shown: the pages of the newest snapshot, and the pulse that announces them.

The ticker's thread calls ``refresh``; requests call ``page`` and ``pulse``.  Only pages watched in the last minute are
drawn at a tick (at most ``WATCHED``, in turn); any other is drawn on request, from the same snapshot.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from callbacks.http.viewer import viewer_of
from callbacks.wall.source_health import Health
from data.access.acknowledgements import Acknowledgements
from data.access.viewer import Viewer
from data.alarms.lives import Lives
from data.city.city import City
from data.city.wall_setting import check_theme
from data.clock.instants import ms
from data.errors import QueryError, did_you_mean, did_you_mean_zh
from data.metrics.wall.exceptions import identity
from data.query.metric import day_start
from data.reading.answer import cases_of
from data.reading.snapshot import Snapshot
from data.text import Lang, Text
from data.types.records import Record
from layouts.panels.panel import Panel
from layouts.wall.page import Page, PageBuilder, dumps

#: Maximum number of pages drawn at each tick; if more are watched they take turns.
WATCHED = 48
#: Maximum number of pages held (every town and village of a city); the least recently requested go first.
HELD = 400
#: A page not requested for this long (s) is no longer drawn.
FORGET_AFTER = 60.0


class Topic(NamedTuple):
    """What one screen shows: page, scope, language."""

    page: str
    scope: str
    lang: Lang


class Shown(NamedTuple):
    """A page and how it differs from the one before it; replaced as a whole, so that readers need no lock."""

    page: Page
    before: str
    changed: list[str]


@dataclass
class _Watched:
    """``checked_ms``: when the source was last read while the page was of the newest snapshot: the age of its numbers."""

    builder: PageBuilder
    shown: Shown | None = None
    asked: float = 0.0
    turn: int = 0
    as_of_ms: int = 0
    checked_ms: int = 0


class PageCache:
    """Holds the newest snapshot and its pages.

    Drawing (slow) is under one lock and never on the event loop; ``current`` and ``pulse`` (fast) do not take it.
    ``build`` names the program's version: a wall opened from another version reloads itself.
    """

    def __init__(
        self, city: City, panels: Mapping[str, Panel], monotonic: Callable[[], float], tick_ms: int, build: str = ""
    ) -> None:
        self.city, self.panels, self.monotonic, self.tick_ms, self.build = city, panels, monotonic, tick_ms, build
        self.health = Health()
        self.snapshot: Snapshot | None = None
        self.notes: dict[str, tuple[Text, ...]] = {}
        self.head: Record = {}
        self.acknowledged: Acknowledgements | None = None
        self.lives: Lives | None = None
        self._watched: OrderedDict[Topic, _Watched] = OrderedDict()
        self._lock = threading.Lock()
        self._drawing = threading.Lock()
        self._turn = 0

    def cases_on(self, topic: Topic) -> list[str]:
        """The numbers of the single cases that a page names."""
        scene, found = self.city.profile.scene(topic.page), []
        with self._drawing:
            snapshot = self.snapshot
            for metric in dict.fromkeys(self.panels[p].metric for p in (scene.panels if scene else ()) if p in self.panels):
                if (
                    snapshot is not None
                    and metric in snapshot.metrics
                    and metric not in snapshot.broken
                    and snapshot.metrics[metric].names_cases
                ):
                    found += cases_of(snapshot.metrics[metric], snapshot.frame(metric, topic.scope).frame)
        return found

    def topic(self, page: str, viewer: Viewer, lang: str) -> Topic:
        """The topic of a request's words.  Raises QueryError naming the invalid word."""
        profile = self.city.profile
        if profile.scene(page) is None:
            known = [s.id for s in profile.scenes]
            raise QueryError(
                f"page '{page[:40]}': there is no such scene{did_you_mean(page, known)}",
                f"没有场景“{page[:40]}”{did_you_mean_zh(page, known)}",
            )
        if lang not in ("zh", "en"):
            raise QueryError(f"lang '{lang[:10]}': write zh or en", f"语言“{lang[:10]}”：请写 zh 或 en")
        language: Lang = "en" if lang == "en" else "zh"
        if self.snapshot is None:
            return Topic(page, viewer.scope, language)  # the grid is not read yet: checked once it is
        level, at = self.city.scope_of(viewer.scope)
        return Topic(page, "" if level == 0 else self.city.grid.code[at], language)

    def topic_at(self, path: str, query: Mapping[str, str]) -> Topic | None:
        """The topic of a page's address (/, /wall, /wall/<scene>); None = no such page.  Raises QueryError as ``topic``."""
        parts = path.strip("/").split("/")
        if parts[0] not in ("", "wall") or len(parts) > 2:
            return None
        page = parts[1] if len(parts) == 2 else self.city.profile.scenes[0].id
        check_theme(query.get("theme", ""))
        return self.topic(page, viewer_of(query), query.get("lang") or "zh")

    def below(self) -> tuple[str, ...]:
        """Watched scopes below town level: they are read by separate statements."""
        with self._lock:
            self._forget()
            scopes = {t.scope for t in self._watched if self._is_below(t)}
        return tuple(sorted(scopes))

    def frame(self, metric_id: str, scope: str) -> tuple[Snapshot, pd.DataFrame] | None:
        """One metric of the newest snapshot, exactly as on the screens; None if they do not show it.

        Waits for a drawing in progress.
        """
        with self._drawing:
            snapshot = self.snapshot
            level = self.city.scope_of(scope)[0]
            if snapshot is None or metric_id not in snapshot.metrics or metric_id in snapshot.broken or level > 1:
                return None
            return snapshot, snapshot.frame(metric_id, "" if level == 0 else scope).frame

    def refresh(self, snapshot: Snapshot) -> None:
        """Redraw the watched pages from ``snapshot``, least recently drawn first."""
        with self._lock:
            self._forget()
            topics = sorted(self._watched.items(), key=lambda item: item[1].turn)
        if not self.city.ended:  # the clock of a closed log stands: nothing in it lasts
            snapshot.lives = self.lives
        with self._drawing:
            self.snapshot = snapshot
            self._turn += 1
            drawn = 0
            for topic, watched in topics:
                if drawn < WATCHED and self._draw(topic, watched):
                    watched.turn = self._turn
                    drawn += 1

    def follow(self, now_ms: int) -> None:
        """End the acknowledgements of alarms that are over; reads only their subjects in the newest snapshot."""
        if self.acknowledged is not None:
            with self._drawing:
                self.acknowledged.follow(self._stands, now_ms)

    def _stands(self, subject: str) -> bool | None:
        """Whether ``subject`` is an exception now; None if this snapshot cannot tell."""
        snapshot, (_, _, scope) = self.snapshot, subject.partition("@")
        if snapshot is None or "exceptions" not in snapshot.metrics or "exceptions" in snapshot.broken:
            return None
        if scope and (scope not in self.city.grid.index or self.city.scope_of(scope)[0] > 1):
            return None
        frame = snapshot.frame("exceptions", scope).frame
        if self.lives is not None and snapshot.lives is not None:  # also those that are not among the three shown
            return subject in self.lives.subjects(scope)
        return subject in {identity(k, c, scope) for k, c in zip(frame["kind"], frame["code"], strict=True)}

    def current(self, topic: Topic) -> Page | None:
        """The topic's page if it is drawn; never waits."""
        watched = self._watched.get(topic)
        return watched.shown.page if watched is not None and watched.shown is not None else None

    def page(self, topic: Topic) -> Page | None:
        """The topic's page, drawn now if nobody watched it; None before its first snapshot.  May block."""
        watched = self._watch(topic)
        with self._drawing:
            if watched.shown is None:
                self._draw(topic, watched)
        return watched.shown.page if watched.shown else None

    def pulse(self, topic: Topic, now_ms: int) -> bytes:
        """The server-sent event of this tick for one topic; also sent when nothing changed: it is the heartbeat."""
        as_of_ms, checked_ms = self.age_of(topic)
        watched = self._watched.get(topic)
        shown = watched.shown if watched is not None else None
        content = {
            "now": now_ms,
            "tick_ms": self.tick_ms,
            "as_of": as_of_ms,
            "checked": checked_ms,
            "source": self.health.public(),
            "build": self.build,
            "id": shown.page.id if shown else "",
            "before": shown.before if shown else "",
            "changed": shown.changed if shown else [],
        }
        return b"data: " + dumps(content) + b"\n\n"

    def age_of(self, topic: Topic) -> tuple[int, int]:
        """(instant that the topic's numbers are for, when the source was last read for them), ms.

        A page not of the newest snapshot, because it waits for its turn, keeps the age of its own snapshot; a page not yet
        drawn will be of the newest.
        """
        watched = self._watched.get(topic)
        if watched is None or watched.shown is None or self.snapshot is None:
            return self.health.as_of_ms, self.health.checked_ms
        if watched.shown.page.id == self.snapshot.id:
            watched.as_of_ms, watched.checked_ms = self.health.as_of_ms, self.health.checked_ms
        return watched.as_of_ms, watched.checked_ms

    def shift(self, by_ms: int, now_ms: int) -> None:
        """Our clock was set: shift the held instants along, so that every age stays the same."""
        health = self.health
        health.stepped_ms, health.stepped_at_ms = by_ms, now_ms
        moved = ["checked_ms", "last_fault_ms", "retry_at_ms", *([] if self.city.ended else ["as_of_ms"])]
        for name in moved:
            if getattr(health, name):
                setattr(health, name, getattr(health, name) + by_ms)
        with self._lock:
            for watched in self._watched.values():
                watched.checked_ms += by_ms if watched.checked_ms else 0
                watched.as_of_ms += by_ms if watched.as_of_ms and not self.city.ended else 0

    def keep(self, topic: Topic) -> None:
        """Mark ``topic`` as still watched."""
        self._watch(topic)

    def _watch(self, topic: Topic) -> _Watched:
        with self._lock:
            watched = self._watched.get(topic)
            if watched is None:
                scene = self.city.profile.scene(topic.page)
                assert scene is not None  # PageCache.topic has checked it
                wanted = {p: self.panels[p] for p in scene.panels if p in self.panels}
                watched = self._watched[topic] = _Watched(PageBuilder(topic.page, wanted, topic.scope, topic.lang))
            watched.asked = self.monotonic()
            self._watched.move_to_end(topic)
            return watched

    def _is_below(self, topic: Topic) -> bool:
        return bool(topic.scope) and self.city.scope_of(topic.scope)[0] >= 2

    def _draw(self, topic: Topic, watched: _Watched) -> bool:
        """Redraw if stale; return whether it was."""
        snapshot = self.snapshot
        if snapshot is None or (self._is_below(topic) and topic.scope not in snapshot.below):
            return False  # a scope below town level is read when its turn comes
        before = watched.shown.page.id if watched.shown else ""
        if before == snapshot.id:
            return False
        head = {**self.head, "scope_name": self.city.scope_name(topic.scope)(topic.lang)}
        noted = self.acknowledged.noted if self.acknowledged else None
        lives, midnight = snapshot.lives, ms(day_start(snapshot.now, self.city))
        told = () if lives is None else (*lives.shelved(topic.scope), *lives.resolved(topic.scope, midnight))
        page = watched.builder.build(snapshot, head, self.notes, noted, told)
        watched.shown = Shown(page, before, page.changed_since(before))
        return True

    def _forget(self) -> None:
        """Drop the pages no longer requested, and those requested before the grid was known to lack them."""
        limit, known = self.monotonic() - FORGET_AFTER, self.city.grid.index
        for topic in [t for t, w in self._watched.items() if w.asked < limit or (t.scope and t.scope not in known)]:
            del self._watched[topic]
        while len(self._watched) > HELD:
            self._watched.popitem(last=False)
