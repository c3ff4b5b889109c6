"""From a file or a database to a city's file and a mapping: read, recognise, plan, write."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from data.draft import place
from data.draft.city_file import city_text
from data.draft.headers import Known, recognise
from data.draft.log import log_of
from data.draft.logged import plan_logged
from data.draft.mapping_file import mapping_text, read_csv, write_copy
from data.draft.plan import Plan, TableOf
from data.draft.platform import plan_platform
from data.draft.reading import Read, read
from data.draft.sheet import Column, Progress
from data.draft.toml_text import is_edited, marked
from data.draft.wide import plan_wide
from data.errors import FileError, Said
from data.secrets.masking import holds_secret
from data.source import files
from data.source.stage_columns import quoted
from data.types.arrays import Floats

CITY, MAPPING = "city.toml", "mapping.toml"


@dataclass(frozen=True)
class Wishes:
    """The user's options besides the file; empty ones are detected."""

    title: str = ""
    zone: str = ""
    sheet: str = ""
    shapes: str = ""
    day_first: bool | None = None
    ends: tuple[str, ...] = ()
    refresh: bool = False
    force: bool = False


@dataclass
class Drafted:
    """``city`` and ``mapping`` are the files; ``written`` those written now; ``notes`` sentences (zh, en) on the reading."""

    city: Path
    mapping: Path
    plan: Plan
    notes: list[tuple[str, str]] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def draft(named: str, out: Path, wishes: Wishes, now: datetime, progress: Progress) -> Drafted:
    """Write ``city.toml``, ``mapping.toml`` and copies of the data into ``out``.

    Raises FileError and SourceError for input that cannot be read or drafted, and FileError if a file in ``out`` was edited
    since it was drafted and neither ``refresh`` (copies only) nor ``force`` is set.
    """
    city, mapping = out / CITY, out / MAPPING
    if wishes.refresh and not (city.exists() and mapping.exists()):
        raise FileError(
            str(out), [("", Said("nothing was drafted there yet; leave --refresh out", "那里还没有起草过，请去掉 --refresh"))]
        )
    if not wishes.refresh and not wishes.force:
        edited: list[tuple[str, str]] = [
            (
                p.name,
                Said(
                    "was edited since it was drafted; --refresh writes the data's copies anew alone, --force overwrites it",
                    "起草后改过；--refresh 只重写数据副本并保留它，--force 覆盖它",
                ),
            )
            for p in (city, mapping)
            if is_edited(p)
        ]
        if edited:
            raise FileError(str(out), edited)
    got = read(named, progress)
    plan, known, others = _planned(got, wishes, str(city), str(mapping), named, progress)
    drafted = Drafted(city, mapping, plan, [*known.sheet.notes], [], known.personal, known.unused)
    if others:
        drafted.notes.append(
            (
                f"另有工作表未用：{'、'.join(others)}（--sheet 换一张）",
                f"other sheets are not used: {', '.join(others)} (--sheet takes another)",
            )
        )
    out.mkdir(parents=True, exist_ok=True)
    zone = _settle(got, known, plan, wishes, city, mapping)
    old = place.is_old(plan.newest_s, now)
    if old:
        plan.doubt("as_of", f"mapping.as_of ({mapping})", "newest")
    for name, columns in ({} if plan.direct else plan.copies).items():
        path = out / f"{name}.csv"
        write_copy(path, columns, progress)
        drafted.written.append(path)
    if wishes.refresh:
        return drafted
    title = wishes.title or _title(named, known)
    id = _id(named)
    url = _url(got, plan, out)
    shown = got.database.shown if got.database is not None else Path(named).name
    city.write_text(marked(city_text(plan, id, title, shown, zone.name, zone.country, old)), encoding="utf-8")
    mapping.write_text(
        marked(mapping_text(plan, id, title, shown, str(city), url, zone.name, old, lambda name: _table(got, plan, out, name))),
        encoding="utf-8",
    )
    if got.database is not None and holds_secret(str(got.database.url.render_as_string(hide_password=False))) and not plan.copies:
        mapping.chmod(0o600)
        plan.doubt("password", f"mapping.source ({mapping})", got.database.shown)
    drafted.written += [city, mapping]
    return drafted


def _url(got: Read, plan: Plan, out: Path) -> str:
    """The mapping's source: the database, the single file that it reads, or DuckDB if it reads several."""
    if got.database is not None and not plan.copies:
        return str(got.database.url.render_as_string(hide_password=False))
    if plan.direct and got.path is not None:
        return str(got.path)
    return str(out / f"{next(iter(plan.copies))}.csv") if len(plan.copies) == 1 else files.ENGINE


def _table(got: Read, plan: Plan, out: Path, name: str) -> str:
    if plan.direct:
        return read_csv(None, got.sheets[0].delimiter)
    return read_csv(None if len(plan.copies) == 1 else out / f"{name}.csv")


