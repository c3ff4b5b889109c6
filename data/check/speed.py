"""Whether a tick can be fast: changes and the rows of one event are found by an index of the source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from data.check.examined import Examined
from data.check.finding import Finding, finding
from data.check.joins import NAME, QUOTES, reached, uncommented
from data.source.mapping import Mapping
from data.source.reading import Reading
from data.text import Text

#: Duration (s) from which a query of every tick needs a look, and is bad; and from which a load's query needs a look.
TICK_LOOK_S, TICK_BAD_S, LOAD_LOOK_S = 1.0, 10.0, 60.0
_PLAIN = re.compile(
    rf"(?is)^\s*select\s+(?!distinct\b)(?P<columns>.+?)\s+from\s+(?P<table>{NAME}(?:\.{NAME})?)"
    rf"(?:\s+(?:as\s+)?(?!where\b|order\b|limit\b){NAME})?\s*(?P<rest>(?:where|order\s+by)\b.*)?$"
)
_COLUMN = re.compile(rf"(?is)^(?:{NAME}\.)?(?P<column>{NAME})(?:\s+(?:as\s+)?(?P<alias>{NAME}))?$")
_NOT_PLAIN = re.compile(r"(?i)\b(union|intersect|except|group\s+by|join|having)\b")

_INDEXED = Text(zh="列 {column} 有索引", en="{column} is indexed")
_FILE = Text(zh="文件整读，不需要索引", en="not applicable: a file is read whole")
#: (table, the column by which a tick reads the rows of one event)
_LOOKUPS = (("event", "id"), ("transition", "event"))
_TABLES = ("event", "transition")


def base_of(sql: str, column: str) -> tuple[str | None, str, str] | None:
    """(schema, table, column) that a plain SELECT delivers as ``column``; None if the SELECT is not plain."""
    match = _PLAIN.match(sql)
    if match is None or _NOT_PLAIN.search(sql):
        return None
    schema, _, table = match["table"].rpartition(".")
    for item in _items(match["columns"]):
        if item == "*":
            return schema.strip(QUOTES) or None, table.strip(QUOTES), column
        named = _COLUMN.match(item)
        if named and (named["alias"] or named["column"]).strip(QUOTES) == column:
            return schema.strip(QUOTES) or None, table.strip(QUOTES), named["column"].strip(QUOTES)
    return None


def _items(columns: str) -> list[str]:
    """The select list, split at the commas outside parentheses."""
    out, depth, start = [], 0, 0
    for i, letter in enumerate(columns):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            out.append(columns[start:i].strip())
            start = i + 1
    return [*out, columns[start:].strip()]


def indexes(mapping: Mapping, reading: Reading, readable: set[str]) -> Iterator[Finding]:
    """For event and transition: is there a change column, is it indexed, can one event's rows be looked up by an index?"""
    if reading.engine.whole_files:
        for table in _TABLES:
            changed = mapping.tables[table].changed  # type: ignore[index]
            if table in readable and (not changed or mapping.static):
                yield finding("no_change_index", table, 0, 1, why=_FILE)
            elif table in readable:
                yield reached(mapping, reading, table, changed, "no_change_index")
        return
    for table, lookup in _LOOKUPS:
        if table not in readable:
            continue
        changed = mapping.tables[table].changed  # type: ignore[index]
        yield finding("no_change_column", table, int(not changed), 1)
        if changed:
            yield _index(mapping, reading, table, changed, "no_change_index")
            yield _index(mapping, reading, table, lookup, "no_lookup_index")


def _index(mapping: Mapping, reading: Reading, table: str, column: str, id: str) -> Finding:
    base = base_of(uncommented(mapping.tables[table].sql), column)  # type: ignore[index]
    leading = _leading(reading, base[1], base[0]) if base else None
    if base is None or leading is None:
        return reached(mapping, reading, table, column, id)
    schema, name, own = base
    quoted = ".".join(reading.quoted(part) for part in (schema, name) if part)
    create = f"CREATE INDEX {name}_{own} ON {quoted} ({reading.quoted(own)})"
    return finding(id, table, int(own not in leading), 1, why=_with(_INDEXED, column), column=column, create=create)


def _leading(reading: Reading, table: str, schema: str | None) -> set[str] | None:
    """Leading columns of the table's indexes; None also if the account may not read the table's definition."""
    try:
        return reading.leading(table, schema)
    except SQLAlchemyError:
        return None


def _with(text: Text, column: str) -> Text:
    return Text(zh=text.zh.format(column=column), en=text.en.format(column=column))


def queries(seen: Examined) -> Iterator[Finding]:
    """The slowest query of a tick, and the slowest of all."""
    got = seen.got
    ticks = [q for q in got.queries if q[2]]
    for id, limit, asked in (("slow_tick", TICK_LOOK_S, ticks), ("slowest_query", LOAD_LOOK_S, got.queries)):
        if asked:
            query, took, _ = max(asked, key=lambda q: q[1])
            yield finding(
                id,
                query.split(":")[0],
                int(took > limit),
                1,
                bad=id == "slow_tick" and took > TICK_BAD_S,
                took=f"{took:.3g}",
                query=query,
            )
