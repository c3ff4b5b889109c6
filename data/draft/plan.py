"""What will be written: lists of the city, tables of the mapping, copies of the data, and the doubts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from data.draft.sheet import Column
from data.draft.words import WORDS
from data.text import Text
from data.types.records import Record


@dataclass(frozen=True)
class Doubt:
    """An uncertain decision.  ``place``: key and file; ``must``: wrong unless changed by hand."""

    id: str
    place: str
    chosen: str
    why: Text
    other: Text
    examples: tuple[str, ...] = ()
    must: bool = False

    def as_json(self) -> Record:
        return {
            "id": self.id,
            "place": self.place,
            "chosen": self.chosen,
            "why": self.why.model_dump(),
            "other": self.other.model_dump(),
            "examples": list(self.examples),
            "must": self.must,
        }


@dataclass(frozen=True)
class Item:
    """A member of one of the city's lists: ``code``, its names, and what the source calls it."""

    code: str
    zh: str
    en: str
    value: str = ""
    more: tuple[tuple[str, object], ...] = ()  # further keys in the city's file


@dataclass(frozen=True)
class StageOf:
    """A stage; ``column`` is that of its stamps (wide table), ``value`` the activity's name (log)."""

    code: str
    zh: str
    en: str
    role: str = ""
    column: str = ""
    value: str = ""


@dataclass
class TableOf:
    """A table of the mapping.  ``source``: the FROM expression, or the name of a copy (``copy:cases``); or ``sql``."""

    columns: dict[str, str]
    source: str = ""
    sql: str = ""
    key: str = "id"
    order: str = ""
    changed: str = ""
    stages: dict[str, str] = field(default_factory=dict)
    stage_departments: dict[str, str] = field(default_factory=dict)


@dataclass
class Plan:
    """All contents of the two files."""

    event: TableOf
    transition: TableOf | None = None
    grid: TableOf | None = None
    stages: list[StageOf] = field(default_factory=list)
    lists: dict[str, list[Item]] = field(default_factory=dict)  # channel, department, category, network
    maps: dict[str, dict[str, str | int]] = field(default_factory=dict)  # the mapping's code maps
    area: tuple[str, str, str] | None = None  # code and names (zh, en) of the level below the city
    shapes: dict[str, str] = field(default_factory=dict)
    copies: dict[str, list[Column]] = field(default_factory=dict)  # name -> columns of a table to be written
    direct: bool = False  # the file is read in place: no copy is written
    due: bool = False
    closes: bool = True
    newest_s: float = float("nan")  # the newest instant of the data, seconds since 1970 as if it were UTC
    offsets: frozenset[str] = frozenset()
    round_the_clock: bool = False
    points: bool = False
    doubts: list[Doubt] = field(default_factory=list)

    def doubt(self, id: str, place: str, chosen: str, examples: Iterable[str] = (), must: bool = False, **words: object) -> None:
        """Add the doubt ``id`` of ``data.draft.words``; ``words`` fill its sentences."""
        said = WORDS[id]
        why, other = (Text(zh=t.zh.format(**words), en=t.en.format(**words)) for t in said)
        self.doubts.append(Doubt(id, place, chosen, why, other, tuple(examples), must))
