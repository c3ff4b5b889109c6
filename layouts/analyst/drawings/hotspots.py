"""Where more is reported, or late, than expected: map of villages by one measure, hot ones outlined, and the top of the list."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from data.drill.views.hotspots import DRILL, SOURCES, WHATS
from data.text import ITEMS, Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import Outlines, RenderContext
from layouts.analyst.drawing import Drawing, no_row
from layouts.palette import var
from layouts.panels.grid_heat_classes import BY_CHANCE, SIGNAL
from layouts.text.formats import count, decimal, known, number
from layouts.text.rows import records

WIDTH, HEIGHT, MAP, TOP, LIST, ROW = 1070, 530, 540, 40, 562, 28
MEASURES = {
    "ratio": Text(zh="O/E", en="O/E"),
    "eb": Text(zh="O/E 收缩", en="O/E shrunken"),
    "rate": Text(zh="每千人·日", en="per 1,000 and day"),
    "n": Text(zh="件数", en="count"),
}
#: Query parameters that choose what the map shows; the first value of each is the default.
WORDS: Mapping[str, tuple[str, ...]] = {"what": tuple(WHATS), "source": tuple(SOURCES), "measure": tuple(MEASURES)}
_NAMED = {"what": WHATS, "source": SOURCES, "measure": MEASURES}
#: Breaks of a ratio: amber begins a third above the expected number, red at twice that number; both need proof.
RATIO = (0.5, 0.8, 1.05, 1.33, 2.0)
#: A workload is neither good nor bad: no amber, no red.
BLUES = (*svg.CLASSES[:4], var("load-5"), var("load-6"))
#: Ends of the list's logarithmic scale of O/E.
LEAST, MOST = 0.25, 8.0
ROWS = 16
SAYS = Text(
    zh="{name}：{what} {n}，期望 {expected}，O/E {ratio}（95% {low}–{high}），收缩 {eb}；连同相邻 Gi* z {gi}，p {p}；"
    "本村 p {own_p}{hot}",
    en="{name}: {what} {n}, expected {expected}, O/E {ratio} (95 % {low}–{high}), shrunken {eb}; with neighbours Gi* z {gi},"
    " p {p}; alone p {own_p}{hot}",
)
#: Words for a hot place, by its code.
_HOT = (Text(zh="", en=""), Text(zh="，连片热点", en=", hot with its neighbours"), Text(zh="，单村热点", en=", hot by itself"))
LABEL, HOT, CLUSTER = Text(zh="热点", en="Hot spots"), Text(zh="热点", en="hot"), Text(zh="聚集", en="cluster")
FEW, ALL_FEW = Text(zh="期望 < 3", en="expects < 3"), Text(zh="各处都期望不足 3 件", en="fewer than 3 expected everywhere")
VILLAGE, AGAINST = Text(zh="村（社区）", en="village"), Text(zh="件数 / 期望", en="n / expected")
SHRUNKEN = Text(zh="收缩", en="shrunken")
COUNTED = Text(
    zh="{source}{what} {n}（未定位 {lost}）· {places} 处", en="{source} {what} {n} ({lost} in no place) · {places} places"
)
TESTED = Text(zh="，检验 {tested} 处，热点 {n}", en=", {tested} tested, {n} hot")
UNTESTED = Text(zh="，未检验热点", en=", hot spots not tested")
SEE_REPORTED = Text(zh=" · 上报有聚集，见“上报·全部”", en=" · reports lie together: see reported, all")
OF_PATROLS = Text(zh=" · 巡查发现随巡查力度", en=" · what patrols find follows their effort")
TOGETHER = Text(
    zh=" · 近 {days} 天聚集：{named}，{n} 件，期望 {expected}，{seldom}",
    en=" · cluster of the last {days} days: {named}, {n} seen, {expected} expected, {seldom}",
)
AND_MORE = Text(zh=" 等 {n} 村", en=" and {more} more")
RECURS = Text(zh="平静时约 {days} 天一遇", en="once in {days} days when quiet")
NEVER = Text(zh="平静时未见", en="never seen when quiet")


def chosen(context: RenderContext) -> dict[str, str]:
    """The current value of each switch."""
    return {word: context.words[word] if context.words.get(word) in known_ else known_[0] for word, known_ in WORDS.items()}


def shown(frame: pd.DataFrame, context: RenderContext) -> pd.DataFrame:
    """The rows of the chosen source and of what is counted."""
    at = chosen(context)
    return frame[(frame["source"] == at["source"]) & (frame["what"] == at["what"])]


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """The map and the top of the list; without outlines only the list."""
    shapes = context.outlines(tuple(code for code in dict.fromkeys(frame["area"]) if code))
    own = shown(frame, context)
    rows = [r for r in records(own) if r["area"]]
    measure = chosen(context)["measure"]
    parts = [f"<defs>{svg.HATCH}</defs>", _switches(context)]
    breaks = breaks_of(own, measure)
    if any(r["area"] in shapes for r in rows):
        parts.append(_map([r for r in rows if r["area"] in shapes], shapes, measure, breaks, context))
        parts.append(_legend(breaks, measure, bool((own["cluster"] > 0).any()), context))
    parts.append(_list(rows, context))
    return svg.picture(WIDTH, HEIGHT, "".join(parts), LABEL(context.lang))


def breaks_of(rows: pd.DataFrame, measure: str) -> tuple[float, ...]:
    """Ascending breaks between six classes: fixed for ratios, quantiles of the known values for a workload."""
    if measure in ("ratio", "eb"):
        return RATIO
    held = rows[measure].to_numpy(float)
    held = held[np.isfinite(held) & (held > 0)]
    if not len(held):
        return ()
    digits = 0 if measure == "n" else 2
    return tuple(sorted({round(float(v), digits) for v in np.quantile(held, (0.2, 0.4, 0.6, 0.8, 0.95))}))


def _switches(context: RenderContext) -> str:
    """Three groups of choices, each a link to the same view with another parameter."""
    parts, x = [], 0.0
    at = chosen(context)
    for word, names in _NAMED.items():
        for value, name in names.items():
            said = name(context.lang)
            width = 22 + sum(15.0 if ord(c) > 0x2E80 else 7.6 for c in said)
            now = at[word] == value
            mark = svg.rect(x, 2, width, 26, svg.RAISED if now else "transparent", stroke=svg.SELECT if now else svg.RULE)
            mark += svg.words(x + width / 2, 20, said, svg.INK if now else svg.INK_2, "middle")
            href = replace(context, words={**context.words, word: value}).link()
            parts.append(svg.link(href, mark, said, aria_current="true" if now else None))
            x += width
        x += 18
    return "".join(parts)


def _map(rows: list[Record], shapes: Outlines, measure: str, breaks: tuple[float, ...], context: RenderContext) -> str:
    size = max(s.height for s in shapes.values())
    scale = min(MAP - 110, (HEIGHT - TOP - 6) / max(size, 0.2))
    left = MAP - scale - 4
    colours = svg.CLASSES if measure in ("ratio", "eb") else BLUES
    parts, outlines = [], []
    for r in rows:
        path = shapes[r["area"]].path(left, TOP, scale)
        of = sum(number(r[measure]) >= b for b in breaks) if known(r[measure]) else 0
        ratio = measure in ("ratio", "eb")
        few = ratio and bool(_code(r, "few"))
        chance = ratio and not few and of + 1 >= SIGNAL and not (_code(r, "hot") or _code(r, "cluster"))
        inside = svg.tag(
            "path", d=path, fill=colours[1] if few else colours[0 if chance else of], stroke=svg.GROUND, stroke_width=0.6
        )
        if few or chance:
            inside += svg.tag("path", d=path, fill="url(#few)" if few else f"url(#chance-{of + 1})", stroke="none")
        parts.append(svg.go(context.link(area=r["area"]), inside, _says(r, context)))
        if _code(r, "hot"):
            outlines.append(svg.tag("path", d=path, fill="none", stroke=svg.INK, stroke_width=2.2, stroke_linejoin="round"))
        if _code(r, "cluster"):
            outlines.append(
                svg.tag(
                    "path",
                    d=path,
                    fill="none",
                    stroke=svg.SELECT,
                    stroke_width=3,
                    stroke_dasharray="7 4",
                    stroke_linejoin="round",
                )
            )
    return "".join(parts) + svg.tag("g", "".join(outlines), pointer_events="none")


def _legend(breaks: tuple[float, ...], measure: str, clustered: bool, context: RenderContext) -> str:
    lang = context.lang
    colours = svg.CLASSES if measure in ("ratio", "eb") else BLUES
    digits = 0 if measure == "n" else 2
    parts = [svg.words(0, TOP + 22, MEASURES[measure](lang), svg.INK_3)]
    ends = [f"≥ {decimal(breaks[-1], digits)}" if breaks else "–"]
    ends += [f"{decimal(a, digits)}–{decimal(b, digits)}" for a, b in zip(breaks[-2::-1], breaks[:0:-1], strict=True)]
    ends += [f"< {decimal(breaks[0], digits)}"] if breaks else []
    y = TOP + 34.0
    for i, said in enumerate(ends):
        parts += [svg.rect(0, y, 22, 14, colours[len(ends) - 1 - i], stroke=svg.RULE), svg.words(30, y + 12, said)]
        y += 24
    y += 6
    if measure in ("ratio", "eb"):
        parts += [
            svg.rect(0, y, 22, 14, svg.CLASSES[1], stroke=svg.RULE),
            svg.rect(0, y, 22, 14, "url(#few)"),
            svg.words(30, y + 12, FEW(lang)),
            svg.rect(0, y + 24, 22, 14, svg.CLASSES[0], stroke=svg.RULE),
            svg.rect(0, y + 24, 22, 14, f"url(#chance-{SIGNAL})"),
            svg.words(30, y + 36, BY_CHANCE(lang)),
        ]
        y += 48
    parts += [svg.rect(1, y, 20, 14, "none", stroke=svg.INK, stroke_width=2.2), svg.words(30, y + 12, HOT(lang))]
    if clustered:
        y += 24
        parts += [
            svg.rect(1, y, 20, 14, "none", stroke=svg.SELECT, stroke_width=3, stroke_dasharray="7 4"),
            svg.words(30, y + 12, CLUSTER(lang)),
        ]
    return "".join(parts)


def _code(row: Record, column: str) -> int:
    """A code or flag; 0 where it is not known, since nothing is called without a verdict."""
    return int(number(row[column])) if known(row[column]) else 0


def _list(rows: list[Record], context: RenderContext) -> str:
    """Hot villages by their smaller p, then the others by shrunken O/E, descending, without those where few are expected."""
    lang = context.lang
    rest = [r for r in rows if not _code(r, "hot") and not _code(r, "few") and known(r["eb"])]
    order = sorted((r for r in rows if _code(r, "hot")), key=lambda r: min(r[p] for p in ("p", "own_p") if known(r[p])))
    order += sorted(rest, key=lambda r: (-round(number(r["eb"]), 3), -number(r["ratio"])))
    left, right = LIST + 236, WIDTH - 116
    top = TOP + 24

    def at(value: float) -> float:
        share = math.log(min(max(value, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
        return left + (right - left) * share

    parts = [
        svg.words(LIST + 20, TOP + 12, VILLAGE(lang), svg.INK_3),
        svg.words(LIST + 222, TOP + 12, AGAINST(lang), svg.INK_3, "end"),
        svg.words(at(1), TOP + 12, "O/E 1", svg.INK_3, "middle"),
        svg.words(WIDTH - 52, TOP + 12, SHRUNKEN(lang), svg.INK_3, "end"),
        svg.words(WIDTH, TOP + 12, "Gi*", svg.INK_3, "end"),
        svg.line(at(1), top, at(1), top + ROW * min(len(order), ROWS), svg.INK_3, 1, stroke_dasharray="2 3"),
    ]
    for i, r in enumerate(order[:ROWS]):
        y = top + i * ROW
        hot = _code(r, "hot") > 0
        colour = svg.WATCH if known(r["low"]) and number(r["low"]) > 1 else svg.DATA
        mark = svg.rect(LIST, y, WIDTH - LIST, ROW, "transparent")
        if hot:
            mark += svg.rect(LIST + 2, y + 8, 12, 12, "none", stroke=svg.INK, stroke_width=2)
        mark += svg.words(
            LIST + 20, y + 19, svg.cut_middle(context.name("area", r["area"]), 9 if lang == "zh" else 11.5), svg.INK
        )
        mark += svg.words(LIST + 222, y + 19, f"{count(r['n'])} / {decimal(r['expected'])}", svg.INK_2, "end")
        if known(r["ratio"]):
            mark += svg.line(at(number(r["low"])), y + 14, at(number(r["high"])), y + 14, colour, 2)
            mark += svg.tag("circle", cx=at(number(r["ratio"])), cy=float(y + 14), r=4, fill=colour)
        mark += svg.words(WIDTH - 52, y + 19, decimal(r["eb"], 2), svg.INK, "end", font_weight=600)
        mark += svg.words(WIDTH, y + 19, decimal(r["gi"]), svg.INK_3, "end")
        parts.append(svg.link(context.link(area=r["area"]), mark, _says(r, context)))
    if not order:
        parts.append(svg.words(LIST + 20, top + 19, ALL_FEW(lang), svg.INK_3))
    return "".join(parts)


def _says(r: Record, context: RenderContext) -> str:
    digits = {"expected": 1, "ratio": 2, "low": 2, "high": 2, "eb": 2, "gi": 2, "p": 4, "own_p": 4}
    values = {k: decimal(r[k], d) for k, d in digits.items()}
    hot = _HOT[_code(r, "hot")](context.lang)
    return SAYS(context.lang).format(
        name=context.name("area", r["area"]), what=WHATS[r["what"]](context.lang), n=count(r["n"]), hot=hot, **values
    )


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    """What is counted, how much of it has no place, how many were tested and are hot; what limits the findings of patrols."""
    own, at, lang = shown(frame, context), chosen(context), context.lang
    n, lost = int(own["n"].sum()), int(own.loc[own["area"] == "", "n"].sum())
    places, hot = int((own["area"] != "").sum()), int((own["hot"] > 0).sum())
    source, what = SOURCES[at["source"]](lang), WHATS[at["what"]](lang)
    said = COUNTED(lang).format(source=source, what=what, n=count(n), lost=count(lost), places=places)
    tested = int((own["p"].notna() | own["own_p"].notna()).sum())
    said += TESTED(lang).format(tested=tested, n=hot) if tested else UNTESTED(lang)
    said += together(own, context)
    if not (own["cluster"] > 0).any() and (frame["cluster"] > 0).any():
        said += SEE_REPORTED(lang)
    if at["source"] != "citizen" and at["what"] == "reported":
        said += OF_PATROLS(lang)
    return said


def together(rows: pd.DataFrame, context: RenderContext) -> str:
    """The cluster that the day's scan found ("" = none): villages (the first three), window, and how rare it is by chance."""
    inside = rows[rows["cluster"] > 0]
    if inside.empty:
        return ""
    lang, r = context.lang, records(inside)[0]
    names = [context.name("area", code) for code in inside["area"]]
    named = ITEMS(lang).join(names[:3])
    if len(names) > 3:
        named += AND_MORE(lang).format(n=len(names), more=len(names) - 3)
    recurs = number(r["cluster_recurs"])
    return TOGETHER(lang).format(
        days=count(r["cluster"]),
        named=named,
        n=count(r["cluster_n"]),
        expected=decimal(r["cluster_expected"]),
        seldom=(RECURS if math.isfinite(recurs) else NEVER)(lang).format(days=f"{recurs:.0f}"),
    )


DRAWING = Drawing(DRILL, {"hotspots": 10}, draw, basis, nothing=no_row, words=WORDS)
