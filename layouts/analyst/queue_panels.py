"""What waits: queues by stage with their ages and balance, limits that end soon, and times in stage."""

from __future__ import annotations

import math

import pandas as pd

from data.metrics.process.queues import AGES
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.matrices import STEPS
from layouts.analyst.pen import Pen
from layouts.analyst.tables import left as time_left
from layouts.text.formats import NONE, count, decimal, duration, known, number, share, work_hours
from layouts.text.rows import records

ALL = Text(zh="全部", en="All")
AGE_NAMES = Text(zh="≤1,1–3,3–7,7–15,>15 工作日", en="≤1,1–3,3–7,7–15,>15 workdays")
USED = ("used_50", "used_80", "used_100", "over", "hung", "no_limit")
USED_NAMES = Text(zh="<50%,50–80%,80–100%,超限,缓办,无时限", en="<50%,50–80%,80–100%,over,deferred,no limit")
USED_COLOURS = (STEPS[1], STEPS[3], STEPS[5], svg.WATCH, svg.INK_3, svg.TRACK)
WHY = {
    "growing": Text(zh="进大于出", en="in > out"),
    "shrinking": Text(zh="出大于进", en="out > in"),
    "short": Text(zh="不足14天", en="< 14 days"),
    "no_flow": Text(zh="无进入", en="no inflow"),
    "nothing": Text(zh="无积压", en="none waits"),
    "even": Text(zh="平衡", en="in balance"),
}
GROWING = Text(zh="持续增长", en="growing")
QUEUE_SAYS = Text(
    zh="{name}：在办 {wip}；{days}天 期初 {opening} + 进 {came} − 出 {went} = {wip}，进出差标准误 {se}；"
    "最久 {oldest} 工作时；自上报起自然日 P50 {p50}、最长 {longest}",
    en="{name}: {wip} waiting; {days} days: {opening} + {came} in − {went} out = {wip}, standard error of in − out {se}; "
    "oldest {oldest} work h; natural days since report P50 {p50}, longest {longest}",
)


