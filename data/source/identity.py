"""Identity of cases: an id becomes one integer, in the same way for load, tick, reconcile and case log.

A whole number from 0 on stays itself, also as a text of its plain digits; any other id becomes a 63-bit BLAKE2b digest of
its text.  So an identity is never negative, and the facts' own marks (-1 = none) never collide with an id of the source.

Two texts that the *source* treats as one id are one id: ``alike_of`` finds out how its id columns compare (upper and lower
case, trailing blanks, accents), by looking up its own ids in another spelling.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

from data.types.records import Given

#: No id was given.
NOBODY = -1
_PLAIN = re.compile(r"0|[1-9][0-9]{0,18}")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,38}")
_FRACTION = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}")
#: A Decimal with more digits than this before the point is no id and no count.
LONGEST = 40
_ACCENT = "́"
#: Columns that hold the same ids: log rows are matched to events by comparing them.
ID_COLUMNS = (("event", "id"), ("transition", "event"))


class BadText(str):
    """A text whose bytes (``raw``) are invalid in the source's encoding; unreadable bytes appear in it as ``\\xNN``."""

    __slots__ = ("raw",)
    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> BadText:
        text = cls(raw.decode("utf-8", "backslashreplace"))
        text.raw = raw
        return text


def decoded(raw: bytes | memoryview) -> str:
    """``raw`` as UTF-8, or a BadText."""
    given = bytes(raw)
    try:
        return given.decode()
    except UnicodeDecodeError:
        return BadText.of(given)


@dataclass(frozen=True)
class Alike:
    """Differences that the source ignores when comparing ids.  ``uuid``: one of the id columns holds real UUIDs (MariaDB delivers
    its own as text), so that a text of the other means the UUID that it spells.  Whether trailing blanks count depends on each
    column (CHAR beside VARCHAR): ``blanks`` of the events' ids, ``log_blanks`` of the log's."""

    case: bool = False
    blanks: bool = False
    log_blanks: bool = False
    accents: bool = False
    uuid: bool = False

    def __str__(self) -> str:
        return ",".join(k for k, v in asdict(self).items() if v)

    def of(self, table: str) -> Alike:
        """The rules for the ids of ``table``."""
        return self if table != "transition" or self.blanks == self.log_blanks else replace(self, blanks=self.log_blanks)

    def text(self, value: str) -> str:
        """The canonical spelling of all texts that the source treats as equal to ``value``."""
        if self.uuid and (spelled := _uuid(value)) is not None:
            return spelled
        if self.blanks:
            value = value.rstrip(" ")
        if self.accents and not value.isascii():
            value = unicodedata.normalize(
                "NFC", "".join(c for c in unicodedata.normalize("NFD", value) if not unicodedata.combining(c))
            )
        return value.lower() if self.case else value


#: The source ignores no differences.
EXACT = Alike()


def identity(value: object, alike: Alike = EXACT) -> int:
    """The integer for an id; NOBODY for None, and for a value that cannot be an id (a list, a map)."""
    if isinstance(value, int) and 0 <= value < 2**63 and not isinstance(value, bool):
        return value
    text = text_of(value)
    if text is None:
        return NOBODY
    text = alike.text(text)
    if _PLAIN.fullmatch(text) and int(text) < 2**63:
        return int(text)
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1


