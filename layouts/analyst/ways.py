"""The ways of cases: what followed each stage, and the sequences that occurred."""

from __future__ import annotations

import pandas as pd

from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.matrices import STEPS
from layouts.analyst.pen import Pen
from layouts.text.formats import NONE, count, known, number, share, work_hours
from layouts.text.rows import records

NAME, TOP, ROW = 96.0, 30.0, 30.0
#: What ends a row: how cases left the system, then those still there.
ENDS = ("state:closed", "state:cancelled", "state:merged", "state:transferred", "state:open")
#: Variants that are drawn; the table has 200.
DRAWN = 15


def transitions(frame: pd.DataFrame, pen: Pen) -> str:
    """A row per stage, a column per stage or end that occurred: counts shaded by their share of the row; loops back are amber."""
    zh = pen.lang == "zh"
    rows = records(frame)
    order = [s.code for s in pen.city.profile.stages]
    heads = [r for r in rows if r["kind"] == "stage"]
    held = {(r["stage"], r["to"]): r for r in rows if r["kind"] != "stage"}
    seen = {to for _, to in held}
    columns = [f"stage:{s}" for s in order if f"stage:{s}" in seen] + [t for t in ENDS if t in seen]
    width = max(1020.0, NAME + 58 * len(columns) + 236)
    wide = (width - NAME - 236) / max(len(columns), 1)
    ends = (width - 164, width - 82, width)
    parts = []
    for j, to in enumerate(columns):
        kind, _, code = to.partition(":")
        parts.append(
            svg.words(
                NAME + wide * (j + 0.5),
                18,
                svg.cut(pen.name(kind, code), wide / 14.5),
                svg.INK_2 if kind == "stage" else svg.INK_3,
                "middle",
            )
        )
    for x, said in zip(ends, ("停留", "一次通过", "返工份额") if zh else ("stays", "first pass", "repeats"), strict=True):
        parts.append(svg.words(x, 18, said, svg.INK_3, "end"))
    for i, h in enumerate(heads):
        y = TOP + ROW * i
        label = svg.words(0, y + 20, svg.cut(pen.name("stage", h["stage"]), 6.2), svg.INK)
        parts.append(svg.link(pen.link(stage=h["stage"], state="open"), label, pen.name("stage", h["stage"])))
        for j, to in enumerate(columns):
            parts.append(_step(held.get((h["stage"], to)), to, NAME + wide * j, y, wide, pen))
        for x, said, ink in zip(
            ends,
            (count(h["n"]), share(h["first_pass"]), share(h["again_share"])),
            (svg.INK, svg.INK, svg.WATCH if number(h["again"]) > 0 else svg.INK_3),
            strict=True,
        ):
            parts.append(svg.words(x, y + 20, said, ink, "end", font_weight=600 if x == ends[0] else None))
    total = TOP + ROW * len(heads) + 26
    foot = (
        "行＝自该环节，列＝去往；深浅＝占该环节停留的份额；琥珀角＝回退；一次通过＝离开后未再进入的案件÷已离开的案件"
        if zh
        else "row = from, column = to; shade = share of the row; amber corner = back; first pass = of cases that left, not again"
    )
    return svg.picture(
        width, total, "".join(parts) + svg.words(0, total - 6, foot, svg.INK_3), "环节流转" if zh else "Transitions"
    )


def _step(r: Record | None, to: str, x: float, y: float, wide: float, pen: Pen) -> str:
    if r is None:
        return svg.rect(x + 1, y + 1, wide - 2, ROW - 2, STEPS[0])
    part = number(r["share"])
    shade = STEPS[min(1 + int(part / 20.001), 5)]
    mark = svg.rect(x + 1, y + 1, wide - 2, ROW - 2, shade)
    mark += svg.words(x + wide / 2, y + 20, count(r["n"]), svg.ON_BADGE if shade == STEPS[5] else svg.INK, "middle")
    if number(r["back"]):
        mark += svg.tag("path", d=f"M{x + wide - 12:.1f} {y + 1:.1f}h11v11z", fill=svg.WATCH)
    kind, _, code = to.partition(":")
    median = f"{work_hours(r['median_min'])} {'工作时' if pen.lang == 'zh' else 'work h'}" if known(r["median_min"]) else NONE
    says = f"{pen.name('stage', r['stage'])} → {pen.name(kind, code)}: {count(r['n'])} ({share(part)}), {median}"
    return svg.tag("g", mark, data_say=says)


