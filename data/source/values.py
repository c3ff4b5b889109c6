"""Single values of a source as texts, numbers, yes or no: read, or rejected with a reason; never truncated or guessed.

Each reader takes a column (a list or an Arrow ChunkedArray) and returns its content and the rejected values as (row,
reason, detail).  Reasons: ``bad_value`` (a list, a map: no single value), ``bad_text`` (invalid bytes in a text),
``bad_number``, ``bad_yes_no``.  A detail names the kind of a value, or repeats a short number; never a text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.source.identity import LONGEST, BadText, decoded
from data.types.arrays import Floats, Ints
from data.types.records import Given

#: In an array of numbers or instants: missing; present but unusable.
NONE, BAD = -1, -(2**62)
Bad = tuple[int, str, str]
#: A column: values, or an Arrow array of them.
Cells: TypeAlias = "Sequence[Any] | pa.ChunkedArray"
Codes = Mapping[str, str | int]
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_YES = {"1", "true", "t", "yes", "y", "on", "是", "有", "对", "真", "√", "属实"}
_NO = {"0", "false", "f", "no", "n", "off", "否", "无", "错", "假", "×", "不属实"}
#: Values that a detail may repeat.
_SAYABLE = re.compile(r"[+-]?[\d.,]{1,6}")


# -------------------------------------------------------------------- columns as Python values
def listed(cells: Cells) -> Given:
    """The values of a column as a list; texts with unreadable bytes as BadText."""
    if not isinstance(cells, pa.ChunkedArray):
        return list(cells)
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        raw, positions = dictionary(cells)
        return [raw[p] if p >= 0 else None for p in positions.tolist()]
    try:
        return list(cells.to_pylist())
    except (ValueError, OverflowError, pa.ArrowException):
        return [_one(cells, i) for i in range(len(cells))]


def _one(cells: pa.ChunkedArray, i: int) -> object:
    try:
        return cells[i].as_py()
    except (ValueError, OverflowError, pa.ArrowException):
        return BadText.of(str(cells.type).encode())


def dictionary(cells: pa.ChunkedArray) -> tuple[list[str], Ints]:
    """(distinct texts, (n,) position of each; -1 = NULL) of an Arrow column of texts."""
    if cells.num_chunks == 0:
        return [], np.zeros(0, np.int64)
    # as bytes: a file may hold invalid texts, and equal bytes are equal texts
    kind = pa.large_binary() if pa.types.is_large_string(cells.type) else pa.binary()
    chunks = [c.view(kind) for c in cells.chunks]
    whole = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)
    coded = whole.dictionary_encode()
    raw = [decoded(v) for v in coded.dictionary.to_pylist()]
    return raw, np.asarray(pc.fill_null(coded.indices, -1)).astype(np.int64)


def unfit(cells: Cells) -> list[Bad]:
    """Values that cannot be ids: lists and maps."""
    if isinstance(cells, pa.ChunkedArray):
        if not pa.types.is_nested(cells.type):
            return []
        return [(int(i), "bad_value", _kind_said(cells.type)) for i in np.flatnonzero(~np.asarray(cells.is_null()))]
    return [(i, "bad_value", _kind(v)) for i, v in enumerate(cells) if isinstance(v, (list, tuple, dict, set))]


# -------------------------------------------------------------------- texts
def texts(cells: Cells) -> tuple[list[str], NDArray[np.int32], list[Bad]]:
    """(distinct values, (n,) position of each, -1 = NULL or empty, rejected values).  Surrounding blanks are stripped."""
    quick = cells
    if not isinstance(cells, pa.ChunkedArray) and len(cells) > 0:
        try:
            quick = pa.chunked_array([pa.array(cells, pa.string())])
        except (pa.ArrowException, TypeError, ValueError, UnicodeEncodeError):
            quick = None
    if isinstance(quick, pa.ChunkedArray) and (pa.types.is_string(quick.type) or pa.types.is_large_string(quick.type)):
        raw, positions = dictionary(quick)
        said = list[object](raw)
    else:
        said, positions = distinct(listed(cells))
        said = [decoded(bytes(v)) if isinstance(v, (bytes, bytearray, memoryview)) else v for v in said]
    held = [_text(v) for v in said]
    out = np.array([*(i if v else -1 for i, v in enumerate(held)), -1], np.int32)[positions]
    bad: list[Bad] = []
    for i, (value, text) in enumerate(zip(said, held, strict=True)):
        reason = "bad_value" if text is None else "bad_text" if isinstance(value, BadText) else ""
        if reason:
            bad.extend((int(row), reason, _kind(value)) for row in np.flatnonzero(positions == i))
    return [v or "" for v in held], out, bad


def distinct(cells: Sequence[object]) -> tuple[Given, Ints]:
    """(distinct values, (n,) position of each; -1 = NULL); 1, 1.0 and true differ."""
    found: dict[object, int] = {}
    said: Given = []
    positions = np.empty(len(cells), np.int64)
    for i, value in enumerate(cells):
        if value is None:
            positions[i] = -1
            continue
        key = (type(value), value if value.__hash__ is not None and not isinstance(value, (tuple, float)) else repr(value))
        at = found.get(key)
        if at is None:
            at = found[key] = len(said)
            said.append(value)
        positions[i] = at
    return said, positions


def _text(value: object) -> str | None:
    """A single value as text, "" = empty; None if it is no single value."""
    if type(value) is str and value.isascii():
        return value.strip()
    if isinstance(value, (list, tuple, dict, set)):
        return None
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = decoded(bytes(value))
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, Decimal):
        whole = value.is_finite() and value.adjusted() <= LONGEST and value == value.to_integral_value()
        return str(int(value)) if whole else str(value)
    return str(value).encode("utf-8", "replace").decode().strip()


# -------------------------------------------------------------------- numbers
def numbers(cells: Cells, codes: Codes | None = None) -> tuple[Ints, list[Bad]]:
    """Whole numbers from 0 on; NONE = NULL, BAD = rejected.  "1,234" is 1234; 4.5 is no whole number."""
    if isinstance(cells, pa.ChunkedArray) and not codes:
        if pa.types.is_null(cells.type):
            return np.full(len(cells), NONE, np.int64), []
        if pa.types.is_integer(cells.type) and not pa.types.is_uint64(cells.type):
            null = np.asarray(cells.is_null())
            found = np.asarray(pc.fill_null(cells.cast(pa.int64()), 0).to_numpy(), np.int64)
            bad = [(int(i), "bad_number", f"{found[i]} is below 0") for i in np.flatnonzero((found < 0) & ~null)]
            return np.where(null, NONE, np.where(found < 0, BAD, found)), bad
    return _each(cells, codes or {}, "bad_number", _number)


def _number(value: object) -> int | str:
    number = _as_number(value)
    if number is None:
        return "is no number"
    if not isinstance(number, int):
        return "is no whole number"
    return number if 0 <= number < 2**62 else "is below 0" if number < 0 else "is too large"


def whole_text(text: str) -> str:
    """A text that is a whole number in its plain digits ("1.0" and "１" are "1"); any other unchanged."""
    number = _as_number(text) if text else None
    return str(number) if isinstance(number, int) else text


def _as_number(value: object) -> int | float | Decimal | None:
    """A number, as int if it is whole; None if it is no number."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        raw = bytes(value)
        value = int.from_bytes(raw, "big") if len(raw) == 1 and raw[0] < 32 else decoded(raw)  # BIT(1)
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip()
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        try:
            value = Decimal(text)
        except ArithmeticError:
            return None
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, (float, Decimal)):
        if not math.isfinite(value) or (isinstance(value, Decimal) and value.adjusted() > LONGEST):
            return None
        return int(value) if value == int(value) else value
    return None


