"""Where the demo city's towns lie: a schematic arrangement, no real boundary.  All below the towns is synthetic."""

from __future__ import annotations

import math

from data.errors import GridWallError
from data.profile import Profile
from geo.synthesise import Coverage, Town, synthesise

#: Town code -> (x, y, size, urban); x and y in -1 .. 1 of the city's half width and height.
_SCHEMATIC: dict[str, tuple[float, float, float, bool]] = {
    "370881001": (0.08, 0.13, 0.78, True),
    "370881002": (-0.38, 0.13, 0.78, True),
    "370881003": (-0.75, -0.27, 1.0, False),
    "370881004": (-0.25, -0.30, 1.0, False),
    "370881101": (-0.37, 0.64, 1.0, False),
    "370881102": (-0.74, 0.30, 1.0, False),
    "370881103": (-0.50, -0.71, 1.0, False),
    "370881105": (-0.01, -0.66, 1.0, False),
    "370881108": (0.06, 0.69, 1.0, False),
    "370881109": (0.36, -0.27, 1.0, False),
    "370881110": (0.45, 0.50, 1.0, False),
    "370881111": (0.76, 0.13, 1.0, False),
}


def towns_of(profile: Profile) -> list[Town]:
    """The areas of the city's first level with a place for each; a ring around the first two where none is known."""
    if not profile.levels or not profile.areas:
        raise GridWallError(f"city '{profile.city.id}': a demo needs [[levels]] and [[areas]] in the city's file")
    first = [a for a in profile.areas if a.level == profile.levels[0].code]
    towns = []
    for i, a in enumerate(first):
        turn = 2.399963 * i                                     # the golden angle spreads any number of towns evenly
        ring = 0.85 * math.sqrt((i + 0.3) / len(first))
        place = (ring * math.cos(turn), ring * math.sin(turn), 0.8 if i < 2 else 1.0, i < 2)
        x, y, size, urban = _SCHEMATIC.get(a.code, place)
        towns.append(Town(a.code, a.name.zh, a.name.en, x, y, size, urban))
    return towns


def lay_out(profile: Profile, seed: int) -> Coverage:
    """The demo geography of a city: as many villages and cells as its levels state (else 318 and 6,000)."""
    counts = [level.count for level in profile.levels]
    if len(counts) < 3:
        raise GridWallError(f"city '{profile.city.id}': a demo needs three grid levels; its file names {len(counts)}")
    return synthesise(
        towns_of(profile), counts[1] or 318, counts[2] or 6000, profile.city.center or (116.99, 35.58),
        profile.city.population or 600_000, seed,
    )
