"""/alarms: the alarms that stand in the account's area, shelving one with a reason and an end, and the day's alarm quality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from dash import html

from callbacks.desk.router import DeskPage, DeskRoute
from callbacks.wall.page_cache import PageCache
from data.access.acknowledgements import capacity, checked_note
from data.access.viewer import Viewer
from data.alarms.life import LONGEST_SHELF_MS
from data.alarms.lives import Lives
from data.alarms.quality import quality
from data.clock.instants import ms
from data.errors import QueryError
from data.text import Lang, Text, lang_in
from data.types.records import Record, Values
from layouts.desk.alarms import alarms_html
from layouts.desk.desk import desk_frame
from layouts.html.below import url_of

PATH, TITLE = "/alarms", Text(zh="报警", en="Alarms")
DAY, MOST_HOURS = timedelta(hours=24), LONGEST_SHELF_MS // 3_600_000
DONE = Text(zh="已更改", en="changed")


class AlarmDesk:
    """Page and routes; ``now`` is the clock."""

    def __init__(self, page_cache: PageCache, lives: Lives, now: Callable[[], datetime]) -> None:
        self.page_cache, self.lives, self.now = page_cache, lives, now

    def pages(self) -> tuple[DeskPage, ...]:
        return (DeskPage(PATH, "cases", TITLE, self._layout),)

    def routes(self) -> tuple[DeskRoute, ...]:
        return (
            DeskRoute("/desk/alarms", "cases", self.listed),
            DeskRoute("/desk/alarms/shelve", "acknowledge", self.shelve, "POST", "alarm shelved", ("subject",)),
            DeskRoute("/desk/alarms/unshelve", "acknowledge", self.unshelve, "POST", "alarm put back", ("subject",)),
        )

    def _layout(self, viewer: Viewer, words: Mapping[str, str], lang: Lang) -> Any:
        fetched: Record = {"data-desk-load": url_of(f"/desk{PATH}")}
        body = [
            html.H1(TITLE(lang), className="desk-h1"),
            html.Div(id="desk-says", role="status", className="desk-says"),
            html.Div(id="desk-place", **fetched),
        ]
        return desk_frame(viewer, self.page_cache.city, lang, PATH, body, words=words)

    def listed(self, viewer: Viewer, words: Values, said: str = "") -> Record:
        """``{"html"}``: the alarms of the viewer's area and the quality of its last 24 hours."""
        at, scope, lang = self.now(), viewer.area, lang_in(words)
        found = quality(self.lives.past(scope, ms(at - DAY)), ms(at - DAY), ms(at))
        may = "acknowledge" in viewer.rights
        return {"html": alarms_html(self.lives.raised(scope), found, ms(at), self.page_cache.city, lang, may, said)}

    def shelve(self, viewer: Viewer, words: Values) -> Record:
        """Take an alarm of the viewer's area off the screens, for at most twelve hours.  Raises QueryError without a reason, or
        for another alarm."""
        subject, reason = self._own(viewer, words), checked_note(str(words.get("reason") or ""))
        if not reason:
            raise QueryError("write why the alarm is shelved", "请写明搁置的原因")
        hours = str(words.get("hours") or "")
        if not (hours.isascii() and hours.isdecimal() and len(hours) <= 2 and 1 <= int(hours) <= MOST_HOURS):
            raise QueryError(f"hours '{hours[:10]}': write 1 to {MOST_HOURS}", f"小时“{hours[:10]}”：请写 1 至 {MOST_HOURS}")
        until = ms(self.now() + timedelta(hours=int(hours)))
        self.lives.shelve(subject, until, capacity(viewer.role), reason)
        return self.listed(viewer, words, DONE(lang_in(words)))

    def unshelve(self, viewer: Viewer, words: Values) -> Record:
        """Put a shelved alarm back on the screens before its end."""
        self.lives.shelve(self._own(viewer, words), None, "", "")
        return self.listed(viewer, words, DONE(lang_in(words)))

    def _own(self, viewer: Viewer, words: Values) -> str:
        subject = str(words.get("subject") or "")
        if subject not in self.lives.subjects(viewer.area):
            raise QueryError("this alarm is over, or is not of your area", "该报警已解除，或不在您的可见范围内")
        return subject
