"""Where an exception leads: the place on the map, the words of the workbench's address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from data.city.limits import Limit
from data.drill.filters import parse
from layouts.text.leads import place_of, words_of
from tests.wall_frames import AS_OF, city


def _words(kind: str, code: str, scope: str = "") -> dict[str, str]:
    return dict(parse_qsl(words_of({"kind": kind, "code": code}, city(), scope, AS_OF)))


def test_a_town_is_its_own_place_a_category_is_where_most_of_it_is_a_stage_is_nowhere() -> None:
    assert place_of({"kind": "area", "code": "370881108", "area": "370881108"}) == "370881108"
    assert place_of({"kind": "category", "code": "heating", "area": "370881001"}) == "370881001"
    assert place_of({"kind": "stage", "code": "inspect", "area": ""}) == ""


def test_the_workbench_selects_what_the_exception_counts() -> None:
    assert _words("stage", "inspect") == {"stage": "inspect", "state": "open"}
    assert _words("stage", "inspect", "370881108") == {"area": "370881108", "stage": "inspect", "state": "open"}
    assert _words("category", "heating") == {"cat": "heating", "win": "today"}
    assert _words("channel", "online") == {"ch": "online", "win": "today"}
    # the map's window is that of the last 30 days, the workbench's own default
    assert _words("area", "370881108") == {"area": "370881108"}
    assert _words("here", "370881108", "370881108") == {"area": "370881108"}


@pytest.mark.parametrize("kind", ["stage", "area", "category", "department", "channel"])
def test_every_address_is_one_that_the_workbench_reads(kind: str) -> None:
    code = {"stage": "inspect", "area": "370881108", "category": "heating", "department": "ecology", "channel": "online"}[kind]
    found = parse(_words(kind, code), city(), datetime.fromtimestamp(AS_OF / 1000, UTC))
    assert found.words() == {k: v for k, v in _words(kind, code).items() if v}


def test_a_window_that_no_preset_has_is_its_days() -> None:
    here = city()
    fortnight = Limit(amount=14, clock="natural_days", text="14 days")
    profile = here.profile.model_copy(update={"windows": {"grid_heat": fortnight}})
    words = words_of({"kind": "area", "code": "370881108"}, replace(here, profile=profile), "", AS_OF)
    # 23 November 2026, 10:42 in Qufu: that day and the thirteen before it
    assert dict(parse_qsl(words)) == {"area": "370881108", "from": "2026-11-10", "to": "2026-11-23"}