def _chosen(got: Read, wishes: Wishes) -> tuple[Known, list[str]]:
    """The sheet that looks most like cases, and the names of the others (``plan_platform`` chooses a database's tables)."""
    sheets = [s for s in got.sheets if not wishes.sheet or s.name == wishes.sheet]
    if not sheets:
        known = ", ".join(s.name for s in got.sheets)
        raise FileError(
            str(got.path),
            [
                (
                    "--sheet",
                    Said(
                        f"there is no sheet '{wishes.sheet}' with a header; there are: {known}",
                        f"没有带表头的工作表“{wishes.sheet}”；有：{known}",
                    ),
                )
            ],
        )
    found = [recognise(s, wishes.day_first) for s in sheets]
    best = max(found, key=lambda k: (3 * min(len(k.stamps), 5) + 3 * bool(k.ids) + len(k.fields), k.sheet.n))
    return best, [s.name for s in got.sheets if s.name != best.sheet.name]


def _planned(got: Read, wishes: Wishes, city: str, mapping: str, named: str, progress: Progress) -> tuple[Plan, Known, list[str]]:
    """(plan, recognised columns of the cases, names of the unused sheets)."""
    if got.database is not None:
        return *plan_platform(got.database, wishes.day_first, wishes.ends, city, mapping, progress), []
    known, others = _chosen(got, wishes)
    log = log_of(known)
    if log is not None:
        return plan_logged(known, log, city, mapping, wishes.ends), known, others
    plan = plan_wide(known, named, "", city, mapping)
    plan.direct = plan.direct and known.sheet.plain and files.is_data_file(named)
    return plan, known, others


def _settle(got: Read, known: Known, plan: Plan, wishes: Wishes, city: Path, mapping: Path) -> place.Zone:
    """Decide time zone, hours and outlines from the data as a whole."""
    columns = {c.name: c for c in known.sheet.columns}
    lon, lat, area = (columns.get(plan.event.columns.get(k, "")) for k in ("lon", "lat", "grid"))
    points: Floats | None = place.points_of(lon, lat) if lon is not None and lat is not None else None
    chinese = any(not c.name.isascii() for c in known.sheet.columns)
    zone = place.zone_of(points, plan.offsets, chinese)
    local = _local_digits(plan, zone) if zone.why == "point" and plan.offsets == frozenset({"+00:00"}) else False
    if wishes.zone:
        zone = place.Zone(wishes.zone, zone.country if zone.name == wishes.zone else "", "wish")
    else:
        plan.doubt(
            f"zone_{zone.why}",
            f"city.timezone ({city}), mapping.timezone ({mapping})",
            f"{zone.name}, {'-' if plan.round_the_clock else zone.country or '-'}",
        )
    if local:
        plan.doubt("local_digits", f"timezone ({mapping})", zone.name)
    plan.doubt(
        "all_hours" if plan.round_the_clock else "office_hours",
        f"hours ({city})",
        "00:00-24:00, every day" if plan.round_the_clock else "office hours 办公时间",
    )
    _outline(got, plan, wishes, area, points, mapping)
    return zone


def _local_digits(plan: Plan, zone: place.Zone) -> bool:
    """Cut "+00:00" off the copies' times if they are in fact local; return whether it was."""
    names = set(plan.event.stages.values()) | {plan.event.columns.get(k, "") for k in ("reported_at", "closed_at", "due_at")}
    cases = plan.copies.get("cases", [])
    first = next((c for c in cases if c.name == plan.event.columns.get("reported_at")), None)
    if first is None or not place.digits_are_local(first, zone.name):
        return False
    plan.copies["cases"] = [c.mapped(lambda v: v.removesuffix("+00:00")) if c.name in names else c for c in cases]
    plan.direct = False
    return True


def _outline(got: Read, plan: Plan, wishes: Wishes, area: Column | None, points: Floats | None, mapping: Path) -> None:
    listed = [Path(wishes.shapes)] if wishes.shapes else place.beside(got.path) if got.path is not None else []
    found = place.find_shapes(listed, area, points)
    if wishes.shapes and found is None:
        raise FileError(
            wishes.shapes,
            [
                (
                    "",
                    Said(
                        "no feature of it bears the name of an area, and it holds few of the points",
                        "其中没有与区域同名的要素，坐标也大多不在其内",
                    ),
                )
            ],
        )
    if found is not None:
        plan.shapes = {"file": str(found.path), "code": found.code}
        plan.doubt(
            f"shapes_{found.by}", f"shapes ({mapping})", f"{found.path.name}, {found.code}", share=f"{100 * found.share:.0f}"
        )
    if found is not None and found.by == "point":
        plan.event.columns.pop("grid", None)
        plan.area = ("area", "区域", "Area")
        plan.shapes |= {"name": found.code, "level": "area"}
        plan.grid = None
    elif area is not None:
        level = re.sub(r"^(所属|所在|涉事)", "", area.name) or area.name
        plan.area = ("area", level, level)
        dialect = got.database.dialect if got.database is not None and not plan.copies else "duckdb"
        source = "{cases}" if plan.copies else plan.event.source
        named = quoted(area.name, dialect)
        plan.grid = TableOf(
            {},
            sql=f"SELECT DISTINCT {named} AS code, 'area' AS level, {named} AS name\nFROM {source} WHERE {named} IS NOT NULL",
            key="code",
        )


def _title(named: str, known: Known) -> str:
    return known.sheet.name if "://" in named else Path(named).name.split(".")[0]


def _id(named: str) -> str:
    """An id of ASCII letters, as it becomes part of a file name and of a URL."""
    stem = named.rsplit("/", 1)[-1].split("?")[0].split(".")[0]
    return re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:40] or "drafted"
