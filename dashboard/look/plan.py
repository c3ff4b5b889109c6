"""What is pictured: pages, shapes, languages, states, day and night, two hours; and the smallest text of each shape."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from dashboard.look.pairs import Row, all_pairs, full
from data.city.profile import CITIES, Profile, load_profile
from data.errors import GridWallError, did_you_mean, did_you_mean_zh
from layouts.analyst.tabs import TABS


class LookError(GridWallError):
    """Pictures that cannot be taken: no browser, no server, or none of that name."""


#: The instants at which a demo city is pictured, in its own time: a workday's busy hour, and four o'clock in the night.
HOURS: Mapping[str, str] = MappingProxyType({"1030": "2026-11-24T10:30", "0400": "2026-11-25T04:00"})
#: live; late = the source is away; away = the server is away; loading = the first numbers have not come.
STATES = ("live", "late", "away", "loading")
#: Without control of the server only these can be shown.
STATES_OF_OTHERS = ("live", "loading")
WALL = ("1920x1080", "3440x1440", "3840x1440", "3840x1080", "5760x2160", "7680x2160", "1080x1920", "2160x3840", "1366x768")
DESK = ("1280x800", "1366x768", "1440x900", "1600x900", "1920x1080")
KIOSK = ("1280x800", "1920x1080", "1080x1920")
#: The smallest text of a wall in units of its shape (16 minutes of arc at three wall-heights, 32:9 and wider at four, portrait
#: read from nearer), of the desk in px, of the kiosk in its units.
LEAST_WALL, LEAST_WIDE, LEAST_TALL, LEAST_DESK, LEAST_KIOSK = 17.0, 24.0, 22.0, 14.0, 22.0
#: A wall's shape is wide from this ratio on, and tall up to this one: as the style sheets have it.
WIDE, TALL = 27 / 10, 4 / 5


def demo_cities() -> dict[str, Profile]:
    """Id -> profile of the demo cities that come along."""
    found = [load_profile(path) for path in sorted(CITIES.glob("*.toml"))]
    return {profile.city.id: profile for profile in found if profile.city.demo}


class Page(NamedTuple):
    """``surface`` is wall, desk or kiosk; ``role`` the account that may open it, "" = the demo's own."""

    name: str
    surface: str
    path: str
    cities: tuple[str, ...]
    role: str = ""


@dataclass(frozen=True)
class Picture:
    """One picture to be taken; ``name`` is also its file's."""

    page: Page
    city: str
    shape: str
    lang: str
    state: str
    light: str
    hour: str

    @property
    def name(self) -> str:
        return ".".join((self.page.name, self.city, self.shape, self.lang, self.state, self.light, self.hour))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px."""
        wide, _, high = self.shape.partition("x")
        return int(wide), int(high)

    @property
    def address(self) -> str:
        """Path and words of the page's address."""
        more = f"lang={self.lang}" + ("&theme=day" if self.light == "day" else "")
        return f"{self.page.path}{'&' if '?' in self.page.path else '?'}{more}"


def pages_of(profiles: Mapping[str, Profile]) -> list[Page]:
    """Every page of these cities: each scene, a town's and a village's wall, each tab of the workbench, the kiosk, the plain
    pages of the desk."""
    every = tuple(profiles)
    scenes = {s.id: s for profile in profiles.values() for s in profile.scenes}
    pages = [
        Page(f"wall-{scene}", "wall", f"/wall/{scene}", tuple(c for c in every if profiles[c].scene(scene) is not None))
        for scene in scenes
    ]
    for city, profile in profiles.items():
        if profile.areas:
            town = profile.areas[0].code
            pages.append(Page(f"wall-town-{city}", "wall", f"/wall?scope={town}", (city,)))
            if profile.city.demo:  # the demo numbers the villages of a town
                pages.append(Page(f"wall-village-{city}", "wall", f"/wall?scope={town}001", (city,)))
    pages += [Page(f"desk-{tab}", "desk", f"/analyst?tab={tab}", every) for tab in TABS]
    pages += [Page("desk-methods", "desk", "/methods", every)]
    pages += [
        Page("kiosk", "kiosk", "/kiosk", every),
        Page("kiosk-large", "kiosk", "/kiosk?print=large", every),
        Page("kiosk-contrast", "kiosk", "/kiosk?contrast=high&tab=overdue", every),
    ]
    pages += [
        Page("desk-login", "desk", "/login", every, "nobody"),
        Page("desk-accounts", "desk", "/accounts", every, "administrator"),
        Page("desk-screens", "desk", "/screens", every, "administrator"),
        Page("desk-audit", "desk", "/audit", every, "auditor"),
    ]
    return pages


