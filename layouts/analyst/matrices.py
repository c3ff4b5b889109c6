"""The three matrices: department by stage, category by month, area by hour of the week."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layouts.analyst import svg
from layouts.analyst.pen import Pen
from layouts.text.formats import WEEKDAYS, count
from layouts.text.rows import records

#: Width of the matrix that stands over four of the page's six columns, in px.
WIDTH = 900.0
STEPS = ("#0E1E30", "#15304A", "#1D4464", "#2A5C84", "#3F7CA8", "#6FA3CC")


def department_stage(frame: pd.DataFrame, pen: Pen) -> str:
    """Open cases, large; overdue, small and amber with a mark; sums at the ends.  Row and column heads choose too."""
    zh = pen.lang == "zh"
    held_stages, held_departments = set(frame["stage"]), set(frame["department"])
    stages = [s.code for s in pen.city.profile.stages]
    stages = [s for s in stages if s in held_stages] or stages[:1]
    if "" in held_stages:
        stages.append("")
    listed = [d.code for d in pen.city.profile.departments if d.code in held_departments]
    departments = [*listed, *([""] if "" in held_departments else [])]
    told = bool(frame["overdue"].notna().any())
    held = {(r["department"], r["stage"]): (int(r["open"]), int(r["overdue"]) if told else 0) for r in records(frame)}
    name, wide, row, top = 116, 62.0, 27, 28
    width = max(name + wide * (len(stages) + 1), WIDTH)
    wide = (width - name) / (len(stages) + 1)
    most = max([v[0] for v in held.values()], default=1)
    chosen = set(pen.filters.codes.get("stage", ()))
    chosen_dep = set(pen.filters.codes.get("dep", ()))
    state = {} if pen.filters.is_stock else {"state": "open"}
    parts = []
    empty: list[tuple[float, float]] = []
    for j, s in enumerate(stages):
        x = name + wide * (j + 0.5)
        label = svg.words(x, 17, svg.cut(pen.name("stage", s), wide / 14.5), svg.SELECT if s in chosen else svg.INK_2, "middle")
        parts.append(
            svg.link(pen.link(stage="" if s in chosen else s, **({} if s in chosen else state)), label, pen.name("stage", s))
            if s
            else label
        )
    parts.append(svg.words(width - 4, 17, "合计" if zh else "sum", svg.INK_3, "end"))
    for i, d in enumerate([*departments, None]):
        y = top + row * i
        last = d is None
        said = ("合计" if zh else "Sum") if last else pen.name("department", d)
        label = svg.words(0, y + 18, svg.cut(said, 7.6), svg.SELECT if d in chosen_dep else svg.INK if not last else svg.INK_3)
        parts.append(svg.link(pen.link(dep="" if d in chosen_dep else str(d)), label, said) if d else label)
        total = over = 0
        for j, s in enumerate(stages):
            if last:
                n, late = (sum(held.get((k, s), (0, 0))[v] for k in departments) for v in (0, 1))
            else:
                n, late = held.get((str(d), s), (0, 0))
            total, over = total + n, over + late
            if not n:
                empty.append((name + wide * j, y))
                continue
            parts.append(_cell(pen, d, s, n, late, name + wide * j, y, wide, row, most, last, state, told))
        parts.append(svg.words(width - 4, y + 18, count(total), svg.INK, "end", font_weight=600))
    below = top + row * len(departments)
    ground = "".join(f"M{x + 1:.1f} {y + 1}h{wide - 2:.1f}v{row - 2}h{2 - wide:.1f}z" for x, y in empty if y < below)
    dots = "".join(f"M{x + wide / 2 - 1:.1f} {y + 12.5}h2v2h-2z" for x, y in empty)
    parts[:0] = [svg.tag("path", d=ground, fill=STEPS[0]), svg.tag("path", d=dots, fill=svg.INK_3)]
    return svg.picture(
        width,
        top + row * (len(departments) + 1) + 2,
        "".join(parts),
        "部门与环节的在办" if zh else "Open cases by department and stage",
    )


def _cell(
    pen: Pen,
    d: str | None,
    s: str,
    n: int,
    late: int,
    x: float,
    y: float,
    wide: float,
    row: float,
    most: int,
    last: bool,
    state: dict[str, str],
    told: bool,
) -> str:
    """``told``: whether it is known what is overdue."""
    shade = "none" if last else STEPS[min(1 + int(4.99 * n / max(most, 1)), 5)]
    mark = svg.rect(x + 1, y + 1, wide - 2, row - 2, shade)
    ink = svg.ON_BADGE if shade == STEPS[5] else svg.INK
    mark += svg.words(x + wide / 2 - (8 if late else 0), y + 18, count(n), ink, "middle", font_weight=600)
    if late:
        # on the lightest ground amber would not be read: the mark is a corner, the number keeps the cell's ink
        mark += svg.tag("path", d=f"M{x + wide - 11:.1f} {y + 1:.1f}h10v10z", fill=svg.WATCH)
        mark += svg.words(x + wide - 5, y + 20, count(late), ink if shade in STEPS[4:] else svg.WATCH, "end", font_size=14)
    says = f"{pen.name('stage', s)} · {pen.name('department', d) if d is not None else ''}: {count(n)}"
    says += f" / {count(late)}" if told else ""
    if last or not s:
        return mark
    target = {"stage": s, **state, **({"dep": d} if d else {})}
    return svg.go(pen.link(**target), mark, says)


def category_month(frame: pd.DataFrame, pen: Pen, months: Sequence[str]) -> str:
    """Reports; each row has its own scale."""
    zh = pen.lang == "zh"
    categories = list(dict.fromkeys(frame["category"]))
    held = {(r["category"], r["month"]): int(r["n"]) for r in records(frame)}
    chosen = set(pen.filters.codes.get("cat", ()))
    name, wide, row, top = 160, 67.0, 27, 28
    width = name + wide * (len(months) + 1)
    parts = [svg.words(name + wide * (j + 0.5), 17, m[2:].replace("-", "/"), svg.INK_3, "middle") for j, m in enumerate(months)]
    parts.append(svg.words(width - 4, 17, "合计" if zh else "sum", svg.INK_3, "end"))
    for i, c in enumerate(categories):
        y = top + row * i
        label = svg.words(0, y + 18, svg.cut(pen.name("category", c), 10.4), svg.SELECT if c in chosen else svg.INK)
        parts.append(svg.link(pen.link(cat="" if c in chosen else c), label, pen.name("category", c)) if c else label)
        values = [held.get((c, m), 0) for m in months]
        low, high = min(values[:-1], default=0), max(values)  # the last month is not over
        for j, (m, n) in enumerate(zip(months, values, strict=True)):
            x = name + wide * j
            shade = STEPS[0] if n <= low else STEPS[min(int(5.99 * (n - low) / max(high - low, 1)), 5)]
            mark = svg.rect(x + 1, y + 1, wide - 2, row - 2, shade)
            mark += svg.words(
                x + wide / 2,
                y + 18,
                count(n) if n else "·",
                svg.ON_BADGE if shade == STEPS[5] else svg.INK if n else svg.INK_3,
                "middle",
            )
            year, month = int(m[:4]), int(m[5:])
            days = {"from": f"{m}-01", "to": f"{m}-{_month_days(year, month):02d}", "cat": c}
            parts.append(svg.go(pen.link(**days), mark, f"{pen.name('category', c)} {m}: {count(n)}") if c and n else mark)
        parts.append(svg.words(width - 4, y + 18, count(sum(values)), svg.INK, "end", font_weight=600))
    return svg.picture(
        width,
        top + row * max(len(categories), 1) + 4,
        "".join(parts),
        "类别与月份的上报" if zh else "Reports by category and month",
    )


def _month_days(year: int, month: int) -> int:
    import calendar

    return calendar.monthrange(year, month)[1]


def area_week(frame: pd.DataFrame, pen: Pen) -> str:
    """168 hours a row, each row on its own scale; days parted by a gap."""
    zh = pen.lang == "zh"
    areas = list(dict.fromkeys(frame["area"]))
    name, hour, gap, row, top = 150, 4.7, 6.0, 27, 44
    day = hour * 24 + gap
    width = name + day * 7 + 66
    parts = []
    for d in range(7):
        parts.append(svg.words(name + d * day, 16, WEEKDAYS[d](pen.lang), svg.INK_2 if d < 5 else svg.SELECT))
        parts += [svg.words(name + d * day + hour * h, 36, f"{h:02d}", svg.INK_3) for h in (0, 12)]
    for i, a in enumerate(areas):
        y = top + row * i
        own = frame[frame["area"] == a]
        values = np.zeros(168, np.int64)
        values[own["weekday"].to_numpy() * 24 + own["hour"].to_numpy()] = own["n"].to_numpy()
        label = svg.words(0, y + 18, svg.cut(pen.name("area", a), 10), svg.INK)
        parts.append(svg.link(pen.link(area=a), label, pen.name("area", a)) if a else label)
        most = max(int(values.max()), 1)
        shades = np.minimum((5.99 * values / most).astype(int), 5)
        x = name + np.arange(168) // 24 * day + np.arange(168) % 24 * hour
        for step in np.unique(shades[values > 0]).tolist():  # a row's cells of one colour are one mark: a tenth of the text
            cells = "".join(f"M{left:.1f} {y + 3}h4.1v{row - 6}h-4.1z" for left in x[(values > 0) & (shades == step)].tolist())
            parts.append(svg.tag("path", d=cells, fill=STEPS[step]))
        for d in range(7):
            said = {
                "data_name": f"{pen.name('area', a)} {WEEKDAYS[d](pen.lang)}",
                "data_hours": ",".join(map(str, values[24 * d : 24 * d + 24].tolist())),
            }
            parts.append(svg.rect(name + d * day, y, hour * 24, row, "transparent", **said))
        parts.append(svg.words(width, y + 18, count(int(values.sum())), svg.INK, "end", font_weight=600))
    return svg.picture(
        width,
        top + row * max(len(areas), 1) + 4,
        "".join(parts),
        "区域与一周各时的上报" if zh else "Reports by area and hour of the week",
    )
