"""What an exported table or chart says of itself: what it is, of which cases, how it is counted, of which moment, by whom."""

from __future__ import annotations

import re
from datetime import datetime

from data.access.viewer import Viewer
from data.drill.drill import Drill
from layouts.analyst import svg
from layouts.analyst.pen import Pen
from layouts.text.formats import WITHOUT, leaves_out


def lines(drill: Drill, pen: Pen, snapshot: str, as_of: datetime, viewer: Viewer, notes: tuple[str, ...] = ()) -> list[str]:
    """Title, filters, definition, notes, snapshot and who exported it, a line each."""
    zh = pen.lang == "zh"
    local = as_of.astimezone(pen.city.profile.zone)
    demo = [("演示数据" if zh else "demo data")] if pen.city.profile.city.demo else []
    head = f"{pen.city.profile.city.title(pen.lang)} · {drill.title(pen.lang)} ({drill.unit(pen.lang)})"
    left_out = [WITHOUT(pen.lang)] if leaves_out(viewer, pen.city) else []
    user = viewer.user
    return [
        " · ".join([head, *demo]),
        ("筛选：" if zh else "Filter: ") + " · ".join([pen.sentence(), *left_out]),
        ("定义：" if zh else "Definition: ") + drill.definition(pen.lang),
        *notes,
        (
            f"快照 {snapshot} · 截至 {local:%Y-%m-%d %H:%M:%S %z} · 导出 {user}"
            if zh
            else f"Snapshot {snapshot} · as of {local:%Y-%m-%d %H:%M:%S %z} · exported by {user}"
        ),
    ]


def framed(drawing: str, said: list[str], width: float = 1180.0) -> str:
    """A drawing as a file of its own: the caption above and below it, on the product's ground."""
    start, rest = drawing.split(">", 1)
    box = start.split('viewBox="', 1)[1].split('"', 1)[0].split()
    w, h = float(box[2]), float(box[3])
    wide = max(w, 720.0)
    top, bottom = [said[0], said[1]], [line for text in said[2:] for line in _wrapped(text, wide)]
    y = 34.0
    parts = [svg.words(20, y, top[0], svg.INK, font_size=18, font_weight=600)]
    for line in _wrapped(top[1], wide):
        y += 22
        parts.append(svg.words(20, y, line, svg.INK_2))
    y += 16
    start = re.sub(r' style="[^"]*"', "", start)
    inner = start.replace('width="100%"', f'x="20" y="{y:.0f}" width="{w:.0f}" height="{h:.0f}"') + ">" + rest
    parts.append(inner)
    y += h + 10
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
    """Where a line may be broken: after a space, and beside any 汉字."""
    out: list[str] = []
    for letter in text:
        if out and ord(letter) <= 0x2E80 and letter != " " and ord(out[-1][-1]) <= 0x2E80 and out[-1][-1] != " ":
            out[-1] += letter
        else:
            out.append(letter)
    return out
