"""The grid: unusable cells, outlines, gaps and overlaps; and events that lie in none of its cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import shapely

from data.check.delivery import Delivery
from data.check.examined import Examined
from data.check.finding import Finding, Value, counted, finding, listed
from data.city.city import Grid
from data.sync.locate import NOWHERE, UNKNOWN, located
from data.text import Text
from data.types.records import Record
from geo.coverage import find_faults

_LOST = ("no_key", "unknown_level", "unknown_parent", "duplicate_key")


def place(seen: Examined) -> Iterator[Finding]:
    """Judges the grid as the wall would hold it: with the outlines of the mapping's file, repaired."""
    got, mapping, rows = seen.got, seen.mapping, seen.grid
    source = got.frames.get("grid")
    cells: dict[str, list[str]] = defaultdict(list)
    for _, code, reason, _ in seen.grid_faults:
        cells[reason].append(code)
    n = len(rows["code"])
    lost = [code for reason in _LOST for code in cells[reason]]
    yield finding("no_grid", "grid", int(n == 0), n)
    if source is not None or mapping.shapes is not None:
        yield finding("lost_cell", "grid", len(lost), n + len(lost), listed(lost))
        yield finding("bad_number", "grid", len(cells["bad_number"]), n, listed(cells["bad_number"]))
    if mapping.shapes is not None:
        stray = cells["unknown_grid"]
        notes = mapping.outline_file.notes
        en, zh = "; ".join(notes), "；".join(note.zh for note in notes)
        yield finding("grid_file_note", "grid", len(notes), 1, notes=Text(zh=zh, en=en))
        yield finding("stray_outline", "grid", len(stray), len(mapping.outlines), listed(stray, rows["code"]))
    if n:
        yield from _outlines(rows, cells)
        if "event" in got.frames and seen.cells is not None:
            yield from _events(got, rows, seen.cells)


def _outlines(rows: Record, cells: dict[str, list[str]]) -> Iterator[Finding]:
    n = len(rows["code"])
    drawn = [i for i, g in enumerate(rows["geometry"]) if g is not None]
    bare = [rows["code"][i] for i in range(n) if rows["geometry"][i] is None and rows["code"][i] not in cells["bad_geometry"]]
    yield finding("no_shape", "grid", len(bare), n, listed(bare) if len(bare) < n else ())
    for reason in ("repaired_outline", "bad_geometry"):
        yield finding(reason, "grid", len(cells[reason]), n, listed(cells[reason]))
    if drawn:
        code = [rows["code"][i] for i in drawn]
        parent = [rows["code"][rows["parent"][i]] if rows["parent"][i] >= 0 else None for i in drawn]
        # cells without an outline are counted above and must not show up as gaps
        apart = {rows["code"][rows["parent"][i]] for i in range(n) if rows["geometry"][i] is None and rows["parent"][i] >= 0}
        found = find_faults(
            code,
            parent,
            [rows["level"][i] for i in drawn],
            shapely.from_wkb([rows["geometry"][i] for i in drawn]),
            rounded=True,
            apart=apart,
        )
        yield finding("coverage", "grid", len(found), len(drawn), listed(f.code for f in found if f.code))


def _events(got: Delivery, rows: Record, grid: Grid) -> Iterator[Finding]:
    events = got.frames["event"]
    at, coded = located(events, grid, bulk=True), events.coded("grid")
    if events.has("grid"):
        lost = at == UNKNOWN
        few = tuple(rows["code"]) if len(rows["code"]) <= 10_000 else ()
        values: tuple[Value, ...] = counted(coded.values, coded.codes[lost], few)
        yield finding("unknown_grid", "event", int(lost.sum()), events.n, values)
    yield finding("not_located", "event", int((at == NOWHERE).sum()), events.n)
