"""One server that is open to others, with accounts, keys and a wall: what the attacks are played on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.access.accounts import Accounts
from data.access.screen_keys import add_key
from data.access.store import State
from tests.conftest import Running, copy_of
from tests.desk_people import PASSWORD, Person, people

#: The one account whose digest costs what a digest costs; those of ``people`` are cheap.
COSTLY = "costly"


@dataclass
class Hall:
    """``key`` is the screen hall-left's."""

    running: Running
    state: State
    key: str

    def person(self, source: str = "", host: str = "wall.city.example") -> Person:
        return Person(self.running.port, host, source)

    def log(self) -> str:
        return (self.running.place / "server.log").read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="session")
def hall(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    place = tmp_path_factory.mktemp("hall")
    url = people(place)
    state = State(url)
    Accounts(state).add(COSTLY, "leader", PASSWORD, datetime.now(UTC))
    key = add_key(state, "hall-left", datetime.now(UTC))
    running = Running(place, "--source", f"sqlite:///{copy_of(demo_city, place)}", "--host", "0.0.0.0", "--state", url)
    try:
        yield Hall(running.start(), state, key)
    finally:
        running.kill()
        state.close()
