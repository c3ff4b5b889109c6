"""Every colour of the product, named by its purpose, at night and by day.

Style sheets, scripts and drawings take a colour as the custom property of its role (``var(--ink)``), charts by its name
(``"--ink"``), so that whatever is on a page follows its theme (``data-theme`` on the root element, layouts/html/theme.js).
``python -m layouts.palette`` (``make palette``) writes the roles into dashboard/assets/tokens.css; a test ensures that nothing
else in the product gives a colour by value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

Theme = Literal["night", "day"]


class Role(NamedTuple):
    """A colour by its purpose: ``#RRGGBB`` each.

    ``contrast``, ``contrast_day``: on a kiosk in high contrast; None = as without it.
    """

    name: str
    use: str
    night: str
    day: str
    contrast: str | None = None
    contrast_day: str | None = None


ROLES = (
    # surfaces
    Role("ground", "behind everything", "#060C14", "#EEF2F6", "#000000", "#FFFFFF"),
    Role("panel", "the surface of a panel", "#0B1521", "#FFFFFF", "#000000", "#FFFFFF"),
    Role("raised", "what lies above a panel: a tip, a row under the pointer", "#122030", "#E6EDF4", "#101820", "#E6EDF4"),
    Role("hairline", "lines of a grid, between rows", "#1C2C3F", "#CBD6E1", "#9FB3C8", "#566A7E"),
    Role("rule", "borders that part one thing from another", "#35495F", "#97A8B9", "#C9D6E2", "#35495D"),
    Role("filled", "a label that is filled without being a worry", "#9FB3C8", "#4D6378"),
    Role("backdrop", "over the page behind a kiosk's dialog, in part", "#02060A", "#35495D"),
    Role("shadow", "below what floats above the page, in part", "#000000", "#5A6B7C"),
    # text
    Role("ink", "figures, names, what is read first", "#EDF3F9", "#0F1B28", "#FFFFFF", "#000000"),
    Role("ink-2", "running words", "#B3C3D2", "#35495D", "#FFFFFF", "#000000"),
    Role("ink-3", "units, axes, notes", "#8599AD", "#4E6276", "#E4ECF3", "#1C2A38"),
    Role("on-badge", "words on a filled label", "#0B0F14", "#FFFFFF"),
    # data
    Role("data", "bars, lines, points", "#6FA3CC", "#2F6FA3", "#A9D4F5", "#17507F"),
    Role("band", "the usual range behind them", "#1B3147", "#D3E2F0"),
    Role("second", "bars beside those of data", "#2B7783", "#1F7F77"),
    Role("track", "the whole of which a bar is a part", "#2A4A68", "#B4CBE0", "#5B7690", "#7F98B0"),
    Role("lane", "the place of a mark on its usual band", "#0E1B29", "#E0E8F0"),
    # verdicts
    Role("watch", "worth a look", "#F0A93B", "#8F5000", "#FFC861", "#7A4300"),
    Role("watch-on-step", "a worry on a step of a matrix", "#F0A93B", "#693900"),
    Role("watch-on-top", "the same on its highest step", "#F0A93B", "#FFC861"),
    Role("act", "needs somebody now", "#FF5A45", "#C2281A", "#FF8A78", "#A01208"),
    Role("faster", "the row of a department that is faster than the rest", "#10263A", "#E2EEF8"),
    Role("slower", "the row of one that is slower", "#221D17", "#FAEFDD"),
    Role("alarm-act", "an alarm on the kiosk that needs somebody now", "#1F1416", "#FCECE9", "#000000", "#FFFFFF"),
    Role("alarm-watch", "an alarm on the kiosk that is worth a look", "#1B1710", "#FBF3E4", "#000000", "#FFFFFF"),
    # selection
    Role("select", "links, what has the focus or was chosen", "#5CC8FF", "#00679D", "#8CDCFF", "#00507A"),
    Role("filter-set", "a filter of the workbench that is set", "#0E2233", "#E1EFF9"),
    Role("row-chosen", "the chosen row of the list of cases", "#16344B", "#CFE4F4"),
    Role("row-fresh", "a row of the kiosk that the last refresh brought", "#0D2132", "#E4F1FA", "#00253B", "#D3E9F8"),
    Role("mode-on", "a mode of the kiosk that is on", "#12344A", "#D5E9F7"),
    Role("chip-on", "the queue of the kiosk that is shown", "#143247", "#D5E9F7", "#00324F", "#C6E1F4"),
    Role("refresh", "the kiosk's button that refreshes", "#17476B", "#BFDDF3", "#003A5C", "#B4D8F1"),
    Role("refresh-waiting", "the same while it may not be pressed again", "#12293B", "#E3EBF2", "#003A5C", "#DCE7F0"),
    # the map
    Role("map-1", "the lowest class of a cell", "#0C1A2C", "#D9E7F3"),
    Role("map-2", "the second class", "#12314F", "#B6D0E8"),
    Role("map-3", "the third class", "#194E6C", "#89B2D6"),
    Role("map-4", "the fourth class", "#2B7783", "#5790C2"),
    Role("map-5", "the fifth class, the highest of counts and rates", "#EBAA3E", "#AC6200"),
    Role("map-6", "the sixth class, late shares alone", "#FF5A45", "#A81C12"),
    Role("map-few", "a cell with too small a sample", "#0C1A2C", "#D9E7F3"),
    Role("map-hatch", "the stripes on such a cell", "#2C455F", "#6283A2"),
    Role("map-none", "a cell without a value", "#091320", "#F5F5F3"),
    Role("map-top-edge", "around a cell of the sixth class", "#FFD9D2", "#5E0F08"),
    Role("map-hot", "around a finer cell that stands out", "#FFD27A", "#7A4300"),
    Role("load-5", "the fifth class of a workload, which is neither good nor bad", "#4A9AA6", "#2F6699"),
    Role("load-6", "the sixth class of one", "#7CC4CC", "#17406B"),
    Role("heat-1", "the lowest step of a matrix of counts", "#0E1E30", "#E9F0F7"),
    Role("heat-2", "the second step", "#15304A", "#D3E2F0"),
    Role("heat-3", "the third step", "#1D4464", "#B8D1E8"),
    Role("heat-4", "the fourth step", "#2A5C84", "#9BC1E1"),
    Role("heat-5", "the fifth step", "#39729C", "#6FA1CC"),
    Role("heat-6", "the highest step", "#6FA3CC", "#2A6299"),
    Role("unlimited", "cases without a time limit, beside those that have used part of theirs", "#2A4A68", "#D6D2C6"),
    Role("slowest", "the box of the slowest stage", "#2A2110", "#FBEBCF"),
    Role("map-contour", "lines around the city, outlines of the neighbours", "#4A6C8C", "#7793AE"),
    Role("map-lattice", "crosses every 5 km", "#56708A", "#8196AB"),
)

NIGHT: Mapping[str, str] = {role.name: role.night for role in ROLES}
DAY: Mapping[str, str] = {role.name: role.day for role in ROLES}
#: Role -> ``#RRGGBB``.
PALETTES: Mapping[Theme, Mapping[str, str]] = {"night": NIGHT, "day": DAY}
#: Transparent, in Plotly's notation.
CLEAR = "rgba(0,0,0,0)"

SHEET = Path(__file__).resolve().parent.parent / "dashboard" / "assets" / "tokens.css"
BEGIN, END = "/* colours: written by `make palette` from layouts/palette.py */\n", "/* end of the colours */\n"
_PER_LINE = 5
_DAY = ':root[data-theme="day"]'


def var(role: str) -> str:
    """A role as a value for style sheets and drawings; an unknown one raises KeyError."""
    return f"var(--{role})" if NIGHT[role] else ""


def themed(style: str, also: str = "") -> str:
    """The style sheet of a self-contained page, preceded by the colours of both themes for the roles in it (and in ``also``).

    Properties that the sheet sets itself are left to it; one that is neither set nor a role raises KeyError.
    """
    asked = [name for name in dict.fromkeys(re.findall(r"var\(--([\w-]+)\)", style + also)) if f"--{name}:" not in style]
    night, day = ("".join(f"--{name}:{PALETTES[theme][name]};" for name in asked) for theme in ("night", "day"))
    return f":root{{{night}}}{_DAY}{{{day}}}@media print{{:root{{{day}}}}}{style}"


def fixed(drawing: str, theme: Theme) -> str:
    """A drawing for a file, which has no style sheet: with the theme's colours in place of ``var(--role)``."""
    return re.sub(r"var\(--([\w-]+)\)", lambda match: PALETTES[theme][match[1]], drawing)


