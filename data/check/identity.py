"""Whether the columns that join a log to its events (event.id, transition.event) compare alike, here and at the source."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from uuid import UUID

import numpy as np
import pyarrow as pa

from data.check.delivery import Delivery
from data.check.examined import Examined
from data.check.finding import Finding, Value, finding, sayable
from data.check.id_columns import cast, family, readable
from data.source.columns import NONE
from data.source.values import listed
from data.text import Text
from data.types.records import Given, Record

#: Maximum number of different unmatched ids of the log examined.
LOOKED_AT = 5_000
_UUID = re.compile(r"[{(]?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}[)}]?")
_WHOLE = re.compile(r"[+-]?\d+(?:\.0*)?")
_HOW = {
    "type": Text(zh="类型", en="their type"),
    "blanks": Text(zh="首尾空格", en="blanks around them"),
    "case": Text(zh="大小写", en="upper and lower case"),
    "zeros": Text(zh="前导零或小数位", en="leading zeros or decimals"),
    "letters": Text(zh="全半角、重音或连字符", en="width, accents or hyphens"),
}


def identity(seen: Examined) -> Iterator[Finding]:
    """Types of the two columns, ids of the log that match an event only when compared loosely, and different ids that the
    source treats as equal."""
    got, limit = seen.got, seen.profile.service.rejected_share
    if {"event", "transition"} <= got.frames.keys():
        yield _types(got)
        yield _near_misses(got, limit)
        for table, column in _PAIR:
            yield finding(
                "id_not_found",
                table,
                int((table, column) in got.not_found),
                1,
                column=column,
                type=got.kinds.get((table, column), ""),
                cast=cast(got.dialect, column),
            )
    theirs = got.distinct.get(("event", "id"))
    if theirs is not None and "event" in got.frames:
        ids = got.frames["event"].ints("id")
        ours = len(np.unique(ids[ids != NONE]))
        yield finding(
            "loose_ids",
            "event",
            max(ours - theirs, 0),
            ours,
            bad=ours - theirs > limit * ours,
            column="id",
            type=got.kinds.get(("event", "id"), ""),
            cast=cast(got.dialect, "id"),
        )


def _types(got: Delivery) -> Finding:
    kinds = [got.kinds.get(c, "") for c in (("event", "id"), ("transition", "event"))]
    families = {family(k) for k in kinds if k}
    odd = len(families) > 1 or any("+" in f for f in families)
    examples = tuple(Value(f"{t}.{c}: {sayable(readable(_some(got, t, c)))}", 1) for t, c in _PAIR) if odd else ()
    return finding("id_types", "transition", int(odd), 1, examples, of_event=kinds[0], of_log=kinds[1], cast=_casts(got, ""))


_PAIR = (("event", "id"), ("transition", "event"))


def _some(got: Delivery, table: str, column: str) -> object:
    """The first value that is not NULL; for a column of mixed types any one will do."""
    rows = np.flatnonzero(got.frames[table].ints(column) != NONE)[:1]
    return got.cell(table, column, int(rows[0])) if len(rows) else None


def _near_misses(got: Delivery, limit: float) -> Finding:
    ids, of = got.frames["event"].ints("id"), got.frames["transition"].ints("event")
    named, first = np.unique(of, return_index=True)
    there = named != NONE
    named, first = named[there], first[there]
    lost = first[~np.isin(named, ids)][:LOOKED_AT]
    pairs: list[tuple[object, object]] = []
    if len(lost):
        held, rows = np.unique(ids, return_index=True)
        events: Record = {}
        known, said = listed(got.raw["event", "id"]), listed(got.raw["transition", "event"])
        for row in rows[held != NONE].tolist():
            events.setdefault(loosened(known[row]), known[row])
        for row in np.sort(lost).tolist():
            value = said[row]
            if (near := events.get(loosened(value))) is not None:
                pairs.append((value, near))
    difference = _difference(*pairs[0]) if pairs else "type"
    examples = tuple(Value(f"{sayable(readable(a))} ≠ {sayable(readable(b))}", 1) for a, b in pairs)
    return finding(
        "ids_differ",
        "transition",
        len(pairs),
        len(named),
        examples,
        bad=len(pairs) > limit * len(named),
        how=_HOW[difference],
        of_event=got.kinds.get(_PAIR[0], ""),
        of_log=got.kinds.get(_PAIR[1], ""),
        cast=_casts(got, difference),
    )


def _casts(got: Delivery, difference: str) -> str:
    """Casts for the two SELECTs: numbers if one column holds integers and the other's values all parse as integers, else
    texts."""
    families = {column: family(got.kinds.get((table, column), "")) for table, column in _PAIR}
    others = [(t, c) for t, c in _PAIR if families[c] != "integer"]
    if len(others) == 1 and all(_WHOLE.fullmatch(str(v).strip()) for v in _first_cells(got, *others[0])):
        return cast(got.dialect, others[0][1], "number")
    to = {"case": "lower", "blanks": "trimmed", "letters": "lower"}.get(difference, "text")
    to = "lower" if "uuid" in families.values() else "trimmed" if "char" in families.values() else to
    return "; ".join(cast(got.dialect, column, to) for _, column in _PAIR)


def _first_cells(got: Delivery, table: str, column: str) -> Given:
    cells = got.raw[table, column]
    some = cells.slice(0, LOOKED_AT) if isinstance(cells, pa.ChunkedArray) else cells[:LOOKED_AT]
    return [v for v in listed(some) if v is not None]


def loosened(value: object) -> str:
    """An id normalised as the most lenient database would compare it: without case, surrounding blanks, accents, full width,
    leading zeros, zero decimals and the hyphens of a UUID."""
    if isinstance(value, UUID):
        return value.hex
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = "".join(c for c in unicodedata.normalize("NFKD", text.strip().casefold()) if not unicodedata.combining(c))
    if _UUID.fullmatch(text):
        return re.sub("[^0-9a-f]", "", text)
    return str(int(text.partition(".")[0])) if _WHOLE.fullmatch(text) and len(text) < 100 else text


def _difference(a: object, b: object) -> str:
    if type(a) is not type(b):
        return "type"
    first, second = str(a), str(b)
    if first.strip() == second.strip():
        return "blanks"
    if first.strip().casefold() == second.strip().casefold():
        return "case"
    return "zeros" if _WHOLE.fullmatch(first.strip()) else "letters"
