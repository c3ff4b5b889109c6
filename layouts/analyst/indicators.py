"""Shares with what they stand on: value, its 95 % interval on one scale of 0 to 100 %, numerator and denominator."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pandas as pd

from data.drill.views.indicators import FEED_COUNTS, FEEDS, FEEDS_DRILL
from data.metrics.evaluation.catalogue import INDICATORS
from data.query.needs import Need, lost, not_mapped, unmet
from data.text import Text
from data.types.records import Record, Values
from layouts.analyst import svg
from layouts.analyst.pen import Pen
from layouts.text.formats import count, decimal, duration, known, number, share
from layouts.text.rows import records

WIDTH, ROW, TOP = 1070, 30, 24
HALF, NARROW = 520, 470
BAR, AT, VALUE, OF = 120, 178, 360, 472
_OF = {one.id: one for one in INDICATORS}
#: The cases behind an indicator: which state of the list shows them.
_LISTED = {
    "overdue_open": "overdue",
    "closure_rate": "closed",
    "on_time_closure": "late",
    "rework_rate": "rework",
    "return_rate": "returned",
    "deferral_rate": "hung",
    "reports": "",
}
SAYS = Text(
    zh="{name} {value}（{top} ÷ {bottom}，95% {low}–{high}，不在分母 {out}）",
    en="{name} {value} ({top} / {bottom}, 95 % {low}–{high}, outside {out})",
)


def draw(frame: pd.DataFrame, pen: Pen) -> str:
    """The catalogue in two columns; each row says its definition, and leads to its cases where the list knows them.  What is not
    mapped is not among them: see ``folded``."""
    rows = [r for r in records(frame) if not _missing(r["indicator"], pen)]
    half = (len(rows) + 1) // 2
    parts = []
    for column in range(2):
        left = column * (WIDTH - HALF)
        parts.append(_heads(left, pen))
        for i, r in enumerate(rows[column * half : (column + 1) * half]):
            parts.append(_row(r, left, TOP + i * ROW, pen))
    return svg.picture(WIDTH, TOP + half * ROW, "".join(parts), "评价指标" if pen.lang == "zh" else "Evaluation indicators")


def _missing(indicator: str, pen: Pen) -> tuple[Need, ...]:
    return unmet(_OF[indicator].needs, pen.city.mapped, pen.city.profile)


def folded(frame: pd.DataFrame, pen: Pen) -> str:
    """The indicators that nothing is delivered for, in one line that opens: each with what it lacks; "" where there is none."""
    lacking = [(r, _missing(r["indicator"], pen)) for r in records(frame) if _missing(r["indicator"], pen)]
    if not lacking:
        return ""
    head = f"未接入 {len(lacking)} 项" if pen.lang == "zh" else f"not mapped: {len(lacking)} indicators"
    rows = "".join(
        f"<li><b>{escape(str(r['number']))} {escape(_OF[r['indicator']].name(pen.lang))}</b> "
        f"{escape(not_mapped(needs, pen.lang))} <i>{escape(_OF[r['indicator']].definition(pen.lang))}</i></li>"
        for r, needs in lacking
    )
    return f'<details class="an-unmapped"><summary>{head}</summary><ul>{rows}</ul></details>'


def _heads(left: float, pen: Pen) -> str:
    zh = pen.lang == "zh"
    return (
        svg.words(left + AT, 14, "0", svg.INK_3, "middle")
        + svg.words(left + AT + BAR, 14, "100%", svg.INK_3, "middle")
        + svg.words(left + OF, 14, "分子 ÷ 分母" if zh else "of", svg.INK_3, "end")
        + svg.words(left + HALF, 14, "之外" if zh else "out", svg.INK_3, "end")
    )


def _row(r: Record, left: float, y: float, pen: Pen) -> str:
    one = _OF[r["indicator"]]
    name = one.name(pen.lang)
    base = y + 20
    mark = svg.rect(left, y, HALF, ROW, "transparent")
    mark += svg.words(left + 18, base, r["number"], svg.INK_3, "end")
    mark += svg.words(left + 26, base, svg.cut(name, 9.5 if pen.lang == "zh" else 14), svg.INK)
    if one.is_share:
        mark += bar(r, left + AT, BAR, y + 15)
        mark += svg.words(left + VALUE, base, share(r["value"]), svg.INK, "end", font_weight=600)
        mark += svg.words(left + OF, base, f"{count(r['numerator'])} ÷ {count(r['denominator'])}", svg.INK_3, "end")
        mark += svg.words(left + HALF, base, count(r["excluded"]), svg.INK_3, "end")
    else:
        mark += svg.words(left + VALUE, base, count(r["numerator"]), svg.INK, "end", font_weight=600)
        mark += svg.words(left + OF, base, "件" if pen.lang == "zh" else "cases", svg.INK_3, "end")
    said = SAYS(pen.lang).format(
        name=name,
        value=share(r["value"]) if one.is_share else count(r["numerator"]),
        top=count(r["numerator"]),
        bottom=count(r["denominator"]),
        low=decimal(r["low"]),
        high=decimal(r["high"]),
        out=count(r["excluded"]),
    )
    return marked(mark, f"{said}\n{one.definition(pen.lang)}", _list_of(r["indicator"], pen))


def _list_of(indicator: str, pen: Pen) -> str | None:
    if indicator not in _LISTED:
        return None
    return replace(pen, words={**pen.words, "tab": "cases"}).link(state=_LISTED[indicator])


def marked(mark: str, says: str, href: str | None = None) -> str:
    """Marks that say ``says`` when they are pointed at; reached by key, and leading on, where there is an ``href``."""
    if href is not None:
        return svg.link(href, mark, says)
    return svg.tag("g", mark, data_say=says, tabindex=0, role="note", aria_label=says)


def bar(r: Values, x: float, width: float, y: float) -> str:
    """A share as a dot on its interval, on a track from 0 to 100 %."""
    out = svg.line(x, y, x + width, y, svg.TRACK, 1)
    if known(r["low"]) and known(r["high"]):
        low, high = (x + width * number(r[k]) / 100 for k in ("low", "high"))
        out += svg.line(low, y, max(high, low + 1), y, svg.DATA, 3)
    if known(r["value"]):
        out += svg.tag("circle", cx=x + width * number(r["value"]) / 100, cy=float(y), r=4.5, fill=svg.DATA)
    return out


def moats(frame: pd.DataFrame, pen: Pen) -> str:
    """Each moat: how much of what entered it was settled there."""
    names = {m.code: m.name(pen.lang) for m in pen.city.profile.moats}
    zh = pen.lang == "zh"
    says = Text(
        zh="{name}：进入 {entered} = 在本道办结 {held} + 转入后一道或移交 {passed} + 超过期限在办 {aged} + 期限内在办 {fresh}"
        " + 作废、并案 {other}；拦截率 {value}",
        en="{name}: entered {entered} = settled there {held} + gone on {passed} + open beyond the horizon {aged} + open within it"
        " {fresh} + cancelled, merged {other}; held back {value}",
    )
    rows = []
    for r in records(frame):
        judged = number(r["held"]) + number(r["passed"]) + number(r["aged"])  # unknown where one of them is
        counts = {k: count(r[k]) for k in ("entered", "held", "passed", "aged", "fresh", "other")}
        said = says(pen.lang).format(name=names[r["moat"]], value=share(r["value"]), **counts)
        rows.append((names[r["moat"]], {**r, "numerator": r["held"], "denominator": judged}, said))
    return _shares(rows, "护城河" if zh else "Moats")


def feeds(frame: pd.DataFrame, pen: Pen) -> str:
    """Hotline and video, as shares of what was offered or is registered."""
    rows = []
    gone = {row for r in FEEDS_DRILL.lacking(pen.city) for row in r.rows}
    for r in records(frame):
        if r["indicator"] in gone:
            continue  # the panel's note says what is not mapped
        name = pen.feed(r["system"]) if r["system"] else FEEDS[r["indicator"]](pen.lang)
        of = FEED_COUNTS[r["indicator"]](pen.lang)
        said = f"{name} {share(r['value'])} · {of} · {count(r['numerator'])} ÷ {count(r['denominator'])}"
        rows.append(("　" + name if r["system"] else name, r, said))
    if not rows and gone:
        missing = not_mapped(lost(FEEDS_DRILL.lacking(pen.city)), pen.lang)
        return f'<p class="an-empty">{escape(missing)}</p>'
    return _shares(rows, "热线与视频" if pen.lang == "zh" else "Hotline and video")


def _shares(rows: list[tuple[str, Record, str]], label: str) -> str:
    parts = []
    for i, (name, r, said) in enumerate(rows):
        y = i * ROW
        mark = svg.rect(0, y, NARROW, ROW, "transparent")
        mark += svg.words(0, y + 20, svg.cut(name, 15 if name.isascii() else 11), svg.INK)
        mark += bar(r, 166, 90, y + 15) + svg.words(320, y + 20, share(r["value"]), svg.INK, "end", font_weight=600)
        mark += svg.words(NARROW, y + 20, f"{count(r['numerator'])} ÷ {count(r['denominator'])}", svg.INK_3, "end")
        parts.append(marked(mark, said))
    return svg.picture(NARROW, max(len(rows) * ROW, ROW), "".join(parts), label)


def freshness(frame: pd.DataFrame, pen: Pen) -> str:
    """How old each feed's newest record is; the stale ones first, in amber."""
    zh = pen.lang == "zh"
    # a feed that is not mapped is not late: the panel's note says what is missing
    heard = frame[frame["stale"].notna()]
    rows = records(heard.sort_values(["stale", "age_min"], ascending=[False, False], kind="stable", na_position="last"))
    parts = []
    for i, r in enumerate(rows):
        y = i * ROW
        name = pen.feed(r["feed"])
        stale = number(r["stale"]) == 1
        age = duration(number(r["age_min"]) / 60, pen.lang) if known(r["age_min"]) else ("35 天内无" if zh else "none in 35 d")
        expected = (
            duration(number(r["expected_min"]) / 60, pen.lang)
            if known(r["expected_min"])
            else ("无约定" if zh else "none agreed")
        )
        ink = svg.WATCH if stale else svg.INK
        mark = svg.rect(0, y, NARROW, ROW, "transparent") + svg.words(0, y + 20, svg.cut(name, 11), svg.INK)
        if stale:
            mark += svg.tag("path", d=f"M170 {y + 21}l6 -12l6 12z", fill=svg.WATCH)
        mark += svg.words(300, y + 20, age, ink, "end", font_weight=600)
        mark += svg.words(NARROW, y + 20, (f"界限 {expected}" if zh else f"limit {expected}"), svg.INK_3, "end")
        word = ("，陈旧" if zh else ", stale") if stale else ""
        parts.append(marked(mark, f"{name}：{age}（{expected}）{word}" if zh else f"{name}: {age} ({expected}){word}"))
    return svg.picture(NARROW, max(len(rows) * ROW, ROW), "".join(parts), "数据新鲜度" if zh else "Freshness of the data")


