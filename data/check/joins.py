"""A tick's queries on a SELECT over several tables, a view or a union: which underlying tables they scan.

The source's EXPLAIN tells which; the SELECT's own text tells by which column each could be reached, to suggest an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from data.check.finding import Finding, Value, finding
from data.check.plans import scans
from data.errors import SourceError
from data.source.mapping import Mapping
from data.source.reading import Reading
from data.source.statement import tokens
from data.text import Text

#: Rows up to which a joined table needs no index; the table that tells what changed always needs one.
SMALL = 1_000
NAME = r'(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[A-Za-z_][\w$]*)'
QUOTES = '"`[]'
_WORDS = r"(?!(?:on|where|left|right|inner|outer|join|cross|using|group|order|limit|union|full|natural|set)\b)"
_TABLE = rf"\s*(?P<table>{NAME}(?:\.{NAME})?)(?:\s+(?:as\s+)?(?P<alias>{_WORDS}{NAME}))?"
_JOINED = (re.compile(rf"(?is),{_TABLE}"), re.compile(rf"(?is)\b(?:from|join)\b{_TABLE}"))

_REACHED = Text(zh="按 {column} 取数经索引可达（EXPLAIN）", en="every table behind {column} is reached by an index (EXPLAIN)")
_UNCLEAR = Text(
    zh="按 {column} 取数是否走索引无从查起：没有数据，或源库不答 EXPLAIN",
    en="the index on {column} is not checked: there are no rows, or the source does not answer EXPLAIN",
)
_BLOCKS = Text(zh="DuckDB 的表按块取舍，不需要索引", en="a table of DuckDB is cut by what its blocks hold and needs no index")
_BY = {
    "no_change_index": Text(zh="变更的行（{column}）", en="what changed ({column})"),
    "no_lookup_index": Text(zh="一个事件（{column}）", en="one event ({column})"),
}
_UNNAMED = Text(zh="{table} 用来筛选或联接的列", en="the columns by which {table} is joined or filtered")


def uncommented(sql: str) -> str:
    """The statement without its comments."""
    return "".join(" " if t.kind == "comment" else t.text for t in tokens(sql))


def reached(mapping: Mapping, reading: Reading, table: str, column: str, id: str) -> Finding:
    """Whether the rows selected by ``column`` are found by indexes alone; ``id`` is the finding if they are."""
    sql = uncommented(mapping.tables[table].sql)  # type: ignore[index]
    try:
        whole = _whole(mapping, reading, table, column)
        if whole is None:
            return finding(id, table, 0, 1, why=_with(_UNCLEAR, column))
        if reading.engine.whole_files:
            return finding("file_reread", table, int(bool(whole)), 1, tables=", ".join(whole), why=_BLOCKS, column=column)
        read = [
            (name, real, size)
            for name in whole
            for real in [_real(sql, name)]
            if (size := _size(reading, real)) >= SMALL or size < 0 or name == _owner(sql, column)[0]
        ]
    except (SourceError, SQLAlchemyError):
        return finding(id, table, 0, 1, why=_with(_UNCLEAR, column))
    if not read:
        return finding(id, table, 0, 1, why=_with(_REACHED, column))
    create = list(dict.fromkeys(_create(reading, sql, name, real, column) for name, real, _ in read))
    return finding(
        "read_whole",
        table,
        len(read),
        len(read),
        [Value(real, max(size, 1)) for _, real, size in read],
        tables=", ".join(dict.fromkeys(real for _, real, _ in read)),
        by=_with(_BY[id], column),
        create=Text(zh="；".join(c.zh for c in create), en="; ".join(c.en for c in create)),
    )


def _whole(mapping: Mapping, reading: Reading, table: str, column: str) -> tuple[str, ...] | None:
    """Tables that a tick's query by ``column`` scans; None if there is no value to query by."""
    if column == mapping.tables[table].changed:  # type: ignore[index]
        value = reading.newest(table)
        asked = f"{reading.sql_of(table)} WHERE q.{reading.quoted(column)} > :gridwall_since"
        return None if value is None else scans(reading, asked, gridwall_since=value)
    found = reading.rows(f"SELECT q.{reading.quoted(column)} FROM {mapping.tables[table].rows} LIMIT 1").rows  # type: ignore[index]
    asked = f"{reading.sql_of(table)} WHERE q.{reading.quoted(column)} IN :gridwall_chosen"
    return scans(reading, asked, gridwall_chosen=[found[0][0]]) if found and found[0][0] is not None else None


def _real(sql: str, name: str) -> str:
    """The table behind an alias of the SELECT; the name itself if there is none (a table behind a view)."""
    named = {}
    for joined in _JOINED:
        named.update({(m["alias"] or m["table"].rpartition(".")[2]).strip(QUOTES): m["table"] for m in joined.finditer(sql)})
    return str(named.get(name.strip(QUOTES), name))


def _owner(sql: str, column: str) -> tuple[str, str]:
    """(alias, its column) that the SELECT delivers as ``column``; ("", "") if it is not a plain column of a table."""
    match = re.search(
        rf"(?is)({NAME})\.({NAME})\s+(?:as\s+)?[\"`\[]?{re.escape(column)}[\"`\]]?\s*(?:,|\bfrom\b)", sql
    ) or re.search(rf"(?is)({NAME})\.([\"`\[]?{re.escape(column)}[\"`\]]?)\s*(?:,|\bfrom\b)", sql)
    return (match[1].strip(QUOTES), match[2].strip(QUOTES)) if match else ("", "")


def _size(reading: Reading, real: str) -> int:
    """Number of rows of the table; -1 if it cannot be queried."""
    schema, _, table = real.rpartition(".")
    if reading.leading(table.strip(QUOTES), schema.strip(QUOTES) or None) is None:
        return -1
    return int(reading.rows(f"SELECT count(*) FROM {real}").rows[0][0])


def _create(reading: Reading, sql: str, name: str, real: str, column: str) -> Text:
    """The statement that creates the missing index, as far as the SELECT's text tells."""
    owner, own = _owner(sql, column)
    by = own if owner == name else next(_joins(sql, name), "")
    if not by:
        return Text(zh=_UNNAMED.zh.format(table=real), en=_UNNAMED.en.format(table=real))
    bare = real.rpartition(".")[2].strip(QUOTES)
    said = f"CREATE INDEX {bare}_{by} ON {real} ({reading.quoted(by)})"
    return Text(zh=said, en=said)


def _joins(sql: str, name: str) -> Iterator[str]:
    """Columns of ``name`` that the SELECT equates with another table's."""
    own, other = rf"[\"`\[]?\b{re.escape(name)}\b[\"`\]]?\.({NAME})", rf"{NAME}\.{NAME}"
    for match in re.finditer(rf"(?is){own}\s*=\s*{other}|{other}\s*=\s*{own}", sql):
        yield (match[1] or match[2]).strip(QUOTES)


def _with(text: Text, column: str) -> Text:
    return Text(zh=text.zh.format(column=column), en=text.en.format(column=column))
