"""Read the named file or database as sheets."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from data.draft.database import Database, url_of_file
from data.draft.delimited import read_delimited
from data.draft.sheet import Column, Progress, Sheet
from data.draft.workbook import read_workbook
from data.draft.xes import read_xes
from data.errors import FileError, Said

_URL = "mysql+pymysql://reader@host/platform"


class Read(NamedTuple):
    """``path`` of a file, or the ``database``; ``kind`` is xlsx, csv, parquet, xes or database."""

    kind: str
    sheets: list[Sheet]
    path: Path | None = None
    database: Database | None = None


def read(named: str, progress: Progress) -> Read:
    """Raises FileError and SourceError if it does not exist or cannot be read."""
    if "://" in named:
        database = Database(named, progress)
        return Read("database", database.sheets, None, database)
    path = Path(named)
    if not path.is_file():
        what = (
            ("is a folder; name a file in it", "是文件夹，请指其中一个文件")
            if path.is_dir()
            else ("there is no such file", "没有这个文件")
        )
        raise FileError(
            named, [("", Said(f"{what[0]}; a database is named as a URL, e.g. {_URL}", f"{what[1]}；数据库请写 URL，如 {_URL}"))]
        )
    low = path.name.lower()
    if low.endswith((".xes", ".xes.gz")):
        return Read("xes", [read_xes(path, progress)], path)
    url = url_of_file(path)
    if url is not None:
        database = Database(url, progress)
        return Read("database", database.sheets, path, database)
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PAR1"):
        return Read("parquet", [_parquet(path)], path)
    if start.startswith(b"PK\x03\x04") or low.endswith((".xlsx", ".xlsm")):
        return Read("xlsx", read_workbook(path, progress), path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileError(
            named, [("", Said("is an old .xls workbook; save it as .xlsx or CSV", "是旧式 .xls，请另存为 .xlsx 或 CSV"))]
        )
    return Read("csv", [read_delimited(path, progress)], path)


def _parquet(path: Path) -> Sheet:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileError(
            str(path),
            [("", Said(f"is no Parquet that can be read: {str(error)[:80]}", f"不是能读的 Parquet：{str(error)[:80]}"))],
        ) from None
    columns = []
    for name, cells in zip(table.column_names, table.columns, strict=True):
        kind = cells.type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            continue
        if pa.types.is_boolean(kind):
            cells = pc.cast(cells, pa.int8())
        if pa.types.is_timestamp(kind) and kind.tz:
            cells = pc.strftime(pc.cast(cells, pa.timestamp("us", "UTC")), "%Y-%m-%d %H:%M:%S+00:00")
        texts = pc.utf8_trim_whitespace(pc.cast(cells, pa.string())).combine_chunks().dictionary_encode()
        values = texts.dictionary.to_pylist()
        codes = np.asarray(pc.fill_null(texts.indices, -1)).astype(np.int32)
        column = Column(name, tuple(values), codes)
        columns.append(column.mapped(lambda v: v) if "" in values else column)
    notes = [(f"Parquet，{table.num_rows:,} 行", f"Parquet, {table.num_rows:,} rows")]
    return Sheet(path.stem, tuple(columns), table.num_rows, tuple(notes))
