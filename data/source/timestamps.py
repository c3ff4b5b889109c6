"""How a source writes its times: parse one, and write our watermark so that it compares with its change column."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.errors import SourceError
from data.source.fault_kinds import KINDS

_EPOCH = datetime(1970, 1, 1)
_MS = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
#: 2026/8/1 8:03:05, 2026.8.1, 2026年8月1日 8:03, 2026-08-01 24:00:00: written by hand or by a spreadsheet.
_LOOSE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})\s*[:时点]\s*(\d{1,2})\s*分?(?:\s*:?\s*(\d{1,2})(?:[.,](\d{1,9}))?\s*秒?)?)?"
)
#: A text that gives a date without a time.
_DAY_ALONE = re.compile(r"\d{8}|\d{4}-\d\d-\d\d|\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?")
#: Words used in place of a time.
_WORDS = ("infinity", "-infinity")
#: Dates by which platforms mark that something has not happened; a mapping may name others (``never``).
NEVER = ("9999-12-31", "0000-00-00", "1900-01-01", "infinity", "-infinity", "0001-01-01", "1753-01-01")


class Told(NamedTuple):
    """One time as given by a source.  ``local`` is what it wrote (naive: in the mapping's zone), None if it is no time;
    ``word`` the date ("2026-08-01") or the word ("infinity") by which ``never`` is recognised."""

    local: datetime | None
    day_alone: bool = False
    word: str = ""


def told(value: object) -> Told | None:
    """``value`` read as a time; None if missing.  ISO 8601, the loose forms above and full-width digits."""
    if isinstance(value, datetime):
        return Told(value, False, f"{value:%Y-%m-%d}".rjust(10, "0"))
    if isinstance(value, date):
        return Told(datetime(value.year, value.month, value.day), True, value.isoformat())
    if value is None:
        return None
    if not isinstance(value, str):
        return Told(None)
    text = value.strip()
    if not text:
        return None
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).strip()
    return _read(text)


def _read(text: str) -> Told:
    low = text.lower()
    if low in _WORDS:
        return Told(None, False, low)
    alone = _DAY_ALONE.fullmatch(text) is not None
    try:
        return Told(at := datetime.fromisoformat(text), alone, at.date().isoformat())
    except ValueError:
        pass
    match = _LOOSE.fullmatch(text)
    if match is None:
        return Told(None, False, text[:10])
    year, month, day, hour, minute, second = (int(g or 0) for g in match.groups()[:6])
    word = f"{year:04d}-{month:02d}-{day:02d}"
    try:
        at = datetime(year, month, day) + timedelta(hours=hour, minutes=minute, seconds=second)
    except (ValueError, OverflowError):
        return Told(None, False, word)
    clock = 3600 * hour + 60 * minute + second
    if minute > 59 or second > 59 or clock > 86_400:  # 24:00:00 is the end of the day, 24:00:01 is no time
        return Told(None, False, word)
    return Told(at + timedelta(microseconds=int((match[7] or "0")[:6].ljust(6, "0"))), alone, word)


def to_ms(local: datetime, zone: ZoneInfo) -> int:
    """ms since 1970 UTC, rounded down; a naive time is in ``zone``.

    In the hour that occurs twice when summer time ends, the first occurrence is meant; a time skipped by the clocks is the first
    instant after the gap.
    """
    if local.tzinfo is not None:
        # not astimezone: 0001-01-01, a platform's "never", lies before the first day of another zone
        return (local.replace(tzinfo=None) - _EPOCH - (local.utcoffset() or timedelta())) // _MS
    aware = local.replace(tzinfo=zone)
    before, after = aware.utcoffset() or timedelta(), aware.replace(fold=1).utcoffset() or timedelta()
    if before < after:  # within a gap: ``before`` is the offset that ends with it
        return (_gap_end(local, zone, before, after) - _EPOCH) // _MS
    return (local - _EPOCH - before) // _MS


def _gap_end(local: datetime, zone: ZoneInfo, before: timedelta, after: timedelta) -> datetime:
    """The instant (naive UTC) at which the clocks are put forward past ``local``."""
    early, late = local - after, local - before
    while late - early > timedelta(milliseconds=1):
        middle = early + (late - early) / 2
        if middle.replace(tzinfo=UTC).astimezone(zone).utcoffset() == after:
            late = middle
        else:
            early = middle
    return datetime(late.year, late.month, late.day, late.hour, late.minute) + timedelta(
        seconds=round(late.second + late.microsecond / 1e6)
    )


def day_end_ms(local: datetime, zone: ZoneInfo) -> int:
    """The last ms of the day of ``local`` (naive, in ``zone``)."""
    try:
        return to_ms(datetime(local.year, local.month, local.day) + _DAY, zone) - 1
    except OverflowError:  # 9999-12-31
        return to_ms(local, zone)


def timestamp_format_of(stamp: object) -> str:
    """How the source writes its change stamps: "text:T", "text: +480" (separator, offset in minutes), "naive", "aware".

    Raises SourceError if it is no time.
    """
    if isinstance(stamp, str):
        try:
            offset = datetime.fromisoformat(stamp.strip()).utcoffset()
        except ValueError:
            raise SourceError(
                f"a change column holds {stamp!r}, which is no time; deliver e.g. '2026-11-23 08:00:00'",
                f"变更列里有 {stamp!r}，不是时刻；请给出如 '2026-11-23 08:00:00'",
                "stamps",
                KINDS["stamps"].words,
            ) from None
        shift = "" if offset is None else f"{int(offset.total_seconds() // 60):+d}"
        return f"text:{stamp.strip()[10:11] or ' '}{shift}"
    if isinstance(stamp, datetime):
        return "aware" if stamp.tzinfo else "naive"
    if isinstance(stamp, date):
        return "naive"
    raise SourceError(
        f"a change column holds {stamp!r}, which is no time; deliver a time",
        f"变更列里有 {stamp!r}，不是时刻；请给出时刻",
        "stamps",
        KINDS["stamps"].words,
    )


def format_timestamp(at_ms: int, spelling: str, zone: ZoneInfo) -> object:
    """An instant as the source writes it, to compare with its change column.

    Texts compare as texts: no fraction is written, so that it sorts before every stamp of its second.
    """
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    if spelling == "aware":
        return moment
    if spelling == "naive":
        return moment.astimezone(zone).replace(tzinfo=None)
    separator, shift = spelling[5], spelling[6:]
    local = moment + timedelta(minutes=int(shift)) if shift else moment.astimezone(zone)
    return local.strftime(f"%Y-%m-%d{separator}%H:%M:%S")
