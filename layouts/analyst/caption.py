"""Captions of exported tables and charts: title, filters, definition, snapshot and who exported it."""

from __future__ import annotations

import re
from datetime import datetime

from data.access.viewer import Viewer
from data.drill.drill import Drill
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.palette import Theme, fixed
from layouts.text.formats import WITHOUT, leaves_out

DEMO = Text(zh="演示数据", en="demo data")
FILTER = Text(zh="筛选：{said}", en="Filter: {said}")
DEFINITION = Text(zh="定义：{said}", en="Definition: {said}")
EXPORTED = Text(zh="快照 {snapshot} · 截至 {at} · 导出 {user}", en="Snapshot {snapshot} · as of {at} · exported by {user}")


def lines(
    drill: Drill, context: RenderContext, snapshot: str, as_of: datetime, viewer: Viewer, notes: tuple[str, ...] = ()
) -> list[str]:
    """Title, filters, definition, notes, snapshot and who exported it, one line each."""
    lang = context.lang
    local = as_of.astimezone(context.city.profile.zone)
    demo = [DEMO(lang)] if context.city.profile.city.demo else []
    head = f"{context.city.profile.city.title(lang)} · {drill.title(lang)} ({drill.unit(lang)})"
    left_out = [WITHOUT(lang)] if leaves_out(viewer, context.city) else []
    return [
        " · ".join([head, *demo]),
        FILTER(lang).format(said=" · ".join([context.sentence(), *left_out])),
        DEFINITION(lang).format(said=drill.definition(lang)),
        *notes,
        EXPORTED(lang).format(snapshot=snapshot, at=f"{local:%Y-%m-%d %H:%M:%S %z}", user=viewer.user),
    ]


def framed(drawing: str, said: list[str], theme: Theme) -> str:
    """A drawing as a standalone SVG file in the theme's colours, with the caption above and below it on their background."""
    start, rest = drawing.split(">", 1)
    box = start.split('viewBox="', 1)[1].split('"', 1)[0].split()
    w, h = float(box[2]), float(box[3])
    start = re.sub(r' style="[^"]*"', "", start)
    at = f'x="20" y="{_top(said, w):.0f}" width="{w:.0f}" height="{h:.0f}"'
    inner = start.replace('width="100%"', at) + ">" + rest
    return fixed(_frame(w, h, said).replace(HOLE, inner), theme)


#: Placeholder that the browser replaces with its own drawing.
HOLE = "<!-- drawing -->"
#: Width of an exported chart (px).
CHART_WIDTH = 960


def around(figure: Record, said: list[str], theme: Theme) -> Record:
    """A chart for a file: the ``figure`` with its size, the SVG ``frame`` with the caption, and the position (``x``, ``y``, px)
    at which the chart replaces ``hole``."""
    height = int(figure["layout"]["meta"]["height"])
    frame = fixed(_frame(CHART_WIDTH, height, said), theme)
    at = {"x": 20, "y": round(_top(said, CHART_WIDTH)), "width": CHART_WIDTH, "height": height}
    return {"figure": figure, "frame": frame, "hole": HOLE, **at}


def _top(said: list[str], width: float) -> float:
    """Top of the drawing, below title and filters (px)."""
    return 34.0 + 22 * len(_wrapped(said[1], max(width, 720.0))) + 16


def _frame(w: float, h: float, said: list[str]) -> str:
    """Title and filters, a placeholder for a drawing of this size, and the other lines below it."""
    wide = max(w, 720.0)
    bottom = [line for text in said[2:] for line in _wrapped(text, wide)]
    parts = [svg.words(20, 34, said[0], svg.INK, font_size=18, font_weight=600)]
    parts += [svg.words(20, 34 + 22 * (i + 1), line, svg.INK_2) for i, line in enumerate(_wrapped(said[1], wide))]
    parts.append(HOLE)
    y = _top(said, w) + h + 10
    for line in bottom:
        y += 20
        parts.append(svg.words(20, y, line, svg.INK_3))
    total_w, total_h = wide + 40, y + 20
    return svg.tag(
        "svg",
        svg.rect(0, 0, total_w, total_h, svg.PANEL) + "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {total_w:.0f} {total_h:.0f}",
        width=f"{total_w:.0f}",
        height=f"{total_h:.0f}",
        font_family=svg.FONT,
        font_size=svg.SMALL,
        fill=svg.INK_2,
        role="img",
        aria_label=said[0],
    )


def _wrapped(text: str, width: float) -> list[str]:
    """Lines of about ``width`` px at 14 px: a 汉字 is 14 wide, a Latin letter about 7.4."""
    out, line, used = [], "", 0.0
    for word in _pieces(text):
        size = sum(14.0 if ord(c) > 0x2E80 else 7.4 for c in word)
        if used + size > width and line:
            out.append(line.rstrip())
            line, used = "", 0.0
            word = word.lstrip()
        line, used = line + word, used + size
    return [*out, line.rstrip()] if line.strip() else out


def _pieces(text: str) -> list[str]:
    """The text split where a line may break: after a space and beside any 汉字."""
    out: list[str] = []
    for letter in text:
        if out and ord(letter) <= 0x2E80 and letter != " " and ord(out[-1][-1]) <= 0x2E80 and out[-1][-1] != " ":
            out[-1] += letter
        else:
            out.append(letter)
    return out
