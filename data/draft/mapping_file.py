"""Write the plan as a mapping, and the copies of the data that it reads."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from data.draft.plan import Plan, TableOf
from data.draft.sheet import Column, Progress
from data.draft.toml_text import key, statement, value
from data.source.files import PLACEHOLDER

_HEAD = """\
# {title}: drafted from {source} by `python -m dashboard draft`.  docs/mapping.md says what each key means.
{remark}"""
_COPIED = """\
# The tables are copies of it in plain UTF-8, with the columns that are used and nothing else.  When the file has changed, draft
# it again with --refresh: that writes the copies anew and leaves this file and the city's as they are.
"""


def mapping_text(
    plan: Plan, id: str, title: str, source: str, city: str, url: str, zone: str, old: bool, copy: Callable[[str], str]
) -> str:
    """``copy``: FROM expression for the copy of that name."""
    lines = [_HEAD.format(title=title, source=source, remark=_COPIED if plan.copies and not plan.direct else "")]
    lines += [
        "[mapping]",
        f"id = {value(id)}",
        f"city = {value(city)}",
        f"source = {value(url)}",
        f"timezone = {value(zone)}",
        'crs = "EPSG:4326"',
        f'as_of = "{"newest" if old else "now"}"',
    ]
    if plan.shapes:
        lines += ["", "[shapes]", *(f"{k} = {value(v)}" for k, v in plan.shapes.items())]
    for name, table in (("grid", plan.grid), ("event", plan.event), ("transition", plan.transition)):
        if table is not None:
            lines += ["", f"[tables.{name}]", *_table(table, copy)]
    for kind, codes in plan.maps.items():
        if codes:
            lines += ["", f"[codes.{kind}]", *(f"{key(theirs)} = {value(ours)}" for theirs, ours in codes.items())]
    return "\n".join(lines) + "\n"


def _table(table: TableOf, copy: Callable[[str], str]) -> list[str]:
    lines = [f"key = {value(table.key)}", f"changed = {value(table.changed)}"]
    if table.order:
        lines.append(f"order = {value(table.order)}         # rows of one instant come in this order")
    if table.sql:
        lines.append(f"sql = {statement(table.sql.replace('{cases}', copy('cases')) if '{cases}' in table.sql else table.sql)}")
    else:
        source = copy(table.source.removeprefix("copy:")) if table.source.startswith("copy:") else table.source
        lines.append(f"from = {value(source)}")
    for what in ("columns", "stages", "stage_departments"):
        held: dict[str, str] = getattr(table, what)
        if held:
            lines.append(f"{what} = {value(held)}")
    return lines


def write_copy(path: Path, columns: list[Column], progress: Progress) -> None:
    """Write the columns as a UTF-8 CSV to a temporary file and rename it, so that a reader never sees half of it."""
    n = len(columns[0].codes)
    cells = [c.texts() for c in columns]
    beside = path.with_suffix(".writing")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([c.name for c in columns])
        for start in range(0, n, 50_000):
            writer.writerows(zip(*(c[start : start + 50_000] for c in cells), strict=True))
            progress("write", min(start + 50_000, n), n)
    beside.replace(path)


def read_csv(path: Path | None, delimiter: str = ",") -> str:
    """FROM expression for a CSV with a header, all cells as text; None = the mapping's own source."""
    named = PLACEHOLDER if path is None else "'" + str(path).replace("'", "''") + "'"
    mark = "\\t" if delimiter == "\t" else delimiter
    return f"read_csv({named}, header = true, all_varchar = true, delim = '{mark}', quote = '\"', escape = '\"')"
