"""The night and day themes of a page: attributes of its root element, read by theme.js, and the button that changes the theme."""

from __future__ import annotations

from data.city.profile import Profile
from data.text import Lang, Text
from layouts.html.marks import data
from layouts.html.markup import Button, Element, Span

TO_DAY, TO_NIGHT = Text(zh="日间", en="Day"), Text(zh="夜间", en="Night")
SAYS = Text(zh="换为日间或夜间配色", en="Change between the day's and the night's colours")


def root_attributes(profile: Profile) -> str:
    """Attributes of ``<html>``: the city's setting, its hours of day and its time zone."""
    wall = profile.wall
    return f' data-theme-set="{wall.theme}" data-theme-day="{wall.day}" data-theme-zone="{profile.city.timezone}"'


def theme_button(lang: Lang, kind: str) -> Element:
    """A button with the name of the other theme; its words are chosen by the style sheet, so that they are right at once."""
    return Button(
        [Span(TO_DAY(lang), className="to-day"), Span(TO_NIGHT(lang), className="to-night")],
        type="button",
        className=kind,
        title=SAYS(lang),
        **data(theme_to=""),
    )
