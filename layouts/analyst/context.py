"""Context passed to every drawing of the workbench: language, filters, names, outlines, and the links of its marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from data.city.city import City
from data.drill.filters import COMPARISON_NAMES, LISTS, NAMES, SEVERITY_NAMES, STATE_NAMES, WINDOW_NAMES, Filters, changed
from data.drill.views.indicators import OTHER
from data.text import ITEMS, Lang, Text
from geo.outline import Outline
from layouts.html.below import url_of
from layouts.panels.grid_heat_classes import LATE_BREAKS

UNKNOWN = Text(zh="未知", en="not known")
UNLOCATED = Text(zh="未定位", en="not located")
NO_DEPARTMENT = Text(zh="尚无部门", en="no department")
NO_CASE = Text(zh="没有符合条件的案件", en="No case meets the filters")
#: A window or a comparison by its name and its days.
DATED = Text(zh="{name}（{days}）", en="{name} ({days})")
#: Name of the row of all, and of a filter that is not set.
ALL = Text(zh="全部", en="All")
STATES = {
    **STATE_NAMES,
    "cancelled": Text(zh="作废", en="Cancelled"),
    "merged": Text(zh="并案", en="Merged"),
    "transferred": Text(zh="转出", en="Transferred"),
}


Outlines = Mapping[str, Outline]


def no_outlines(codes: tuple[str, ...]) -> Outlines:
    return {}


def default_breaks() -> tuple[float, ...]:
    return LATE_BREAKS


@dataclass(frozen=True)
class RenderContext:
    """``words``: query parameters that are not filters (such as the tab); every link keeps them.

    ``outlines``: outlines of neighbouring areas by their codes, in a box of width 1; unknown ones are left out.
    ``breaks``: the breaks between the classes of late shares (%), those of the wall's map.
    """

    city: City
    filters: Filters
    lang: Lang
    words: Mapping[str, str] = field(default_factory=dict)
    outlines: Callable[[tuple[str, ...]], Outlines] = no_outlines
    breaks: Callable[[], tuple[float, ...]] = default_breaks

    def link(self, path: str = "/analyst", **changes: str) -> str:
        """The URL of the page with changed filters."""
        kept = changed(self.filters, **changes)
        kept.update(self._kept)
        return url_of(f"{path}?{urlencode(kept)}" if kept else path)

    @cached_property
    def _kept(self) -> dict[str, str]:
        return {**{k: v for k, v in self.words.items() if v}, **({"lang": "en"} if self.lang == "en" else {})}

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        lists = (*LISTS.values(), "moats")
        return {name: {i.code: i.name(self.lang) for i in getattr(self.city.profile, name)} for name in lists}

    def name(self, kind: str, code: object) -> str:
        """The name of a code of one of the city's lists ("stage", "department", "category", "channel", "network", "area",
        "severity", "state", "moat"); an unknown code gets a word that says so."""
        if kind == "area":
            at = self.city.grid.index.get(str(code))
            return self.city.grid.name[at](self.lang) if at is not None else UNLOCATED(self.lang)
        if kind == "severity":
            return SEVERITY_NAMES[str(code)](self.lang) if str(code) in SEVERITY_NAMES else UNKNOWN(self.lang)
        if kind == "state":
            return STATES[str(code)](self.lang) if str(code) in STATES else str(code)
        plural = {"category": "categories"}.get(kind, kind + "s")
        unknown = NO_DEPARTMENT if kind == "department" else UNKNOWN
        return self._names[plural].get(str(code), unknown(self.lang))

    def feed(self, code: object) -> str:
        """The name of a channel or, after the prefix ``OTHER``, of a system of devices or a family of vital signs; its code
        if the city's file does not name it."""
        own = str(code).removeprefix(OTHER)
        named = self.city.profile.channels if own == code else self.city.profile.feeds
        return next((f.name(self.lang) for f in named if f.code == own), own)

    def chosen(self) -> list[tuple[str, str, str]]:
        """(query parameter, its name, the value in words) of every filter that is set, for chips and captions."""
        f, lang = self.filters, self.lang
        own = self.days(f.since, f.until)
        span = own if f.days != ("", "") else DATED(lang).format(name=WINDOW_NAMES[f.window](lang), days=own)
        out = [("win", NAMES["win"](lang), span if f.since > 0 else WINDOW_NAMES[f.window](lang))]
        other = f.compared(self.city)
        if other is not None:
            name = COMPARISON_NAMES[f.versus](lang)
            out.append(("vs", NAMES["vs"](lang), DATED(lang).format(name=name, days=self.days(*other)) if other[0] > 0 else name))
        if f.area:
            out.append(("area", NAMES["area"](lang), self.name("area", f.area)))
        kinds = {"net": "network", "cat": "category", "ch": "channel", "dep": "department", "stage": "stage"}
        for word, codes in f.codes.items():
            out.append((word, NAMES[word](lang), ITEMS(lang).join(self.name(kinds[word], c) for c in codes)))
        if f.severity:
            out.append(("sev", NAMES["sev"](lang), ITEMS(lang).join(self.name("severity", s) for s in f.severity)))
        if f.state:
            out.append(("state", NAMES["state"](lang), STATE_NAMES[f.state](lang)))
        return out

    def days(self, since: int, until: int) -> str:
        """``2026-11-01 – 11-23``: first and last day of a span (ms, the end excluded), in the city's zone."""
        zone = self.city.profile.zone
        first, last = (datetime.fromtimestamp(t / 1000, zone).date() for t in (since, until - 1))
        if first == last:
            return first.isoformat()
        return f"{first} – {last:%m-%d}" if first.year == last.year else f"{first} – {last}"

    def sentence(self) -> str:
        """The filters in one line, for the caption of an export."""
        return " · ".join(f"{name} {value}" for _, name, value in self.chosen())
