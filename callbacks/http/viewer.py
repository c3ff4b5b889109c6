"""The query and the viewer of a request: resolved here, once, and handed down."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl

from data.access.viewer import Viewer


@lru_cache(256)
def query_of(text: bytes) -> Mapping[str, str]:
    """A query string by key; a thousand screens send the same few."""
    return MappingProxyType(dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True)))


def viewer_of(query: Mapping[str, str]) -> Viewer:
    """A screen: the wall's surface, the scope in its address, no further rights.  Unknown words are ignored."""
    return Viewer("wall", query.get("scope", ""))
