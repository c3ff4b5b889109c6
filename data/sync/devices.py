"""Data other than events: devices (``asset``) and vital signs (``sign``), read whole when they have changed.

Both are small compared with the log and monitor feeds other than cases: video, hotline.  They are checked every five minutes; the
facts keep a device's kind, system, place, state and when it was last heard, and a sign's series, instant and value.

A table with a change column is read when its newest stamp or its row count has changed (an update in place may change neither);
one without (a sign has none in our own tables) is read each time.  It is written when its stored content differs.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd

from data.city.city import Grid
from data.facts.row_faults import AHEAD_MS, AHEAD_SIGNS
from data.facts.schema import ASSET, SIGN
from data.facts.store import Facts
from data.source.columns import Frame
from data.source.mapping import TableName
from data.source.reader import Source
from data.source.reading import Reading
from data.sync.locate import UNKNOWN, located
from data.sync.usable import Fault
from data.types.records import Record

#: Interval between checks for changes; signs older than the second value are not kept.
EVERY_MS, KEPT_MS = 300_000, 35 * 86_400_000
TABLES: tuple[TableName, ...] = ("asset", "sign")
ONLINE = "online"


class Around:
    """Keeps the facts' tables ``asset`` and ``sign`` up to date with the source, where the mapping delivers them."""

    def __init__(self, source: Source, facts: Facts) -> None:
        self.source, self.facts = source, facts
        self._looked: int | None = None

    def forget(self) -> None:
        """Note that the facts were rebuilt without devices and signs: the next check reads them."""
        self._looked = None

    def look(self, now_ms: int, faults: int) -> int:
        """Read what has changed, at most every five minutes.  ``faults``: number before; returns the number after.

        Raises SourceError, FactsError.
        """
        tables = [t for t in TABLES if t in self.source.mapping.tables]
        if not tables or (self._looked is not None and 0 <= now_ms - self._looked < EVERY_MS):
            return faults
        meta = self.facts.meta()
        read: dict[TableName, tuple[str, Frame]] = {}
        with self.source.reading() as reading:
            for table in tables:
                state = self._state(reading, table)
                due = int(meta.get(f"around.{table}.next") or now_ms + 1)  # when the next sign now in the future will be due
                if not state or state != meta.get(f"around.{table}") or now_ms >= due:
                    read[table] = state, self.source.frame_of(table, reading.rows(reading.sql_of(table)))
        for table, (state, frame) in read.items():
            rows, found = _assets(frame, self.facts.grid()) if table == "asset" else _signs(frame, now_ms)
            ahead = frame.ints("at")[frame.ints("at") > now_ms] if table == "sign" else np.zeros(0, np.int64)
            told = {
                f"around.{table}": state or _digest(rows, found),
                f"around.{table}.next": str(ahead.min()) if len(ahead) else "",
            }
            if table == "sign":
                told[AHEAD_SIGNS] = str(int((ahead > now_ms + AHEAD_MS).sum()))
            if all(meta.get(key, "") == value for key, value in told.items()) and f"around.{table}" in meta:
                continue
            with self.facts.writing() as writing:
                writing.replace(ASSET if table == "asset" else SIGN, rows)
                keys = frame.coded("code" if table == "asset" else "series").values
                faults = writing.faults({table: [*keys, *_held(self.facts, table)]}, found, now_ms)
                writing.meta({**told, "faults": str(faults)})
        self._looked = now_ms
        return faults

    def _state(self, reading: Reading, table: TableName) -> str:
        """A value that changes with the table; "" where only reading the table can tell."""
        named = self.source.mapping.tables[table]
        if not named.changed:
            return ""
        found = reading.rows(f"SELECT count(*), max(q.{reading.quoted(named.changed)}) FROM {named.rows}").rows[0]
        return json.dumps([int(found[0]), str(found[1])])


def _digest(rows: Record, faults: list[Fault]) -> str:
    """Digest of the stored content of a table, whatever the order in which it was read."""
    hashes = np.sort(pd.util.hash_pandas_object(pd.DataFrame(rows), index=False).to_numpy())
    return hashlib.blake2b(hashes.tobytes() + repr(sorted(faults)).encode(), digest_size=12).hexdigest()


def _held(facts: Facts, table: str) -> list[str]:
    with facts.cursor() as cursor:
        return [k for (k,) in cursor.execute("SELECT row_key FROM fault WHERE source_table = ?", [table]).fetchall()]


def _assets(frame: Frame, grid: Grid) -> tuple[Record, list[Fault]]:
    """Columns of ``data.facts.schema.ASSET``; a device of an unknown cell is kept, without a place."""
    at = located(frame, grid)
    code, cells = frame.coded("code"), frame.coded("grid")
    faults: list[Fault] = [
        ("asset", code.text(i), "unknown_grid", f"there is no cell '{cells.text(i)}'")
        for i in np.flatnonzero(at == UNKNOWN).tolist()
    ]
    path = grid.path(at)
    status, heard = frame.coded("status"), frame.ints("heard_at")
    return {
        "kind": frame.coded("kind").texts(),
        "system": frame.coded("system").texts(),
        **{f"l{k + 1}": path[:, k].astype(np.int64) for k in range(4)},
        "online": (status.positions({ONLINE: 1}) == 1).astype(np.int64),
        "heard_at": np.maximum(heard, -1),
    }, faults


def _signs(frame: Frame, now_ms: int) -> tuple[Record, list[Fault]]:
    """Columns of ``data.facts.schema.SIGN``: the last weeks, up to now; a sign without a time or value is rejected."""
    at, value = frame.ints("at"), frame.floats("value")
    series = frame.coded("series").texts()
    untimed, unvalued = at < 0, ~np.isfinite(value)
    faults: list[Fault] = [("sign", str(s), "bad_time", "at: is no time") for s in dict.fromkeys(series[untimed])]
    faults += [("sign", str(s), "bad_value", "value: is no number") for s in dict.fromkeys(series[unvalued & ~untimed])]
    keep = ~untimed & ~unvalued & (at > now_ms - KEPT_MS) & (at <= now_ms)
    return {"series": series[keep], "told_at": at[keep], "value": value[keep]}, faults
