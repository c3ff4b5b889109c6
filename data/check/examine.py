"""One examination: everything is read once and judged table by table."""

from __future__ import annotations

from datetime import datetime

from data.check.codes import codes
from data.check.delivery import deliver
from data.check.finding import Finding, Report
from data.check.place import place
from data.check.rows import keys, rows
from data.check.speed import indexes, queries
from data.check.times import times
from data.metric import ms
from data.profile import Profile
from data.source.mapping import check_mapping
from data.source.reader import Reading, Source

_ORDER = ("event", "transition", "grid", "department", "asset", "sign")


def examine(source: Source, profile: Profile, now: datetime) -> Report:
    """The report on ``source`` for the city ``profile``; ``now`` decides what is in the future.

    Raises FileFault where the mapping does not fit the city, SourceFault where the database cannot be reached.
    """
    mapping = source.mapping
    check_mapping(mapping, profile)
    found: list[Finding] = []

    def look(reading: Reading) -> None:
        found.extend(indexes(mapping, reading, set(reading_tables)))

    reading_tables = list(mapping.tables)
    got = deliver(source, look)
    found = [f for f in found if f.table not in got.failed]
    found += [*rows(got), *keys(got), *codes(got, profile), *times(got, ms(now)), *place(got, mapping, profile), *queries(got)]
    found.sort(key=lambda f: _ORDER.index(f.table))
    asked = sorted(((q, s) for q, s, _ in got.queries), key=lambda q: -q[1])
    tables = tuple(got.reads[t] for t in _ORDER if t in got.reads)
    return Report(mapping.mapping.id, profile.city.id, source.name, now, tables, tuple(asked), tuple(found))
