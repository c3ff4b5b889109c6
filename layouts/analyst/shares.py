"""Shares with their basis: a dot on its interval on a track from 0 to 100 %, numerator and denominator."""

from __future__ import annotations

from data.types.records import Record, Values
from layouts.analyst import svg
from layouts.text.formats import count, known, number, share

ROW = 30
NARROW = 470


def marked(mark: str, says: str, href: str | None = None) -> str:
    """Marks with the tooltip ``says``, focusable by keyboard; a link if there is an ``href``."""
    if href is not None:
        return svg.link(href, mark, says)
    return svg.tag("g", mark, data_say=says, tabindex=0, role="note", aria_label=says)


def bar(r: Values, x: float, width: float, y: float) -> str:
    """A share as a dot on its interval, on a track from 0 to 100 %."""
    out = svg.line(x, y, x + width, y, svg.TRACK, 1)
    if known(r["low"]) and known(r["high"]):
        low, high = (x + width * number(r[k]) / 100 for k in ("low", "high"))
        out += svg.line(low, y, max(high, low + 1), y, svg.DATA, 3)
    if known(r["value"]):
        out += svg.tag("circle", cx=x + width * number(r["value"]) / 100, cy=float(y), r=4.5, fill=svg.DATA)
    return out


def shares(rows: list[tuple[str, Record, str]], label: str) -> str:
    parts = []
    for i, (name, r, said) in enumerate(rows):
        y = i * ROW
        mark = svg.rect(0, y, NARROW, ROW, "transparent")
        mark += svg.words(0, y + 20, svg.cut(name, 15 if name.isascii() else 11), svg.INK)
        mark += bar(r, 166, 90, y + 15) + svg.words(320, y + 20, share(r["value"]), svg.INK, "end", font_weight=600)
        mark += svg.words(NARROW, y + 20, f"{count(r['numerator'])} ÷ {count(r['denominator'])}", svg.INK_3, "end")
        parts.append(marked(mark, said))
    return svg.picture(NARROW, max(len(rows) * ROW, ROW), "".join(parts), label)
