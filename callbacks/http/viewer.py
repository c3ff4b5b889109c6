"""The viewer of a request: resolved here, once, and handed down."""

from __future__ import annotations

from collections.abc import Mapping

from data.access.viewer import Viewer


def viewer_of(query: Mapping[str, str]) -> Viewer:
    """A screen: the wall's surface, the scope in its address, no further rights.  Unknown words are ignored."""
    return Viewer("wall", query.get("scope", ""))
