"""Where an exception leads: its place on the map, and what it counts on the workbench."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from data.city.city import City
from data.drill.filters import WINDOWS
from data.types.records import Values
from layouts.text.formats import WHOLE_LOG_DAYS, window_days

#: Kind of exception -> (the filter its code belongs to, the metric whose window it counts; "" = today).
_FILTERS = {
    "area": ("area", "grid_heat"),
    "here": ("area", "grid_heat"),
    "category": ("cat", ""),
    "department": ("dep", "department_response"),
    "channel": ("ch", ""),
}


def place_of(row: Values) -> str:
    """The grid code of the place of an exception; of a category the area with most of it; "" if it has none."""
    kind = str(row["kind"])
    return str(row["code"]) if kind in ("area", "here") else str(row.get("area") or "")


def words_of(row: Values, city: City, scope: str, now_ms: int) -> str:
    """The words of the workbench's address (URL-encoded) that select what an exception of a wall's ``scope`` counts: a stage's
    open cases, today's reports of a category or channel, the cases of an area or department in the wall's window."""
    kind, code = str(row["kind"]), str(row["code"])
    words = {"area": scope} if scope else {}
    if kind == "stage":
        words |= {"stage": code, "state": "open"}
    elif kind in _FILTERS:
        word, metric = _FILTERS[kind]
        words |= {word: code} | (_window(city, metric, now_ms) if metric else {"win": "today"})
    return urlencode(words)


def _window(city: City, metric: str, now_ms: int) -> dict[str, str]:
    """A preset of the workbench where there is one of that length, else the days themselves."""
    span = window_days(city, metric) or 1
    if span >= WHOLE_LOG_DAYS:
        return {"win": "all"}
    preset = "today" if span == 1 else f"{span}d"
    if preset in WINDOWS:
        return {} if preset == WINDOWS[0] else {"win": preset}
    last = datetime.fromtimestamp(now_ms / 1000, city.profile.zone).date()
    return {"from": f"{last - timedelta(days=span - 1)}", "to": f"{last}"}
