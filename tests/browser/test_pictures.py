"""``look`` over a server that runs; over servers of its own, in each state and in all pairs of both cities, in make soak."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import bench_look
from benchmarks.record import recorded
from dashboard.cli import main
from dashboard.look import report
from dashboard.look.plan import Picture, pages_of
from dashboard.look.session import taken
from data.city.profile import load_profile
from tests.conftest import Running
from tests.demo_city import quiet

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUFU = load_profile("qufu")
PAGES = {page.name: page for page in pages_of({"qufu": QUFU})}


def picture(page: str, shape: str, state: str, lang: str = "zh") -> Picture:
    return Picture(PAGES[page], "qufu", shape, lang, state, "night", "1030")


@pytest.mark.soak
def test_a_page_is_pictured_in_each_state_at_the_hour_that_is_asked_for(tmp_path: Path) -> None:
    wanted = [
        picture("wall-overview", "1920x1080", "live"),
        picture("wall-overview", "1920x1080", "late"),
        picture("wall-overview", "1080x1920", "away"),
        picture("wall-overview", "1920x1080", "loading"),
    ]
    shots = list(taken(wanted, {"qufu": QUFU}, tmp_path, quiet, events=4000))
    assert [s.picture for s in shots] == wanted
    assert [s.fault for s in shots] == [""] * len(wanted)
    assert all(s.texts > 20 for s in shots[:-1])
    assert [(s.picture.name, s.wrong) for s in shots if s.picture.page.surface == "wall"] == [
        (p.name, []) for p in wanted if p.page.surface == "wall"
    ]
    for one in wanted:
        assert (tmp_path / f"{one.name}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert (tmp_path / "thumbs" / f"{one.name}.jpg").stat().st_size > 1000
    report.write(shots, tmp_path, "en")
    assert len(json.loads((tmp_path / "look.json").read_text("utf-8"))["pictures"]) == len(wanted)


def test_a_server_that_runs_already_is_pictured_as_it_is(wall: Running, tmp_path: Path) -> None:
    code = main(["look", "--out", str(tmp_path), "--url", wall.base, "--only", "wall-overview,1366x768,zh,live,night"])
    told = json.loads((tmp_path / "look.json").read_text("utf-8"))
    assert [p["file"] for p in told["pictures"]] == ["wall-overview.qufu.1366x768.zh.live.night.now.png"]
    assert told["pictures"][0]["texts"] > 200
    assert (tmp_path / told["pictures"][0]["file"]).exists()
    assert code == int(any(told["counts"].values()))


@pytest.mark.soak
def test_no_kind_of_fault_is_found_more_often_than_was_recorded() -> None:
    """In all pairs of page, shape, language, state, light and hour of both cities."""
    shots = bench_look.all_pairs()
    assert [s.picture.name for s in shots if s.fault] == []
    allowed = recorded("look")
    found = report.counts(shots)
    assert {k: n for k, n in found.items() if n > allowed.get(bench_look.KEYS[k], {}).get("value", 0)} == {}
