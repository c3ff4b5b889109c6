"""The two charts: reports over time (drag over days to choose them), and the distribution of times with its curve.

Both are drawings like the others of the page: a chart library's own bundle took longer to draw them anew than the server took
to answer, and a drawing stands in an exported file as it stands on the page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from layouts.analyst import svg
from layouts.analyst.pen import Pen
from layouts.text.formats import NONE, count, decimal, known, number
from layouts.text.rows import records

WIDTH, HEIGHT = 470.0, 368.0
TOP, LEFT, RIGHT, BOTTOM = 40.0, 50.0, 462.0, 340.0
_DAY = timedelta(days=1)


def steps_to(top: float, most: int = 5) -> list[int]:
    """Round whole numbers from 0 to at least ``top``, at most ``most`` steps: 1, 2 or 5 times a power of ten apart."""
    least = max(top, 1.0) / most
    ten = 10 ** math.floor(math.log10(least))
    step = max(1, math.ceil(next(ten * k for k in (1, 2, 5, 10) if ten * k >= least * (1 - 1e-9))))
    return list(range(0, math.ceil(max(top, 1.0) / step) * step + 1, step))


def trend(frame: pd.DataFrame, pen: Pen) -> str:
    """Reports, late of them, dotted the period compared with; the last point hollow; each point's strip leads to its days."""
    zh = pen.lang == "zh"
    r = records(frame)
    n, late, before = ([number(q[k]) for q in r] for k in ("n", "late", "before"))
    compared = max(before) >= 0
    told = any(map(known, late))  # whether it is known what is late
    scale = steps_to(max([*n, *(before if compared else [])]))
    wide = (RIGHT - LEFT) / len(r)
    x = [LEFT + wide * (i + 0.5) for i in range(len(r))]

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / scale[-1]

    parts = [
        _legend(
            [
                (svg.line(0, 0, 18, 0, svg.INK, 2), "上报" if zh else "reports"),
                *([(svg.rect(0, -5, 18, 10, svg.WATCH, opacity=0.5), "其中超期" if zh else "late of them")] if told else []),
                *(
                    [(svg.line(0, 0, 18, 0, svg.INK_3, 1.6, stroke_dasharray="2 3"), "对比期" if zh else "compared")]
                    if compared
                    else []
                ),
            ]
        )
    ]
    parts += [_rule(v, y(v)) for v in scale]
    parts += _times_below([q["at"] for q in r], x)
    if told:
        low = f"{x[0]:.1f} {BOTTOM}"
        area = "L".join(f"{a:.1f} {y(b):.1f}" for a, b in zip(x, late, strict=True))
        parts.append(svg.tag("path", d=f"M{low}L{area}L{x[-1]:.1f} {BOTTOM}z", fill=svg.WATCH, fill_opacity=0.22))
        parts.append(_curve(x, [y(v) for v in late], svg.WATCH, 2))
    if compared:
        seen = [(a, y(v)) for a, v in zip(x, before, strict=True) if v >= 0]  # before the first record nothing is known
        parts.append(_curve([a for a, _ in seen], [b for _, b in seen], svg.INK_3, 1.6, stroke_dasharray="2 3"))
    parts.append(_curve(x, [y(v) for v in n], svg.INK, 2))
    if len(r) <= 2:
        parts += [svg.tag("circle", cx=a, cy=y(b), r=3, fill=svg.INK) for a, b in zip(x, n, strict=True)]
    parts.append(svg.tag("circle", cx=x[-1], cy=y(n[-1]), r=4.5, fill=svg.PANEL, stroke=svg.INK, stroke_width=2))
    for i, (q, (first, last)) in enumerate(zip(r, _days([q["at"] for q in r], pen), strict=True)):
        said = q["at"].replace("T", " ") + (":00" if "T" in q["at"] else "")
        if first != last:
            said = f"{first} – {last}"
        said += f" · {'上报' if zh else 'reports'} {count(q['n'])}"
        if told:
            said += f" · {'超期' if zh else 'late'} {count(q['late'])}"
        if compared:
            said += f" · {'对比期' if zh else 'compared'} {count(q['before']) if number(q['before']) >= 0 else NONE}"
        parts.append(
            svg.rect(
                LEFT + wide * i,
                TOP - 8,
                wide,
                BOTTOM - TOP + 8,
                "transparent",
                class_="an-strip",
                data_say=said,
                data_from=first,
                data_to=last,
            )
        )
    return svg.picture(WIDTH, HEIGHT, "".join(parts), "上报与超期" if zh else "Reports and late")


def _days(keys: Sequence[str], pen: Pen) -> list[tuple[str, str]]:
    """(first, last) day of each point, within the window."""
    f, zone = pen.filters, pen.city.profile.zone
    begins = [date.fromisoformat(k[:10]) for k in keys]
    end = datetime.fromtimestamp((f.until - 1) / 1000, UTC).astimezone(zone).date()
    since = datetime.fromtimestamp(f.since / 1000, UTC).astimezone(zone).date() if f.since > 0 else begins[0]
    later = [*begins[1:], end + _DAY]
    return [(str(max(a, since)), str(max(a, min(b - _DAY, end)))) for a, b in zip(begins, later, strict=True)]


