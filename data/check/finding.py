"""A finding of a check: one verdict in both languages, with its remedy."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.check.words import WORDS
from data.errors import did_you_mean, did_you_mean_zh
from data.text import Text
from data.types.records import Record

Verdict = Literal["good", "look", "bad"]
ORDER: tuple[Verdict, ...] = ("good", "look", "bad")
_NOTHING = Text(zh="", en="")
#: Maximum number of code pairs compared in search of similar codes; the most frequent codes come first.
COMPARED = 100_000
#: A longer text is not a code (the contract allows 32 characters) and may concern a person: it is not reported.
LONGEST = 64


@dataclass(frozen=True)
class Value:
    """A code, its number of rows, and the suggestion ("" in both languages if none is similar); ``known`` is the suggested
    code."""

    value: str
    count: int
    near: Text = _NOTHING
    known: str = ""


@dataclass(frozen=True)
class Finding:
    """``count`` of ``of`` rows (cells, places, tables) are affected; ``values`` are the codes among them, most frequent
    first; ``kind`` is the code map of the mapping that they belong to ("" = none)."""

    id: str
    table: str
    verdict: Verdict
    count: int
    of: int
    said: Text
    remedy: Text
    values: tuple[Value, ...] = ()
    kind: str = ""

    def as_json(self) -> Record:
        return {
            "id": self.id,
            "table": self.table,
            "verdict": self.verdict,
            "count": self.count,
            "of": self.of,
            "said": self.said.model_dump(),
            "remedy": self.remedy.model_dump(),
            "values": [{"value": v.value, "count": v.count, "near": v.near.model_dump(), "known": v.known} for v in self.values],
        }


def finding(
    id: str,
    table: str,
    count: int,
    of: int,
    values: Iterable[Value] = (),
    *,
    bad: bool | None = None,
    kind: str = "",
    **words: object,
) -> Finding:
    """Judge ``count`` of ``of`` by the words and the limit registered for ``id``: 0 is good, more needs a look, a share
    above the limit is bad (``bad`` decides if given)."""
    held = WORDS[id]
    over = bad if bad is not None else held.bad is not None and count > held.bad * of
    verdict: Verdict = "good" if not count else "bad" if over else "look"
    share = f"{100 * count / of:.3g}" if of else "0"
    words = {"kind": kind, **words}
    filled = {"n": f"{count:,}", "of": f"{of:,}", "share": share, "table": table, **words}
    said, remedy = (held.said, held.remedy) if count else (held.good, _NOTHING)
    return Finding(id, table, verdict, int(count), int(of), _fill(said, filled), _fill(remedy, filled), tuple(values), kind)


def _fill(text: Text, words: dict[str, object]) -> Text:
    return Text(
        **{
            lang: getattr(text, lang).format(**{k: v(lang) if isinstance(v, Text) else v for k, v in words.items()})
            for lang in ("zh", "en")
        }
    )


def listed(texts: Iterable[str], known: Iterable[str] = ()) -> tuple[Value, ...]:
    """Some codes, most frequent first, with a suggestion for each; of a text that is too long only the length is given."""
    return _values(sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0])), tuple(known))


def counted(values: tuple[str, ...], codes: NDArray[np.int32], known: Iterable[str]) -> tuple[Value, ...]:
    """Like ``listed``, from the rows' ``codes`` (positions in ``values``, -1 = empty)."""
    found, n = np.unique(codes, return_counts=True)
    texts = (values[c] if c >= 0 else "" for c in found.tolist())
    most = sorted(zip(texts, n.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
    return _values(most, tuple(known))


def _values(most: list[tuple[str, int]], known: tuple[str, ...]) -> tuple[Value, ...]:
    compared = COMPARED // max(len(known), 1)
    near = (_near(text, known) if i < compared else (_NOTHING, "") for i, (text, _) in enumerate(most))
    return tuple(Value(sayable(text), n, *meant) for (text, n), meant in zip(most, near, strict=True))


def sayable(text: str) -> str:
    """The text if it is short enough to be a code, else its length."""
    return text if len(text) <= LONGEST else f"({len(text)} characters)"


def _near(text: str, known: tuple[str, ...]) -> tuple[Text, str]:
    if not text or not known or len(text) > LONGEST:
        return _NOTHING, ""
    near = (difflib.get_close_matches(text, known, n=1, cutoff=0.55) or [""])[0]
    asked = (text, [near]) if near else ("", known)  # without a similar code compare "", so that all known ones are listed
    return Text(zh=did_you_mean_zh(*asked).lstrip("，；"), en=did_you_mean(*asked).lstrip("; ")), near
