"""Who asks, from which surface, for which area: resolved once per request and handed down.

A metric cannot be read without a ``Viewer``; what a wall may not show is left out in the statement itself
(``data.query.metric.events`` / ``visits``), never hidden afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement

Surface = Literal["wall", "desk"]


@dataclass(frozen=True, eq=False, slots=True)
class Only:
    """Conditions on the events (``data.facts.schema.EVENT``) beyond what the viewer may see: the filters of a desk.

    ``until``: the last instant (ms) of the windows that are asked for, where they end before the instant that they are judged at.
    """

    conditions: tuple[ColumnElement[bool], ...]
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """``scope`` is a grid code ("" = the whole city); ``rights`` name what the desk may do (empty on a wall).

    ``user`` is the account ("" = a screen), ``role`` its role, ``area`` the grid code beyond which it sees nothing ("" = the
    city).  ``only``: whatever is asked for this viewer counts these cases alone, and their visits.
    """

    surface: Surface = "wall"
    scope: str = ""
    rights: frozenset[str] = frozenset()
    user: str = ""
    role: str = ""
    area: str = ""
    only: Only | None = None

    @property
    def sees_sensitive(self) -> bool:
        """Sensitive categories are only ever selected for a desk whose role may see them; of totals see
        ``data.query.disclosure``."""
        return self.surface == "desk" and "sensitive" in self.rights
