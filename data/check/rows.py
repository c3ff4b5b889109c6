"""Whether there are rows, whether required columns are filled, and whether keys are unique."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.check.examined import Examined
from data.check.finding import Finding, finding
from data.source.columns import NONE
from data.source.faults import kind_of
from data.source.mapping import REQUIRED
from data.types.arrays import Ints

_KEYS = (("event", "id"), ("transition", "key"), ("grid", "code"), ("department", "code"), ("asset", "code"))
#: Gaps in these tables do not harm the wall.
_SMALL = ("grid", "department", "asset", "sign")


def rows(seen: Examined) -> Iterator[Finding]:
    """SELECTs that fail, tables without rows, required columns with NULLs, columns that are empty in every row."""
    got = seen.got
    for table, error in got.failed.items():
        yield finding("not_utf8" if kind_of(ValueError(error)) == "encoding" else "select_fails", table, 1, 1, error=error)
    for table, read in got.reads.items():
        yield finding("no_rows", table, int(not read.rows), read.rows, bad=table == "event")
        for column in REQUIRED[table]:
            yield finding("needed_null", table, read.nulls[column], read.rows, column=column)
        small = table in _SMALL
        empty = [c for c, n in read.nulls.items() if n == read.rows > 0 and c not in REQUIRED[table] and not small]
        if read.rows and not small:
            yield finding("empty_column", table, len(empty), len(read.nulls), column=", ".join(empty))


def keys(seen: Examined) -> Iterator[Finding]:
    """Duplicate keys, log rows without an event, events without a log."""
    got = seen.got
    for table, column in _KEYS:
        if table in got.frames:
            frame = got.frames[table]
            coded = frame.coded(column).codes if table in _SMALL else frame.ints(column)
            known = coded[coded != NONE]
            yield finding("duplicate_key", table, len(known) - len(np.unique(known)), frame.n, column=column)
    if "event" in got.frames and "transition" in got.frames:
        ids, of = got.frames["event"].ints("id"), got.frames["transition"].ints("event")
        yield finding("orphan", "transition", int((~np.isin(of, ids)).sum()), len(of))
        lone = _distinct(ids)
        yield finding("event_without_log", "event", int((~np.isin(lone, of)).sum()), len(lone))


def _distinct(ids: Ints) -> Ints:
    return np.unique(ids[ids != NONE])
