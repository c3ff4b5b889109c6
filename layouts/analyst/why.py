"""Why a department is late, or slow: bars of the parts that sum to its difference from all."""

from __future__ import annotations

from typing import Any

import pandas as pd

from layouts.analyst import svg
from layouts.analyst.pen import Pen
from layouts.text.formats import MINUS, count, decimal, number, share
from layouts.text.rows import records

WIDTH, ROW, TOP = 470, 26, 66
NAME, LEFT, RIGHT = 112, 122, 372
#: Categories that are drawn one by one; the rest of them is one row.
SHOWN = 9


def signed(value: float, digits: int = 1) -> str:
    """``+1.2``, ``−0.3``, ``0.0``."""
    said = decimal(value, digits)
    return said if said.startswith(MINUS) or not float(said.replace(",", "")) else "+" + said


def _whose(code: str, pen: Pen) -> str:
    """The department, and how it came to be this one."""
    zh, chosen = pen.lang == "zh", pen.filters.codes.get("dep", ())
    name = pen.name("department", code)
    if len(chosen) == 1:
        return name
    if chosen:
        return f"{name}（所选中 O/E 最高）" if zh else f"{name} (greatest O/E of those chosen)"
    return f"{name}（未选部门，取 O/E 最高）" if zh else f"{name} (none chosen: greatest O/E)"


def _at(values: list[float]) -> tuple[Any, float]:
    """From a value to its place; 0 stands where both sides have the room they need."""
    low, high = min([0.0, *values]), max([0.0, *values])
    wide = (high - low) or 1.0

    def at(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - low) / wide

    return at, at(0.0)


def categories(frame: pd.DataFrame, pen: Pen) -> str:
    """The largest parts first; of each the mix and what is within, the sum at the end; what is left in one row."""
    rows, zh = records(frame), pen.lang == "zh"
    total, parts_of = rows[0], rows[1:]
    shown = parts_of[:SHOWN] if len(parts_of) > SHOWN + 1 else parts_of
    rest = parts_of[len(shown) :]
    if rest:
        sums = {k: sum(number(r[k]) for r in rest) for k in ("mix", "within", "gap")}
        shown = [*shown, {"category": None, "n": sum(number(r["n"]) for r in rest), **sums}]
    at, zero = _at([number(r[k]) for r in shown for k in ("mix", "within")])
    department = str(total["department"])
    said = (
        f"{share(total['share'])} − 全部 {share(total['whole_share'])} = {signed(number(total['gap']))} 点："
        f"构成 {signed(number(total['mix']))}，同类内 {signed(number(total['within']))}"
        if zh
        else f"{share(total['share'])} − all {share(total['whole_share'])} = {signed(number(total['gap']))} points: "
        f"mix {signed(number(total['mix']))}, within {signed(number(total['within']))}"
    )
    parts = [
        svg.words(0, 16, svg.cut(_whose(department, pen), 32), svg.INK, font_weight=600),
        svg.words(0, 36, said, svg.INK_2),
        svg.rect(LEFT, 48, 10, 8, svg.DATA),
        svg.words(LEFT + 14, 57, "案件构成" if zh else "mix of cases", svg.INK_3),
        svg.rect(LEFT + 104, 48, 10, 8, svg.CLASSES[3]),
        svg.words(LEFT + 118, 57, "同类之内" if zh else "within category", svg.INK_3),
        svg.words(420, 57, "点" if zh else "points", svg.INK_3, "end"),
        svg.words(WIDTH, 57, "件" if zh else "cases", svg.INK_3, "end"),
        svg.line(zero, TOP, zero, TOP + ROW * len(shown), svg.RULE),
    ]
    chosen = pen.filters.codes.get("cat", ())
    for i, r in enumerate(shown):
        y, code = TOP + ROW * i, r["category"]
        name = (f"其余 {len(rest)} 类" if zh else f"{len(rest)} others") if code is None else pen.name("category", code)
        mark = svg.rect(0, y, WIDTH, ROW, svg.RAISED if code in chosen else "transparent")
        mark += svg.words(0, y + 18, svg.cut(name, 7.8), svg.INK if code is not None else svg.INK_3)
        for key, up, colour in (("mix", 4, svg.DATA), ("within", 13, svg.CLASSES[3])):
            x = at(number(r[key]))
            mark += svg.rect(min(x, zero), y + up, max(abs(x - zero), 0.5), 8, colour)
        mark += _end(number(r["gap"]), r["n"], y)
        says = (
            f"{name}：{count(r['n'])} 件，构成 {signed(number(r['mix']), 2)}，同类之内 {signed(number(r['within']), 2)}，"
            f"合计 {signed(number(r['gap']), 2)} 点"
            if zh
            else f"{name}: {count(r['n'])} cases, mix {signed(number(r['mix']), 2)}, within {signed(number(r['within']), 2)}, "
            f"together {signed(number(r['gap']), 2)} points"
        )
        if code is not None and code != "?":
            target = "" if code in chosen else str(code)
            parts.append(svg.link(pen.link(cat=target, dep=department), mark, says))
        else:
            parts.append(svg.tag("g", mark, aria_label=says))
    return svg.picture(WIDTH, TOP + ROW * len(shown) + 2, "".join(parts), "为何超期：类别" if zh else "Why late: categories")


