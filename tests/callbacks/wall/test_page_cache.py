"""Snapshot, page and its cache: one read for all, bytes made once, only what changed sent, a faulty panel alone."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from callbacks.wall.page_cache import PageCache, Topic
from data.access.viewer import Viewer
from data.city.city import City, Grid
from data.city.profile import load_profile
from data.errors import QueryError
from data.query.metric import Column, Metric, Statement
from data.reading.snapshot import SnapshotReader
from data.text import Text
from layouts.panels.panel import Panel, Reading

NOW = datetime(2026, 11, 23, 2, 42, 7, tzinfo=UTC)
WORDS = Text(zh="字", en="word")


class Store:
    """Answers statements by name; counts how often it is asked."""

    def __init__(self) -> None:
        self.n = {"fast": 1, "slow": 10}
        self.asked: list[str] = []

    def read(self, statements: Any, moved: Any) -> tuple[dict[str, str], dict[str, Any]]:
        self.asked += sorted(k.split("\x1f")[2] for k in statements)
        return {}, {k: {"area": np.array([0, 1]), "n": np.array([self.n[k.split("\x1f")[2]], 5])} for k in statements}


def metric(metric_id: str, needs: tuple[str, ...] = ()) -> Metric:
    def compute(rows: Any, city: City, now: datetime) -> pd.DataFrame:
        if rows["fast"]["n"].sum() > 1000:
            raise ValueError("more than a thousand")
        return pd.DataFrame({"n": [int(rows["fast"]["n"].sum()), int(rows["slow"]["n"].sum())]})

    statements: Any = {"fast": Statement("fast"), "slow": Statement("slow", timedelta(seconds=60))}  # type: ignore[arg-type]
    return Metric(
        metric_id,
        WORDS,
        WORDS,
        "events",
        "stock",
        (Column("n", "events"),),
        lambda *_: statements,
        compute,
        needs=needs,
        requires=(),
    )


def panel(panel_id: str, metric_id: str) -> Panel:
    return Panel(
        panel_id,
        WORDS,
        WORDS,
        WORDS,
        metric_id,
        lambda reading, city, lang: " ".join([lang, *[str(v) for v in reading.frame["n"]]]),
    )


@pytest.fixture
def city() -> City:
    grid = Grid(
        ("370881001", "370881002", "370881001001"),
        (WORDS, WORDS, WORDS),
        np.array([1, 1, 2], np.int16),
        np.array([-1, -1, 0], np.int32),
        np.array([-1, -1, -1], np.int32),
    )
    profile = load_profile("qufu")
    scene = replace_scene(profile.scenes[0], ("one", "two"))
    return City(profile.model_copy(update={"scenes": (scene,)}), grid)


def replace_scene(scene: Any, panels: tuple[str, ...]) -> Any:
    return scene.model_copy(update={"areas": (" ".join(panels),), "wide": (), "tall": ()})


@pytest.fixture
def parts(city: City) -> tuple[Store, SnapshotReader, PageCache]:
    store = Store()
    reader = SnapshotReader(store.read, city, {"one": metric("one")})
    clock = [0.0]
    page_cache = PageCache(city, {"one": panel("one", "one"), "two": panel("two", "one")}, lambda: clock[0], 1000)
    page_cache.clock = clock  # type: ignore[attr-defined]
    return store, reader, page_cache


def body(page: Any, since: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(page.bytes(since)))
    return found


def test_a_hundred_screens_cost_one_read(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    store, reader, page_cache = parts
    topic = Topic("overview", "", "zh")
    page_cache.keep(topic)
    page_cache.refresh(reader.read(NOW))
    pages = {id(page_cache.current(topic)) for _ in range(100)}
    assert len(pages) == 1
    assert store.asked == ["fast", "slow"]


def test_history_is_read_again_only_when_it_is_due(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    store, reader, _ = parts
    reader.read(NOW)
    reader.read(NOW + timedelta(seconds=1))
    assert store.asked == ["fast", "slow", "fast"]
    reader.read(NOW + timedelta(seconds=61))
    assert store.asked == ["fast", "slow", "fast", "fast", "slow"]


def test_a_town_is_a_slice_of_the_same_read(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    store, reader, _ = parts
    snapshot = reader.read(NOW)
    assert list(snapshot.frame("one").frame["n"]) == [6, 15]
    assert list(snapshot.frame("one", "370881001").frame["n"]) == [1, 10]
    assert list(snapshot.frame("one", "370881002").frame["n"]) == [5, 5]
    assert store.asked == ["fast", "slow"]


def test_only_the_changed_panels_travel(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    store, reader, page_cache = parts
    topic = Topic("overview", "", "zh")
    page_cache.keep(topic)
    page_cache.refresh(reader.read(NOW))
    first = page_cache.current(topic)
    assert first is not None
    assert set(body(first)["panels"]) == {"one", "two"}
    page_cache.refresh(reader.read(NOW + timedelta(seconds=1)))
    same = page_cache.current(topic)
    assert same is not None
    assert same.id != first.id
    assert body(same, first.id)["panels"] == {}
    assert json.loads(page_cache.pulse(topic, 0)[6:])["changed"] == []
    assert same.etag == first.etag, "the same pixels have the same ETag"
    store.n["fast"] = 2
    page_cache.refresh(reader.read(NOW + timedelta(seconds=2)))
    third = page_cache.current(topic)
    assert third is not None
    assert set(body(third, first.id)["panels"]) == {"one", "two"}
    assert set(body(third, "S-unknown")["panels"]) == {"one", "two"}, "who holds something forgotten gets all"
    assert third.etag != first.etag


def test_a_panel_that_fails_says_so_and_keeps_its_last_good_picture(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    store, reader, page_cache = parts
    topic = Topic("overview", "", "en")
    page_cache.keep(topic)
    page_cache.refresh(reader.read(NOW))
    store.n["fast"] = 2000
    page_cache.refresh(reader.read(NOW + timedelta(seconds=1)))
    page = page_cache.current(topic)
    assert page is not None
    shown = body(page)["panels"]["one"]
    assert shown["state"] == "faulty"
    assert shown["note"] == "This panel failed (ValueError); the log says why", "its own words may name what no wall shows"
    assert shown["html"] == "en 6 15"
    assert shown["as_of"] == int(NOW.timestamp() * 1000)


def test_a_panel_that_goes_on_failing_is_logged_once(
    parts: tuple[Store, SnapshotReader, PageCache], caplog: pytest.LogCaptureFixture
) -> None:
    store, reader, page_cache = parts
    page_cache.keep(Topic("overview", "", "en"))
    store.n["fast"] = 2000
    for second in range(3):
        page_cache.refresh(reader.read(NOW + timedelta(seconds=second)))
    assert [r.getMessage() for r in caplog.records] == ["panel one failed for ''", "panel two failed for ''"]
    assert caplog.records[0].exc_info is not None


def test_two_snapshots_of_one_second_have_two_ids(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    _, reader, _ = parts
    ids = {reader.read(NOW).id, reader.read(NOW).id, reader.read(NOW + timedelta(seconds=1)).id}
    assert len(ids) == 3
    assert "S-1123-104207" in ids, "an id is the city's own time"


def test_a_page_that_nobody_watches_is_no_longer_drawn(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    _, reader, page_cache = parts
    page_cache.refresh(reader.read(NOW))
    topic = Topic("overview", "370881001", "zh")
    assert page_cache.page(topic) is not None, "drawn when asked for"
    page_cache.clock[0] = 61.0  # type: ignore[attr-defined]
    page_cache.refresh(reader.read(NOW + timedelta(seconds=1)))
    assert page_cache.current(topic) is None
    assert page_cache.page(topic) is not None


def test_a_scope_below_the_towns_waits_for_its_own_read(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    _, reader, page_cache = parts
    page_cache.refresh(reader.read(NOW))
    topic = page_cache.topic("overview", Viewer("wall", "370881001001"), "zh")
    assert page_cache.page(topic) is None
    assert page_cache.below() == ("370881001001",)
    page_cache.refresh(reader.read(NOW + timedelta(seconds=1), page_cache.below()))
    assert page_cache.page(topic) is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("overveiw", "", "zh"), "did you mean 'overview'"),
        (("overview", "370881009", "zh"), "there is no such grid cell"),
        (("overview", "", "fr"), "write zh or en"),
    ],
)
def test_a_faulty_word_is_named(parts: tuple[Store, SnapshotReader, PageCache], words: tuple[str, str, str], said: str) -> None:
    _, reader, page_cache = parts
    page_cache.refresh(reader.read(NOW))
    with pytest.raises(QueryError, match=said):
        page_cache.topic(words[0], Viewer("wall", words[1]), words[2])


def test_a_place_that_turns_out_not_to_exist_does_not_stop_the_wall(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    _, reader, page_cache = parts
    early = page_cache.topic("overview", Viewer("wall", "370881999"), "zh")  # asked while the grid was still being read
    page_cache.keep(early)
    assert page_cache.below() == ()
    page_cache.refresh(reader.read(NOW))
    assert page_cache.current(early) is None
    assert page_cache.snapshot is not None


def test_a_reading_is_a_value() -> None:
    reading = Reading(pd.DataFrame({"n": [1]}), {}, 0, "")
    assert replace(reading, scope="x").scope == "x"


def test_more_pages_than_a_tick_draws_take_turns_and_none_looks_younger_than_it_is(
    parts: tuple[Store, SnapshotReader, PageCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, reader, page_cache = parts
    monkeypatch.setattr("callbacks.wall.page_cache.WATCHED", 1)
    topics = [Topic("overview", "", "zh"), Topic("overview", "370881001", "zh"), Topic("overview", "370881002", "zh")]
    drawn: dict[Topic, set[str]] = {t: set() for t in topics}
    for second in range(1, 7):
        store.n["fast"] = second
        for topic in topics:
            page_cache.keep(topic)
        page_cache.refresh(reader.read(NOW + timedelta(seconds=second)))
        page_cache.health.checked_ms = 1000 * second
        for topic in topics:
            told = json.loads(page_cache.pulse(topic, 0)[6:])
            if told["id"] and told["id"] != page_cache.snapshot.id:  # type: ignore[union-attr]
                assert told["checked"] < 1000 * second, "its numbers are of an earlier read"
            drawn[topic].add(told["id"])
    assert [len(ids - {""}) for ids in drawn.values()] == [2, 2, 2]


def test_a_clock_that_was_set_back_does_not_freeze_the_slow_statements(parts: tuple[Store, SnapshotReader, PageCache]) -> None:
    store, reader, _ = parts
    reader.read(NOW + timedelta(hours=8))
    store.asked.clear()
    reader.read(NOW)
    assert store.asked == ["fast", "slow"]