def queues(frame: pd.DataFrame, pen: Pen) -> str:
    """A row per stage: waiting by band of age, share of the stage's limit used, ages, in and out, W, days to clear."""
    zh = pen.lang == "zh"
    rows = records(frame)
    width, row, top = 1020.0, 30, 74
    most = max([number(r["wip"]) for r in rows if r["stage"]], default=1.0) or 1.0
    ends = {"p50": 506.0, "p90": 566.0, "over": 630.0, "in": 704.0, "out": 776.0, "w": 890.0, "clear": width}
    heads = {
        "p50": ("P50", "P50"),
        "p90": ("P90", "P90"),
        "over": ("超限", "over"),
        "in": ("日进", "in/day"),
        "out": ("日出", "out/day"),
        "w": ("W=在办÷日进", "W=L/in"),
        "clear": ("清空", "to clear"),
    }
    parts = [svg.words(ends[k], 66, said[not zh], svg.INK_3, "end") for k, said in heads.items()]
    parts += [
        svg.words(566, 48, "工时龄" if zh else "work h old", svg.INK_3, "end"),
        svg.words(92, 66, "在办" if zh else "waiting", svg.INK_3),
        svg.words(330, 66, "占环节时限" if zh else "limit used", svg.INK_3),
    ]
    parts.append(_legend(0, 14, AGE_NAMES(pen.lang).split(","), STEPS[1:]))
    parts.append(_legend(520, 14, USED_NAMES(pen.lang).split(","), USED_COLOURS))
    for i, r in enumerate(rows):
        y = top + row * i
        name = ALL(pen.lang) if not r["stage"] else pen.name("stage", r["stage"])
        mark = svg.words(0, y + 20, svg.cut(name, 5.6), svg.INK, font_weight=None if r["stage"] else 600)
        wide = 160.0 if not r["stage"] else 160.0 * number(r["wip"]) / most
        mark += _stack(92, y + 6, wide, [number(r[a]) for a in AGES], STEPS[1:])
        mark += svg.words(92 + wide + 6, y + 20, count(r["wip"]), svg.INK, font_weight=600)
        mark += _stack(330, y + 6, 116 if number(r["wip"]) else 0, [number(r[u]) for u in USED], USED_COLOURS)
        over = number(r["over_share"])
        said = {
            "p50": (work_hours(r["age_p50_min"]), svg.INK),
            "p90": (work_hours(r["age_p90_min"]), svg.INK),
            "over": (share(over), svg.WATCH if over > 0 else svg.INK_3),
            "in": (decimal(r["in_day"]), svg.INK_2),
            "out": (decimal(r["out_day"]), svg.INK_2),
            "w": _little(r, pen),
            "clear": _clear(r, pen),
        }
        mark += "".join([svg.words(ends[k], y + 20, v, ink, "end") for k, (v, ink) in said.items()])
        mark += svg.line(0, y + row, width, y + row, svg.HAIRLINE)
        says = QUEUE_SAYS(pen.lang).format(
            name=name,
            days=count(r["days"]),
            wip=count(r["wip"]),
            opening=count(r["opening"]),
            came=count(r["came"]),
            went=count(r["went"]),
            se=decimal(r["balance_se"]),
            oldest=work_hours(r["oldest_min"]),
            p50=decimal(r["open_p50_days"]),
            longest=decimal(r["open_max_days"]),
        )
        parts.append(svg.link(pen.link(stage=r["stage"], state="open"), mark, says))
    days = count(rows[0]["days"])
    foot = (
        f"日进、日出、W、清空按自然日（近{days}个24小时）；工时龄按工作时间；进出差在其波动两倍之内为平衡，不给出清空天数，超出时不给出W"
        if zh
        else f"in, out, W, to clear: calendar days ({days} × 24 hours), ages: work time; "
        "in balance (in − out within twice its noise): no days to clear, else no W"
    )
    total = top + row * len(rows) + 26
    return svg.picture(width, total, "".join(parts) + svg.words(0, total - 6, foot, svg.INK_3), "环节队列" if zh else "Queues")


def _little(r: Record, pen: Pen) -> tuple[str, str]:
    if r["w_code"]:
        return WHY[r["w_code"]](pen.lang), svg.INK_3
    return duration(24 * number(r["w_days"]), pen.lang), svg.INK


def _clear(r: Record, pen: Pen) -> tuple[str, str]:
    """Growing, amber, where more comes than goes beyond its noise; days where more goes; else why neither."""
    if r["clear_code"] == "growing":
        return GROWING(pen.lang), svg.WATCH
    if r["clear_code"]:
        return WHY[r["clear_code"]](pen.lang), svg.INK_3
    return duration(24 * number(r["clear_days"]), pen.lang), svg.INK


def _stack(x: float, y: float, wide: float, values: list[float], colours: tuple[str, ...]) -> str:
    values = [0.0 if math.isnan(v) else v for v in values]
    total, out = sum(values), ""
    for v, colour in zip(values, colours, strict=True):
        if total and v and wide:
            out += svg.rect(x, y, wide * v / total, 18, colour)
            x += wide * v / total
    return out


def _legend(x: float, y: float, names: list[str], colours: tuple[str, ...]) -> str:
    out = ""
    for name, colour in zip(names, colours, strict=True):
        out += svg.rect(x, y - 10, 12, 12, colour, stroke=svg.RULE) + svg.words(x + 17, y, name, svg.INK_3)
        x += 34 + 14 * sum(1.0 if ord(c) > 0x2E80 else 0.58 for c in name)
    return out


