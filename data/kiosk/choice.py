"""The selection by the kiosk's chips: one stage, one department, one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.access.viewer import Viewer
from data.city.city import City
from data.city.profile import Coded
from data.errors import QueryError, did_you_mean, did_you_mean_zh
from data.types.records import Values


@dataclass(frozen=True)
class Choice:
    """The chips' selection: positions in the city's lists, None = all.  ``place`` is a cell just below the viewer's area."""

    stage: int | None = None
    department: int | None = None
    place: int | None = None

    @classmethod
    def of(cls, words: Values, city: City, viewer: Viewer) -> Choice:
        """Parse the words ``stage``, ``dept``, ``place`` (codes) of an address.  Raises QueryError naming the invalid one."""
        profile = city.profile
        place = str(words.get("place") or "")
        at = None
        if place:
            level, found = city.scope_of(place)
            if level != place_level(city, viewer):
                raise QueryError(
                    f"place '{place[:40]}': is no cell just below what you see", f"“{place[:40]}”不是所见范围的下一级网格"
                )
            at = found
        return cls(
            _position("stage", "环节", str(words.get("stage") or ""), profile.stages),
            _position("dept", "部门", str(words.get("dept") or ""), profile.departments),
            at,
        )


def _position(what: str, zh: str, code: str, items: Sequence[Coded]) -> int | None:
    if not code:
        return None
    codes = [item.code for item in items]
    if code not in codes:
        raise QueryError(
            f"{what} '{code[:40]}': there is none of this code{did_you_mean(code, codes, {i.code: i.name.en for i in items})}",
            f"没有{zh}“{code[:40]}”{did_you_mean_zh(code, codes, {i.code: i.name.zh for i in items})}",
        )
    return codes.index(code)


def place_level(city: City, viewer: Viewer) -> int:
    """The level of the place chips' cells: towns for the city, villages for a town ...; at most 4."""
    return min(city.scope_of(viewer.scope)[0] + 1, 4)
