"""The ranking of departments: rank with its interval, O/E with whiskers, and beside it the shares that could flatter it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from data.drill.views.ranking.department_score import DRILL
from data.text import ITEMS, Lang, Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import ALL, RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.verdicts import verdict
from layouts.text.formats import NONE, count, decimal, known, number, share
from layouts.text.rows import records

WIDTH, ROW, TOP = 972, 26, 44
RANK, PLACES, MOVED, NAME, LEFT, RIGHT = 22, 36, 82, 118, 240, 410
RATIO, LATE, DUE, ON_TIME, VERDICT = 456, 552, 602, 660, 672
#: Columns beside the share on time: key, head, right edge (px).
BESIDE = (
    ("extension", Text(zh="延期", en="ext."), 806),
    ("hang", Text(zh="缓办", en="def."), 846),
    ("coverage", Text(zh="回访", en="called"), 890),
    ("satisfied", Text(zh="满意", en="sat."), 930),
    ("rework", Text(zh="返工", en="rew."), 970),
)
#: The other heads: x (px), words, anchor.
HEADS = (
    (0, Text(zh="名次", en="rank"), "start"),
    (PLACES, Text(zh="95%", en="95 %"), "start"),
    (MOVED, Text(zh="较上期", en="move"), "start"),
    ((LEFT + RIGHT) / 2, Text(zh="● 实际÷应有与 95%　❘ 收缩值", en="● O/E, 95 %   ❘ shrunken"), "middle"),
    (RATIO, Text(zh="O/E", en="O/E"), "end"),
    (LATE, Text(zh="超期/应有", en="late/exp."), "end"),
    (DUE, Text(zh="应结案", en="due"), "end"),
    (ON_TIME, Text(zh="按期", en="on time"), "end"),
    (VERDICT, Text(zh="判定", en="verdict"), "start"),
)
#: Maximum size of a set of the worst that is named: larger ones say little.
MOST_WORST = 5
GROUPS = {
    ("rest", ""): Text(zh="与其余部门比（名次在其中）", en="Held against the rest (ranks among these)"),
    ("past", "year"): Text(
        zh="与自身去年同期比，扣除其他部门的变化（名次在其中）",
        en="Against its own same time last year, less the others' change (ranks among these)",
    ),
    ("past", "before"): Text(
        zh="与自身此前时段比，扣除其他部门的变化（名次在其中）",
        en="Against its own windows before, less the others' change (ranks among these)",
    ),
}
SAYS = Text(
    zh="{name}：{rank}超期 {late} 件，应有 {expected} 件，O/E {ratio}（{low}–{high}），收缩值 {shrunk}，应结案 {need} 件，"
    "{verdict}{chance}；按期 {on_time}（{time_low}–{time_high}，收缩 {time_shrunk}）；延期 {extension}、缓办 {hang}（{kept} "
    "件），回访 {coverage}（结案 {closed}），满意 {satisfied}（{valid}），返工 {rework}（{inspected}）",
    en="{name}: {rank}{late} late, {expected} expected, O/E {ratio} ({low}–{high}), shrunken {shrunk}, {need} due, "
    "{verdict}{chance}; on time {on_time} ({time_low}–{time_high}, shrunken {time_shrunk}); extended {extension}, deferred "
    "{hang} (of {kept}), called back {coverage} (of {closed}), satisfied {satisfied} (of {valid}), rework {rework} (of "
    "{inspected})",
)
RANKED = Text(
    zh="第 {rank} 名（{rank_low}–{rank_high}，上期 {rank_before}），",
    en="rank {rank} ({rank_low}–{rank_high}, before {rank_before}), ",
)
TOGETHER, CHANCE = Text(zh="合计", en="all together"), Text(zh="（p {p}）", en=" (p {p})")
AMONG = Text(zh="，必在最差 {k} 个之列", en=", certainly among the worst {k}")
LABEL = Text(zh="部门排名", en="Ranking of departments")
BASIS = Text(zh="立案 {n}，应结案 {need}", en="registered {n}, due {need}")
LEFT_OUT = Text(zh="；不计：{said}", en="; not counted: {said}")
#: Registered cases that are not counted, by column.
OUTSIDE = {
    "not_due": Text(zh="未到期", en="not yet due"),
    "hung": Text(zh="缓办", en="deferred"),
    "no_limit": Text(zh="无时限", en="no limit"),
    "cancelled": Text(zh="作废", en="cancelled"),
    "merged": Text(zh="并案", en="merged"),
    "transferred": Text(zh="转出", en="transferred"),
    "duplicates": Text(zh="重复", en="duplicates"),
    "no_department": Text(zh="无部门", en="no department"),
}
CHANGED = Text(
    zh="；全部部门一起较{past}{way}：超期优势比 {change}（{low}–{high}），不计在任何一个部门头上",
    en="; all together are {way} than {past}: odds of being late × {change}（{low}–{high}）, held against nobody",
)
WORSE, BETTER = Text(zh="变差", en="worse"), Text(zh="变好", en="better")
LAST_YEAR, BEFORE = Text(zh="去年同期", en="the same time last year"), Text(zh="此前", en="before")
WORST = Text(zh="；必在最差 k 个之列（联合 95%）：{said}", en="; certainly among the worst k (jointly 95 %): {said}")
ONE_OF = Text(zh="{name}（{k}）", en="{name} ({k})")


def _scale(rows: list[Record]) -> float:
    """Half the width of the scale in powers of two: symmetric about 1, at most 4 (a factor of 16)."""
    seen = [number(r[k]) for r in rows for k in ("low", "high", "ratio") if known(r[k]) and number(r[k]) > 0 and r["band"] != 2]
    return min(max([1.0, *[abs(math.log2(v)) for v in seen]]) * 1.04, 4.0)


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Rows in the frame's order, those of one basis under its heading; those without a rank are grey, at the end."""
    rows = records(frame)
    half = _scale(rows)
    lines = _lines(rows)
    height = TOP + ROW * len(lines)

    def at(ratio: float) -> float:
        log = math.log2(ratio) if ratio > 0 else -half
        return (LEFT + RIGHT) / 2 + (RIGHT - LEFT) / 2 * min(max(log / half, -1.0), 1.0)

    parts = [_heads(context)]
    step = 1 if half <= 2.5 else 2
    for power in range(-int(half), int(half) + 1):
        if power % step == 0:
            x = at(2.0**power)
            parts.append(svg.words(x, 36, f"1/{2**-power}" if power < 0 else str(2**power), svg.INK_3, "middle"))
            parts.append(
                svg.line(
                    x,
                    TOP,
                    x,
                    height,
                    svg.INK_3 if power == 0 else svg.HAIRLINE,
                    1,
                    stroke_dasharray="2 3" if power == 0 else None,
                )
            )
    chosen = context.filters.codes.get("dep", ())
    for i, line in enumerate(lines):
        y = TOP + ROW * i
        if isinstance(line, Text):
            parts.append(svg.rect(0, y, WIDTH, ROW, svg.GROUND) + svg.words(0, y + 18, line(context.lang), svg.INK_2))
            continue
        code = str(line["department"])
        name = ALL(context.lang) if not code else context.name("department", code)
        mark = _row(line, name, y, at, code in chosen, context)
        target = "" if code in chosen or not code else code
        parts.append(svg.link(context.link(dep=target), mark, _says(line, name, context)))
    return svg.picture(WIDTH, height + 2, "".join(parts), LABEL(context.lang))


