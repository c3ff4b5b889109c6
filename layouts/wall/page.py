"""A page's bytes: every panel of a scene drawn from one snapshot, serialised and gzipped once for all its screens.

``PageBuilder.build`` draws only the panels whose readings changed; ``Page.bytes`` gives only those that changed since an
earlier snapshot of the same page.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from data.access.acknowledgements import Noted
from data.alarms.life import Ended
from data.query.needs import lost, not_mapped
from data.reading.snapshot import Snapshot
from data.text import Lang, Text
from data.types.records import Record
from layouts.html.marks import nothing_mapped
from layouts.html.markup import to_html
from layouts.panels.panel import Panel, Reading

log = logging.getLogger("gridwall.page")

#: Number of earlier snapshots a page remembers, so that a screen fetches only what changed since its own.
REMEMBERED = 12


#: Panels without markup: what they lack is stated in their note.
FORMS = frozenset({"grid_heat", "hourly_trend"})


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be drawn: give plain values")


def dumps(value: object) -> bytes:
    """JSON bytes of plain values and numpy arrays."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


@dataclass(frozen=True)
class Drawn:
    """One panel as bytes.  ``rev`` is the digest of the drawing: same rev, same pixels."""

    rev: str
    body: bytes


@dataclass
class Page:
    """One scene for one scope and language at one snapshot."""

    id: str
    head: Record
    panels: dict[str, Drawn]
    history: dict[str, dict[str, str]] = field(default_factory=dict)  # snapshot id -> panel -> rev
    _made: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def etag(self) -> str:
        # excludes the snapshot's id and instant: a newer snapshot with the same pixels is the same page
        shown = sorted((k, v) for k, v in self.head.items() if k not in ("id", "as_of"))
        text = "|".join(d.rev for d in self.panels.values()) + str(shown)
        return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()

    def changed_since(self, snapshot: str) -> list[str]:
        """Panels that differ from ``snapshot``; all of them if it is no longer remembered."""
        held = self.history.get(snapshot)
        return [p for p, d in self.panels.items() if held is None or held.get(p) != d.rev]

    def bytes(self, since: str = "") -> bytes:
        """The gzipped JSON ``{...head, "panels": {id: {...}}}`` with what changed since that snapshot (made once)."""
        since = since if since in self.history else ""
        made = self._made.get(since)
        if made is None:
            wanted = self.changed_since(since)
            panels = b",".join(dumps(p) + b":" + self.panels[p].body for p in wanted)
            made = gzip.compress(dumps(self.head)[:-1] + b',"panels":{' + panels + b"}}", 4, mtime=0)
            self._made[since] = made
        return made


class PageBuilder:
    """Draws the pages of one scene; keeps each panel's bytes while its reading is unchanged."""

    def __init__(self, scene_id: str, panels: Mapping[str, Panel], scope: str, lang: Lang) -> None:
        self.scene_id, self.panels, self.scope, self.lang = scene_id, panels, scope, lang
        self._drawn: dict[str, tuple[str, Drawn]] = {}
        self._good: dict[str, tuple[Drawn, int]] = {}
        self._history: dict[str, dict[str, str]] = {}
        self._failed: dict[str, str] = {}

    def build(
        self,
        snapshot: Snapshot,
        head: Record,
        notes: Mapping[str, tuple[Text, ...]],
        noted: Noted | None = None,
        resolved: tuple[Ended, ...] = (),
    ) -> Page:
        """The page at ``snapshot``; ``noted``: the acknowledgements, ``resolved``: the alarms that ended today.

        A panel that fails is marked faulty, with its last good drawing below.
        """
        drawn = {
            pid: self._draw(panel, snapshot, notes.get(pid, ()), noted or {}, resolved) for pid, panel in self.panels.items()
        }
        self._history[snapshot.id] = {p: d.rev for p, d in drawn.items()}
        while len(self._history) > REMEMBERED:
            del self._history[next(iter(self._history))]
        full = {
            **head,
            "id": snapshot.id,
            "as_of": snapshot.as_of_ms,
            "page": self.scene_id,
            "scope": self.scope,
            "lang": self.lang,
        }
        return Page(snapshot.id, full, drawn, dict(self._history))

    def _draw(
        self, panel: Panel, snapshot: Snapshot, notes: tuple[Text, ...], noted: Noted, resolved: tuple[Ended, ...]
    ) -> Drawn:
        try:
            of_it = {k: noted[k] for k in sorted(noted) if k[0] in panel.noted}
            over = resolved if "alarm" in panel.noted else ()
            main = snapshot.frame(panel.metric, self.scope)
            lacks = panel.missing(snapshot.metrics[panel.metric].lacking(snapshot.city))
            also = {m: snapshot.frame(m, self.scope) for m in panel.also}
            digest = "|".join(
                [main.digest, *(f.digest for f in also.values()), repr(notes), repr(of_it), repr(lacks), repr(over)]
            )
            kept = self._drawn.get(panel.id)
            if kept is not None and kept[0] == digest:
                return kept[1]
            reading = Reading(
                main.frame, {m: f.frame for m, f in also.items()}, snapshot.as_of_ms, self.scope, notes, of_it, lacks, over
            )
            told, undrawn = not_mapped(lost(lacks), self.lang), panel.undrawn(lacks)
            if undrawn and panel.id not in FORMS:
                figure, state, said = nothing_mapped(not_mapped(undrawn, self.lang)), "live", []
            else:
                figure = panel.figure(reading, snapshot.city, self.lang)
                state, said = "empty" if panel.empty(reading) else "live", [told] if told and not panel.says_itself else []
            drawn = _drawn({"state": state, "note": " ".join([*(n(self.lang) for n in notes), *said]), **_kind(figure)})
            self._drawn[panel.id] = (digest, drawn)
            self._good[panel.id] = (drawn, snapshot.as_of_ms)
            self._failed.pop(panel.id, None)
            return drawn
        except Exception as error:  # the panel reports the error; the rest of the wall stays live
            # the message is only logged: it may name things that no wall may show
            kind = type(error).__name__
            failed = Text(zh=f"此面板计算出错（{kind}），原因见日志", en=f"This panel failed ({kind}); the log says why")
            reason = failed(self.lang)
            if self._failed.get(panel.id) != reason:
                log.error("panel %s failed for '%s'", panel.id, self.scope, exc_info=error)
            self._failed[panel.id] = reason
            good = self._good.get(panel.id)
            if good is None:
                return _drawn({"state": "faulty", "note": reason})
            return _drawn({**orjson.loads(good[0].body), "state": "faulty", "note": reason, "as_of": good[1]})


def _kind(figure: Any) -> Record:
    """{"map": ...} and {"chart": ...} are returned unchanged, anything else becomes {"html": markup}."""
    if isinstance(figure, dict) and set(figure) in ({"map"}, {"chart"}):
        return figure
    return {"html": to_html(figure)}


def _drawn(content: Record) -> Drawn:
    body = dumps(content)
    rev = hashlib.blake2b(body, digest_size=8).hexdigest()
    return Drawn(rev, body[:-1] + b',"rev":"' + rev.encode() + b'"}')
