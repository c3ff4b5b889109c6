"""Audits which cases appeared on which wall, once a day per viewer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from callbacks.auth.case_gate import GatedReading, shown_on_wall
from callbacks.wall.page_cache import PageCache, Topic
from data.facts.case_reads import current

#: Maximum number of (viewer, page) pairs remembered as audited today.
MOST_ON_WALLS = 20_000


class ShownOnWalls:
    def __init__(self, page_cache: PageCache, now_ms: Callable[[], int]) -> None:
        self._page_cache, self._now_ms = page_cache, now_ms
        self._known: dict[tuple[str, Topic], int] = {}

    def writing(self, topic: Topic) -> Callable[[], None] | None:
        """A background task for showing a wall's page: write the cases it names to the audit, once a day per viewer.  None after
        that: a screen requests its page every second."""
        reading = current()
        if not isinstance(reading, GatedReading):
            return None
        day, key = self._now_ms() // 86_400_000, (reading.who[0], topic)
        return None if self._known.get(key) == day else partial(self._write, key, day)

    def _write(self, key: tuple[str, Topic], day: int) -> None:
        topic = key[1]
        if self._known.get(key) != day and (numbers := self._page_cache.cases_on(topic)):
            if len(self._known) >= MOST_ON_WALLS:
                self._known.clear()
            self._known[key] = day
            shown_on_wall(f"wall {topic.page} {topic.scope}".strip(), numbers)
