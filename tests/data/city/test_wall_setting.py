"""The theme of the screens in a city's file and in an address: what is known, and what is refused with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.city.profile import load_profile
from data.city.wall_setting import check_theme
from data.errors import FileError, QueryError
from tests.data.city.test_profile import GOOD, write


def test_without_the_setting_it_is_night_and_day_would_be_from_seven_to_seven(tmp_path: Path) -> None:
    setting = load_profile(write(tmp_path, GOOD)).wall
    assert (setting.theme, setting.day) == ("night", "07:00-19:00")


@pytest.mark.parametrize("day", ["06:30-20:00", "22:00-05:00", "00:00-23:59"])
def test_a_theme_and_the_hours_of_day_are_taken_and_change_no_fact(tmp_path: Path, day: str) -> None:
    bare = load_profile(write(tmp_path, GOOD))
    own = load_profile(write(tmp_path, f'{GOOD}\n[wall]\ntheme = "auto"\nday = "{day}"\n'))
    assert (own.wall.theme, own.wall.day) == ("auto", day)
    assert own.fingerprint == bare.fingerprint


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('theme = "dya"', "did you mean 'day'"),
        ('theme = "noon"', "'noon' is not known here"),
        ('day = "7-19"', '"07:00-19:00"'),
        ('day = "07:00-24:00"', '"07:00-19:00"'),
        ('day = "07:00-07:00"', "are no hours of a day"),
        ('hours = "07:00-19:00"', "unknown key"),
    ],
)
def test_another_theme_or_no_hours_are_refused_with_what_to_write(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(FileError) as found:
        load_profile(write(tmp_path, f"{GOOD}\n[wall]\n{line}\n"))
    assert told in str(found.value)
    assert "wall." in str(found.value)


def test_a_theme_in_an_address_is_one_of_three_or_none() -> None:
    for theme in ("", "night", "day", "auto"):
        check_theme(theme)
    with pytest.raises(QueryError, match="theme 'noon': write night, day or auto") as found:
        check_theme("noon")
    assert found.value.zh == "配色“noon”：请写 night、day 或 auto"
