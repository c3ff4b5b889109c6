"""The template of all charts, for the day and night themes.

A figure is a plain dict that names its colours by role (``"--ink"``, ``"--watch 22%"``).  The browser inserts the values of the
custom properties of that name (layouts/palette.py), so that a theme change recolours a chart without any data.
``complete`` does the same here, for ``go.Figure`` and for files.
"""

from __future__ import annotations

import re
from typing import Any

from data.types.records import Record, Values
from layouts.palette import CLEAR, PALETTES, Theme

INK, INK_2, INK_3, DATA, BAND, TRACK = "--ink", "--ink-2", "--ink-3", "--data", "--band", "--track"
PANEL, RAISED, HAIRLINE, RULE, WATCH, SELECT = "--panel", "--raised", "--hairline", "--rule", "--watch", "--select"
NONE = CLEAR
FONT = "GW Digits, GW Sans, Noto Sans SC, Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
#: Smallest font size, px.
SMALL = 14
#: Keys of a figure that hold data or text, never colours.
UNCOLOURED = frozenset({"customdata", "text", "ticktext", "hovertext", "x", "y", "meta", "name", "label"})
_AXIS: Record = {
    "automargin": False,
    "gridcolor": HAIRLINE,
    "gridwidth": 1,
    "zeroline": False,
    "showline": False,
    "ticks": "",
    "ticklabelstandoff": 4,
    "tickfont": {"size": SMALL, "color": INK_3},
    "title": {"font": {"size": SMALL, "color": INK_3}, "standoff": 4},
}
#: Sent once with a page, with colours as roles; every figure of the page has it as its ``layout.template``.
TEMPLATE: Record = {
    "layout": {
        "font": {"family": FONT, "size": SMALL, "color": INK_2},
        "paper_bgcolor": NONE,
        "plot_bgcolor": NONE,
        "colorway": [DATA, WATCH, INK, INK_3, SELECT],
        "margin": {"l": 46, "r": 10, "t": 38, "b": 30, "pad": 0},
        "xaxis": {**_AXIS, "showgrid": False},
        "yaxis": {**_AXIS, "ticklabeloverflow": "allow"},  # by default Plotly measures every label, whether it lies outside
        "legend": {
            "orientation": "h",
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "traceorder": "normal",
            "bgcolor": NONE,
            "font": {"size": SMALL, "color": INK_2},
        },
        "hoverlabel": {
            "bgcolor": RAISED,
            "bordercolor": SELECT,
            "align": "left",
            "namelength": 0,
            "font": {"family": FONT, "size": 15, "color": INK},
        },
        "modebar": {"bgcolor": PANEL, "color": INK_3, "activecolor": SELECT, "orientation": "h"},
        "newselection": {"line": {"color": SELECT, "width": 1.5, "dash": "solid"}},
        "activeselection": {"fillcolor": SELECT, "opacity": 0.16},
        "separators": ".,",
        "hovermode": "closest",
        "transition": {"duration": 0},
    }
}


def plain(words: str) -> str:
    """Text escaped for Plotly, which would take ``<`` for markup."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lines(words: str, most: float = 30.0) -> str:
    """``plain`` hover text, broken after a comma where a line would be wider than ``most`` Chinese characters (a Latin letter
    counts half)."""
    out, line, width = [], "", 0.0
    for part in re.findall(r".+?(?:[，；。：、]|[,;:] |$)", words):
        wide = sum(1.0 if ord(c) > 0x2E80 else 0.56 for c in part)
        if line and width + wide > most:
            out.append(line)
            line, width = "", 0.0
        line, width = line + part, width + wide
    return "<br>".join(plain(one.strip()) for one in [*out, line])


def coloured(value: Any, theme: Theme, key: str = "") -> Any:
    """The same with roles replaced by the theme's colours; ``"--watch 22%"`` is that colour at 22 % opacity."""
    if isinstance(value, dict):
        return {k: v if k in UNCOLOURED else coloured(v, theme, k) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [coloured(v, theme, key) for v in value]
    if not isinstance(value, str) or not value.startswith("--"):
        return value
    role, _, share = value[2:].partition(" ")
    colour = PALETTES[theme][role]
    if not share:
        return colour
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{float(share.rstrip('%')) / 100:g})"


def complete(figure: Values, theme: Theme) -> Record:
    """A figure ready for Plotly: coloured, with the template."""
    layout = {**figure["layout"], "template": TEMPLATE}
    return {"data": coloured(figure["data"], theme), "layout": coloured(layout, theme)}
