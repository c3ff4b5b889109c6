"""Reports by area and hour of the week, as a matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.views.heat.area_week import DRILL
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import REPORTED, Drawing, summed
from layouts.text.formats import WEEKDAYS, count

LABEL = Text(zh="区域与一周各时的上报", en="Reports by area and hour of the week")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """A row of 168 hours per area, each on its own scale; a gap separates the days."""
    areas = list(dict.fromkeys(frame["area"]))
    name, hour, gap, row, top = 150, 4.7, 6.0, 27, 44
    day = hour * 24 + gap
    width = name + day * 7 + 66
    parts = []
    for d in range(7):
        parts.append(svg.words(name + d * day, 16, WEEKDAYS[d](context.lang), svg.INK_2 if d < 5 else svg.SELECT))
        parts += [svg.words(name + d * day + hour * h, 36, f"{h:02d}", svg.INK_3) for h in (0, 12)]
    for i, a in enumerate(areas):
        y = top + row * i
        own = frame[frame["area"] == a]
        values = np.zeros(168, np.int64)
        values[own["weekday"].to_numpy() * 24 + own["hour"].to_numpy()] = own["n"].to_numpy()
        label = svg.words(0, y + 18, svg.cut(context.name("area", a), 10), svg.INK)
        parts.append(svg.link(context.link(area=a), label, context.name("area", a)) if a else label)
        most = max(int(values.max()), 1)
        shades = np.minimum((5.99 * values / most).astype(int), 5)
        x = name + np.arange(168) // 24 * day + np.arange(168) % 24 * hour
        for step in np.unique(shades[values > 0]).tolist():  # one path per row and colour: a tenth of the markup
            cells = "".join(f"M{left:.1f} {y + 3}h4.1v{row - 6}h-4.1z" for left in x[(values > 0) & (shades == step)].tolist())
            parts.append(svg.tag("path", d=cells, fill=svg.STEPS[step]))
        for d in range(7):
            said = {
                "data_name": f"{context.name('area', a)} {WEEKDAYS[d](context.lang)}",
                "data_hours": ",".join(map(str, values[24 * d : 24 * d + 24].tolist())),
            }
            parts.append(svg.rect(name + d * day, y, hour * 24, row, "transparent", **said))
        parts.append(svg.words(width, y + 18, count(int(values.sum())), svg.INK, "end", font_weight=600))
    return svg.picture(width, top + row * max(len(areas), 1) + 4, "".join(parts), LABEL(context.lang))


DRAWING = Drawing(DRILL, {"heat": 20}, draw, summed("n", REPORTED))
