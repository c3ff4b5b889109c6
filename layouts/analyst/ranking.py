"""Departments by the time they take: median dot on its 95 % whisker, those that differ clearly marked."""

from __future__ import annotations

import math

import pandas as pd

from data.text import Text
from layouts.analyst import svg
from layouts.analyst.pen import Pen
from layouts.text.formats import count, known, number, share, work_hours, worked, worked_span
from layouts.text.rows import records

WIDTH, ROW, TOP = 470, 26, 24
NAME, LEFT, RIGHT = 114, 122, 322
BANDS = {
    -1: Text(zh="更快", en="faster"),
    0: Text(zh="无明显差别", en="no clear difference"),
    1: Text(zh="更慢", en="slower"),
    2: Text(zh="不足20件", en="under 20"),
}
SAYS = Text(
    zh="{name}：{n} 件，未办结 {open} 件，中位 {median}（{span}），按期 {on_time}，{band}",
    en="{name}: {n} cases, {open} not completed, median {median} ({span}), on time {on_time}, {band}",
)


def draw(frame: pd.DataFrame, pen: Pen) -> str:
    rows = records(frame)
    if not rows:
        return ""
    top = max(
        [number(r["high_min"]) for r in rows if known(r["high_min"])]
        + [1.2 * number(r["median_min"]) for r in rows if known(r["median_min"])],
        default=60.0,
    )
    top = math.sqrt(max(top, 1.0)) * 1.05  # square root: medians of minutes and of days share a scale

    def at(minutes: float) -> float:
        return LEFT + (RIGHT - LEFT) * min(math.sqrt(max(minutes, 0.0)) / top, 1.0)

    zh, around = pen.lang == "zh", pen.city.profile.hours.round_the_clock

    def spent(minutes: object) -> str:
        return worked(minutes, around, pen.lang)

    unit = ("小时" if around else "工作时") if zh else ("h" if around else "work h")
    heads = svg.words(LEFT, 14, f"中位与 95% 区间（{unit}）" if zh else f"median, 95 % ({unit})", svg.INK_3)
    heads += svg.words(412, 14, "按期" if zh else "on time", svg.INK_3, "end") + svg.words(
        WIDTH, 14, "件" if zh else "cases", svg.INK_3, "end"
    )
    parts = [heads]
    whole = rows[0] if rows[0]["department"] == "" else None
    height = TOP + ROW * len(rows)
    if whole is not None and known(whole["median_min"]):
        x = at(number(whole["median_min"]))
        parts.append(svg.line(x, TOP, x, height, svg.INK_3, 1, stroke_dasharray="2 3"))
    chosen = pen.filters.codes.get("dep", ())
    for i, r in enumerate(rows):
        y = TOP + ROW * i
        band = int(number(r["band"]))
        name = ("全部" if zh else "All") if r["department"] == "" else pen.name("department", r["department"])
        colour = svg.WATCH if band == 1 else svg.INK if r["department"] == "" else svg.DATA
        mark = svg.rect(0, y, WIDTH, ROW, svg.RAISED if r["department"] in chosen else "transparent")
        mark += svg.words(0, y + 18, svg.cut(name, 7.8), svg.INK if band in (-1, 0, 1) else svg.INK_3)
        if known(r["median_min"]):
            x = at(number(r["median_min"]))
            low, high = (at(number(r[k])) if known(r[k]) else None for k in ("low_min", "high_min"))
            if low is not None:
                mark += svg.line(low, y + 13, high if high is not None else RIGHT, y + 13, colour, 2)
            mark += svg.tag("circle", cx=x, cy=float(y + 13), r=4.5, fill=colour)
            if band == 1:
                mark += svg.tag("path", d=f"M{NAME - 11} {y + 19}l5 -10l5 10z", fill=svg.WATCH)
            short = 0 < number(r["median_min"]) < 60
            said = spent(r["median_min"]) if short else work_hours(r["median_min"])
            mark += svg.words(RIGHT + 38, y + 18, said, svg.INK, "end", font_weight=600)
        else:
            mark += svg.words(LEFT, y + 18, "未达中位" if zh else "median not reached", svg.INK_3)
        on_time = f"{number(r['on_time']):.0f}%" if known(r["on_time"]) else "–"
        mark += svg.words(412, y + 18, on_time, svg.INK_2, "end")
        mark += svg.words(WIDTH, y + 18, count(r["n"]), svg.INK_3, "end")
        says = SAYS(pen.lang).format(
            name=name,
            n=count(r["n"]),
            open=count(r["waiting"]),
            median=spent(r["median_min"]),
            span=worked_span(r["low_min"], r["high_min"], around, pen.lang),
            on_time=share(r["on_time"]),
            band=BANDS[band](pen.lang),
        )
        target = "" if r["department"] in chosen or r["department"] == "" else r["department"]
        parts.append(svg.link(pen.link(dep=target), mark, says))
    return svg.picture(WIDTH, height + 2, "".join(parts), "部门用时" if zh else "Departments by time")
