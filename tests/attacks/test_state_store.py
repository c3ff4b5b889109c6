"""The state store of a running server is taken away, replaced by an older copy, locked, or its disk fills."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.access.accounts import Accounts
from data.access.audit import Audit, Filter
from data.access.screen_keys import add_key, revoke_key
from data.access.store import State
from tests.conftest import Running, copy_of
from tests.desk_people import Person, people
from tests.small_disk import mounted

pytestmark = pytest.mark.slow
ABROAD = "wall.city.example"


class Store:
    """A running server, its state store, and what is done to that."""

    def __init__(self, running: Running, path: Path) -> None:
        self.running, self.path = running, path
        self.older = path.with_suffix(".older")

    @contextmanager
    def open(self) -> Iterator[State]:
        with closing(State(f"sqlite:///{self.path}")) as state:
            yield state

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = self.running.health()
        return found

    def until(self, right: Callable[[dict[str, Any]], bool], seconds: float = 12) -> dict[str, Any]:
        """/healthz once it is ``right``."""
        end = time.monotonic() + seconds
        while not right(health := self.health()) and time.monotonic() < end:
            time.sleep(0.1)
        assert right(health), health
        return health

    def named(self, fault: str) -> None:
        health = self.until(lambda h: h["state"]["fault"] == fault)
        assert health["ok"] is False
        assert health["state"]["said_zh"]
        assert str(self.path.parent) not in str(health["state"])

    def well(self) -> dict[str, Any]:
        return self.until(lambda h: bool(h["ok"]))

    def person(self, role: str) -> Person:
        someone = Person(self.running.port, ABROAD)
        assert someone.log_in(role).status == 303, role
        return someone

    def screen(self, key: str) -> Person:
        someone = Person(self.running.port, ABROAD)
        someone.cookies["gridwall_key"] = key
        return someone


@pytest.fixture(scope="module")
def running(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("state")
    people(place)
    here = Running(place, "--source", f"sqlite:///{copy_of(demo_city, place)}", "--state", f"sqlite:///{place}/state.sqlite")
    try:
        yield here.start()
    finally:
        here.kill()


@pytest.fixture
def store(running: Running) -> Store:
    found = Store(running, running.place / "state.sqlite")
    found.well()
    return found


def put(copy: Path, path: Path, in_place: bool) -> None:
    """``copy`` takes the place of ``path``: as another file, or written over it (the same inode)."""
    if in_place:
        path.write_bytes(copy.read_bytes())
    else:
        shutil.copy(copy, copy.with_suffix(".new"))
        copy.with_suffix(".new").replace(path)


@pytest.mark.parametrize("in_place", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_an_older_copy_lets_nobody_in_again(store: Store, in_place: bool) -> None:
    name, now = f"gone-{in_place}".lower(), datetime.now(UTC)
    with store.open() as state:
        Accounts(state).add(name, "analyst", "Right-horse-7", now)
        key, kept = add_key(state, name, now), add_key(state, f"kept-{in_place}", now)
    disabled, visits, ended = store.person(name), store.person("leader"), store.person("auditor")
    store.until(lambda h: store.screen(key).get("/api/read/headline").status == 200)
    shutil.copy(store.path, store.older)  # the backup, with an account, a key and a session that are to end
    with store.open() as state:
        Accounts(state).disable(name, datetime.now(UTC))
        revoke_key(state, name, datetime.now(UTC))
    session = dict(ended.cookies)
    ended.form("/logout", {})
    ended.cookies = session
    store.until(lambda h: store.screen(key).get("/api/read/headline").status == 401)
    assert disabled.get("/session").status == 401
    time.sleep(2.5)  # the server has looked since
    before = store.health()["state"]["replaced_at"] or 0

    put(store.older, store.path, in_place)
    health = store.until(lambda h: (h["state"]["replaced_at"] or 0) > before and h["ok"])
    assert health["state"]["older"] is True
    assert store.screen(key).get("/api/read/headline").status == 401, "revoked"
    assert store.screen(kept).get("/api/read/headline").status == 200
    assert Person(store.running.port, ABROAD).log_in(name).status == 403, "disabled"
    assert disabled.get("/session").status == 401
    assert visits.get("/session").status == 200
    assert ended.get("/session").status == 401, "it was logged out"
    with store.open() as state:
        assert Accounts(state).account(name).disabled_at is not None, "also after a restart"
        entry = Audit(state).rows(Filter(what="state store replaced"))[0]
        assert Audit(state).verify()[0] > 0
    assert entry.result == "failed"
    assert "an older copy; kept out: 1 keys, 1 accounts" in entry.subject


def test_a_store_that_is_moved_away_is_named_and_nothing_is_done_unrecorded(store: Store) -> None:
    analyst = store.person("analyst")
    aside = store.path.with_suffix(".aside")
    store.path.rename(aside)
    try:
        export = analyst.get("/desk/analyst/export?panel=cases&format=csv")
        assert (export.status, "审计暂不能写入" in export.json()["error_zh"]) == (503, True)
        assert "cases" not in export.headers.get("content-disposition", "")
        assert Person(store.running.port, ABROAD).log_in("leader").status == 503
        store.named("removed")
        assert not store.path.exists(), "none is made in its place"
    finally:
        aside.rename(store.path)
    store.well()
    assert store.person("leader").get("/session").status == 200
    with store.open() as state:
        assert Audit(state).verify()[0] > 0


@pytest.mark.soak
def test_an_empty_store_in_its_place_lets_nobody_in_and_the_right_one_everybody_again(store: Store) -> None:
    with store.open() as state:
        key = add_key(state, "again", datetime.now(UTC))
    store.until(lambda h: store.screen(key).get("/api/read/headline").status == 200)
    store.person("leader")
    aside = store.path.with_suffix(".aside")
    store.path.rename(aside)
    sqlite3.connect(store.path).close()
    before = store.health()["state"]["replaced_at"] or 0
    store.until(lambda h: (h["state"]["replaced_at"] or 0) > before and h["ok"])
    store.until(lambda h: store.screen(key).get("/api/read/headline").status == 401)
    assert Person(store.running.port, ABROAD).log_in("leader").status == 403
    before = store.health()["state"]["replaced_at"] or 0
    aside.replace(store.path)
    store.until(lambda h: (h["state"]["replaced_at"] or 0) > before and h["ok"])
    store.until(lambda h: store.screen(key).get("/api/read/headline").status == 200)
    assert store.person("leader").get("/session").status == 200


@pytest.mark.soak
def test_a_locked_store_is_named_and_used_again_once_it_is_free(store: Store) -> None:
    analyst = store.person("analyst")
    with closing(sqlite3.connect(store.path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        store.named("locked")
        assert analyst.get("/desk/case?id=1").status == 503
        assert store.running.get("/api/read/headline")[0] == 200, "the wall goes on"
        holder.execute("ROLLBACK")
    store.well()
    assert store.person("leader").get("/session").status == 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path, megabytes=2) as place:
        yield place


@pytest.mark.soak
def test_a_full_disk_is_named_and_what_cannot_be_written_is_refused(demo_city: Path, tmp_path: Path, small_disk: Path) -> None:
    url = people(small_disk)
    here = Running(tmp_path, "--source", f"sqlite:///{copy_of(demo_city, tmp_path)}", "--state", url)
    store = Store(here, small_disk / "state.sqlite")
    try:
        here.start()
        analyst = store.person("analyst")
        fill = small_disk / "fill"
        with fill.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        store.named("full")
        assert analyst.get("/desk/analyst/export?panel=cases&format=csv").status == 503
        assert here.get("/api/read/headline")[0] == 200
        fill.unlink()
        store.well()
        assert analyst.get("/desk/analyst/export?panel=cases&format=csv").status == 200
        with store.open() as state:
            assert Audit(state).verify()[0] > 0
    finally:
        here.kill()
