"""The funnel: each department's share late against its cases, and what chance alone keeps; colours are the ranking's verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from data.statistics.distributions import binomial_limits
from data.statistics.funnel import Z95, Z998
from data.statistics.ranking import MIN_RANKED
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.charts import steps_to
from layouts.analyst.pen import Pen
from layouts.analyst.scores import BY_BASIS, VERDICTS
from layouts.text.formats import count, decimal, known, number, share
from layouts.text.rows import records

WIDTH, HEIGHT = 470.0, 330.0
TOP, LEFT, RIGHT, BOTTOM = 30.0, 40.0, 462.0, 292.0
SAYS = Text(
    zh="{name}：应结案 {n} 件，超期 {late} 件，{share}；偶然界限（99.8%）{low}–{high}；按案件构成：{verdict}",
    en="{name}: {n} due, {late} late, {share}; 99.8 % limits of chance {low}–{high}; by its mix of cases: {verdict}",
)


def draw(frame: pd.DataFrame, pen: Pen) -> str:
    """Cases to the right (square root), share late upwards; names of those that the ranking calls, or that are chosen, first."""
    rows, zh = records(frame), pen.lang == "zh"
    p0, phi = number(rows[0]["p0"]), number(rows[0]["phi"])
    most = max(number(r["n"]) for r in rows) * 1.08
    highest = max([number(r["share"]) for r in rows] + [p0 + 12])
    scale = steps_to(min(max(highest * 1.06, 5.0), 100.0))

    def x(n: float) -> float:
        return LEFT + (RIGHT - LEFT) * math.sqrt(n / most)

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * min(max(value / scale[-1], 0.0), 1.0)

    parts = []
    for v in scale:
        parts.append(svg.line(LEFT, y(v), RIGHT, y(v), svg.HAIRLINE))
        parts.append(svg.words(LEFT - 6, y(v) + 5, f"{v}%", svg.INK_3, "end"))
    for n in _ticks(most):
        parts.append(svg.words(x(n), BOTTOM + 18, count(n), svg.INK_3, "middle"))
    below = "应结案（平方根刻度）" if zh else "cases due (square-root scale)"
    parts.append(svg.words(RIGHT, HEIGHT - 2, below, svg.INK_3, "end"))
    if 0 < p0 < 100:
        parts += _limits(p0, phi, most, x, y, scale[-1])
    note = f"全部 {share(p0)}" if zh else f"all {share(p0)}"
    note += (
        (
            f"，φ {decimal(phi)}：界限放宽 {decimal(math.sqrt(phi))} 倍"
            if zh
            else f", phi {decimal(phi)}: limits {decimal(math.sqrt(phi))} times as wide"
        )
        if phi > 1
        else ("，离散不大于偶然" if zh else ", no more scatter than chance")
    )
    parts.append(svg.words(LEFT, 16, note, svg.INK_2))
    chosen = pen.filters.codes.get("dep", ())
    taken: list[tuple[float, ...]] = []
    around = [
        (code, x(n) - 6, y(v) - 6, x(n) + 6, y(v) + 6)
        for code, n, v in ((r["department"], number(r["n"]), number(r["share"])) for r in rows)
    ]
    for r in sorted(rows, key=lambda r: (r["department"] not in chosen, r["band"] not in (-1, 1), -number(r["n"]))):
        px, py = x(number(r["n"])), y(number(r["share"]))
        code, band = str(r["department"]), int(number(r["band"]))
        name = pen.name("department", code)
        colour = svg.SELECT if code in chosen else {1: svg.WATCH, -1: svg.DATA}.get(band, svg.INK_2)
        hollow = number(r["n"]) < MIN_RANKED
        mark = svg.tag("circle", cx=px, cy=py, r=5.0, fill=svg.PANEL if hollow else colour, stroke=colour, stroke_width=1.5)
        said = svg.cut(name, 6.2)
        wide = 14.0 * sum(1.0 if ord(c) > 0x2E80 else 0.56 for c in said)
        for left, up in ((px + 9, py + 5), (px - 9 - wide, py + 5), (px - wide / 2, py - 10), (px - wide / 2, py + 21)):
            box = (left, up - 12, left + wide, up + 3)
            inside = box[0] > LEFT and box[2] < RIGHT + 6 and box[1] > TOP - 6 and box[3] < BOTTOM + 4
            others = [*taken, *[dot for whose, *dot in around if whose != code]]
            if inside and not any(_overlap(box, other) for other in others):
                taken.append(box)
                mark += svg.words(left, up, said, svg.INK if code in chosen or band in (-1, 1) else svg.INK_2)
                break
        verdict = BY_BASIS.get(str(r["basis"]), VERDICTS).get(band, VERDICTS[band])(pen.lang)
        says = SAYS(pen.lang).format(
            name=name,
            n=count(r["n"]),
            late=count(r["late"]),
            share=share(r["share"]),
            low=share(r["low998"]),
            high=share(r["high998"]),
            verdict=verdict,
        )
        parts.append(svg.link(pen.link(dep="" if code in chosen else code), mark, says))
    return svg.picture(WIDTH, HEIGHT, "".join(parts), "超期占比漏斗" if zh else "Funnel of lateness")


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _ticks(most: float) -> list[int]:
    """Round numbers that stand apart on a square-root scale."""
    ten = 10 ** math.floor(math.log10(max(most, 10)))
    return [n for n in (round(ten * k) for k in (0.1, 0.3, 1, 2, 3, 5, 7)) if 1 <= n <= most * 0.97]


def _limits(
    p0: float, phi: float, most: float, x: Callable[[float], float], y: Callable[[float], float], top: float
) -> list[str]:
    """The line of all, and the limits as curves from one case on."""
    n = np.linspace(1.0, math.sqrt(most), 80) ** 2
    parts = [svg.line(LEFT, y(p0), RIGHT, y(p0), svg.INK_3, 1.5, stroke_dasharray="2 3")]
    for z, width, dash in ((Z95, 1.2, "5 4"), (Z998, 1.6, None)):
        for limit in binomial_limits(p0 / 100, n, z * math.sqrt(phi)):
            points = [(x(a), y(100 * b)) for a, b in zip(n.tolist(), limit.tolist(), strict=True) if 0 < 100 * b <= top]
            if len(points) > 1:
                d = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
                parts.append(svg.tag("path", d=d, fill="none", stroke=svg.RULE, stroke_width=width, stroke_dasharray=dash))
    return parts


def basis(frame: pd.DataFrame, pen: Pen) -> str:
    n, late = (int(frame[k].sum()) if len(frame) else 0 for k in ("n", "late"))
    few = int((frame["n"] < MIN_RANKED).sum()) if len(frame) else 0
    zh = pen.lang == "zh"
    out = f"应结案 {count(n)}，超期 {count(late)}" if zh else f"due {count(n)}, late {count(late)}"
    p0 = frame["p0"].iloc[0] if len(frame) else float("nan")
    if known(p0):
        out += f"，与 {share(p0)} 比" if zh else f", against {share(p0)}"
    return out + ((f"，{few} 个部门不足 20 件" if zh else f", {few} departments under 20") if few else "")
