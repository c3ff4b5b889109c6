"""Read a mapping file, or refuse it with every fault, its place and what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import make_url

from data.city import toml_files
from data.city.field_errors import fault_of
from data.errors import FileError, Said, did_you_mean, did_you_mean_zh
from data.source import files
from data.source.contract import ACTIONS, METADATA, OUTCOMES
from data.source.mapping import PLACED, SOURCES, CodeKind, Mapping, Table, TableName
from data.source.stage_columns import expanded, shorthand_faults


def load_mapping(mapping: str | Path) -> Mapping:
    """Read a mapping by id (``platform``) or path.  Raises FileError with every fault of the file."""
    path = toml_files.find("mapping", mapping, SOURCES)
    raw = toml_files.read(path)
    try:
        loaded = Mapping.model_validate(raw)
    except ValidationError as error:
        raise FileError(str(path), [_fault(e) for e in error.errors()]) from None
    loaded._folder = path.parent
    faults = _cross_faults(loaded)
    if faults:
        raise FileError(str(path), faults)
    if loaded.shapes is not None and loaded.shapes.reads_late:
        loaded.shapes.check(loaded.folder)
    else:
        _ = loaded.outline_file  # a faulty file is refused now, not when the grid is read
    engine = files.ENGINE if files.reads_file(loaded.selects) else loaded.mapping.source
    return expanded(loaded, make_url(engine).get_backend_name())


def _fault(error: ErrorDetails) -> tuple[str, str]:
    """As ``fault_of``; that function cannot follow the names of tables and code maps, which are keys of a dict."""
    loc = error["loc"]
    place = ".".join(str(p) for p in loc if p != "[key]")
    if error["type"] == "literal_error" and loc[-1] == "[key]":
        known = get_args(TableName if loc[0] == "tables" else CodeKind)
        kind, kind_zh = ("table", "表") if loc[0] == "tables" else ("code map", "代码表")
        name = str(loc[1])
        return place, Said(f"unknown {kind}{did_you_mean(name, known)}", f"没有这个{kind_zh}{did_you_mean_zh(name, known)}")
    if error["type"] == "extra_forbidden" and loc[0] == "tables" and len(loc) == 3:
        keys = [f.alias or name for name, f in Table.model_fields.items()]
        return place, Said(f"unknown key{did_you_mean(str(loc[2]), keys)}", f"没有这个键{did_you_mean_zh(str(loc[2]), keys)}")
    return fault_of(error, Mapping)


def _cross_faults(mapping: Mapping) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    event = mapping.tables.get("event")
    if what := files.misfit(mapping.mapping.source, mapping.selects):
        source = mapping.mapping.source
        faults.append(("mapping.source", Said(f"'{source}' {what}", f"“{source}”{what.zh}")))
    for name in ("event", "transition"):
        if name not in mapping.tables and not (event is not None and event.stages):
            faults.append(
                (
                    f"tables.{name}",
                    Said(
                        "is missing; a mapping delivers at least event and transition", "缺少；映射至少给出 event 和 transition"
                    ),
                )
            )
    for name, table in mapping.tables.items():
        columns = [c.name for c in METADATA.tables[name].columns]
        for field, value in (("key", table.key), ("changed", table.changed), ("order", table.order)):
            if value and value not in columns:
                faults.append(
                    (
                        f"tables.{name}.{field}",
                        Said(
                            f"no column of {name} is called '{value}'{did_you_mean(value, columns)}",
                            f"{name} 没有叫“{value}”的列{did_you_mean_zh(value, columns)}",
                        ),
                    )
                )
        if table.crs and name not in PLACED:
            faults.append(
                (
                    f"tables.{name}.crs",
                    Said(
                        f"{name} has no coordinates; state it for {', '.join(PLACED)}, or under [mapping]",
                        f"{name} 没有坐标；请写在 {'、'.join(PLACED)} 或 [mapping] 下",
                    ),
                )
            )
    faults += shorthand_faults(mapping.tables, {t: [c.name for c in METADATA.tables[t].columns] for t in mapping.tables})
    if mapping.shapes is not None and not mapping.shapes.level:
        faults.extend(
            (
                f"shapes.{given}",
                Said(
                    "says something of a cell that the file alone delivers; name its level too",
                    "说的是只有该文件给出的格，请一并写 level",
                ),
            )
            for given in ("name", "parent")
            if getattr(mapping.shapes, given)
        )
    for kind, known in (("action", ACTIONS), ("outcome", OUTCOMES)):
        for theirs, ours in mapping.codes.get(kind, {}).items():  # type: ignore[call-overload]
            if ours not in known:
                faults.append(
                    (
                        f"codes.{kind}.{theirs}",
                        Said(
                            f"no {kind} is called '{ours}'{did_you_mean(str(ours), known)}",
                            f"{kind} 没有“{ours}”{did_you_mean_zh(str(ours), known)}",
                        ),
                    )
                )
    for theirs, ours in mapping.codes.get("severity", {}).items():
        if not (isinstance(ours, int) and 1 <= ours <= 4):
            faults.append(
                (
                    f"codes.severity.{theirs}",
                    Said(
                        f"{ours!r} is no severity; write 1 (minor) to 4 (critical)",
                        f"{ours!r} 不是严重程度，请写 1（轻微）至 4（特别重大）",
                    ),
                )
            )
    return faults