def sheet() -> str:
    """The colours as CSS: the night's, the day's, those of a kiosk in high contrast, and on paper always the day's."""
    contrast = {role.name: role.contrast for role in ROLES if role.contrast}
    by_day = {role.name: role.contrast_day for role in ROLES if role.contrast_day}
    blocks = (
        (":root, ::backdrop", NIGHT),
        (f"{_DAY}, {_DAY} ::backdrop", DAY),
        (".kiosk.contrast", contrast),
        (f"{_DAY} .kiosk.contrast", by_day),
    )
    screen = "".join(f"{selector} {{\n{_lines(colours)}}}\n" for selector, colours in blocks)
    return f"{screen}@media print {{\n:root, ::backdrop, :root .kiosk.contrast {{\n{_lines(DAY)}}}\n}}\n"


def _lines(colours: Mapping[str, str]) -> str:
    said = [f"--{name}: {colour};" for name, colour in colours.items()]
    return "".join(f"  {' '.join(said[i : i + _PER_LINE])}\n" for i in range(0, len(said), _PER_LINE))


def written(tokens: str) -> str:
    """``tokens`` (the text of tokens.css) with its colours replaced by the current ones."""
    before, rest = tokens.split(BEGIN)
    return before + BEGIN + sheet() + END + rest.split(END)[1]


def main() -> None:
    SHEET.write_text(written(SHEET.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
