"""What is pictured: every page in every shape, every state of every page that has states; and the size rule of each shape."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.look.plan import DESK, KIOSK, STATES, WALL, LookError, instant_of, least_of, pages_of, pictures, rules_of
from data.city.profile import load_profile

CITIES = ("qufu", "licheng")
PROFILES = {name: load_profile(name) for name in CITIES}


def test_every_page_stands_in_every_shape_of_its_surface_and_every_state() -> None:
    taken = pictures(PROFILES)
    shapes = {"wall": WALL, "desk": DESK, "kiosk": KIOSK}
    for page in pages_of(PROFILES):
        own = [p for p in taken if p.page == page]
        assert {p.shape for p in own} == set(shapes[page.surface]), page.name
        assert {p.lang for p in own} == {"zh", "en"}, page.name
        assert {p.light for p in own} == {"night", "day"}, page.name
        assert {p.city for p in own} == set(page.cities), page.name
        if page.surface != "desk" or page.path.startswith("/analyst"):
            assert {p.state for p in own} == set(STATES), page.name
    assert {(p.city, p.hour) for p in taken} == {(c, h) for c in CITIES for h in ("1030", "0400")}
    assert 100 < len(taken) < 160, "within 40 minutes"
    assert len({p.name for p in taken}) == len(taken)


def test_a_scene_is_pictured_where_its_city_has_it() -> None:
    pages = {page.name: page.cities for page in pages_of(PROFILES)}
    assert pages["wall-overview"] == CITIES
    assert pages["wall-loop"] == pages["wall-platform"] == ("licheng",)
    assert pages["wall-town-qufu"] == ("qufu",)


def test_pictures_of_one_server_stand_together_and_its_states_in_turn() -> None:
    taken = pictures(PROFILES)
    turns = list(dict.fromkeys((p.city, p.hour, p.state) for p in taken))
    assert [(p.city, p.hour, p.state) for p in taken] == sorted(((p.city, p.hour, p.state) for p in taken), key=turns.index)
    assert len(list(dict.fromkeys((c, h) for c, h, _ in turns))) == 4, "four servers"


def test_words_choose_pictures_and_an_unknown_one_is_refused_with_what_it_may_mean() -> None:
    chosen = pictures(PROFILES, only=["wall-overview", "3840x1080"])
    assert chosen
    assert {(p.page.name, p.shape) for p in chosen} == {("wall-overview", "3840x1080")}
    # no pair has all of these words: they are found among all combinations
    exact = ["wall-loop", "7680x2160", "zh", "late", "day", "0400"]
    assert [p.name for p in pictures(PROFILES, only=exact)] == ["wall-loop.licheng.7680x2160.zh.late.day.0400"]
    with pytest.raises(LookError, match="did you mean 'wall-overview'"):
        pictures(PROFILES, only=["wall-overveiw"])


def test_a_server_of_others_is_pictured_without_what_only_its_owner_can_do() -> None:
    taken = pictures({"qufu": PROFILES["qufu"]}, own=False)
    assert {p.state for p in taken} == {"live", "loading"}
    assert not any(p.page.role for p in taken), "its accounts are not known"
    assert {p.hour for p in taken} == {"now"}


@pytest.mark.parametrize(
    ("shape", "least"),
    [
        ("1920x1080", 17),
        ("3440x1440", 17),
        ("3840x1080", 24),
        ("5760x2160", 17),  # 8:3 is still the layout of 16:9
        ("7680x2160", 24),
        ("1080x1920", 22),
        ("2160x3840", 22),
        ("1366x768", 17),
    ],
)
def test_the_smallest_text_of_a_wall_is_that_of_its_distance(shape: str, least: float) -> None:
    page = next(p for p in pages_of(PROFILES) if p.name == "wall-overview")
    assert least_of(page, shape) == least
    assert rules_of(page, shape)["unit"] == "var(--u)"


def test_the_desk_and_the_kiosk_have_their_own_smallest_text() -> None:
    pages = {p.name: p for p in pages_of(PROFILES)}
    assert least_of(pages["desk-overview"], "1366x768") == 14
    assert least_of(pages["kiosk"], "1280x800") == 22


def test_the_hours_are_the_citys_own() -> None:
    assert instant_of(PROFILES["qufu"], "1030") == datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    assert instant_of(PROFILES["licheng"], "0400") == datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def test_the_address_of_a_picture_has_its_words() -> None:
    taken = {p.name: p.address for p in pictures(PROFILES, every=True)}
    assert taken["wall-loop.licheng.1920x1080.en.live.day.1030"] == "/wall/loop?lang=en&theme=day"
    assert taken["desk-queues.qufu.1280x800.zh.late.night.0400"] == "/analyst?tab=queues&lang=zh"
