"""The events that a quick check reads: some spread over the whole table, and the requested case."""

from __future__ import annotations

from data.source.mapping import Mapping
from data.source.reading import Reading
from data.types.records import Given

#: Number of events read from a larger table.
EVENTS = 2_000


def spread(reading: Reading, mapping: Mapping, table: str, column: str, most: int) -> Given:
    """At most ``most`` values of ``column``, from every k-th row starting with the first; without NULL."""
    whole, name = mapping.tables[table].rows, reading.quoted(column)  # type: ignore[index]
    count = reading.count(table)
    if count <= most:
        sql = f"SELECT q.{name} FROM {whole}"
    else:
        numbered = f"SELECT q.{name}, row_number() OVER () AS gridwall_row FROM {whole}"
        sql = f"SELECT n.{name} FROM ({numbered}) AS n WHERE n.gridwall_row % {-(-count // most)} = 1"
    return [v for (v,) in reading.rows(sql).rows if v is not None]


def ids_of(reading: Reading, number: str) -> Given:
    """Ids of the events with the case number ``number``; plus ``number`` itself if it may be an id."""
    named = reading.look_up("event", "case_number", number, give="id") if "case_number" in reading.columns_of("event") else []
    return [*named, number]


__all__ = ["EVENTS", "ids_of", "spread"]
