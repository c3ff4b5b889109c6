"""What the walls show that concerns a kiosk: the alarms of its area with their start times, and the silent feeds."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from callbacks.wall.page_cache import PageCache
from data.access.acknowledgements import Acknowledgements
from data.access.viewer import Viewer
from data.city.city import City
from data.kiosk.choice import place_level
from data.metrics.wall.exceptions import identity
from data.text import Lang
from data.types.records import Values
from layouts.kiosk.alarms import Alarm
from layouts.kiosk.shift import Feeds
from layouts.panels import headline
from layouts.panels.feeds import is_late, is_unheard
from layouts.text.exceptions import tell
from layouts.text.formats import known, number
from layouts.text.rows import names, records


@dataclass
class WallAlarms:
    """Reads the newest snapshot of the walls."""

    page_cache: PageCache
    acknowledged: Acknowledgements

    def alarms(self, viewer: Viewer, city: City, lang: Lang, now_ms: int) -> list[Alarm] | None:
        """The exceptions of the viewer's scope, in the walls' words; None if no wall evaluates that scope."""
        scope = viewer.scope
        frame = self._frame("exceptions", scope)
        if frame is None:
            return None
        also = {m: f for m in headline.PANEL.also if (f := self._frame(m, scope)) is not None}
        subjects = [identity(str(r["kind"]), str(r["code"]), scope) for r in records(frame)]
        by_rank = {int(r["rank"]): (r, s) for r, s in zip(records(frame), subjects, strict=True)}
        level, out = place_level(city, viewer), []
        for told in tell(frame, also, city, lang, scope, now_ms):
            row, subject = by_rank[told.rank]
            since = int(number(row.get("began_ms"))) if known(row.get("began_ms")) else now_ms
            out.append(Alarm(told, subject, since, self.acknowledged.of("alarm", subject), _pick(row, city, level)))
        return out

    def feeds(self, city: City, lang: Lang) -> Feeds | None:
        """What the walls show of the feeds; None if they show nothing of them.  Feeds serve the whole city, so every area is
        told of a silent one.
        """
        frame = self._frame("channel_mix", "")
        if frame is None:
            return None
        rows, called = records(frame), names(city.profile.channels, lang)
        late, unheard = (
            tuple(called.get(str(r["channel"]), str(r["channel"])) for r in rows if said(r)) for said in (is_late, is_unheard)
        )
        return Feeds(late, unheard, len(rows) - len(late) - len(unheard))

    def _frame(self, metric: str, scope: str) -> pd.DataFrame | None:
        shown = self.page_cache.frame(metric, scope)
        return None if shown is None else shown[1]


def _pick(row: Values, city: City, level: int) -> tuple[str, str] | None:
    """The address parameter (name, value) that selects the cases of an exception."""
    kind, code = str(row["kind"]), str(row["code"])
    if kind == "stage":
        return "stage", code
    if kind == "department":
        return "dept", code
    if kind == "area" and city.scope_of(code)[0] == level:
        return "place", code
    return None
