"""Every colour of the product, named by its purpose.

Style sheets and scripts take a colour as the custom property of its role (``var(--ink)``), charts by its name (``"--ink"``),
drawings and self-contained pages as a value of ``NIGHT``.  ``python -m layouts.palette`` (``make palette``) writes the roles into
dashboard/assets/tokens.css; a test ensures that nothing else in the product gives a colour by value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

Theme = Literal["night", "day"]


class Role(NamedTuple):
    """A colour by its purpose: ``#RRGGBB`` each.

    ``day`` None: used at night only (the map, the kiosk), the same by day.  ``contrast``: on a kiosk in high contrast,
    None = as at night.
    """

    name: str
    use: str
    night: str
    day: str | None = None
    contrast: str | None = None


ROLES = (
    # surfaces
    Role("ground", "behind everything", "#060C14", "#EEF2F6", "#000000"),
    Role("panel", "the surface of a panel", "#0B1521", "#FFFFFF", "#000000"),
    Role("raised", "what lies above a panel: a tip, a row under the pointer", "#122030", "#E6EDF4", "#101820"),
    Role("hairline", "lines of a grid, between rows", "#1C2C3F", "#DCE4EC", "#9FB3C8"),
    Role("rule", "borders that part one thing from another", "#35495F", "#A7B6C5", "#C9D6E2"),
    Role("filled", "a label that is filled without being a worry", "#9FB3C8"),
    Role("backdrop", "over the page behind a kiosk's dialog, in part", "#02060A"),
    Role("shadow", "below what floats above the page, in part", "#000000"),
    # text
    Role("ink", "figures, names, what is read first", "#EDF3F9", "#0F1B28", "#FFFFFF"),
    Role("ink-2", "running words", "#B3C3D2", "#35495D", "#FFFFFF"),
    Role("ink-3", "units, axes, notes", "#8599AD", "#566A7E", "#E4ECF3"),
    Role("on-badge", "words on a filled label", "#0B0F14", "#FFFFFF"),
    # data
    Role("data", "bars, lines, points", "#6FA3CC", "#2F6FA3", "#A9D4F5"),
    Role("band", "the usual range behind them", "#1B3147", "#D3E2F0"),
    Role("track", "the whole of which a bar is a part", "#2A4A68", "#B4CBE0", "#5B7690"),
    Role("lane", "the place of a mark on its usual band", "#0E1B29"),
    # verdicts
    Role("watch", "worth a look", "#F0A93B", "#A15C00", "#FFC861"),
    Role("act", "needs somebody now", "#FF5A45", "#C2281A", "#FF8A78"),
    Role("faster", "the row of a department that is faster than the rest", "#10263A"),
    Role("slower", "the row of one that is slower", "#221D17"),
    Role("alarm-act", "an alarm on the kiosk that needs somebody now", "#1F1416", contrast="#000000"),
    Role("alarm-watch", "an alarm on the kiosk that is worth a look", "#1B1710", contrast="#000000"),
    # selection
    Role("select", "links, what has the focus or was chosen", "#5CC8FF", "#006FA8", "#8CDCFF"),
    Role("filter-set", "a filter of the workbench that is set", "#0E2233"),
    Role("row-chosen", "the chosen row of the list of cases", "#16344B"),
    Role("row-fresh", "a row of the kiosk that the last refresh brought", "#0D2132", contrast="#00253B"),
    Role("mode-on", "a mode of the kiosk that is on", "#12344A"),
    Role("chip-on", "the queue of the kiosk that is shown", "#143247", contrast="#00324F"),
    Role("refresh", "the kiosk's button that refreshes", "#17476B", contrast="#003A5C"),
    Role("refresh-waiting", "the same while it may not be pressed again", "#12293B", contrast="#003A5C"),
    # the map
    Role("map-1", "the lowest class of a cell", "#0C1A2C"),
    Role("map-2", "the second class", "#12314F"),
    Role("map-3", "the third class", "#194E6C"),
    Role("map-4", "the fourth class", "#2B7783"),
    Role("map-5", "the fifth class, the highest of counts and rates", "#EBAA3E"),
    Role("map-6", "the sixth class, late shares alone", "#FF5A45"),
    Role("map-few", "a cell with too small a sample", "#0C1A2C"),
    Role("map-hatch", "the stripes on such a cell", "#2C455F"),
    Role("map-none", "a cell without a value", "#091320"),
    Role("map-top-edge", "around a cell of the sixth class", "#FFD9D2"),
    Role("map-hot", "around a finer cell that stands out", "#FFD27A"),
    Role("load-5", "the fifth class of a workload, which is neither good nor bad", "#4A9AA6"),
    Role("load-6", "the sixth class of one", "#7CC4CC"),
    Role("heat-1", "the lowest step of a matrix of counts", "#0E1E30"),
    Role("heat-2", "the second step", "#15304A"),
    Role("heat-3", "the third step", "#1D4464"),
    Role("heat-4", "the fourth step", "#2A5C84"),
    Role("heat-5", "the fifth step", "#3F7CA8"),
    Role("heat-6", "the highest step", "#6FA3CC"),
    Role("slowest", "the box of the slowest stage", "#2A2110"),
    Role("map-contour", "lines around the city, outlines of the neighbours", "#4A6C8C"),
    Role("map-lattice", "crosses every 5 km", "#56708A"),
)

NIGHT: Mapping[str, str] = {role.name: role.night for role in ROLES}
DAY: Mapping[str, str] = {role.name: role.day or role.night for role in ROLES}
#: Role -> ``#RRGGBB``.
PALETTES: Mapping[Theme, Mapping[str, str]] = {"night": NIGHT, "day": DAY}
#: Transparent, in Plotly's notation.
CLEAR = "rgba(0,0,0,0)"

SHEET = Path(__file__).resolve().parent.parent / "dashboard" / "assets" / "tokens.css"
BEGIN, END = "/* colours: written by `make palette` from layouts/palette.py */\n", "/* end of the colours */\n"
_PER_LINE = 5


def night(style: str) -> str:
    """The style sheet of a self-contained page with the night's colours in place of ``var(--role)``.

    Properties that the sheet sets itself are kept; one that is neither set nor a role raises KeyError.
    """

    def value(match: re.Match[str]) -> str:
        return match[0] if f"{match[1]}:" in style else NIGHT[match[1][2:]]

    return re.sub(r"var\((--[\w-]+)\)", value, style)


def sheet() -> str:
    """The colours as CSS: the night's, the day's where they differ, and those of a kiosk in high contrast."""
    contrast = {role.name: role.contrast for role in ROLES if role.contrast}
    day = {role.name: role.day for role in ROLES if role.day}
    blocks = ((":root, ::backdrop", NIGHT), (':root[data-theme="day"]', day), (".kiosk.contrast", contrast))
    return "".join(f"{selector} {{\n{_lines(colours)}}}\n" for selector, colours in blocks)


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