def stages(frame: pd.DataFrame, pen: Pen) -> str:
    """The stages in their order, the deferred time last; mean of the department and of all, and the difference as a bar."""
    rows, zh = records(frame), pen.lang == "zh"
    total = rows[0]
    shown = [r for r in rows[1:] if number(r["mean_min"]) or number(r["whole_min"])]
    at, zero = _at([number(r["gap_min"]) for r in shown])
    department = str(total["department"])

    def hours(value: Any) -> str:
        return decimal(number(value) / 60)

    gap = signed(number(total["gap_min"]) / 60)
    said = (
        f"每件 {hours(total['mean_min'])} − 全部 {hours(total['whole_min'])} = {gap} 工作时"
        if zh
        else f"{hours(total['mean_min'])} − all {hours(total['whole_min'])} = {gap} work h a case"
    )
    parts = [
        svg.words(0, 16, svg.cut(_whose(department, pen), 32), svg.INK, font_weight=600),
        svg.words(0, 36, said, svg.INK_2),
        svg.words(LEFT, 57, "差（工作时）" if zh else "difference (work h)", svg.INK_3),
        svg.words(420, 57, "平均" if zh else "mean", svg.INK_3, "end"),
        svg.words(WIDTH, 57, "全部" if zh else "all", svg.INK_3, "end"),
        svg.line(zero, TOP, zero, TOP + ROW * len(shown), svg.RULE),
    ]
    for i, r in enumerate(shown):
        y, gap_min = TOP + ROW * i, number(r["gap_min"])
        name = ("缓办（扣除）" if zh else "deferred (off)") if r["kind"] == "paused" else pen.name("stage", r["stage"])
        mark = svg.rect(0, y, WIDTH, ROW, "transparent") + svg.words(0, y + 18, svg.cut(name, 7.8), svg.INK)
        x = at(gap_min)
        mark += svg.rect(min(x, zero), y + 7, max(abs(x - zero), 0.5), 12, svg.WATCH if gap_min > 0 else svg.DATA)
        said = signed(gap_min / 60)
        inside, place, anchor = _label(x, zero)
        mark += svg.words(place, y + 18, said, svg.ON_BADGE if inside else svg.INK_2, anchor, font_weight=600 if inside else None)
        mark += svg.words(420, y + 18, hours(r["mean_min"]), svg.INK, "end", font_weight=600)
        mark += svg.words(WIDTH, y + 18, hours(r["whole_min"]), svg.INK_3, "end")
        says = (
            f"{name}：平均 {hours(r['mean_min'])} 工作时，全部 {hours(r['whole_min'])}，差 {said}"
            if zh
            else f"{name}: mean {hours(r['mean_min'])} work hours, all {hours(r['whole_min'])}, difference {said}"
        )
        parts.append(svg.tag("g", mark, aria_label=says))
    return svg.picture(WIDTH, TOP + ROW * len(shown) + 2, "".join(parts), "为何费时：环节" if zh else "Why slow: stages")


def _label(x: float, zero: float) -> tuple[bool, float, str]:
    """Where a bar from ``zero`` to ``x`` has its number: behind its end; within, or across zero, where there is no room."""
    room, ahead = 46, x >= zero
    if x + room <= RIGHT + 4 if ahead else x - room >= LEFT - 4:
        return False, x + (5 if ahead else -5), "start" if ahead else "end"
    if abs(x - zero) > room:
        return True, x - (5 if ahead else -5), "end" if ahead else "start"
    return False, zero - (5 if ahead else -5), "end" if ahead else "start"


def _end(gap: float, n: Any, y: float) -> str:
    colour = svg.WATCH if gap > 0.05 else svg.DATA if gap < -0.05 else svg.INK_3
    return svg.words(420, y + 18, signed(gap), colour, "end", font_weight=600) + svg.words(
        WIDTH, y + 18, count(n), svg.INK_3, "end"
    )


def basis(frame: pd.DataFrame, pen: Pen) -> str:
    """Due cases of the department and of all."""
    n, whole = (int(frame[k].iloc[0]) if len(frame) else 0 for k in ("n", "whole_n"))
    return f"应结案 {count(n)}，全部 {count(whole)}" if pen.lang == "zh" else f"due {count(n)}, of all {count(whole)}"