def _lines(rows: list[Record]) -> list[Record | Text]:
    """The rows, with the heading of each basis before the first row ranked by it."""
    out: list[Record | Text] = []
    said: set[tuple[str, str]] = set()
    for r in rows:
        group = (str(r["basis"]), str(r["past"]))
        if r["department"] != "" and known(r["rank"]) and group in GROUPS and group not in said:
            said.add(group)
            out.append(GROUPS[group])
        out.append(r)
    return out


def _heads(context: RenderContext) -> str:
    heads = [*HEADS, *[(x, said, "end") for _, said, x in BESIDE]]
    return "".join(svg.words(x, 16, said(context.lang), svg.INK_3, anchor) for x, said, anchor in heads)


def _row(r: Record, name: str, y: float, at: Any, chosen: bool, context: RenderContext) -> str:
    band, whole, ranked = int(number(r["band"])), r["department"] == "", known(r["rank"])
    base = y + 18
    pale = not (ranked or whole)
    ink = svg.INK_3 if pale else svg.INK
    mark = svg.rect(0, y, WIDTH, ROW, svg.RAISED if chosen else "transparent")
    if ranked:
        mark += svg.words(RANK, base, count(r["rank"]), svg.INK, "end", font_weight=600)
        mark += svg.words(PLACES, base, f"{count(r['rank_low'])}–{count(r['rank_high'])}", svg.INK_3)
        mark += _moved(r, y)
    mark += svg.words(NAME, base, svg.cut(name, 8.3), ink)
    colour = svg.INK if whole else svg.INK_3 if pale or band == 0 else svg.WATCH if band == 1 else svg.DATA
    if known(r["ratio"]):
        low, high = (at(number(r[k])) for k in ("low", "high"))
        mark += svg.line(low, y + 13, high, y + 13, colour, 2)
        mark += svg.tag("circle", cx=float(at(number(r["ratio"]))), cy=float(y + 13), r=4.0, fill=colour)
        if known(r["shrunk"]) and not whole:
            x = at(number(r["shrunk"]))
            mark += svg.line(x, y + 5, x, y + 21, ink, 2)
    mark += svg.words(RATIO, base, decimal(r["ratio"], 2), ink, "end", font_weight=600)
    late = f"{count(r['late'])}/{decimal(r['expected'], 1 if number(r['expected']) < 1000 else 0)}"
    mark += svg.words(LATE, base, late, svg.INK_3 if pale else svg.INK_2, "end")
    mark += svg.words(DUE, base, count(r["need"]), svg.INK_3 if pale else svg.INK_2, "end")
    mark += svg.words(ON_TIME, base, share(r["on_time"]), svg.INK_3 if pale else svg.INK_2, "end")
    if not whole:
        fill = svg.WATCH if band == 1 else svg.DATA if band == -1 else svg.INK_3
        said = verdict(band, str(r["basis"]))(context.lang)
        shape = "▲ " if band == 1 and context.lang == "zh" else ""
        mark += svg.words(VERDICT, base, shape + said, fill)
    for key, _, x in BESIDE:
        said = f"{number(r[key]):.0f}%" if known(r[key]) and number(r[key]) >= 9.95 else share(r[key])
        mark += svg.words(x, base, said, svg.INK_3, "end")
    return mark


