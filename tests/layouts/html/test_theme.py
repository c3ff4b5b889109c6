"""The theme of a page: what its root element says of the city's setting, and the button of the desk's pages."""

from __future__ import annotations

from data.city.profile import load_profile
from layouts.html.markup import to_html
from layouts.html.theme import root_attributes, theme_button
from layouts.html.watchdog import HEAD, THEME


def test_the_root_says_the_city_s_setting_its_hours_and_its_zone() -> None:
    assert root_attributes(load_profile("qufu")) == (
        ' data-theme-set="night" data-theme-day="07:00-19:00" data-theme-zone="Asia/Shanghai"'
    )


def test_the_theme_is_set_before_the_first_style_so_that_no_other_is_seen() -> None:
    assert HEAD.startswith(f"<script>{THEME}</script>")


def test_the_button_has_the_words_of_both_themes_and_the_style_sheet_shows_one() -> None:
    assert to_html(theme_button("zh", "k-theme")) == (
        '<button type="button" class="k-theme" title="换为日间或夜间配色" data-theme-to="">'
        '<span class="to-day">日间</span><span class="to-night">夜间</span></button>'
    )
    assert ">Day<" in to_html(theme_button("en", "x"))