def yes_no(cells: Cells, codes: Codes | None = None) -> tuple[Ints, list[Bad]]:
    """1 yes, 0 no, NONE = NULL, BAD = rejected: 1 and 0 in any type, true / false, Y / N, 是 / 否 and the like."""
    if isinstance(cells, pa.ChunkedArray) and not codes and (pa.types.is_integer(cells.type) or pa.types.is_null(cells.type)):
        held, _ = numbers(cells)
        odd = (held != NONE) & (held != 0) & (held != 1)
        if not odd.any():
            return held, []
    return _each(cells, codes or {}, "bad_yes_no", _flag)


def _flag(value: object) -> int | str:
    number = _as_number(value)
    if number is not None:
        return int(number) if number in (0, 1) else "is neither yes nor no"
    text = unicodedata.normalize("NFKC", _text(value) or "").strip().lower()
    return 1 if text in _YES else 0 if text in _NO else "is neither yes nor no"


def _each(cells: Cells, codes: Codes, reason: str, read: Callable[[object], int | str]) -> tuple[Ints, list[Bad]]:
    """Read each distinct value once, trying the mapping's code map first."""
    said, positions = distinct(listed(cells))
    table = np.full(len(said) + 1, NONE, np.int64)
    bad: list[Bad] = []
    for i, value in enumerate(said):
        answer, why = _answer(value, codes, reason, read)
        table[i] = answer
        if why:
            bad.extend((int(row), *why) for row in np.flatnonzero(positions == i))
    return table[positions], bad


