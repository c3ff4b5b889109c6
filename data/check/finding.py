"""What a check found: one verdict, in words of two languages, with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.check.words import WORDS
from data.errors import did_you_mean, did_you_mean_zh
from data.text import Text

Verdict = Literal["good", "look", "bad"]
ORDER: tuple[Verdict, ...] = ("good", "look", "bad")
_NOTHING = Text(zh="", en="")
#: So many different values of a finding are listed, the most frequent first.
LISTED = 12
#: A longer text is no code (the contract's are 32 characters at most) and may be about a person: it is not said.
LONGEST = 64


@dataclass(frozen=True)
class Value:
    """A code, how many rows hold it, and what may be meant by it ("" in both where nothing is near)."""

    value: str
    count: int
    near: Text = _NOTHING


@dataclass(frozen=True)
class Finding:
    """``count`` of ``of`` rows (cells, places, tables) are concerned; ``values`` are some of the codes among them."""

    id: str
    table: str
    verdict: Verdict
    count: int
    of: int
    said: Text
    remedy: Text
    values: tuple[Value, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "table": self.table, "verdict": self.verdict, "count": self.count, "of": self.of,
            "said": self.said.model_dump(), "remedy": self.remedy.model_dump(),
            "values": [{"value": v.value, "count": v.count, "near": v.near.model_dump()} for v in self.values],
        }


def finding(
    id: str, table: str, count: int, of: int, values: Iterable[Value] = (), *, bad: bool | None = None, **words: object,
) -> Finding:
    """Judge ``count`` of ``of`` by the words and the limit that stand for ``id``: 0 is good, more is to be looked at,
    more than the limit's share is bad (``bad`` says it where no share does)."""
    held = WORDS[id]
    over = bad if bad is not None else held.bad is not None and count > held.bad * of
    verdict: Verdict = "good" if not count else "bad" if over else "look"
    share = f"{100 * count / of:.3g}" if of else "0"
    filled = {"n": f"{count:,}", "of": f"{of:,}", "share": share, "table": table, **words}
    said, remedy = (held.said, held.remedy) if count else (held.good, _NOTHING)
    return Finding(id, table, verdict, int(count), int(of), _fill(said, filled), _fill(remedy, filled), tuple(values))


def _fill(text: Text, words: dict[str, object]) -> Text:
    return Text(**{lang: getattr(text, lang).format(**{k: v(lang) if isinstance(v, Text) else v for k, v in words.items()})
                   for lang in ("zh", "en")})


def listed(texts: Iterable[str], known: Iterable[str] = ()) -> tuple[Value, ...]:
    """The most frequent of some codes with what may be meant by each; too long a text is only measured."""
    codes = tuple(known)
    counted = sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0]))
    return tuple(Value(_sayable(text), n, _near(text, codes)) for text, n in counted[:LISTED])


def counted(values: tuple[str, ...], codes: NDArray[np.int32], known: Iterable[str]) -> tuple[Value, ...]:
    """As ``listed``, of the rows' ``codes`` (positions in ``values``, -1 = empty)."""
    found, n = np.unique(codes, return_counts=True)
    most = sorted(zip(found.tolist(), n.tolist(), strict=True), key=lambda item: -item[1])[:LISTED]
    near = tuple(known)
    return tuple(Value(_sayable(values[c]) if c >= 0 else "", k, _near(values[c] if c >= 0 else "", near)) for c, k in most)


def _sayable(text: str) -> str:
    return text if len(text) <= LONGEST else f"({len(text)} characters)"


def _near(text: str, known: tuple[str, ...]) -> Text:
    if not text or not known or len(text) > LONGEST:
        return _NOTHING
    return Text(zh=did_you_mean_zh(text, known).lstrip("，；"), en=did_you_mean(text, known).lstrip("; "))


@dataclass(frozen=True)
class TableRead:
    """A contract table as it was read: its rows, how many are NULL in each column, and the seconds that it took."""

    table: str
    rows: int
    nulls: dict[str, int]
    took_s: float


@dataclass(frozen=True)
class Report:
    """``verdict`` is the worst of the findings."""

    mapping: str
    city: str
    source: str                     # without its password
    at: datetime
    tables: tuple[TableRead, ...]
    queries: tuple[tuple[str, float], ...]      # (what was asked, seconds), the slowest first
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        return max((f.verdict for f in self.findings), key=ORDER.index, default="good")

    def counts(self) -> dict[Verdict, int]:
        """How many findings of each verdict."""
        return {v: sum(f.verdict == v for f in self.findings) for v in ORDER}

    def as_json(self) -> dict[str, Any]:
        return {
            "mapping": self.mapping, "city": self.city, "source": self.source, "at": self.at.isoformat(timespec="seconds"),
            "verdict": self.verdict, "counts": self.counts(),
            "tables": [{"table": t.table, "rows": t.rows, "took_s": round(t.took_s, 3),
                        "columns": [{"name": c, "nulls": n} for c, n in t.nulls.items()]} for t in self.tables],
            "queries": [{"query": q, "took_s": round(s, 4)} for q, s in self.queries],
            "findings": [f.as_json() for f in self.findings],
        }
