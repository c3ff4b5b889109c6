"""An export is of the moment that the page shows, while that is held; of nobody else's, and of no other choice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from callbacks.desk import analyst_export
from callbacks.desk.analyst import Analyst
from data.access.roles import DEMO_RIGHTS
from data.access.viewer import Viewer
from data.source.columns import Frame
from tests.city_builder import LittleCity, when

WHO = Viewer("desk", rights=DEMO_RIGHTS, user="li", role="analyst")


class Service:
    """A running service of the little city; its clock and facts are moved by hand."""

    def __init__(self) -> None:
        self.now, self.city = when("2026-11-23 10:00:00"), LittleCity()
        self.city.event("2026-11-20 09:00", due="2026-11-21 09:00")
        self.settled = self.city.city

    def later(self) -> None:
        self.now = when("2026-11-23 10:05:00")
        self.city.facts.put({"eid": [99], "reported_at": [self.city.at("2026-11-23 10:01")], "category": [0], "l1": [0]})

    def desk_facts(self) -> tuple[Any, Any]:
        return self.city.facts, self.settled

    def shapes(self, codes: tuple[str, ...]) -> dict[str, bytes]:
        return {}

    def log_of(self, eid: int, case_number: str) -> Frame:
        raise AssertionError("no case is opened here")

    def desk_now(self) -> datetime:
        return self.now

    def behind(self, lang: str) -> str:
        return ""

    def badges(self) -> tuple[str, ...]:
        return ()


def reports(desk: Analyst, who: Viewer = WHO, **words: str) -> tuple[str, int]:
    """(snapshot in the file's name, reports in the trend) of an export."""
    file = desk.exports.export(who, {"panel": "trend", **words})
    rows = [line.split(",") for line in file.body.decode("utf-8-sig").splitlines() if line[:3] == "202"]
    return file.name.removeprefix("trend-").removesuffix(".csv"), sum(int(r[1]) for r in rows)


def test_an_export_is_of_the_moment_that_the_page_shows() -> None:
    service = Service()
    desk = Analyst(service)
    shown = desk.view(WHO, {})["snapshot"]
    service.later()
    assert reports(desk, snapshot=shown) == (shown, 1)
    assert reports(desk) == ("D-1123-100500", 2), "without the page's moment it is read anew, and says so"


def test_a_moment_is_held_for_its_own_choice_and_account_alone() -> None:
    service = Service()
    desk = Analyst(service)
    shown = desk.view(WHO, {})["snapshot"]
    service.later()
    assert reports(desk, snapshot=shown, win="7d")[1] == 2
    other = Viewer("desk", rights=DEMO_RIGHTS, user="wang", role="analyst")
    assert reports(desk, other, snapshot=shown) == ("D-1123-100500", 2)


def test_what_is_held_has_an_end(monkeypatch: Any) -> None:
    monkeypatch.setattr(analyst_export, "KEPT", 2)
    service = Service()
    desk = Analyst(service)
    first = desk.view(WHO, {})["snapshot"]
    for window in ("7d", "90d"):
        desk.view(WHO, {"win": window})
    assert len(desk.held) == 2
    service.later()
    assert reports(desk, snapshot=first) == ("D-1123-100500", 2)
