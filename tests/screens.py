"""Which screens a state store lets in."""

from __future__ import annotations

from datetime import datetime

from data.access.screen_keys import ScreenKey, valid_keys
from data.access.store import State


def valid_digests(state: State, now: datetime) -> dict[str, ScreenKey]:
    """Digest -> key, of those that are valid at ``now``."""
    with state.transaction() as connection:
        return valid_keys(connection, now)
