"""Some events with all that the source holds of them: which events the changed rows touch, their rows and whole log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from data.facts.store import Facts
from data.source.columns import Frame
from data.source.identity import ID_COLUMNS, identity
from data.source.reader import Source
from data.source.reading import Reading
from data.source.rows import Rows
from data.source.spell import spell
from data.sync.row_versions import left_behind
from data.sync.shared_keys import sharing
from data.types.records import Given


class Batch(NamedTuple):
    """``events`` (n) and their ``log`` (m): all rows of ``eids``, also of duplicate ids; none for an event that is deleted."""

    eids: set[int]
    events: Frame
    log: Frame


def touched(source: Source, facts: Facts, fresh: Mapping[str, Rows]) -> tuple[set[int], dict[int, Given]]:
    """(events that the rows of each table belong to, identity -> how the rows spell it).

    Includes NONE: rows that name no event are faults and must not be lost.  Also includes the former event of a reassigned row,
    because the row no longer belongs to it.
    """
    wanted: dict[int, Given] = {}
    for table, column in ID_COLUMNS:
        for value in fresh[table].column(column):
            spelled_so = wanted.setdefault(source.identity(value, table), [])
            if value not in spelled_so:
                spelled_so.append(value)
    log = fresh["transition"]
    pairs = zip(log.column("key"), log.column("event"), strict=True)
    with facts.cursor() as cursor:
        before = left_behind(cursor, {identity(key): source.identity(event, "transition") for key, event in pairs})
    return wanted.keys() | before, wanted


def read_batch(reading: Reading, source: Source, facts: Facts, eids: set[int], wanted: dict[int, Given]) -> Batch:
    """All rows that the source holds of ``eids``, and of the events that share a log key with them.

    ``wanted``: identity -> spellings in the source (``spell``); further events are added.  Raises SourceError.
    """
    batch = _read(reading, source, eids, wanted)
    with facts.cursor() as cursor:
        others = sharing(cursor, eids, batch.log.ints("key"))
    if not others:
        return batch
    spell(reading, source, others, wanted)
    return _read(reading, source, eids | others, wanted)


def _read(reading: Reading, source: Source, eids: set[int], wanted: Mapping[int, Given]) -> Batch:
    known = {e: wanted[e] for e in eids if e in wanted}
    events, log = reading.by("event", "id", known), reading.by("transition", "event", known)
    return Batch(eids, source.frame_of("event", events), source.frame_of("transition", log))


__all__ = ["Batch", "read_batch", "touched"]
