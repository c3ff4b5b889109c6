"""Names beside the codes of a reading, for human readers: which column holds which kind of code."""

from __future__ import annotations

from collections.abc import Iterable

from data.city.city import City
from data.metrics import METRICS
from data.text import Text
from data.types.records import Values
from layouts.panels.kpi_row import KPIS

_LISTS = {
    "stage": "stages",
    "department": "departments",
    "category": "categories",
    "network": "networks",
    "channel": "channels",
    "moat": "moats",
    "system": "feeds",
    "owner": "departments",
    "sequence": "stages",
}
_AREAS = frozenset({"area", "town", "village", "here"})
#: The kind of code in the column ``code``, ``to`` or ``feed`` of a metric; if missing, the row's ``kind`` decides.
_OF = {
    ("grid_heat", "code"): "area",
    ("hotspots", "code"): "area",
    ("warnings", "code"): "area",
    ("transitions", "to"): "stage",
    ("handovers", "to"): "department",
}


def names_of(metric: str, rows: Iterable[Values], city: City) -> dict[str, dict[str, dict[str, str]]]:
    """``{column: {code: {"zh", "en"}}}`` for the codes in a metric's rows that have a name."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        for column, value in row.items():
            if not isinstance(value, str) or not value or value in found.get(column, {}):
                continue
            name = _name(metric, column, value, row, city)
            if name is not None and (name.zh, name.en) != (value, value):
                found.setdefault(column, {})[value] = name.model_dump()
    return found


def _name(metric: str, column: str, code: str, row: Values, city: City) -> Text | None:
    if column == "indicator":
        return METRICS[code].name if code in METRICS else None
    if column == "kpi":
        return KPIS[code][0] if code in KPIS else None
    what = _OF.get((metric, column), column)
    if what in ("code", "feed"):
        what = str(row.get("kind", ""))
    if what in _AREAS:
        return city.grid.names.get(code)
    if what not in _LISTS:
        return None
    names = {item.code: item.name for item in getattr(city.profile, _LISTS[what])}
    if column != "sequence":
        return names.get(code)
    stages = [names.get(s, Text(zh=s, en=s)) for s in code.split(">")]
    return Text(zh=" → ".join(s.zh for s in stages), en=" > ".join(s.en for s in stages))


def coded(code: str, name: str) -> str:
    """A name with its code, ``办理 (handle)``."""
    return f"{name} ({code})" if name and name != code else code
