"""Keys of screens: shown once, kept as digests, revocable."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.errors import QueryFault
from data.state import State, admitted

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)


def test_a_key_opens_until_it_is_revoked(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    key = state.add_key("大厅左一", NOW)
    assert admitted(key, state.valid_digests(NOW))
    assert not admitted(key + "x", state.valid_digests(NOW))
    state.revoke_key("大厅左一", NOW)
    assert not admitted(key, state.valid_digests(NOW))
    state.close()


def test_the_key_itself_is_nowhere_in_the_store(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    key = state.add_key("hall", NOW)
    state.close()
    assert key.encode() not in (tmp_path / "state.sqlite").read_bytes()
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        assert db.execute("SELECT name FROM screen_key").fetchall() == [("hall",)]
    db.close()


def test_a_name_has_one_key_and_an_unknown_name_none(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    state.add_key("hall", NOW)
    with pytest.raises(QueryFault, match="choose another name"):
        state.add_key("hall", NOW)
    state.revoke_key("hall", NOW)
    again = state.add_key("hall", NOW)      # a screen whose key was revoked is given another
    assert admitted(again, state.valid_digests(NOW))
    assert [(s.name, s.revoked_at) for s in state.screens(NOW)] == [("hall", None)]
    with pytest.raises(QueryFault, match="1 to 64 characters"):
        state.add_key("h" * 65, NOW)
    with pytest.raises(QueryFault, match="no screen of this name"):
        state.revoke_key("lobby", NOW)
    state.close()