def text_of(value: object) -> str | None:
    """An id as text: 7, 7.0 and Decimal("7.00") are "7"; None if it is missing or cannot be an id."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None if value != value else repr(value)
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return decoded(bytes(value)) or None
    if value is None or isinstance(value, (list, tuple, dict, set)):
        return None
    return str(value)


def _plain_decimal(value: Decimal) -> str | None:
    if not value.is_finite() or value.adjusted() > LONGEST:
        return None
    whole = value.to_integral_value()
    return str(int(whole)) if value == whole else f"{value.normalize():f}"


def _uuid(text: str) -> str | None:
    """The UUID that a text spells in one of the four usual ways, lower case with hyphens; None if it spells none."""
    stripped = text.strip()
    if len(stripped) not in (32, 36):
        return None
    try:
        found = uuid.UUID(stripped)
    except ValueError:
        return None
    return str(found) if stripped in _spellings(found) else None


def _spellings(value: uuid.UUID) -> tuple[str, ...]:
    return str(value), str(value).upper(), value.hex, value.hex.upper()


# -------------------------------------------------------------------- how a column is asked for ids
@dataclass(frozen=True)
class Kinds:
    """Types of the values of an id column (all False: no value seen yet)."""

    number: bool = False
    text: bool = False
    uuid: bool = False
    raw: bool = False
    odd: bool = False  # values that are no ids: a list, a map, NaN

    @classmethod
    def of(cls, values: Iterable[object]) -> Kinds:
        number = text = is_uuid = raw = odd = False
        for v in values:
            odd |= v is not None and not isinstance(v, (str, bytes, bytearray, memoryview)) and text_of(v) is None
            number |= isinstance(v, (int, float, Decimal))
            text |= isinstance(v, str)
            is_uuid |= isinstance(v, uuid.UUID)
            raw |= isinstance(v, (bytes, bytearray, memoryview))
        return cls(number, text, is_uuid, raw, odd)

    def __or__(self, other: Kinds) -> Kinds:
        return Kinds(
            self.number or other.number,
            self.text or other.text,
            self.uuid or other.uuid,
            self.raw or other.raw,
            self.odd or other.odd,
        )

    def spelled(self, values: Iterable[object]) -> list[object]:
        """``values`` (one id, as the rows spell it) as this column would hold them, for comparison.

        Types that the column never has are left out: a server refuses to compare a number with a word.
        """
        if self == Kinds():
            return list(dict.fromkeys(v for v in values if text_of(v) is not None))
        out: dict[object, None] = {}
        for value in values:
            text = text_of(value)
            if text is None:
                continue
            if self.number and (_WHOLE.fullmatch(text) or isinstance(value, (int, float, Decimal))):
                out[value if isinstance(value, (int, float, Decimal)) else int(text)] = None
            elif self.number and _FRACTION.fullmatch(text):
                out[float(text)] = None
            if self.text:
                out.update({text: None, text.rstrip(" "): None})  # CHAR(n) pads, VARCHAR does not
                if (known := _uuid(text)) is not None:
                    out.update(dict.fromkeys(_spellings(uuid.UUID(known))))
            if self.uuid and (known := _uuid(text)) is not None:
                out[uuid.UUID(known)] = None
            if self.raw:
                out[bytes(value) if isinstance(value, (bytes, bytearray, memoryview)) else text.encode()] = None
        return list(out)


# -------------------------------------------------------------------- how the source compares
Look = Callable[[str, str, str], Given]


def alike_of(samples: dict[tuple[str, str], Given], look: Look) -> Alike:
    """How loosely the source compares the ids of ``samples`` ((table, column) -> some of its values).

    ``look(table, column, text)`` gives the ids of the column that the source treats as equal to ``text``.  A difference that
    only one of the two columns ignores counts, as it would in a join of both; except for blanks, because CHAR pads and
    VARCHAR does not.
    """
    by_table = {place[0]: _of_column(place, values, look) for place, values in samples.items()}
    answers = list(by_table.values())
    case, accents = ([a[k] for a in answers if k in a] for k in ("case", "accents"))
    return Alike(
        case=bool(case) and all(case),
        accents=bool(accents) and all(accents),
        blanks=by_table.get("event", {}).get("blanks", False),
        log_blanks=by_table.get("transition", {}).get("blanks", False),
        uuid=any(a.get("uuid", False) for a in answers)
        or any(isinstance(v, uuid.UUID) for values in samples.values() for v in values),
    )


def _of_column(place: tuple[str, str], values: Given, look: Look) -> dict[str, bool]:
    texts = [v for v in values if isinstance(v, str) and not isinstance(v, BadText) and v.strip()]
    out: dict[str, bool] = {}
    lettered = next((t for t in texts if t.swapcase() != t and t.isascii()), None)
    if lettered is not None:
        out["case"] = lettered in look(*place, lettered.swapcase())
    if texts:
        first = texts[0]
        out["blanks"] = first in look(*place, first + " " if first == first.rstrip(" ") else first.rstrip(" "))
    spelled = next((t for t in texts if _uuid(t) == t), None)
    if spelled is not None:
        out["uuid"] = spelled in look(*place, spelled.replace("-", ""))
    marked = next(((t, a) for t in texts if (a := _accented(t)) is not None), None)
    if marked is not None:
        out["accents"] = marked[0] in look(*place, marked[1])
    return out


def _accented(text: str) -> str | None:
    """``text`` with an accent on the first letter that can carry one."""
    for i, letter in enumerate(text):
        if letter in "aceinosuyzACEINOSUYZ":
            return text[:i] + unicodedata.normalize("NFC", letter + _ACCENT) + text[i + 1 :]
    return None
