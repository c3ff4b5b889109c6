"""Tables that a query scans, according to the source's EXPLAIN."""

from __future__ import annotations

from data.source.reading import Reading


def scans(reading: Reading, sql: str, **values: object) -> tuple[str, ...] | None:
    """Names (or aliases, if the query gives any) of the tables that ``sql`` scans; () = indexes only; None if the dialect
    does not tell."""
    found = reading.engine.scans(reading.rows, sql, values)
    return None if found is None else tuple(dict.fromkeys(found))
