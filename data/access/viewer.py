"""The viewer: who makes a request, from which surface, for which area; resolved once per request and passed down.

A metric cannot be read without a ``Viewer``; what a wall may not show is excluded in the SQL itself
(``data.query.metric.events`` / ``visits``), never hidden afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement

Surface = Literal["wall", "desk"]


@dataclass(frozen=True, eq=False, slots=True)
class Only:
    """A desk's filters: conditions on the events (``data.facts.schema.EVENT``) beyond what the viewer may see.

    ``until``: the last instant (ms) of the requested windows, if they end before the instant of evaluation.
    """

    conditions: tuple[ColumnElement[bool], ...]
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """``scope`` is a grid code ("" = the whole city); ``rights`` name what the desk may do (empty on a wall).

    ``user`` is the account ("" = a screen), ``role`` its role, ``area`` the grid code that limits what it sees ("" = the
    city).  ``only``: every query for this viewer counts only these cases and their visits.
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
        """Single sensitive cases are selected only for a desk with that right; for totals see
        ``data.query.disclosure``."""
        return self.surface == "desk" and "sensitive" in self.rights
