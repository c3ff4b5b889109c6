"""A mapping file (``data/sources/<id>.toml``): how a third-party database delivers the contract tables.

For each contract table one SELECT in the source's own SQL, delivering the contract's column names, its key and its
change column; and code maps (their status -> our stage).  Anything unknown in the file is refused with its place.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from data.city.profile import Code, Coded, Profile
from data.errors import FieldError, FileError, Said, did_you_mean, did_you_mean_zh
from data.source import files
from data.source.shapes import Shapes
from data.source.statement import one_select
from data.source.timestamps import NEVER, Told, to_ms, told
from geo.features import Outline, Outlines
from geo.gcj02 import DISPLACED

SOURCES = Path(__file__).parents[1] / "sources"
TableName = Literal["grid", "department", "event", "transition", "asset", "sign"]
CodeKind = Literal[
    "stage",
    "department",
    "channel",
    "category",
    "network",
    "outcome",
    "action",
    "severity",
    "verified",
    "resolved",
    "satisfaction",
]
#: Columns that a SELECT must deliver; the other contract columns may be left out.
REQUIRED: dict[str, tuple[str, ...]] = {
    "grid": ("code", "level"),
    "department": ("code",),
    "event": ("id", "reported_at"),
    "transition": ("key", "event", "at"),
    "asset": ("code", "kind"),
    "sign": ("series", "at", "value"),
}
#: Coordinate systems a source may state; the last two are displaced, and are corrected on reading.
Crs = Literal["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"]
#: The tables that hold coordinates.
PLACED = ("event", "grid", "asset")
_UNITS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600}


def _duration(value: object) -> object:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h)\s*", value) if isinstance(value, str) else None
    if isinstance(value, timedelta):
        return value
    if not match:
        raise FieldError(
            f'{value!r} is not a duration; write e.g. "60 s" or "5 min"', f'{value!r} 不是时长，请写如 "60 s" 或 "5 min"'
        )
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except Exception:
        raise FieldError(
            f'\'{value}\' is not a time zone; write e.g. "Asia/Shanghai" or "UTC"',
            f'“{value}”不是时区，请写如 "Asia/Shanghai" 或 "UTC"',
        ) from None
    return value


def _source(value: str) -> str:
    if files.is_data_file(value):
        return value
    try:
        make_url(value)
    except (ArgumentError, ValueError):  # ValueError: an invalid port
        kinds = f".{', .'.join(files.SUFFIXES)}"
        raise FieldError(
            f"'{value}' is not a URL; write e.g. \"sqlite:///var/city.sqlite\", or a data file ({kinds})",
            f'“{value}”不是地址，请写如 "sqlite:///var/city.sqlite"，或数据文件（{kinds}）',
        ) from None
    return value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_of(value: str) -> str:
    if value not in ("now", "newest") and told(value) in (None, Told(None, False, value[:10])):
        raise FieldError(
            f'\'{value}\' is no instant; write "now", "newest" (of a closed log) or e.g. "2026-11-23 17:00"',
            f'“{value}”不是时刻，请写 "now"、"newest"（历史日志）或如 "2026-11-23 17:00"',
        )
    return value


def _never(value: str) -> str:
    if value.lower() not in NEVER and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise FieldError(f"'{value}' is no day; write e.g. \"9999-12-31\"", f'“{value}”不是日期，请写如 "9999-12-31"')
    return value.lower()


class Head(_Part):
    """``source`` is a database URL, or the data file that the SELECTs refer to as ``{source}``; ``timezone`` is that of the
    source's naive times.  ``as_of`` fixes "now": "newest" = the newest record of the log; an instant (naive: of ``timezone``) =
    that instant.  ``crs`` is the system of ``lon``, ``lat`` and ``geometry`` in all tables that state no other.  ``never``: the
    days by which the source says "has not happened"."""

    id: Code
    city: str
    source: Annotated[str, AfterValidator(_source)]
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    crs: Crs = "EPSG:4490"
    as_of: Annotated[str, AfterValidator(_as_of)] = "now"
    never: tuple[Annotated[str, AfterValidator(_never)], ...] = NEVER
    overlap: Annotated[timedelta, BeforeValidator(_duration)] = timedelta(seconds=60)


class Table(_Part):
    """``key`` and ``changed`` name columns that ``sql`` delivers; ``changed`` = "" means that the source does not tell what
    changed: it is read whole when its file (mtime, size) or its row count changes.  ``order`` names the delivered column that
    orders log rows of the same instant; "" = by the city's stage order.

    ``crs`` is the system of its coordinates, if another than the mapping's.

    Without SQL: ``from`` is what follows FROM and ``columns`` maps ours = theirs.  ``stages`` (event alone) names the column
    of each stage's stamp, ``stage_departments`` the column of its department; the log is then built from them (stage_columns).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    sql: Annotated[str, AfterValidator(one_select)] = ""
    key: str = ""
    changed: str = ""
    order: str = ""
    crs: Literal["", Crs] = ""
    from_: str = Field(default="", alias="from")
    columns: dict[str, str] = Field(default_factory=dict)
    stages: dict[str, str] = Field(default_factory=dict)
    stage_departments: dict[str, str] = Field(default_factory=dict)

    @cached_property
    def rows(self) -> str:
        """What to select from, with the alias ``q``.  On lines of its own, because the SELECT may end in a comment."""
        return f"(\n{self.sql}\n) AS q"