def _times_below(keys: Sequence[str], x: Sequence[float]) -> list[str]:
    """At most seven of the points' times, under the axis."""
    hours = "T" in keys[0]
    years = keys[0][:4] != keys[-1][:4] and len(keys) > 1
    every = math.ceil(len(keys) / (5 if years else 7))
    out = []
    for i in range((len(keys) - 1) % every, len(keys), every):  # the last one is always said
        said = f"{keys[i][11:13]}:00" if hours else keys[i][:7] if years else keys[i][5:10]
        end = x[i] > RIGHT - 26
        out.append(svg.words(RIGHT if end else x[i], BOTTOM + 20, said, svg.INK_3, "end" if end else "middle"))
    return out


def times(frame: pd.DataFrame, pen: Pen) -> str:
    """Bars by work hours: filled completed, hollow still waiting; the line is the share not completed (Kaplan-Meier)."""
    zh = pen.lang == "zh"
    r = records(frame)
    right = RIGHT - 40
    wide = (right - LEFT) / len(r)
    scale = steps_to(max(number(q["done"]) + number(q["censored"]) for q in r))

    def y(value: float) -> float:
        return BOTTOM - 18 - (BOTTOM - 18 - TOP) * value / scale[-1]

    def percent(value: float) -> float:
        return y(scale[-1] * value / 100)

    parts = [
        _legend(
            [
                (svg.rect(2, -6, 12, 12, svg.DATA), "已办结" if zh else "completed"),
                (svg.rect(2, -6, 12, 12, "none", stroke=svg.WATCH, stroke_width=1.6), "未办结" if zh else "waiting"),
                (svg.line(0, 0, 18, 0, svg.INK, 2), "未办结比例" if zh else "not completed"),
            ]
        )
    ]
    parts += [_rule(v, y(v), right) for v in scale]
    parts += [svg.words(right + 8, percent(v) + 5, f"{v}%", svg.INK_3) for v in (0, 50, 100)]
    curve: list[tuple[float, float]] = []
    for i, q in enumerate(r):
        x = LEFT + wide * i
        done, waiting = number(q["done"]), number(q["censored"])
        inner = wide * 0.78
        left = x + (wide - inner) / 2
        if done:
            parts.append(svg.rect(left, y(done), inner, y(0) - y(done), svg.DATA))
        if waiting:
            parts.append(
                svg.rect(
                    left + 0.8, y(done + waiting), inner - 1.6, y(0) - y(waiting), "none", stroke=svg.WATCH, stroke_width=1.6
                )
            )
        if i:
            parts.append(svg.words(x, BOTTOM, decimal(number(q["from_min"]) / 60, 0), svg.INK_3, "middle"))
        if known(q["left"]):
            curve.append((x + wide, percent(number(q["left"]))))
    below = "净工作时间（工作时）" if zh else "net work time (work hours)"
    parts.append(svg.words((LEFT + right) / 2, BOTTOM + 22, below, svg.INK_3, "middle"))
    parts.append(_curve([LEFT, *[a for a, _ in curve]], [percent(100), *[b for _, b in curve]], svg.INK, 2))
    parts += [svg.tag("circle", cx=a, cy=b, r=2.5, fill=svg.INK) for a, b in curve]
    for i, q in enumerate(r):
        since = decimal(number(q["from_min"]) / 60, 0)
        span = f"{since}–{decimal(number(q['to_min']) / 60, 0)}" if known(q["to_min"]) else f"≥ {since}"
        said = (
            f"{span} 工作时 · 已办结 {count(q['done'])} · 未办结 {count(q['censored'])}"
            if zh
            else f"{span} work hours · completed {count(q['done'])} · waiting {count(q['censored'])}"
        )
        if known(q["left"]):
            said += f" · {'此时仍未办结' if zh else 'not completed by then'} {decimal(q['left'])}%"
        parts.append(svg.rect(LEFT + wide * i, TOP, wide, BOTTOM - TOP, "transparent", data_say=said))
    return svg.picture(WIDTH, HEIGHT, "".join(parts), "用时分布" if zh else "Distribution of times")


def _legend(marks: Sequence[tuple[str, str]]) -> str:
    out, x = [], 0.0
    for mark, name in marks:
        out.append(svg.tag("g", mark, transform=f"translate({x:.0f} 10)") + svg.words(x + 24, 15, name, svg.INK_2))
        x += 24 + sum(14.0 if ord(c) > 0x2E80 else 7.6 for c in name) + 20
    return "".join(out)


def _rule(value: float, y: float, right: float = RIGHT) -> str:
    return svg.line(LEFT, y, right, y, svg.HAIRLINE) + svg.words(LEFT - 8, y + 5, count(value), svg.INK_3, "end")


def _curve(x: Sequence[float], y: Sequence[float], colour: str, width: float, **more: str) -> str:
    points = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    return svg.tag("path", d=f"M{points}", fill="none", stroke=colour, stroke_width=width, stroke_linejoin="round", **more)