# -------------------------------------------------------------------- limits that end soon
COLUMN, GAP, LINE = 324, 26, 24
GROUPS = (
    ("stage", Text(zh="按环节", en="By stage")),
    ("department", Text(zh="按部门", en="By department")),
    ("town", Text(zh="按片区", en="By town")),
)
KIND = {"stage": "stage", "department": "department", "town": "area"}
WORD = {"stage": "stage", "department": "dep", "town": "area"}
#: Cases that are drawn; the table has more.
DRAWN = 20


def breaches(frame: pd.DataFrame, pen: Pen) -> str:
    """Three columns: stages and departments, towns, and the cases where the viewer may see them."""
    zh = pen.lang == "zh"
    rows = records(frame)
    whole = next(r for r in rows if r["kind"] == "all")
    groups = {kind: [r for r in rows if r["kind"] == kind] for kind in ("stage", "department", "town", "case")}
    most = max([number(r["n"]) for k in KIND for r in groups[k]], default=1.0) or 1.0
    parts = [svg.words(0, 18, _sentence(whole, pen), svg.INK, font_size=16)]
    lowest = 40.0
    for x, kinds in ((0.0, ("stage", "department")), (float(COLUMN + GAP), ("town",))):
        y = 48.0
        for kind in kinds:
            parts.append(svg.words(x, y, dict(GROUPS)[kind](pen.lang), svg.INK_3))
            parts.append(svg.words(x + 252, y, "到期" if zh else "limits", svg.INK_3, "end"))
            parts.append(svg.words(x + COLUMN, y, "预计超期" if zh else "expected", svg.INK_3, "end"))
            for r in groups[kind][:18]:
                y += LINE
                parts.append(_share_of(r, kind, x, y, most, pen))
            y += 34
        lowest = max(lowest, y)
    x, y = 2.0 * (COLUMN + GAP), 48.0
    parts.append(svg.words(x, y, "案件（超期概率高者在前）" if zh else "Cases, the likeliest first", svg.INK_3))
    for r in groups["case"][:DRAWN]:
        y += LINE
        chance = number(r["chance"])
        ink = svg.WATCH if chance >= 0.5 else svg.INK_2
        parts.append(svg.words(x, y, r["named"].removeprefix("case:"), svg.INK, font_size=14))
        parts.append(svg.words(x + 158, y, svg.cut(pen.name("stage", r["stage"]), 4.6), svg.INK_2))
        parts.append(svg.words(x + 278, y, time_left(r["left_min"], pen), svg.INK_2, "end"))
        parts.append(svg.words(x + COLUMN, y, f"{100 * chance:.0f}%" if known(chance) else NONE, ink, "end", font_weight=600))
    if not groups["case"]:
        y += LINE
        parts.append(
            svg.words(x, y, "无可列案件，或无案件权限" if zh else "no case to list, or no right to see cases", svg.INK_3)
        )
    return svg.picture(
        3 * COLUMN + 2 * GAP, max(lowest - 10, y + 14), "".join(parts), "即将超期" if zh else "Limits that end soon"
    )


def _sentence(r: Record, pen: Pen) -> str:
    zh = pen.lang == "zh"
    n, expected, least = count(r["n"]), decimal(r["expected"]), decimal(r["at_least"])
    out = (
        f"未来4小时到期 {n} 件，预计超期 {expected} 件（只看本环节至少 {least}）"
        if zh
        else f"{n} limits end within 4 hours, {expected} expected to be broken (by the stage alone at least {least})"
    )
    if number(r["hung"]) > 0:
        out += f"；缓办 {count(r['hung'])}" if zh else f"; deferred {count(r['hung'])}"
    if number(r["unknown"]):
        out += f"；无法估计 {count(r['unknown'])}" if zh else f"; no estimate for {count(r['unknown'])}"
    return out


