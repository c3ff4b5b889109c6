"""Draw error rates and power as SVG curves for the docs: shares over a few steps, with their 95 % intervals (Wilson)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np

from data.statistics.distributions import wilson

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "methods"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 300, 56, 150, 16, 46
COLOURS = ("#1f5f8b", "#c4561c", "#3c7d3c", "#7b4ea3", "#555555")


def draw(
    name: str,
    title: str,
    along: str,
    steps: Sequence[str],
    shares: Mapping[str, Sequence[float]],
    n: int,
    top: float = 1.0,
    limit: float | None = None,
) -> Path:
    """Draw ``docs/methods/<name>.svg``: one line per name in ``shares``, each a share (0..1) of ``n`` at each of the ``steps``;
    up to ``top``; ``limit`` is a dashed line.  It is readable without colour: each line ends with its name."""

    def at(i: int, share: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * (i + 0.5) / len(steps)
        return x, TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(share / top, 1.0))

    def words(x: float, y: float, said: str, anchor: str = "middle", colour: str = "#333333") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(said)}</text>'

    def line(a: tuple[float, float], b: tuple[float, float], colour: str, more: str = "") -> str:
        return f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke="{colour}"{more}/>'

    right = WIDTH - RIGHT
    parts = [f"<title>{escape(title)}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for k in range(6):
        y = at(0, top * k / 5)[1]
        parts.append(line((LEFT, y), (right, y), "#dddddd") + words(LEFT - 6, y + 4, f"{100 * top * k / 5:g} %", "end"))
    parts += [words(at(i, 0)[0], HEIGHT - BOTTOM + 16, step) for i, step in enumerate(steps)]
    parts.append(words((LEFT + right) / 2, HEIGHT - 8, along))
    if limit is not None:
        y = at(0, limit)[1]
        parts.append(line((LEFT, y), (right, y), "#b00020", ' stroke-dasharray="6 4"'))
    above = 0.0
    coloured = zip(shares.items(), COLOURS, strict=False)
    for (label, values), colour in sorted(coloured, key=lambda one: -one[0][1][-1]):
        of = np.asarray(values, float)
        low, high = (v / 100 for v in wilson(of * n, np.full(len(of), n)))
        path = " ".join("{:.1f},{:.1f}".format(*at(i, v)) for i, v in enumerate(of))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [line(at(i, low[i]), at(i, high[i]), colour) for i in range(len(of))]
        above = max(at(0, of[-1])[1], above + 15)  # names of lines that end close together are stacked, in their order
        parts.append(words(right + 8, above + 4, label, "start", colour))
    PICTURES.mkdir(parents=True, exist_ok=True)
    path_of = PICTURES / f"{name}.svg"
    path_of.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" font-family="sans-serif"'
        f' font-size="13" role="img">{"".join(parts)}</svg>\n',
        encoding="utf-8",
    )
    return path_of
