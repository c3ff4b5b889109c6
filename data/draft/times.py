"""Parse times in any notation into ISO text: 2026/8/1 8:03:05, 2026年8月1日, spreadsheet serials, full-width digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Dates that platforms write for "never".
NEVER = frozenset({"9999-12-31", "0000-00-00", "1900-01-01", "1899-12-30", "0001-01-01"})
#: A spreadsheet's zero: an empty cell, not a platform's "never".
_ZERO = "1899-12-30"
#: Maximum number of different values tested per column.
TRIED = 400
_CLOCK = (
    r"(?:[T ]*(?P<half>上午|下午|中午|凌晨|晚上|AM|PM)?\s*(?P<h>\d{1,2})(?:[:时点](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2})"
    r"(?:[.,](?P<f>\d{1,9}))?)?)?\s*[分秒]?\s*(?P<half2>AM|PM)?)?"
)
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_YMD = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?\s*(?:星期.|周.)?" + _CLOCK + _ZONE, re.IGNORECASE
)
_DMY = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})" + _CLOCK + _ZONE, re.IGNORECASE)
_MONTHS = {m: i + 1 for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])}
_WORDED = re.compile(r"(?P<d>\d{1,2})[- ](?P<mon>[A-Za-z]{3})[a-z]*[- ,]+(?P<y>\d{4})" + _CLOCK + _ZONE, re.IGNORECASE)
_DIGITS = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:[T ]?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?)?")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_SERIAL_ZERO = datetime(1899, 12, 30)


#: Texts that mean an empty cell.
NULLS = frozenset({"null", "none", r"\n", "n/a", "#n/a", "nan", "nat", "(null)", "<null>", "<na>", "--", "-", "——", "/"})


def without_nulls(value: str) -> str:
    return "" if value.casefold() in NULLS else value


def plain_text(text: str) -> str:
    """Full-width letters, digits and signs made half-width, surrounding blanks removed."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def time_of(text: str, day_first: bool = False, serials: bool = False) -> str | None:
    """``text`` (plain) as ISO: a date as ``2026-08-01``, else ``2026-08-01 08:03:05`` with its fraction and offset as given;
    "" for a date that means never; None if it is not a time.  24:00 is the next day's midnight."""
    for pattern in (_YMD, _DMY, _WORDED, _DIGITS):
        match = pattern.fullmatch(text)
        if match:
            return _iso(match.groupdict(), day_first)
    if serials and _SERIAL.fullmatch(text):
        return _of_serial(float(text))
    return None


def _iso(part: dict[str, str | None], day_first: bool) -> str | None:
    year = int(part["y"] or 0)
    if part.get("mon"):
        month, day = _MONTHS.get(str(part["mon"])[:3].lower(), 0), int(part["d"] or 0)
    elif part.get("a"):
        one, two = int(part["a"] or 0), int(part["b"] or 0)
        month, day = (two, one) if day_first else (one, two)
    else:
        month, day = int(part["m"] or 0), int(part["d"] or 0)
    if f"{year:04d}-{month:02d}-{day:02d}" in NEVER:
        return ""
    try:
        date = datetime(year, month, day)
    except ValueError:
        return None
    if part.get("h") is None:
        return f"{date:%Y-%m-%d}"
    return _at(date, part)


def _at(date: datetime, part: dict[str, str | None]) -> str | None:
    hour, minute, second = (int(part.get(k) or 0) for k in ("h", "mi", "s"))
    half = (part.get("half") or part.get("half2") or "").upper()
    if half in ("PM", "下午", "晚上", "中午") and hour < 12:
        hour += 12 if not (half == "中午" and hour >= 10) else 0
    elif half in ("AM", "凌晨", "上午") and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        return None
    moment = date + timedelta(hours=hour, minutes=minute, seconds=second)
    told = part.get("f") or ""
    fraction = f".{told[:6]}" if told else ""
    zone = part.get("zone") or ""
    zone = "+00:00" if zone.upper() in ("Z", "UTC", "GMT") else f"{zone[:3]}:{zone[3:].strip(':') or '00'}" if zone else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}{zone}"


def _of_serial(days: float) -> str | None:
    """A spreadsheet's serial date (1954 to 2119), to the second."""
    if not 20_000 <= days <= 80_000:
        return None
    moment = _SERIAL_ZERO + timedelta(seconds=round(days * 86_400))
    return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True)
class Times:
    """The time format of a column.  ``read`` gives ISO text; unparsed texts and dates that mean never stay unchanged: the load
    counts both."""

    read: Callable[[str], str]
    days: bool  # dates only
    offsets: frozenset[str]
    ambiguous: bool  # day and month could be swapped
    serials: bool
    bad: tuple[str, ...]  # examples of unparsed values


def times_of(
    values: Iterable[str], named: bool, day_first: bool | None = None, counts: Sequence[int] | None = None
) -> Times | None:
    """The time format of the different ``values`` of a column; None if fewer than nine in ten cells are times (``counts``:
    occurrences of each value, default one).

    ``named``: its header says that it holds times; half of the cells then suffice and bare numbers may be a
    spreadsheet's serials.
    """
    listed = list(values)
    step = max(1, len(listed) // TRIED)
    texts = [plain_text(v) for v in listed[::step]]
    weights = [int(n) for n in counts[::step]] if counts is not None else [1] * len(texts)
    if not texts:
        return None
    pairs = [(int(m["a"]), int(m["b"])) for m in (_DMY.fullmatch(plain_text(v)) for v in listed) if m]
    first = any(a > 12 for a, _ in pairs) and not any(b > 12 for _, b in pairs) if day_first is None else day_first
    ambiguous = bool(pairs) and day_first is None and not any(a > 12 or b > 12 for a, b in pairs)
    found = [time_of(t, first, named) for t in texts]
    if sum(n for f, n in zip(found, weights, strict=True) if f is not None) < (0.5 if named else 0.9) * sum(weights):
        return None
    if not named and all(_DIGITS.fullmatch(t) for t in texts) and any(len(t) not in (8, 14) for t in texts):
        return None  # numbers that only look like dates
    serials = named and any(_SERIAL.fullmatch(t) for t in texts)
    whole = [time_of(plain_text(v), first, named) for v in listed]
    known = [w for w in whole if w]
    days = all(len(w) == 10 or w[11:] == "00:00:00" for w in known)

    told = dict(zip(listed, whole, strict=True))

    def read(value: str) -> str:
        iso = told[value] if value in told else time_of(plain_text(value), first, named)
        if not iso:
            text = plain_text(value)
            return "" if text.startswith((_ZERO, "1899/12/30")) or not without_nulls(text) else text
        return iso[:10] if days else iso

    bad = tuple(v for v, w in zip(listed, whole, strict=True) if w is None)
    return Times(read, days, frozenset(_offset(w) for w in known), ambiguous, serials, bad)


def _offset(iso: str) -> str:
    return iso[-6:] if len(iso) > 19 and iso[-6] in "+-" and iso[-3] == ":" else ""
