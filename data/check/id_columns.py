"""How a source types, collates and distinguishes the ids that it delivers: queried from the database, in its own dialect."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pyarrow as pa

from data.source.columns import Cells
from data.source.dialects import dialect_of
from data.source.mapping import Mapping
from data.source.reading import Reading
from data.source.values import listed

#: Number of values sampled to determine a column's type.
LOOKED_AT = 20_000
_PYTHON = {int: "integer", str: "text", Decimal: "decimal", UUID: "uuid", float: "float", bytes: "bytes"}


def kind_of(reading: Reading, mapping: Mapping, table: str, column: str, cells: Cells) -> str:
    """The type (and collation, if it matters) of an id column in the source's words, e.g. "bigint", "integer+text" (SQLite),
    "text COLLATE utf8mb4_general_ci"; if the source has none, that of the ``cells``.  "" = no value at all."""
    name, rows = f"q.{reading.quoted(column)}", mapping.tables[table].rows  # type: ignore[index]
    held = python_kind(cells)
    return reading.engine.id_type(reading.rows, name, rows, held) if held else ""


def python_kind(cells: Cells) -> str:
    """The driver's types of the values: "integer", "text", "decimal", "uuid" ..., several joined by "+"."""
    if isinstance(cells, pa.ChunkedArray):
        if pa.types.is_integer(cells.type):
            return "integer"
        cells = cells.slice(0, LOOKED_AT)
    kinds = {type(v) for v in listed(cells)[:LOOKED_AT] if v is not None}
    return "+".join(sorted(_PYTHON.get(k, k.__name__) for k in kinds))


def distinct(reading: Reading, mapping: Mapping, table: str, column: str) -> int:
    """Number of different values by the source's own count."""
    sql = f"SELECT count(DISTINCT q.{reading.quoted(column)}) FROM {mapping.tables[table].rows}"  # type: ignore[index]
    return int(reading.rows(sql).rows[0][0])


def family(kind: str) -> str:
    """Group of types whose values compare directly: "integer", "decimal", "text", "char" (padded), "uuid" ..."""
    bare = kind.lower().partition(" collate ")[0].partition("(")[0].strip()
    families: dict[str, tuple[str, ...]] = {
        "integer": ("integer", "int", "bigint", "smallint", "tinyint", "hugeint", "ubigint", "uinteger", "usmallint", "utinyint"),
        "decimal": ("decimal", "numeric"),
        "float": ("float", "real", "double", "double precision"),
        "text": ("text", "varchar", "character varying"),
        "char": ("character", "char", "bpchar"),
        "bytes": ("bytes", "blob", "bytea"),
    }
    named = next((f for f, names in families.items() if bare in names), bare)
    collation = kind.partition(" COLLATE ")[2]
    return f"{named} {collation}".strip()


def cast(dialect: str, column: str, to: str = "text") -> str:
    """SQL expression that makes an id compare exactly: ``to`` "number" or "text", or "trimmed" and "lower" where blanks and
    case differ."""
    engine = dialect_of(dialect)
    said = f"CAST({column} AS {engine.number if to == 'number' else engine.text})"
    said = f"trim({said})" if to in ("trimmed", "lower") else said
    said = f"lower({said})" if to == "lower" else said
    return f"{said}{engine.bytewise if to != 'number' else ''} AS {column}"


def readable(value: object) -> str:
    """A value with its type made visible: a text in quotes, an integer bare."""
    if isinstance(value, str):
        return f"'{value}'"
    return str(value) if isinstance(value, int) else f"{value} ({_PYTHON.get(type(value), type(value).__name__)})"


__all__ = ["cast", "distinct", "family", "kind_of", "python_kind", "readable"]
