"""The areas of a city by name, read from the source's own grid: for an account's area, before any facts exist."""

from __future__ import annotations

import sys
from argparse import Namespace

from dashboard.settings import Settings, resolve
from data.city.areas import find_area
from data.errors import SourceError
from data.source.reader import Source
from data.text import Lang, Text

TAKEN = Text(
    zh="片区“{area}”照写采用，因网格无法读取：{fault}",
    en="area '{area}' is taken as it is, since the grid cannot be read: {fault}",
)


def area_code(args: Namespace, place: str, lang: Lang) -> str:
    """The grid code of an area given by code or name, "" for the whole city; if the grid cannot be read, it is accepted as
    given, with a notice on stderr.  Raises QueryError if the grid has no such area, or several."""
    settings = resolve(args)
    city = settings.profile.city
    if place in ("", "city", "全市", city.code, city.name.zh, city.name.en):
        return ""
    names = {a.code: a.name for a in settings.profile.areas}
    names |= {code: Text(zh=code, en=code) for code in settings.mapping.outlines if code not in names}
    above: dict[str, str] = {}
    try:
        names |= _of_grid(settings, above)
    except SourceError as fault:
        print(TAKEN(lang).format(area=place, fault=fault.said_in(lang)), file=sys.stderr)
        return place
    return find_area("area", place, names, lambda code: names[above[code]].zh if above.get(code) in names else city.name.zh)


def _of_grid(settings: Settings, above: dict[str, str]) -> dict[str, Text]:
    """Code -> name from the source's grid; ``above`` is filled with the parents.  Raises SourceError."""
    if "grid" not in settings.mapping.tables:
        return {}
    names: dict[str, Text] = {}
    source = Source.open(settings.source, settings.mapping, settings.limits)
    try:
        with source.within(settings.limits.tick_s), source.reading() as reading:
            columns = [c for c in ("code", "name", "name_en", "parent") if c in reading.columns_of("grid")]
            listed = ", ".join(f"q.{reading.quoted(c)}" for c in columns)
            found = reading.rows(f"SELECT {listed} FROM {settings.mapping.tables['grid'].rows}").rows
    finally:
        source.close()
    for row in found:
        cell = dict(zip(columns, row, strict=True))
        code = str(cell["code"])
        zh = str(cell.get("name") or code)
        names[code] = Text(zh=zh, en=str(cell.get("name_en") or zh))
        above[code] = str(cell.get("parent") or "")
    return names
