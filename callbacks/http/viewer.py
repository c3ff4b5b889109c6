"""Who asks: every request's Viewer is resolved here, once, and handed down."""

from __future__ import annotations

from collections.abc import Mapping

from data.access.viewer import Viewer


def viewer_of(query: Mapping[str, str]) -> Viewer:
    """A screen: the wall's surface, the scope of its address, no rights beyond it.  Unknown words are ignored."""
    return Viewer("wall", query.get("scope", ""))
