"""Find how the source spells events of which only the identity is known, so that their rows can be queried."""

from __future__ import annotations

from collections.abc import Collection

from data.source.columns import NONE
from data.source.reader import Source
from data.source.reading import Reading
from data.types.records import Given


def spell(reading: Reading, source: Source, suspects: Collection[int], wanted: dict[int, Given]) -> None:
    """Add to ``wanted`` the source's spellings of the suspects it lacks: whole numbers as they are, digests by looking them up
    among the events, then in the log (those that the source does not hold are left out)."""
    if NONE in suspects:
        wanted.setdefault(NONE, [])  # rows that name no event
    missing = set(suspects) - wanted.keys()
    if not missing:
        return
    name = f"q.{reading.quoted('id')}"
    sql = f"SELECT {name} FROM {source.mapping.tables['event'].rows}"
    if reading.only_numbers("event", "id"):
        wanted.update({e: [e] for e in missing})
        # only for those is the identity not the number itself
        sql += f" WHERE {name} < 0 OR {name} >= 9223372036854775808 OR {name} <> round({name})"
    for (spelled_so,) in reading.rows(sql).rows:
        if (e := source.identity(spelled_so)) in missing:
            wanted.setdefault(e, []).append(spelled_so)
    if lost := missing - wanted.keys():  # the event was deleted; its log may still exist
        of = f"q.{reading.quoted('event')}"
        for (spelled_so,) in reading.rows(f"SELECT DISTINCT {of} FROM {source.mapping.tables['transition'].rows}").rows:
            if (e := source.identity(spelled_so, "transition")) in lost:
                wanted.setdefault(e, []).append(spelled_so)


def spelled_case(reading: Reading, source: Source, eid: int, case_number: str) -> dict[int, Given]:
    """As ``spell``, for one event; its case number finds it without a full scan if the source has an index."""
    wanted: dict[int, Given] = {}
    if not reading.only_numbers("event", "id") and "case_number" in reading.columns_of("event"):
        found = reading.look_up("event", "case_number", case_number, give="id")
        wanted = {eid: known} if (known := [v for v in found if source.identity(v) == eid]) else {}
    spell(reading, source, {eid}, wanted)
    return wanted
