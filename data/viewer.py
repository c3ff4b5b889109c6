"""Who asks, from which surface, for which area: resolved once per request and handed down.

A metric cannot be read without a ``Viewer``; what a wall may not show is left out in the statement itself
(``data.metric.events`` / ``visits``), never hidden afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Surface = Literal["wall", "desk"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """``scope`` is a grid code ("" = the whole city); ``rights`` name what the desk may do (empty on a wall).

    ``user`` is the account ("" = a screen), ``role`` its role, ``area`` the grid code beyond which it sees nothing ("" = the
    city).
    """

    surface: Surface = "wall"
    scope: str = ""
    rights: frozenset[str] = frozenset()
    user: str = ""
    role: str = ""
    area: str = ""

    @property
    def sees_sensitive(self) -> bool:
        """Sensitive categories are only ever selected for a desk whose role may see them."""
        return self.surface == "desk" and "sensitive" in self.rights
