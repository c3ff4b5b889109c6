"""Keys of screens: shown once, kept as digests, revocable."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.access.screen_keys import add_key, revoke_key, screens
from data.access.store import State, digest
from data.errors import QueryError
from tests.screens import valid_digests

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)


def test_a_key_opens_until_it_is_revoked(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    key = add_key(state, "大厅左一", NOW)
    assert digest(key) in valid_digests(state, NOW)
    assert digest(key + "x") not in valid_digests(state, NOW)
    revoke_key(state, "大厅左一", NOW)
    assert digest(key) not in valid_digests(state, NOW)
    state.close()


def test_the_key_itself_is_nowhere_in_the_store(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    key = add_key(state, "hall", NOW)
    state.close()
    assert key.encode() not in (tmp_path / "state.sqlite").read_bytes()
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        assert db.execute("SELECT name FROM screen_key").fetchall() == [("hall",)]
    db.close()


def test_a_name_has_one_key_and_an_unknown_name_none(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    add_key(state, "hall", NOW)
    with pytest.raises(QueryError, match="choose another name"):
        add_key(state, "hall", NOW)
    revoke_key(state, "hall", NOW)
    again = add_key(state, "hall", NOW)  # a screen whose key was revoked is given another
    assert digest(again) in valid_digests(state, NOW)
    assert [(s.name, s.revoked_at) for s in screens(state, NOW)] == [("hall", None)]
    with pytest.raises(QueryError, match="1 to 64 printable characters"):
        add_key(state, "h" * 65, NOW)
    for name in ("\x00", "hall\n", "\u202ehall"):
        with pytest.raises(QueryError, match="1 to 64 printable characters"):
            add_key(state, name, NOW)
    with pytest.raises(QueryError, match="no screen of this name"):
        revoke_key(state, "lobby", NOW)
    state.close()