def basis(frame: pd.DataFrame, pen: Pen) -> str:
    n = sum(not _missing(i, pen) for i in frame["indicator"])
    return f"{n} 项，各带分母" if pen.lang == "zh" else f"{n} indicators, each with its denominator"


def moats_basis(frame: pd.DataFrame, pen: Pen) -> str:
    n = count(int(frame["entered"].sum()))
    return f"进入 {n}" if pen.lang == "zh" else f"entered {n}"


def feeds_basis(frame: pd.DataFrame, pen: Pen) -> str:
    n = len(frame) - int(frame["indicator"].isin([row for r in FEEDS_DRILL.lacking(pen.city) for row in r.rows]).sum())
    return f"{n} 项" if pen.lang == "zh" else f"{n} shares"


def freshness_basis(frame: pd.DataFrame, pen: Pen) -> str:
    frame = frame[frame["stale"].notna()]
    stale = int(frame["stale"].sum())
    return f"{len(frame)} 个来源，陈旧 {stale}" if pen.lang == "zh" else f"{len(frame)} feeds, {stale} stale"


def terms(pen: Pen) -> list[tuple[str, str]]:
    """(name, definition) of every indicator."""
    return [(f"{one.number} {one.name(pen.lang)}", one.definition(pen.lang)) for one in INDICATORS]