def _answer(value: object, codes: Codes, reason: str, read: Callable[[object], int | str]) -> tuple[int, tuple[str, str] | None]:
    text = _text(value)
    if text is None:
        return BAD, ("bad_value", _kind(value))
    if text == "" and not isinstance(value, (bytes, bytearray)):
        return NONE, None
    mapped = codes.get(text, codes.get(str(value)))
    found = read(value if mapped is None else mapped)
    if isinstance(found, int):
        return found, None
    return BAD, (reason, f"{_shown(value)} {found}")


def floats(cells: Cells) -> tuple[Floats, list[Bad]]:
    """Numbers; NaN = NULL or rejected."""
    if isinstance(cells, pa.ChunkedArray):
        if pa.types.is_null(cells.type):
            return np.full(len(cells), np.nan), []
        if pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type):
            return np.asarray(cells.cast(pa.float64(), safe=False).to_numpy(), np.float64), []
    said, positions = distinct(listed(cells))
    table = np.full(len(said) + 1, np.nan)
    bad: list[Bad] = []
    for i, value in enumerate(said):
        number = None if isinstance(value, (list, tuple, dict, set)) else _as_number(value)
        if number is not None:
            try:
                table[i] = float(number)
                continue
            except OverflowError:
                number = None
        why = ("bad_value", _kind(value)) if _text(value) is None else ("bad_number", f"{_shown(value)} is no number")
        if _text(value) != "":
            bad.extend((int(row), *why) for row in np.flatnonzero(positions == i))
    return table[positions], bad


# -------------------------------------------------------------------- what a detail says
def _shown(value: object) -> str:
    """A short number as it is; for any other text only that it is a text: it may be somebody's name or telephone number."""
    text = _text(value) or ""
    return f"'{text}'" if _SAYABLE.fullmatch(text) else "a text"


def _kind(value: object) -> str:
    if isinstance(value, (BadText, bytes, bytearray, memoryview)):
        return "its bytes are no UTF-8 text"
    names = {"list": "a list", "tuple": "a list", "dict": "a map (JSON)", "set": "a set"}
    name = type(value).__name__
    return f"is {names.get(name, 'a ' + name)}; deliver one value"


def _kind_said(kind: pa.DataType) -> str:
    return f"is {'a map' if pa.types.is_struct(kind) or pa.types.is_map(kind) else 'a list'}; deliver one value"