def _share_of(r: Record, kind: str, x: float, y: float, most: float, pen: Pen) -> str:
    code = r["named"].partition(":")[2]
    name = pen.name(KIND[kind], code)
    wide = 110.0 * number(r["n"]) / most
    mark = svg.words(x, y, svg.cut(name, 6.6), svg.INK)
    mark += svg.rect(x + 100, y - 12, wide, 14, STEPS[3])
    if known(r["expected"]) and number(r["n"]):
        mark += svg.rect(x + 100, y - 12, wide * min(number(r["expected"]) / number(r["n"]), 1.0), 14, svg.WATCH)
    mark += svg.words(x + 252, y, count(r["n"]), svg.INK, "end")
    mark += svg.words(x + COLUMN, y, decimal(r["expected"]), svg.INK, "end", font_weight=600)
    says = f"{name}: {count(r['n'])}, {decimal(r['expected'])}"
    return svg.link(pen.link(**{WORD[kind]: code}), mark, says) if code else mark


# -------------------------------------------------------------------- times in stage
def stage_times(frame: pd.DataFrame, pen: Pen) -> str:
    """Per stage a dot at the median and a line to P90 (work time, square root); below it, hollow, the repeat stays."""
    zh = pen.lang == "zh"
    rows = [r for r in records(frame) if number(r["n"])]
    width, row, top = 470.0, 26, 28
    ends = [number(r[k]) for r in rows for k in ("median_min", "p90_min") if known(r[k])]
    longest = math.sqrt(max([*ends, 60.0]))
    low, high = 116.0, 262.0

    def at(minutes: float) -> float:
        return low + (high - low) * math.sqrt(max(number(minutes), 0.0)) / longest

    heads = ((318, "中位", "median"), (368, "P90", "P90"), (width, "自然时间中位", "wall median"))
    parts = [svg.words(low, 16, "中位—P90（工作时）" if zh else "median–P90 (work h)", svg.INK_3)]
    parts += [svg.words(x, 16, (a, b)[not zh], svg.INK_3, "end") for x, a, b in heads]
    for i, r in enumerate(rows):
        y = top + row * i
        again = r["visit"] == "again"
        name = pen.name("stage", r["stage"]) if not again else ("↻ 再次" if zh else "↻ again")
        mark = svg.words(12 if again else 0, y + 18, svg.cut(name, 7), svg.INK_3 if again else svg.INK)
        if known(r["median_min"]):
            x = at(r["median_min"])
            mark += svg.line(
                x,
                y + 13,
                at(r["p90_min"]) if known(r["p90_min"]) else high,
                y + 13,
                svg.DATA,
                2,
                stroke_dasharray=None if known(r["p90_min"]) else "2 3",
            )
            mark += svg.tag("circle", cx=x, cy=float(y + 13), r=4.5, fill=svg.PANEL if again else svg.DATA, stroke=svg.DATA)
        mark += svg.words(318, y + 18, work_hours(r["median_min"]), svg.INK, "end", font_weight=600)
        mark += svg.words(368, y + 18, work_hours(r["p90_min"]), svg.INK_2, "end")
        wall = duration(number(r["wall_median_min"]) / 60, pen.lang) if known(r["wall_median_min"]) else NONE
        mark += svg.words(width, y + 18, wall, svg.INK_2, "end")
        of = f"n {count(r['n'])} = {count(r['done'])} + {count(r['waiting'])}"
        says = f"{pen.name('stage', r['stage'])}{' ↻' if again else ''}: {of}"
        parts.append(svg.tag("g", mark, data_say=says))
    total = top + row * len(rows) + 24
    foot = "未离开的停留按截尾计入（Kaplan-Meier）" if zh else "stays that go on are censored (Kaplan-Meier)"
    return svg.picture(
        width, total, "".join(parts) + svg.words(0, total - 6, foot, svg.INK_3), "环节用时" if zh else "Time in stage"
    )


def no_breach(pen: Pen) -> str:
    """What stands where no limit ends soon."""
    said = "未来 4 小时内没有到期的在办案件" if pen.lang == "zh" else "No open case has its limit within the next 4 hours"
    return f'<p class="an-empty">{said}</p>'
