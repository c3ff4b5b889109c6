"""Whether the source is still the database that the facts were read from, or everything must be reloaded."""

from __future__ import annotations

import json

from data.facts.store import Facts
from data.source.columns import NONE, instant
from data.source.reader import Source
from data.sync.unread import TABLES

#: How many of the source's longest unchanged events identify it as the database that the facts were read from.
ANCHORS = 20


class SameDatabase:
    """Checks one source against one facts store: at the first tick, after a fault, and when the file has changed."""

    def __init__(self, source: Source, facts: Facts) -> None:
        self._source, self._facts = source, facts
        self._sure_of: int | None = None  # the file (0 = a server) known to be the one the facts were read from

    def trust(self, inode: int) -> None:
        """Note that everything was just read from this file."""
        self._sure_of = inode

    def doubt(self) -> None:
        """Check again at the next tick."""
        self._sure_of = None

    def replaced(self) -> bool:
        """Whether everything must be reloaded: an immutable source has changed, or another database has replaced the one that
        the facts were read from.  Raises SourceError."""
        return self._static_changed() if self._source.mapping.static else self._is_another()

    def _static_changed(self) -> bool:
        meta = self._facts.meta()
        state = self._source.file_state()
        if state:
            return state != meta.get("file_state")
        with self._source.reading() as reading:
            return json.dumps([reading.count(t) for t in TABLES]) != meta.get("counts")

    def _is_another(self) -> bool:
        """Whether most of its events with the oldest change stamps are missing from the ledger, or it compares ids differently
        than before; a tick would only ever read its newest rows."""
        inode = self._source.inode()
        if self._sure_of == inode:
            return False
        with self._source.reading() as reading:
            oldest = reading.oldest("event", ANCHORS)
        known = self._source.identity
        stamps = {known(i): instant(at, self._source.mapping.zone) // 1000 for i, at in oldest.rows if known(i) != NONE}
        held = f"eid IN ({', '.join(map(str, stamps))})" if stamps else "true"
        with self._facts.cursor() as cursor:
            sql = f"SELECT eid, stamp // 1000 FROM ledger WHERE tkey = -1 AND {held} LIMIT {ANCHORS + 1}"
            ours = dict(cursor.execute(sql).fetchall())
            stamped = cursor.execute("SELECT 1 FROM ledger WHERE tkey = -1 AND stamp > 0 LIMIT 1").fetchone()
        same = sum(ours.get(eid) == max(at, 0) for eid, at in stamps.items())
        other = self._alike_differs() or (bool(stamped) and 2 * same < max(len(stamps), 1))
        if not other:
            self._sure_of = inode
        return other

    def compares_otherwise(self) -> bool:
        """Whether the source's rule for which spellings are one id has changed since the facts were read."""
        if self._source.mapping.static:
            return False
        with self._source.reading() as reading:
            self._source.learn(reading)
        return self._alike_differs()

    def _alike_differs(self) -> bool:
        return self._facts.meta().get("alike", "") != str(self._source.rules.alike)


__all__ = ["SameDatabase"]
