"""Reports by category and month, as a matrix."""

from __future__ import annotations

from calendar import monthrange

import pandas as pd

from data.drill.views.heat.month_category import DRILL, months
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import REPORTED, Drawing, summed
from layouts.text.formats import count
from layouts.text.rows import records

LABEL, SUM = Text(zh="类别与月份的上报", en="Reports by category and month"), Text(zh="合计", en="sum")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Reports; each row has its own scale."""
    names = [name for name, _ in months(context.filters.until, context.city.profile.zone)]
    categories = list(dict.fromkeys(frame["category"]))
    held = {(r["category"], r["month"]): int(r["n"]) for r in records(frame)}
    chosen = set(context.filters.codes.get("cat", ()))
    name, wide, row, top = 160, 67.0, 27, 28
    width = name + wide * (len(names) + 1)
    parts = [svg.words(name + wide * (j + 0.5), 17, m[2:].replace("-", "/"), svg.INK_3, "middle") for j, m in enumerate(names)]
    parts.append(svg.words(width - 4, 17, SUM(context.lang), svg.INK_3, "end"))
    for i, c in enumerate(categories):
        y = top + row * i
        label = svg.words(0, y + 18, svg.cut(context.name("category", c), 10.4), svg.SELECT if c in chosen else svg.INK)
        parts.append(svg.link(context.link(cat="" if c in chosen else c), label, context.name("category", c)) if c else label)
        values = [held.get((c, m), 0) for m in names]
        low, high = min(values[:-1], default=0), max(values)  # the last month is not over
        for j, (m, n) in enumerate(zip(names, values, strict=True)):
            x = name + wide * j
            shade = svg.STEPS[0] if n <= low else svg.STEPS[min(int(5.99 * (n - low) / max(high - low, 1)), 5)]
            mark = svg.rect(x + 1, y + 1, wide - 2, row - 2, shade)
            mark += svg.words(x + wide / 2, y + 18, count(n) if n else "·", svg.ink_on(shade) if n else svg.INK_3, "middle")
            year, month = int(m[:4]), int(m[5:])
            days = {"from": f"{m}-01", "to": f"{m}-{monthrange(year, month)[1]:02d}", "cat": c}
            parts.append(
                svg.go(context.link(**days), mark, f"{context.name('category', c)} {m}: {count(n)}") if c and n else mark
            )
        parts.append(svg.words(width - 4, y + 18, count(sum(values)), svg.INK, "end", font_weight=600))
    return svg.picture(width, top + row * max(len(categories), 1) + 4, "".join(parts), LABEL(context.lang))


DRAWING = Drawing(DRILL, {"heat": 10}, draw, summed("n", REPORTED))
