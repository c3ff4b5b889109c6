"""A workbook (.xlsx): all sheets are read; the one that looks like cases is used, and this is reported."""

from __future__ import annotations

import warnings
import zlib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from data.draft.delimited import NO_HEADER
from data.draft.header import find_header
from data.draft.sheet import Builder, Progress, Sheet, unique_names
from data.errors import FileError, Said

#: Errors raised on a damaged workbook.
_BROKEN = (OSError, EOFError, BadZipFile, zlib.error, ParseError, KeyError, ValueError, TypeError, IndexError)


def read_workbook(path: Path, progress: Progress) -> list[Sheet]:
    """All sheets that have a header, in order.  Raises FileError if it is not a workbook."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles that openpyxl does not know
            book = load_workbook(path, read_only=True, data_only=True)
            try:
                found = [sheet for ws in book.worksheets if (sheet := _sheet(ws, progress)) is not None]
            finally:
                book.close()
    except (*_BROKEN, InvalidFileException) as error:
        told = str(error)[:80]
        said = Said(
            f"is no .xlsx workbook that can be read ({told}); save it as .xlsx anew",
            f"不是能读的 .xlsx（{told}），请重新另存为 .xlsx",
        )
        raise FileError(str(path), [("", said)]) from None
    if not found:
        raise FileError(str(path), [("", NO_HEADER)])
    return found


def _sheet(ws: Any, progress: Progress) -> Sheet | None:
    ws.reset_dimensions()  # many exports state a wrong size
    head: list[list[str]] = []
    builder: Builder | None = None
    for i, row in enumerate(ws.iter_rows(values_only=True)):
        cells = [cell_text(v) for v in row]
        if builder is not None:
            builder.add(cells, i + 1)
            if i % 5000 == 0:
                progress("read", i, ws.max_row or 0)
            continue
        head.append(cells)
        if len(head) == 30:
            builder = _begun(head)
            if builder is None:
                return None
    if builder is None:
        builder = _begun(head)
    if builder is None or builder.n == 0:
        return None
    return builder.sheet(str(ws.title), [(f"工作表“{ws.title}”，{builder.n:,} 行", f"sheet '{ws.title}', {builder.n:,} rows")])


def _begun(head: list[list[str]]) -> Builder | None:
    found = find_header(head)
    if found is None:
        return None
    names = found[1]
    while names and not names[-1] and not any(len(r) >= len(names) and r[len(names) - 1] for r in head):
        names = names[:-1]  # formatted but empty columns on the right
    builder = Builder(unique_names(names))
    for i, row in enumerate(head[found[0] :]):
        builder.add(row, found[0] + i + 1)
    return builder


def cell_text(value: object) -> str:
    """One cell as text: times as ISO, integers without a decimal point, booleans as 1 and 0."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        # spreadsheets store dates as floats: round a difference below a millisecond to the second
        near = value.microsecond % 1_000_000
        if near > 999_000:
            value += timedelta(microseconds=1_000_000 - near)
        elif near < 1_000:
            value = value.replace(microsecond=0)
        return str(value.isoformat(" "))
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return ""
    return f"{value}"
