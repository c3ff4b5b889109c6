"""CSV, TSV and TXT with automatic detection of encoding and delimiter."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data.draft.header import find_header
from data.draft.sheet import Builder, Progress, Sheet, unique_names
from data.errors import FileError, Said

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = ",;\t|"
NO_HEADER = Said("no row of it names columns; put a header of names over the data", "没有一行是表头，请在数据上面加一行列名")
_SAMPLE, _CHUNK = 65_536, 1 << 20
#: First line that some spreadsheets write into a CSV for their own use.
_SEP_LINE = "sep="


def read_delimited(path: Path, progress: Progress) -> Sheet:
    """The file's single table.  Raises FileError if it is not text, or has no header."""
    encoding = encoding_of(path)
    first = _opening(path, encoding)
    delimiter = delimiter_of(first)
    csv.field_size_limit(1 << 27)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        head = [row for row, _ in zip(rows, range(30), strict=False)]
    skip_sep = bool(head) and len(head[0]) <= 2 and "".join(head[0]).lower().startswith(_SEP_LINE)
    found = find_header(head[1:] if skip_sep else head)
    if found is None:
        raise FileError(str(path), [("", NO_HEADER)])
    before, names = found[0] + skip_sep, unique_names(found[1])
    builder = Builder(names)
    size = path.stat().st_size
    try:
        with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter)
            for i, row in enumerate(rows):
                if i >= before:
                    builder.add(row, rows.line_num)
                if i % 20_000 == 0:
                    progress("read", raw.tell(), size)
    except csv.Error as error:
        raise FileError(
            str(path), [(f"line {rows.line_num}", Said(f"{error}; check its quotes", f"{error}；请核对引号"))]
        ) from None
    plain = encoding in ("utf-8", "utf-8-sig") and before == 1 and names == found[1] and _sound(first)
    shown = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}[delimiter]
    notes = [
        (f"编码 {encoding}，分隔符 {shown}，{builder.n:,} 行", f"encoding {encoding}, delimiter {shown}, {builder.n:,} rows")
    ]
    if builder.longer:
        n, line = len(builder.longer), builder.longer[0]
        notes.append(
            (
                f"{n} 行的列多于表头（如第 {line} 行），多出的未用",
                f"{n} rows have more cells than the header (line {line}); the further ones are not used",
            )
        )
    return builder.sheet(path.stem, notes, plain, delimiter)


def encoding_of(path: Path) -> str:
    """A BOM decides; else UTF-16 by its NULs, UTF-8, GB18030, and finally Windows-1252.  Raises FileError if it is not text."""
    try:
        with path.open("rb") as file:
            start = file.read(_SAMPLE)
    except OSError as error:
        raise FileError(str(path), [("", Said(f"cannot be read: {error.strerror}", f"不能读取：{error.strerror}"))]) from None
    if not start.strip():
        raise FileError(str(path), [("", Said("is empty", "是空的"))])
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    if b"\0" in start[:2000]:
        even, odd = start[0:2000:2].count(0), start[1:2000:2].count(0)
        if max(even, odd) > 4 * min(even, odd) and max(even, odd) > 20:
            return "utf-16-be" if even > odd else "utf-16-le"
        raise FileError(
            str(path),
            [
                (
                    "",
                    Said(
                        "is no text file; write a CSV, .xlsx, .parquet, .xes, a SQLite or DuckDB file",
                        "不是文本文件，请给 CSV、.xlsx、.parquet、.xes、SQLite 或 DuckDB 文件",
                    ),
                )
            ],
        )
    for name in ("utf-8", "gb18030"):
        if _decodes(path, name):
            return name
    return "cp1252"


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(_CHUNK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _opening(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.read(_SAMPLE)


def delimiter_of(text: str) -> str:
    """The delimiter with which most of the first lines have the same number of cells, above one."""

    def worth(mark: str) -> tuple[float, int]:
        lengths = Counter(len(row) for row in _rows(text, mark) if len(row) > 1)
        if not lengths:
            return (0.0, 0)
        length, n = max(lengths.items(), key=lambda item: (item[1], item[0]))
        return (n * (1 + min(length, 40) / 40), length)

    return max(_DELIMITERS, key=worth)


def _rows(text: str, mark: str) -> Iterator[list[str]]:
    lines = text.splitlines(keepends=True)
    for row, _ in zip(csv.reader(lines[:-1] or lines, delimiter=mark), range(40), strict=False):
        yield row


def _sound(text: str) -> bool:
    """Whether no cell contains a line break that another reader may take for the end of a row."""
    return "\r" not in text.replace("\r\n", "")