def pictures(profiles: Mapping[str, Profile], every: bool = False, own: bool = True, only: Sequence[str] = ()) -> list[Picture]:
    """The pictures in the order in which they are taken: all pairs, or ``every`` combination.

    own : whether the server is ours, so that its source and itself can be taken away, and its accounts are known
    only : words that a picture's name must all contain; a word that is a whole part of some name (``wall-loop``, ``zh``) must be
        one here.  If the pairs have no such picture, it is looked for among all combinations.

    Raises LookError if nothing is left.
    """
    pages = {page.name: page for page in pages_of(profiles) if own or not page.role}
    states = STATES if own else STATES_OF_OTHERS
    hours = tuple(HOURS) if own else ("now",)
    factors = {
        "page": tuple(pages),
        "shape": tuple(dict.fromkeys((*WALL, *DESK, *KIOSK))),
        "state": states,
        "city": tuple(profiles),
        "lang": ("zh", "en"),
        "light": ("night", "day"),
        "hour": hours,
    }
    shapes = {"wall": WALL, "desk": DESK, "kiosk": KIOSK}

    def may(row: Row) -> bool:
        page = pages[row["page"]]
        plain = page.role or page.name == "desk-methods"  # these show no figures, so they have no state
        return row["city"] in page.cities and row["shape"] in shapes[page.surface] and (row["state"] == "live" or not plain)

    def called(rows: Iterable[Row]) -> list[Picture]:
        named = [Picture(**{**row, "page": pages[row["page"]]}) for row in rows]  # type: ignore[arg-type]
        return [p for p in named if all(_has(p, word, values) for word in only)]

    values = {value for several in factors.values() for value in several}
    found = ([] if every else called(all_pairs(factors, may))) or called(full(factors, may))
    if not found:
        wrong = next((w for w in only if not any(w in v for v in values)), " ".join(only))
        raise LookError(
            f"--only '{wrong}': there is no such picture{did_you_mean(wrong, sorted(values))}",
            f"--only“{wrong}”：没有这样的图{did_you_mean_zh(wrong, sorted(values))}",
        )
    order = {value: i for values in factors.values() for i, value in enumerate(values)}
    return sorted(found, key=lambda p: (order[p.city], order.get(p.hour, 0), order[p.state], order[p.page.name], order[p.shape]))


def _has(picture: Picture, word: str, values: Collection[str]) -> bool:
    return word in picture.name.split(".") if word in values else word in picture.name


def least_of(page: Page, shape: str) -> float:
    """The smallest text of a page on a shape, in the units of ``unit_of``."""
    wide, _, high = shape.partition("x")
    ratio = int(wide) / int(high)
    if page.surface != "wall":
        return LEAST_KIOSK if page.surface == "kiosk" else LEAST_DESK
    return LEAST_WIDE if ratio >= WIDE else LEAST_TALL if ratio <= TALL else LEAST_WALL


#: Surface -> (root, CSS length of a unit, whether nobody scrolls it, whether it has a pointer)
SURFACES: Mapping[str, tuple[str, str, bool, bool]] = MappingProxyType(
    {
        "wall": ("#wall", "var(--u)", True, False),
        "kiosk": ("#kiosk", "var(--k)", True, False),
        "desk": ("body", "1px", False, True),
    }
)
#: The definition mark is for the desk; the letters in it are no text of a wall.
EXEMPT = ".panel-i, .an-i"
#: These leave as a whole where there is no room, by rank: parts of a panel's unit, the bar's snapshot and date, a list's order.
GIVES = ".panel-unit, .top-right, .k-order"
#: These are dimmed because what they show is not current, or is being read anew.
DIMS = "[data-state='faulty'] > .panel-body, [data-state='loading'] > .panel-body, .kiosk.lost .k-main, .reading, .old"


def rules_of(page: Page, shape: str) -> dict[str, object]:
    """What ``audit.js`` holds the texts of a page to."""
    root, unit, fixed, pointer = SURFACES[page.surface]
    least = least_of(page, shape)
    return {
        "root": root,
        "least": least,
        "unit": unit,
        "fixed": fixed,
        "pointer": pointer,
        "exempt": EXEMPT,
        "gives": GIVES,
        "dims": DIMS,
    }


def instant_of(profile: Profile, hour: str) -> datetime:
    """The instant of an hour of ``HOURS`` in the city's own time (aware)."""
    return datetime.fromisoformat(HOURS[hour]).replace(tzinfo=profile.zone)
