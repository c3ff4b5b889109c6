"""Shorthand for a mapping's table without SQL: ``from`` + ``columns``; and, as ``stages``, stamps side by side in one row.

Identifiers are quoted as the source's dialect requires, so that one mapping serves SQLite, DuckDB, PostgreSQL and MariaDB.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Iterator

from data.errors import Said, did_you_mean, did_you_mean_zh
from data.source.dialects import dialect_of
from data.source.mapping import Mapping, Table, TableName

Fault = tuple[str, str]


def shorthand_faults(tables: abc.Mapping[TableName, Table], columns_of: dict[str, list[str]]) -> Iterator[Fault]:
    """Faults in a mapping's shorthand; ``columns_of`` are the contract's columns by table."""
    for name, table in tables.items():
        place = f"tables.{name}"
        if not table.sql and not table.from_:
            write = 'from = "a table" ... columns = { ours = "theirs" }'
            yield f"{place}.sql", Said(f"is missing; write a SELECT, or {write}", f"缺少；请写 SELECT，或 {write}")
        if table.sql and table.from_:
            yield f"{place}.from", Said("stands beside sql; keep one of them", "与 sql 并列，请只留其一")
        if table.from_ and not table.columns:
            yield (
                f"{place}.columns",
                Said('is missing; from needs columns = { ours = "theirs" }', '缺少；from 需要 columns = { ours = "theirs" }'),
            )
        for ours in table.columns:
            if ours not in columns_of[name]:
                yield (
                    f"{place}.columns.{ours}",
                    Said(
                        f"no column of {name} is called so{did_you_mean(ours, columns_of[name])}",
                        f"{name} 没有这一列{did_you_mean_zh(ours, columns_of[name])}",
                    ),
                )
        if table.stages and name != "event":
            yield (
                f"{place}.stages",
                Said(
                    "stands in [tables.event] only: its stamps stand in the rows of the cases",
                    "只写在 [tables.event]：各阶段时刻在案件行里",
                ),
            )
        for stage in table.stage_departments:
            if stage not in table.stages:
                yield (
                    f"{place}.stage_departments.{stage}",
                    Said(
                        f"no such stage in stages{did_you_mean(stage, table.stages)}",
                        f"stages 里没有{did_you_mean_zh(stage, table.stages)}",
                    ),
                )
    event = tables.get("event")
    if event is None or not event.stages:
        return
    if not event.columns or "id" not in event.columns:
        yield (
            "tables.event.stages",
            Said(
                'needs columns = { id = "...", ... } beside it: which column holds the case\'s id',
                '旁边要有 columns = { id = "...", ... }：哪一列是案件编号',
            ),
        )
    if "transition" in tables:
        yield (
            "tables.transition",
            Said(
                "stands beside tables.event.stages, which delivers the log; keep one of them",
                "与 tables.event.stages 并列（后者已给出流转），请只留其一",
            ),
        )


def expanded(mapping: Mapping, dialect: str) -> Mapping:
    """``mapping`` with its shorthand expanded to SELECTs in the SQL of ``dialect``; unchanged if it has none."""
    shorthand = {name: table for name, table in mapping.tables.items() if table.columns}
    if not shorthand:
        return mapping
    tables = dict(mapping.tables)
    for name, table in shorthand.items():
        tables[name] = _changed(table, sql=_select(table, dialect), from_=_inner(table))
    event = shorthand.get("event")
    if event is not None and event.stages:
        tables["transition"] = _changed(
            event, sql=_stages(event, dialect), key="key", order="", from_="", columns={}, stages={}, stage_departments={}
        )
    return mapping.model_copy(update={"tables": tables})


def _changed(table: Table, **values: object) -> Table:
    """A copy with other ``values``, without anything cached from the old ones."""
    copied = table.model_copy(update=values)
    copied.__dict__.pop("rows", None)
    return copied


def quoted(name: str, dialect: str) -> str:
    """A column's name quoted for ``dialect``."""
    return dialect_of(dialect).quoted(name)


def _inner(table: Table) -> str:
    """What follows FROM: the table's own ``from``, else its ``sql`` as the mapping wrote it."""
    return table.from_ or f"(\n{table.sql}\n) AS delivered"


def _select(table: Table, dialect: str) -> str:
    names = ", ".join(f"{quoted(theirs, dialect)} AS {quoted(ours, dialect)}" for ours, theirs in table.columns.items())
    return f"SELECT {names} FROM {_inner(table)}"


def _stages(event: Table, dialect: str) -> str:
    """One row for each filled stamp; its key is the case's id and the stage, so that it stays stable."""
    engine = dialect_of(dialect)
    text = engine.text
    case = quoted(event.columns["id"], dialect)
    changed = event.columns.get(event.changed, "") if event.changed else ""
    parts = []
    for stage, column in event.stages.items():
        at, code = quoted(column, dialect), stage.replace("'", "''")
        own = f"CAST({case} AS {text})"
        key = engine.joined(own, f"':{code}'")
        cells = [(key, "key"), (case, "event"), (f"'{code}'", "stage")]
        if event.stage_departments:
            theirs = event.stage_departments.get(stage)
            cells.append((f"CAST({quoted(theirs, dialect) if theirs else 'NULL'} AS {text})", "department"))
        cells.append((at, "at"))
        if changed:
            cells.append((quoted(changed, dialect), event.changed))
        names = ", ".join(f"{value} AS {quoted(name, dialect)}" for value, name in cells)
        parts.append(f"SELECT {names} FROM {_inner(event)} WHERE CAST({at} AS {text}) <> ''")
    return "\nUNION ALL ".join(parts)
