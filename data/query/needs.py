"""What data a figure depends on, and which of it a city and its mapping do not deliver.

A ``Need`` is one or more terms, any one of which suffices:

- ``event.due_at``: a column of a contract table that the mapping's SELECT delivers (even if NULL in every row: a young
  platform has no call-back yet; what does not exist is left out of the SELECT, not written as NULL);
- ``asset``: a contract table that the mapping has;
- ``action.start``, ``stage.register``: the log has held such an action; it has held rows of the stage with that role, and the
  city has one.  A log that only knows when a stage was entered holds ``enter`` alone;
- ``limit.category``: the city's file limits a category and events have one; ``limit.stage``: it limits some stage;
  ``limit.verify``: it limits the stage with that role;
- ``channel.citizen``: the city has a channel of that kind.

What is mapped is stored in the facts' meta under ``MAPPED`` (written by data.sync.delivered) and held by ``City.mapped``;
None = everything (hand-made facts).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pandas as pd

from data.city.profile import Channel, Profile, Role
from data.source.contract import ACTIONS, METADATA
from data.text import ITEMS, Lang, Text

#: The key of the facts' meta, and table -> columns; ``ACTION`` and ``STAGE`` -> codes that the log has held.
MAPPED, ACTION, STAGE = "mapped", "action", "stage"
Mapped = Mapping[str, frozenset[str]]
_ROLES = tuple(r for r in get_args(Role) if r)
_KINDS = get_args(Channel.model_fields["kind"].annotation)
_WORDS = {
    "limit.category": Text(zh="类别时限", en="category limits"),
    "limit.stage": Text(zh="环节时限", en="stage limits"),
    "channel.citizen": Text(zh="公众渠道", en="citizens' channels"),
}
_OF_STAGE, _LIMIT_OF = Text(zh="{name} 环节", en="stage {name}"), Text(zh="{name} 环节时限", en="limit of {name}")
_NOT_MAPPED = Text(zh="未接入：{said}", en="not mapped: {said}")


@dataclass(frozen=True)
class Need:
    """``of``: terms (see the module), any one of which suffices.  Raises ValueError for a term that nothing could deliver."""

    of: tuple[str, ...]

    def __post_init__(self) -> None:
        for term in self.of:
            if not is_term(term):
                raise ValueError(f"'{term}' is no column, table, action, stage role or limit that could be mapped")

    def __str__(self) -> str:
        return " or ".join(self.of)

    def said(self, lang: Lang) -> str:
        """The first term, as short as a panel needs it: ``due_at``, ``register`` with the word for stage."""
        term = self.of[0]
        head, _, name = term.partition(".")
        if term in _WORDS:
            return _WORDS[term](lang)
        if head == STAGE:
            return _OF_STAGE(lang).format(name=name)
        if head == "limit":
            return _LIMIT_OF(lang).format(name=name)
        return name or head


def any_of(*terms: str) -> Need:
    return Need(terms)


def all_of(*terms: str) -> tuple[Need, ...]:
    """Each of the terms is needed."""
    return tuple(Need((t,)) for t in terms)


@dataclass(frozen=True)
class Requires:
    """Which figures of an answer depend on ``needs``: those of its ``columns`` (() = all figures) in the rows whose column
    ``by`` ("" = the first) is one of ``rows`` (() = all rows)."""

    needs: tuple[Need, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    by: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether without it nothing of the answer is left."""
        return not self.columns and not self.rows


def is_term(term: str) -> bool:
    """Whether a term of that name exists."""
    head, _, name = term.partition(".")
    if head == ACTION:
        return name in ACTIONS
    if head == STAGE:
        return name in _ROLES
    if head == "limit":
        return name in ("category", "stage", *_ROLES)
    if head == "channel" and "." in term:
        return name in _KINDS
    return head in METADATA.tables and (not name or name in METADATA.tables[head].c)


#: Terms for: that a case has ended (by its log, if nothing else says so); when it was due; its current stage and whose; where.
END = Need(("event.closed_at", "event.outcome", "stage.close", "stage.revisit"))
DUE = Need(("event.due_at", "limit.category"))
STAGES, DEPARTMENT = Need(("transition.stage",)), Need(("transition.department",))
PLACE, CHANNEL = Need(("event.grid", "event.lon")), Need(("event.channel",))


def unmet(needs: Iterable[Need], mapped: Mapped | None, profile: Profile) -> tuple[Need, ...]:
    """Needs of which no term is delivered, each once, in their order."""
    return tuple(dict.fromkeys(n for n in needs if not any(_met(t, mapped, profile) for t in n.of)))