def _moved(r: Record, y: float) -> str:
    """An arrow and the number of places moved; grey if the former rank lies within the interval of the current one."""
    if not known(r["moved"]):
        return svg.words(MOVED + 6, y + 18, NONE, svg.INK_3)
    up = round(number(r["moved"]))
    clear = not number(r["rank_low"]) <= number(r["rank"]) + up <= number(r["rank_high"])
    colour = svg.INK_3 if not clear else svg.DATA if up > 0 else svg.WATCH
    if up == 0:
        return svg.words(MOVED + 6, y + 18, "=", svg.INK_3)
    arrow = f"M{MOVED} {y + 18}l5 -9l5 9z" if up > 0 else f"M{MOVED} {y + 9}h10l-5 9z"
    return svg.tag("path", d=arrow, fill=colour) + svg.words(MOVED + 14, y + 18, str(abs(up)), colour)


def _says(r: Record, name: str, context: RenderContext) -> str:
    lang, rank, chance = context.lang, "", ""
    if known(r["rank"]):
        rank = RANKED(lang).format(**{k: count(r[k]) for k in ("rank", "rank_low", "rank_high", "rank_before")})
    band = (verdict(int(number(r["band"])), str(r["basis"])) if r["department"] else TOGETHER)(lang)
    if known(r["p"]):
        chance = CHANCE(lang).format(p="< 0.001" if number(r["p"]) < 0.001 else f"{number(r['p']):.3f}")
    if known(r["worst"]):
        chance += AMONG(lang).format(k=count(r["worst"]))
    return SAYS(lang).format(
        name=name,
        rank=rank,
        late=count(r["late"]),
        expected=decimal(r["expected"]),
        ratio=decimal(r["ratio"], 2),
        low=decimal(r["low"], 2),
        high=decimal(r["high"], 2),
        shrunk=decimal(r["shrunk"], 2),
        need=count(r["need"]),
        verdict=band,
        chance=chance,
        on_time=share(r["on_time"]),
        time_low=share(r["on_time_low"]),
        time_high=share(r["on_time_high"]),
        time_shrunk=share(r["on_time_shrunk"]),
        kept=count(r["kept"]),
        closed=count(r["closed"]),
        valid=count(r["valid"]),
        inspected=count(r["inspected"]),
        **{k: share(r[k]) for k in ("extension", "hang", "coverage", "satisfied", "rework")},
    )


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    """Registered and due cases, what is not counted and why; how all changed together; who is certainly among the worst."""
    if not len(frame):
        return NONE
    r, lang = records(frame)[0], context.lang
    left = ITEMS(lang).join(f"{said(lang)} {count(r[k])}" for k, said in OUTSIDE.items() if number(r[k]) > 0)
    out = BASIS(lang).format(n=count(r["n"]), need=count(r["need"])) + (LEFT_OUT(lang).format(said=left) if left else "")
    return out + _changed(r, lang) + _worst(records(frame)[1:], context)


def _changed(r: Record, lang: Lang) -> str:
    """How all departments together changed against their past, if that is clear: it is attributed to none of them."""
    if not known(r["change"]) or number(r["change_low"]) <= 1 <= number(r["change_high"]):
        return ""
    return CHANGED(lang).format(
        past=(LAST_YEAR if r["past"] == "year" else BEFORE)(lang),
        way=(WORSE if number(r["change"]) > 1 else BETTER)(lang),
        change=decimal(r["change"], 2),
        low=decimal(r["change_low"], 2),
        high=decimal(r["change_high"], 2),
    )


def _worst(rows: list[Record], context: RenderContext) -> str:
    """Who is certainly among the worst few, smallest set first."""
    found = sorted((r for r in rows if known(r["worst"]) and number(r["worst"]) <= MOST_WORST), key=lambda r: number(r["worst"]))
    if not found:
        return ""
    lang = context.lang
    said = (ONE_OF(lang).format(name=context.name("department", r["department"]), k=count(r["worst"])) for r in found)
    return WORST(lang).format(said=ITEMS(lang).join(said))


DRAWING = Drawing(DRILL, {"ranking": 10}, draw, basis)
