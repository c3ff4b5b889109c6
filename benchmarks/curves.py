"""Pictures of measured rates for docs/methods: a line a series over an effect, with its 95 % interval; plain SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from data.chance import wilson
from data.text import Text

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "methods"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 340, 52, 150, 44, 48
COLOURS = ("#2F6FB0", "#C2701C", "#3C8C5A", "#8A4FA3")


class Point(NamedTuple):
    """``hits`` of ``of`` simulations at ``x``."""

    x: float
    hits: int
    of: int


def draw(name: str, title: Text, x_title: Text, series: Mapping[str, Sequence[Point]], limit: float = 0.06) -> None:
    """docs/methods/``name``.svg: the share called (0 to 1) of each series over ``x``; a dashed line at the promised ``limit`` of
    wrong calls where the effect is none."""
    xs = sorted({p.x for points in series.values() for p in points})
    low, high = xs[0], xs[-1]

    def at(x: float, y: float) -> tuple[float, float]:
        return (LEFT + (WIDTH - LEFT - RIGHT) * (x - low) / (high - low), TOP + (HEIGHT - TOP - BOTTOM) * (1 - y))

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#FFFFFF"/>', _text(LEFT, 20, f"{title.zh}  {title.en}", "#1B2733")]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        (x0, y), (x1, _) = at(low, share), at(high, share)
        parts.append(f'<path d="M{x0:.1f} {y:.1f}H{x1:.1f}" stroke="#D5DDE5"/>')
        parts.append(_text(x0 - 8, y + 4, f"{share:.0%}", "#5A6B7B", "end"))
    for x in xs:
        px, py = at(x, 0)
        parts.append(_text(px, py + 18, f"{x:g}", "#5A6B7B", "middle"))
    (x0, y), (x1, _) = at(low, limit), at(high, limit)
    parts.append(f'<path d="M{x0:.1f} {y:.1f}H{x1:.1f}" stroke="#B03030" stroke-dasharray="4 3"/>')
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, f"{x_title.zh}  {x_title.en}", "#5A6B7B", "middle"))
    for colour, (label, points) in zip(COLOURS, series.items(), strict=False):
        ordered = sorted(points)
        spans = [wilson([p.hits], [p.of]) for p in ordered]
        upper = [at(p.x, float(s[1][0]) / 100) for p, s in zip(ordered, spans, strict=True)]
        lower = [at(p.x, float(s[0][0]) / 100) for p, s in zip(ordered, spans, strict=True)]
        band = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *reversed(lower)])
        line = " ".join("{:.1f},{:.1f}".format(*at(p.x, p.hits / p.of)) for p in ordered)
        parts.append(f'<polygon points="{band}" fill="{colour}" opacity=".15"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = at(ordered[-1].x, ordered[-1].hits / ordered[-1].of)
        parts.append(_text(x + 8, y + 4, label, colour))
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
        + "".join(parts) + "</svg>\n", encoding="utf-8")


def _text(x: float, y: float, said: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(said)}</text>'