def _met(term: str, mapped: Mapped | None, profile: Profile) -> bool:
    head, _, name = term.partition(".")
    if head == STAGE:
        at = profile.stage_index(name)
        return at >= 0 and _held(mapped, STAGE, profile.stages[at].code)
    if head == ACTION:
        return _held(mapped, ACTION, name)
    if term == "limit.category":
        return any(c.limit for c in profile.categories) and _met("event.category", mapped, profile)
    if head == "limit":
        return any(s.limit for s in profile.stages if name == "stage" or (s.role or s.code) == name)
    if head == "channel" and name:
        return any(c.kind == name for c in profile.channels)
    return mapped is None or (head in mapped and (not name or name in mapped[head]))


def _held(mapped: Mapped | None, what: str, code: str) -> bool:
    """Whether the log has held it; facts that do not record what their log held are assumed to have held it."""
    return mapped is None or what not in mapped or code in mapped[what]


def lacking(requires: Iterable[Requires], mapped: Mapped | None, profile: Profile) -> tuple[Requires, ...]:
    """The entries of ``requires`` with an unmet need, each reduced to its unmet ones."""
    found = ((r, unmet(r.needs, mapped, profile)) for r in requires)
    return tuple(replace(r, needs=needs) for r, needs in found if needs)


def lost(lacks: Iterable[Requires]) -> tuple[Need, ...]:
    """All unmet needs of ``lacks``, each once."""
    return tuple(dict.fromkeys(n for r in lacks for n in r.needs))


def lost_whole(lacks: Iterable[Requires]) -> tuple[Need, ...]:
    """The unmet needs without which nothing of the answer is known."""
    return lost(r for r in lacks if r.is_whole)


def blanked(frame: pd.DataFrame, lacks: Iterable[Requires], keys: Iterable[str] = ()) -> pd.DataFrame:
    """``frame`` with the figures that depend on unmet needs blanked: NaN, None for lists, False for flags.

    ``keys`` are columns that name a row: these are kept, as texts are.
    """
    out = frame
    visit = {*keys, *frame.columns[:1]}
    for r in lacks:
        columns = [
            c
            for c in (r.columns or frame.columns)
            if c in frame.columns and (c in r.columns or c not in visit or frame[c].dtype == bool)
        ]
        of = frame[r.by if r.by in frame.columns else frame.columns[0]].astype(str)
        at = of.isin(r.rows).to_numpy() if r.rows else np.ones(len(frame), bool)
        if not columns or not at.any():
            continue
        out = out.copy() if out is frame else out
        for c in columns:
            out[c] = _without(out[c], at)
    return out


def _without(held: pd.Series, at: np.ndarray) -> pd.Series:
    if held.dtype == bool:
        return held & ~at
    if held.dtype.kind in "iuf":
        return held.astype(float).mask(at)
    if len(held) and all(isinstance(v, str) for v in held):
        return held.mask(at, "")  # a code named among the columns
    return held.where(~at, None)


# ---------------------------------------------------------------- in the facts' meta
def to_text(mapped: Mapped) -> str:
    return json.dumps({k: sorted(v) for k, v in sorted(mapped.items())})


def mapped_of(meta: Mapping[str, str]) -> Mapped | None:
    """The mapping as recorded in the facts; None where they record nothing."""
    held = meta.get(MAPPED)
    return {k: frozenset(v) for k, v in json.loads(held).items()} if held else None


# ---------------------------------------------------------------- in words
def not_mapped(needs: Iterable[Need], lang: Lang) -> str:
    """``未接入：first_contact_at``, ``not mapped: first_contact_at``; "" where nothing is missing."""
    said = list(dict.fromkeys(n.said(lang) for n in needs))
    if not said:
        return ""
    return _NOT_MAPPED(lang).format(said=ITEMS(lang).join(said))


def key_columns(units: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Of (column, unit) pairs, the columns that name something and count nothing."""
    return tuple(name for name, unit in units if re.fullmatch(r"code|text|id|hour|rank", unit))


__all__ = [
    "ACTION",
    "CHANNEL",
    "DEPARTMENT",
    "DUE",
    "END",
    "MAPPED",
    "PLACE",
    "STAGE",
    "STAGES",
    "Mapped",
    "Need",
    "Requires",
    "all_of",
    "any_of",
    "blanked",
    "is_term",
    "key_columns",
    "lacking",
    "lost",
    "lost_whole",
    "mapped_of",
    "not_mapped",
    "to_text",
    "unmet",
]