#: Whom the variants are of, and on which clock.
RULE = Text(
    zh="只计已结束的案件（在办的不在内）；中位为上报至结束的工作时间",
    en="cases that ended alone, no open ones; median: work time from report to end",
)


def variants(frame: pd.DataFrame, pen: Pen) -> str:
    """A row per sequence: cases, share, cumulative share, median, and its stages as chevrons; repeats have an amber edge."""
    zh = pen.lang == "zh"
    rows = records(frame)
    listed = [r for r in rows if number(r["place"]) > 0]
    shown = listed[:DRAWN]
    width, begin, row = 1020.0, 330.0, 30.0
    longest = max([number(r["steps"]) for r in shown], default=1.0)
    each = max(min((width - begin) / max(longest, 1.0), 76.0), 46.0)
    fits = int((width - begin) / each)
    heads = (
        (30, "序", "#"),
        (92, "案件", "cases"),
        (156, "占比", "share"),
        (226, "累计", "cumulated"),
        (310, "中位(工作时)", "median work h"),
    )
    parts = [svg.words(x, 18, (a, b)[not zh], svg.INK_3, "end") for x, a, b in heads]
    for i, r in enumerate(shown):
        y = TOP + row * i
        said = (count(r["place"]), count(r["n"]), share(r["share"]), share(r["cumulative"]), work_hours(r["median_min"]))
        for (x, _, _), v in zip(heads, said, strict=True):
            parts.append(
                svg.words(x, y + 20, v, svg.INK_3 if x in (30, 226) else svg.INK, "end", font_weight=600 if x == 92 else None)
            )
        stages = [s for s in str(r["sequence"]).split(">") if s]
        name = " → ".join(pen.name("stage", s) for s in stages)
        marks = (
            _chevrons(stages, begin, y, each, fits, pen)
            if stages
            else svg.words(begin, y + 20, "无停留记录" if zh else "no stay is known", svg.INK_3)
        )
        parts.append(svg.tag("g", marks, data_say=f"{name}: {count(r['n'])}"))
    behind = [r for r in rows if r not in shown]
    kinds, cases = sum(int(r["variants"]) for r in behind), sum(int(r["n"]) for r in behind)
    foot = RULE(pen.lang)
    if kinds:
        foot = (
            f"另 {count(kinds)} 种共 {count(cases)} 件，前200种见表；{foot}"
            if zh
            else f"{count(kinds)} more with {count(cases)} cases, 200 in the table; {foot}"
        )
    total = TOP + row * len(shown) + 28
    return svg.picture(width, total, "".join(parts) + svg.words(0, total - 6, foot, svg.INK_3), "流程变体" if zh else "Variants")


def _chevrons(stages: list[str], x: float, y: float, each: float, fits: int, pen: Pen) -> str:
    out, seen = "", set()
    cut = stages if len(stages) <= fits else stages[: fits - 1]
    for s in cut:
        edge = svg.WATCH if s in seen else None
        out += svg.tag(
            "path", d=f"M{x:.1f} {y + 3:.1f}h{each - 10:.1f}l7 11l-7 11h{10 - each:.1f}l7 -11z", fill=STEPS[2], stroke=edge
        )
        out += svg.words(x + each / 2 + 1, y + 19, svg.cut(pen.name("stage", s), (each - 16) / 14), svg.INK, "middle")
        seen.add(s)
        x += each
    return out + (svg.words(x + 6, y + 19, f"+{len(stages) - len(cut)}", svg.INK_3) if len(cut) < len(stages) else "")
