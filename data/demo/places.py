"""Layout of the demo city's towns: as its file places them, not real boundaries.  All below the towns is synthetic."""

from __future__ import annotations

import math
from itertools import pairwise

from data.city.profile import Level, Profile
from data.errors import GridWallError
from geo.synthesise import Below, Coverage, Town, synthesise

#: Number of cells of the second and third level if the file states none.
_COUNTS = (318, 6000)
_CENTER, _POPULATION = (110.0, 32.0), 600_000


def towns_of(profile: Profile) -> list[Town]:
    """The first-level areas, each with a place; where none is given, in a spiral around the first two."""
    if not profile.levels or not profile.areas:
        raise GridWallError(f"city '{profile.city.id}': a demo needs [[levels]] and [[areas]] in the city's file")
    first = [a for a in profile.areas if a.level == profile.levels[0].code]
    towns = []
    for i, a in enumerate(first):
        if a.place is not None:
            towns.append(Town(a.code, a.name.zh, a.name.en, *a.place, a.size, a.urban))
            continue
        turn = 2.399963 * i  # the golden angle spreads any number of towns evenly
        ring = 0.85 * math.sqrt((i + 0.3) / len(first))
        x, y = ring * math.cos(turn), ring * math.sin(turn)
        towns.append(Town(a.code, a.name.zh, a.name.en, x, y, 0.8 if i < 2 else 1.0, i < 2))
    return towns


def town_of(profile: Profile, cell: str | None) -> str:
    """The code of the town with which a demo cell's code begins; "" if there is none."""
    return next((a.code for a in profile.areas if cell and cell.startswith(a.code)), "")


def lay_out(profile: Profile, seed: int) -> Coverage:
    """The demo geography of a city: as many cells below the towns as its levels state, to the last level with a count."""
    if len(profile.levels) < 3:
        raise GridWallError(f"city '{profile.city.id}': a demo needs three grid levels; its file names {len(profile.levels)}")
    below = [_below(level, count) for level, count in zip(profile.levels[1:3], _COUNTS, strict=True)]
    below += [_below(level, level.count) for level in profile.levels[3:] if level.count]
    for upper, lower in pairwise(below):
        if lower.count < upper.count:
            raise GridWallError(
                f"city '{profile.city.id}': {upper.count} cells cannot consist of {lower.count}; let the counts of its"
                " levels grow from level to level"
            )
    return synthesise(
        towns_of(profile), below, profile.city.center or _CENTER, profile.demo.half, profile.city.population or _POPULATION, seed
    )


def _below(level: Level, count: int) -> Below:
    names = {} if level.sample is None else {"zh": level.sample.zh, "en": level.sample.en}
    return Below(level.count or count, **names)
