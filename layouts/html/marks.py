"""Small drawings shared by several panels: badge, triangle, sparkline, a mark on its usual band."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from data.text import Lang, Text
from data.types.records import Record
from layouts.html.markup import Circle, Div, Element, Node, Polyline, Rect, Span, Svg
from layouts.palette import var
from layouts.text.formats import TRIANGLE_DOWN, TRIANGLE_UP, known, number, verdict


def text(words: Node, kind: str) -> Span:
    return Span(words, className=kind)


def data(**values: object) -> Record:
    """``data(since_ms=5)`` -> ``{"data-since-ms": "5"}``: attributes that the browser's scripts look for."""
    return {"data-" + key.replace("_", "-"): str(value) for key, value in values.items()}


def percent(value: float) -> str:
    """A CSS position: three decimals are a hundredth of a pixel on the largest wall."""
    return f"{value:.3f}%"


def badge(rank: object, severity: str) -> Span:
    """1, 2, 3: act is a filled square, watch a filled circle, so that they never differ by colour alone."""
    return Span(str(int(number(rank))), className=f"badge {'act' if severity == 'act' else 'watch'}")


def verdict_mark(value: object, lang: Lang, worry: int) -> Span:
    """The verdict against the usual; amber only in the worrying direction (``worry`` 1 = more, -1 = fewer)."""
    words = verdict(value, lang)
    x = number(value)
    if not words or x == 0:
        return Span(words, className="verdict")
    sign = TRIANGLE_UP if x > 0 else TRIANGLE_DOWN
    return Span([Span(sign, className="tri"), words], className="verdict " + ("watch" if x == worry else "off"))


def spark(history: Sequence[object], value: object, low: object, high: object, worry: bool, alt: str) -> Svg:
    """14 days at this hour on the usual band, 108 x 34; gaps for unknown days.  The last point is now."""
    values = [number(v) for v in history]
    now = number(value)
    points = [*values, now] if known(value) else values
    ends = [number(low), number(high)]
    seen = [v for v in points + ends if not math.isnan(v)]
    parts: list[Element] = []
    if seen:
        bottom, top = min(seen), max(seen)
        reach = (top - bottom) or 1.0
        n = max(len(points) - 1, 1)

        def at(i: int, v: float) -> tuple[float, float]:
            return round(2 + 98 * i / n, 2), round(29 - 24 * (v - bottom) / reach, 2)

        if not any(math.isnan(v) for v in ends):
            upper, lower = at(0, ends[1])[1], at(0, ends[0])[1]
            parts.append(Rect(x=0, y=f"{upper - 1.5:.2f}", width=108, height=f"{lower - upper + 3:.2f}", fill=var("band")))
        for piece in _pieces(points):
            line = " ".join("{},{}".format(*at(i, v)) for i, v in piece)
            if len(piece) > 1:
                parts.append(Polyline(points=line, fill="none", stroke=var("data"), **{"stroke-width": 1.7}))
        if known(value):
            x, y = at(len(points) - 1, now)
            parts.append(Circle(cx=x, cy=y, r=3.6, fill=var("watch" if worry else "ink")))
    # inline: each new image of an <img> keeps a document of its own in the browser for minutes
    return Svg(parts, viewBox="0 0 108 34", preserveAspectRatio="xMinYMid", role="img", className="spark", **{"aria-label": alt})


def _pieces(values: Iterable[float]) -> list[list[tuple[int, float]]]:
    """Runs of known values, so that an unknown day is a gap instead of a line across it."""
    out: list[list[tuple[int, float]]] = [[]]
    for i, v in enumerate(values):
        if math.isnan(v):
            out.append([])
        else:
            out[-1].append((i, v))
    return [piece for piece in out if piece]


def on_band(value: object, low: object, high: object, kind: str = "") -> Div:
    """The present value as a mark on its *own* usual band: the band is the middle third, a mark outside it is in the margin.

    Each drawing has its own scale: one band's width is kept free on either side, and values farther out are
    drawn at the edge.
    """
    children: list[Node] = []
    v, a, b = number(value), number(low), number(high)
    if not (math.isnan(a) or math.isnan(b)):
        reach = max(b - a, 1.0)
        left, right = a - reach, b + reach
        children.append(
            Div(
                className="ob-band",
                style={"left": percent(100 * (a - left) / (right - left)), "right": percent(100 * (right - b) / (right - left))},
            )
        )
        if not math.isnan(v):
            where = min(max((v - left) / (right - left), 0.0), 1.0)
            children.append(Div(className="ob-mark", style={"left": percent(2 + 96 * where)}))
    return Div(children, className=f"onband {kind}".strip())


def bar(value: object, low: object, high: object, usual: object, top: float) -> Div:
    """A bar from zero with the usual as a band behind it and its middle as a tick; ``top`` is the end of the scale."""

    def at(x: object) -> float:
        return min(max(100 * number(x) / top, 0.0), 100.0)

    children: list[Node] = []
    if top > 0:
        if known(low) and known(high):
            children.append(
                Div(className="bar-usual", style={"left": percent(at(low)), "width": percent(max(at(high) - at(low), 0.6))})
            )
        if known(value):
            children.append(Div(className="bar-now", style={"width": percent(at(value))}))
        if known(usual):
            children.append(Div(className="bar-tick", style={"left": percent(at(usual))}))
    return Div(children, className="bar")


def nothing(words: Text, lang: Lang) -> Div:
    """For a panel with nothing to show: a ring and a sentence, never a blank."""
    return Div([Span(className="mark ring"), Span(words(lang))], className="nothing")


def nothing_mapped(words: str) -> Div:
    """In place of what the mapping does not deliver: a dash and what is missing."""
    return Div([Span(className="mark dash"), Span(words)], className="nothing unmapped")
