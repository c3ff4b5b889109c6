"""SVG as text: the same drawing is used on the page and in exported files, so all its styling is in its attributes.

Colours are roles, ``var(--ink)``: on the page they follow its theme; for a file ``layouts.palette.fixed`` puts in their values.
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

from layouts.palette import var
from layouts.text.cells import in_one_line

FONT = "GW Digits, GW Sans, Noto Sans SC, Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
GROUND, PANEL, RAISED, HAIRLINE, RULE = map(var, ("ground", "panel", "raised", "hairline", "rule"))
INK, INK_2, INK_3, DATA, BAND, TRACK = map(var, ("ink", "ink-2", "ink-3", "data", "band", "track"))
WATCH, ACT, SELECT, ON_BADGE, SECOND = map(var, ("watch", "act", "select", "on-badge", "second"))
#: The map's six classes (amber and red begin above the mean of all).
CLASSES = tuple(var(f"map-{k}") for k in range(1, 7))
#: Shades of a count, from none to the most.
STEPS = tuple(var(f"heat-{k}") for k in range(1, 7))
#: Smallest font size (px).
SMALL = 14


def tag(name: str, inside: str = "", **attributes: object) -> str:
    """``tag("rect", x=1, stroke_width=2, class_="a")``; ``inside`` is markup, attributes are escaped; None leaves one out."""
    words = "".join([f' {_named(k)}="{_value(v)}"' for k, v in attributes.items() if v is not None])
    return f"<{name}{words}>{inside}</{name}>" if inside or name in ("a", "g", "title") else f"<{name}{words}/>"


@cache
def _named(key: str) -> str:
    """``stroke_width`` -> ``stroke-width``; cached: hundreds of marks share a few names."""
    return key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return escape(in_one_line(value)) if isinstance(value, str) else str(value)


def picture(width: float, height: float, inside: str, label: str) -> str:
    """A whole drawing; ``label`` says in words what it shows.  Its role is a group, not an image: its links are reachable.

    It scales with its container from 0.93 to 1.3 times its own width, so that its text stays readable.
    """
    return tag(
        "svg",
        inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_value(float(width))} {_value(float(height))}",
        width="100%",
        style=f"min-width:{0.93 * width:.0f}px;max-width:{1.3 * width:.0f}px",
        role="group",
        aria_label=label,
        font_family=FONT,
        font_size=SMALL,
        fill=INK_2,
    )


def rect(x: float, y: float, width: float, height: float, fill: str, **more: Any) -> str:
    return tag("rect", x=float(x), y=float(y), width=float(max(width, 0.0)), height=float(max(height, 0.0)), fill=fill, **more)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, **more: Any) -> str:
    return tag("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), stroke=stroke, stroke_width=width, **more)


def words(x: float, y: float, said: object, fill: str = INK_2, anchor: str = "start", **more: object) -> str:
    """Text on its baseline."""
    at = None if anchor == "start" else anchor
    return tag("text", escape(in_one_line(str(said))), x=float(x), y=float(y), fill=fill, text_anchor=at, **more)


def link(href: str, inside: str, says: str, **more: object) -> str:
    """Marks as a link: reachable by keyboard, named for screen readers."""
    return tag("a", inside, href=href, aria_label=says, **more)


def ink_on(shade: str) -> str:
    """The colour of a figure on a step of a matrix."""
    return ON_BADGE if shade == STEPS[5] else INK


def worry_on(shade: str) -> str:
    """The colour of a worry on a step of a matrix."""
    return var("watch-on-top" if shade == STEPS[5] else "watch-on-step")


def go(href: str, inside: str, says: str) -> str:
    """Marks as a link for the pointer only (one of hundreds; row and column heads, or the table, lead to the same page)."""
    return tag("g", inside, data_go=href, class_="go", data_say=says)


def cut(name: str, most: float) -> str:
    """A name cut to ``most`` characters of Chinese width (a Latin letter counts 0.56)."""
    width, out = 0.0, ""
    for letter in name:
        width += 1.0 if ord(letter) > 0x2E80 else 0.56
        if width > most:
            return out.rstrip() + "…"
        out += letter
    return out


def cut_middle(name: str, most: float) -> str:
    """As ``cut``, but the end is kept: neighbours often differ only in their last characters."""
    return name if cut(name, most) == name else cut(name, most - 3.2).removesuffix("…") + "…" + name[-4:].lstrip()


#: Over an area with few cases ``url(#few)``; in place of a signal's colour, where chance could make it, ``url(#chance-5)``.
HATCH = "".join(
    f'<pattern id="{name}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="7" height="7" fill="none"/><line x1="0" y1="0" x2="0" y2="7" stroke="{ink}" stroke-width="{width}"'
    f' stroke-opacity="{opacity}"/></pattern>'
    for name, ink, width, opacity in (("few", INK_2, 1, 0.35), ("chance-5", CLASSES[4], 4, 1), ("chance-6", CLASSES[5], 4, 1))
)
