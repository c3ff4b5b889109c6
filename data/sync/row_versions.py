"""What was read of the source: split into parts for the bulk load, and row by row for reconciling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from data.facts.writer import FEW
from data.source.columns import NO_KEY, NONE, Frame, day_of
from data.types.arrays import Ints

#: Events that a bulk load derives at a time; limits the memory used.
PART = 40_000


def parts_of(events: Frame, transitions: Frame) -> Iterator[tuple[int, int, tuple[Frame, Frame]]]:
    """(i, of how many, (events, their log)), in the order in which the events were reported.

    All rows of one event are in one part; log rows without an event are in the first.
    """
    ids, first, inverse = np.unique(events.ints("id"), return_index=True, return_inverse=True)
    rank = np.empty(len(ids), np.int64)
    rank[np.argsort(events.ints("reported_at")[first], kind="stable")] = np.arange(len(ids))
    part = (rank // PART).astype(np.int16)
    count = max(1, -(-len(ids) // PART))
    of_event = part[inverse]
    of = transitions.ints("event")
    at = np.minimum(np.searchsorted(ids, of), max(len(ids) - 1, 0))
    of_log = np.where(ids[at] == of, part[at], 0).astype(np.int16) if len(ids) else np.zeros(transitions.n, np.int16)
    for i in range(count):
        yield i, count, (events.take(np.flatnonzero(of_event == i)), transitions.take(np.flatnonzero(of_log == i)))


def row_versions_of(events: Frame, transitions: Frame) -> dict[str, Ints]:
    """A row for each log row that was read, and one with ``tkey`` -1 for each event; day -1 = no usable time."""
    parts = []
    for frame, key, event, at in ((events, None, "id", "reported_at"), (transitions, "key", "event", "at")):
        when, stamp = frame.told(at), frame.told("changed")
        parts.append(
            {
                "tkey": np.full(frame.n, NONE, np.int64) if key is None else _named(frame.ints(key)),
                "eid": frame.ints(event),
                "day": day_of(when),
                "stamp": np.where(stamp > 0, stamp, 0),
            }
        )
    return {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}


def left_behind(cursor: DuckDBPyConnection, rows: Mapping[int, int]) -> set[int]:
    """Events under which the ledger still counts log rows that now belong to another one (``rows``: key -> event now)."""
    keys = sorted(rows.keys() - {NONE, NO_KEY})
    if not keys:
        return set()
    if len(keys) <= FEW:  # literals, so that blocks without any of them are not read
        where = f"BETWEEN {keys[0]} AND {keys[-1]} AND tkey IN ({', '.join(map(str, keys))})"
    else:
        cursor.register("moved_keys", pa.table({"tkey": pa.array(keys, pa.int64())}))
        where = "IN (SELECT tkey FROM moved_keys)"
    held = cursor.execute(f"SELECT tkey, eid FROM ledger WHERE tkey {where}").fetchall()
    return {eid for key, eid in held if eid != rows[key]}


def _named(keys: Ints) -> Ints:
    return np.where(keys == NONE, NO_KEY, keys)