class Mapping(_Part):
    """One mapping file."""

    mapping: Head
    shapes: Shapes | None = None
    tables: dict[TableName, Table]
    codes: dict[CodeKind, dict[str, str | int]] = Field(default_factory=dict)
    _folder: Path = PrivateAttr(default_factory=Path)

    @property
    def folder(self) -> Path:
        """The mapping file's folder; files that it names are searched there too."""
        return self._folder

    @property
    def selects(self) -> dict[str, str]:
        """Table -> SQL, as written; for a table without SQL what follows FROM."""
        return {name: table.sql or table.from_ for name, table in self.tables.items()}

    def reading(self, file: files.DataFile) -> Mapping:
        """This mapping with the data file filled into its SELECTs.  Its fingerprint stays; the file's state names the file."""
        tables = {name: table.model_copy(update={"sql": file.put_into(table.sql)}) for name, table in self.tables.items()}
        bound = self.model_copy(update={"tables": tables})
        bound.__dict__["fingerprint"] = self.fingerprint
        return bound

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.mapping.timezone)

    @cached_property
    def static(self) -> bool:
        """True where events or transitions have no change column: then everything is read whole."""
        return not (self.tables["event"].changed and self.tables["transition"].changed)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when anything changes that the facts depend on (not the overlap, not the default source)."""
        kept = self.model_dump(mode="json", exclude={"mapping": {"overlap", "source", "as_of"}, "shapes": True})
        for table in kept["tables"].values():
            if not table["crs"]:
                del table["crs"]  # facts loaded before a table could state it belong to the same mapping
        if self.shapes is not None:
            if self.shapes.reads_late:
                kept["shapes"] = self.shapes.fingerprint(self.folder)
            else:
                kept["shapes"] = [self.shapes.level, *sorted(self.outlines.items()), *self.outline_file.rejected]
        return hashlib.sha256(repr(kept).encode()).hexdigest()[:16]

    @cached_property
    def displaced(self) -> dict[str, str]:
        """Table -> the displaced system (a key of ``geo.gcj02.DISPLACED``) of its coordinates; only displaced tables."""
        stated = {name: self.tables[name].crs or self.mapping.crs for name in PLACED if name in self.tables}
        return {name: crs for name, crs in stated.items() if crs in DISPLACED}

    @property
    def outlines(self) -> dict[str, Outline]:
        """Code -> outline of the cells in the file of ``shapes``; {} without one."""
        return self.outline_file.cells

    @cached_property
    def outline_file(self) -> Outlines:
        """The file of ``shapes``, read once.  Raises FileError if the file as a whole cannot be used."""
        return Outlines({}) if self.shapes is None else self.shapes.read(self.folder)

    @cached_property
    def as_of_ms(self) -> int | None:
        """The instant at which the clock is fixed, if the file names one."""
        found = None if self.mapping.as_of in ("now", "newest") else told(self.mapping.as_of)
        return None if found is None or found.local is None else to_ms(found.local, self.zone)

    @cached_property
    def closed_log(self) -> bool:
        """True where the clock is fixed: at the newest record, or at an instant that the file names."""
        return self.mapping.as_of != "now"

    def code(self, kind: CodeKind, value: str) -> str | int:
        """Our code for the source's; a value not in the map is used as it is."""
        return self.codes.get(kind, {}).get(value, value)


_LISTS = {"stage": "阶段", "department": "部门", "channel": "渠道", "category": "类别", "network": "网络", "level": "层级"}


def check_mapping(mapping: Mapping, profile: Profile) -> None:
    """Check that the codes the mapping maps *to* are in the city's file.  Raises FileError."""
    lists: dict[CodeKind, tuple[Coded, ...]] = {
        "stage": profile.stages,
        "department": profile.departments,
        "channel": profile.channels,
        "category": profile.categories,
        "network": profile.networks,
    }
    faults: list[tuple[str, str]] = []
    levels = [level.code for level in profile.levels]
    if mapping.shapes is not None and mapping.shapes.level and mapping.shapes.level not in levels:
        faults.append(("shapes.level", _not_of(profile, "level", mapping.shapes.level, levels)))
    stages = [s.code for s in profile.stages]
    faults += [
        (f"tables.event.stages.{code}", _not_of(profile, "stage", code, stages))
        for code in (mapping.tables["event"].stages if "event" in mapping.tables else ())
        if code not in stages
    ]
    for kind, items in lists.items():
        known = [item.code for item in items]
        for theirs, ours in mapping.codes.get(kind, {}).items():
            if ours not in known:
                faults.append((f"codes.{kind}.{theirs}", _not_of(profile, kind, str(ours), known)))
    if faults:
        raise FileError(f"mapping '{mapping.mapping.id}'", faults)


def _not_of(profile: Profile, kind: str, code: str, known: list[str]) -> Said:
    return Said(
        f"city '{profile.city.id}' has no {kind} called '{code}'{did_you_mean(code, known)}",
        f"城市 {profile.city.id} 没有叫“{code}”的{_LISTS[kind]}{did_you_mean_zh(code, known)}",
    )
