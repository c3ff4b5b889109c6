"""What the source holds that has not been read: how far each of its tables was read, and the rows since.

An overlap before the newest change stamp is read again each time (rows are committed late, with older stamps); rows already read
are dropped in memory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from data.clock.instants import ms, span_ms
from data.source.columns import instant
from data.source.reader import Source
from data.source.reading import Reading
from data.source.rows import Rows
from data.source.timestamps import format_timestamp, timestamp_format_of
from data.types.records import GivenRow

TABLES = ("event", "transition")


class Mark(NamedTuple):
    """The newest change stamp read so far (never later than our own clock), and how the source spells stamps."""

    at_ms: int
    spelling: str


class Watermarks(NamedTuple):
    """How far the source was read, by table; and when the oldest of its transactions still running then had begun (ms; None =
    there was none): what it commits may have older stamps."""

    marks: Mapping[str, Mark]
    running_ms: int | None

    @classmethod
    def of(cls, meta: Mapping[str, str]) -> Watermarks:
        """The watermarks stored in the facts' ``meta``."""
        marks = {t: Mark(*json.loads(meta[f"watermark.{t}"])) for t in TABLES if f"watermark.{t}" in meta}
        return cls(marks, int(meta["oldest_running_ms"]) if meta.get("oldest_running_ms") else None)

    def meta(self) -> dict[str, str]:
        """The watermarks as the facts' ``meta`` stores them."""
        marks = {f"watermark.{t}": json.dumps(m) for t, m in self.marks.items()}
        return {**marks, "oldest_running_ms": str(self.running_ms or "")}


class Fresh(NamedTuple):
    """By table: ``rows`` not read before in this form, and the values that stand for all rows of the ``overlap``; ``read_to``
    applies once they are written."""

    rows: dict[str, Rows]
    overlap: dict[str, set[object]]
    read_to: Watermarks


class Unread:
    """Unread rows of one source; remembers the overlap read last."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._seen: dict[str, set[object]] = {}
        self.forget()

    def forget(self) -> None:
        """Forget what was read before."""
        self._seen = {t: set() for t in TABLES}

    def keep(self, fresh: Fresh) -> None:
        """Note that these rows were written: they are not fresh again."""
        self._seen = fresh.overlap

    def newest(self, reading: Reading, now_ms: int) -> Watermarks:
        """The watermarks for a reader that is about to read all of the source."""
        marks = {}
        for table in TABLES if not self._source.mapping.static else ():
            newest = reading.newest(table)
            if newest is not None:
                marks[table] = self._mark(newest, None, now_ms)
        return Watermarks(marks, _ms_or_none(reading.oldest_running()))

    def fresh(self, reading: Reading, read_to: Watermarks, now_ms: int) -> Fresh:
        """What is new since ``read_to``; ``now_ms`` is our own clock.  Raises SourceError."""
        running = _ms_or_none(reading.oldest_running())
        found = {table: self._of_table(reading, table, read_to, now_ms) for table in TABLES}
        rows = {table: fresh for table, (fresh, _) in found.items()}
        marks = {**read_to.marks, **self._marks_after(rows, read_to, now_ms)}
        return Fresh(rows, {table: overlap for table, (_, overlap) in found.items()}, Watermarks(marks, running))

    def _of_table(self, reading: Reading, table: str, read_to: Watermarks, now_ms: int) -> tuple[Rows, set[object]]:
        """Rows of the overlap not read before in this form, and all rows of the overlap.

        The whole row is compared, not its stamp: a stamp of whole seconds may stay the same while the row changes again.  A mark
        later than our clock was made before the clock was set back: rows stamped since are earlier than it.
        """
        mark, mapping = read_to.marks.get(table), self._source.mapping
        if mark is None:
            rows = reading.rows(reading.sql_of(table))
        else:
            since = min(mark.at_ms, now_ms) - span_ms(mapping.mapping.overlap)
            since = since if read_to.running_ms is None else min(since, read_to.running_ms)
            rows = reading.changed(table, format_timestamp(since, mark.spelling, mapping.zone))
        marked = [_comparable(r) for r in rows.rows]
        held = self._seen[table]
        fresh = [r for r, m in zip(rows.rows, marked, strict=True) if m not in held]
        return Rows(rows.columns, fresh), set(marked)

    def _marks_after(self, fresh: Mapping[str, Rows], read_to: Watermarks, now_ms: int) -> dict[str, Mark]:
        marks, zone = {}, self._source.mapping.zone
        for table, rows in fresh.items():
            stamps = rows.column(self._source.mapping.tables[table].changed) if rows.rows else []  # type: ignore[index]
            usable = [s for s in stamps if instant(s, zone) > 0]
            if usable:
                newest = max(usable, key=lambda s: instant(s, zone))
                marks[table] = self._mark(newest, read_to.marks.get(table), now_ms)
        return marks

    def _mark(self, stamp: object, before: Mark | None, now_ms: int) -> Mark:
        """The watermark after a row stamped ``stamp``; a stamp from the future must not hide the rows until then."""
        at = min(instant(stamp, self._source.mapping.zone), now_ms)
        return Mark(max(at, before.at_ms if before else 0), timestamp_format_of(stamp))


def _comparable(row: GivenRow) -> object:
    """A hashable value for a row: the row itself, or its text if it holds a list or a map."""
    try:
        hash(row)
    except TypeError:
        return repr(row)
    return row


def _ms_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else ms(moment)


__all__ = ["Fresh", "Mark", "Unread", "Watermarks"]
