"""Which tables a query reads from end to end, as the source's own EXPLAIN tells it."""

from __future__ import annotations

from data.source.reading import Reading


def scans(reading: Reading, sql: str, **values: object) -> tuple[str, ...] | None:
    """Names (or aliases, where the query gives any) of the tables that ``sql`` reads whole; () = all by an index; None where the
    dialect does not tell."""
    found = reading.engine.scans(reading.rows, sql, values)
    return None if found is None else tuple(dict.fromkeys(found))
