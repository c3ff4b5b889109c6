"""A fair comparison of departments' response times: median dot and 95 % whisker per department, shaded bands for verdicts.

Completion is the list; first response is a column.  Departments with too few cases are not ranked.  Open events are
right-censored by the metric.
"""

from __future__ import annotations

import itertools
import math

from data.city.city import City
from data.query.verdict_rows import HOW
from data.text import ITEMS, Lang, Text
from data.types.records import Record
from layouts.html.marks import nothing, percent, text
from layouts.html.markup import Div, Node, Span
from layouts.panels.axis import Axis, axis_of
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import NONE, count, decimal, known, number, windowed
from layouts.text.place import Place
from layouts.text.rows import names, records

SHOWN, FILLED = 19, 13  # maximum ranked rows; up to this many rows, departments with too few cases get rows of their own
#: band -> its label, compared with the whole (the city, or the area on its own wall); every second piece is dropped
#: where space is short
BANDS = {
    -1: Text(zh="快|于{whole}", en="faster| than {whole}"),
    0: Text(zh="|与{whole}|相当", en="level| with {whole}"),
    1: Text(zh="慢|于{whole}", en="slower| than {whole}"),
}
HERE = Text(zh="本地", en="area")
LONGEST = 9  # maximum length of an area's name in the foot line (characters)
ROOM = 54.0  # % of the track that a band's label needs; it goes into the row of the band with the most room, if that has it
HOURS, DAYS = Text(zh="工作时", en="work hours"), Text(zh="工作日", en="workdays")
#: The same for a city that works round the clock.
NATURAL_HOURS, NATURAL_DAYS = Text(zh="小时", en="hours"), Text(zh="天", en="days")
MINUTES, SECONDS = Text(zh="分", en="minutes"), Text(zh="秒", en="seconds")
HEADS = (
    Text(zh="部门", en="Department"),
    Text(zh="中位", en="median"),
    Text(zh="首响", en="first"),
    Text(zh="件数", en="cases"),
    Text(zh="未办结", en="open"),
    Text(zh="按时", en="on time"),
)
AND_MORE, COLON = Text(zh=" 等 {all} 个", en=" and {more} more"), Text(zh="：", en=": ")
BEYOND, OF_THEM_OPEN = Text(zh="另 {n} 个已排名", en="{n} more ranked"), Text(zh="（含未办结 {n}）", en=" ({n} of them open)")
SHORT = Text(zh="{n}分", en="{n}m")
FEW = Text(zh="样本不足 20 件|，不排名", en="under 20| cases, not ranked")
NO_CASE = Text(zh="{window}没有派遣；0 件是真数", en="Nothing was dispatched in the {window}; the 0 is real")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """Rows by rank; the city's own median is a line through all tracks."""
    rows = records(reading.frame)
    done = [r for r in rows if r["measure"] == "complete"]
    first = {str(r["department"]): r for r in rows if r["measure"] == "first"}
    whole = next((r for r in done if r["department"] == ""), None)
    ranked = sorted((r for r in done if r["department"] != "" and known(r["place"])), key=lambda r: number(r["place"]))
    few = [r for r in done if r["department"] != "" and not known(r["place"]) and number(r["n"]) > 0]
    few.sort(key=lambda r: -number(r["n"]))
    if not ranked and not few:
        return nothing(windowed(NO_CASE, city, "department_response"), lang)
    scale, unit = _unit(ranked, whole, city)
    axis = axis_of(number(r[k]) / scale for r in ranked for k in ("low_min", "median_min", "high_min"))
    called = names(city.profile.departments, lang)
    middle = number(whole["median_min"]) / scale if whole else math.nan
    parts: list[Node] = [_head(axis, unit, lang)]
    before: int | None = None
    spans = [_span(row, scale, axis) for row in ranked[:SHOWN]]
    labelled = _labelled([int(number(row["band"])) if known(row["band"]) else 0 for row in ranked[:SHOWN]], spans)
    whole_called = (HERE if reading.scope else city.profile.city.whole)(lang)
    for i, (row, span) in enumerate(zip(ranked, spans, strict=False)):
        band = int(number(row["band"])) if known(row["band"]) else 0
        start, before = band != before, band
        side = _free(span)[1] if i in labelled else ""
        word = BANDS[band](lang).format(whole=whole_called) if side else ""
        parts.append(
            _row(row, first.get(str(row["department"])), called, scale, span, axis.at(middle), (word, side), start, lang)
        )
    room = max(FILLED - len(ranked), 0)
    rows_of_few = few[:room] if room > 1 and len(few) > 1 else []
    parts += [_few_row(r, called, i == 0, lang) for i, r in enumerate(rows_of_few)]
    parts.append(_too_few(few[len(rows_of_few) :], len(ranked) - SHOWN, called, lang))
    if whole is not None:
        whole_name = Place(city, reading.scope).whole(lang)
        named = whole_name if len(whole_name) <= LONGEST else whole_called
        parts.append(_city(whole, first.get(""), scale, unit, named, lang))
    return Div(parts, className="dept", style={"--n": str(min(len(ranked), SHOWN))})


def _unit(ranked: list[Record], whole: Record | None, city: City) -> tuple[float, Text]:
    """(minutes per unit, its name): minutes or seconds if the whole's median is below an hour, else (work) hours, or days if most
    values would be far beyond a working week."""
    ends = [number(r["high_min"]) if known(r["high_min"]) else number(r["median_min"]) for r in ranked]
    longest = max((e for e in ends if not math.isnan(e)), default=60.0)
    around = city.profile.hours.round_the_clock
    day = city.profile.hours.minutes_a_day or 480
    hours, days = (NATURAL_HOURS, NATURAL_DAYS) if around else (HOURS, DAYS)
    if not ranked:
        return 60.0, hours
    if longest <= 5:
        return 1 / 60, SECONDS
    if longest <= 120 or (whole is not None and number(whole["median_min"]) < 60 and longest <= 600):
        return 1.0, MINUTES
    return (60.0, hours) if longest <= 100 * 60 else (float(day), days)


def _head(axis: Axis, unit: Text, lang: Lang) -> Div:
    ends = {axis.ticks[0]: "first", axis.ticks[-1]: "last"}
    ticks = [
        Span(f"{t:g}", className=f"dp-tick {ends.get(t, '')}".strip(), style={"left": percent(axis.at(t))}) for t in axis.ticks
    ]
    name, done, first, n, open_, on_time = (h(lang) for h in HEADS)
    return Div(
        [
            text(name, "dp-name"),
            text(done, "dp-median"),
            Div(ticks, className="dp-track"),
            text(first, "dp-first"),
            text(n, "dp-n"),
            text(open_, "dp-open"),
            text(on_time, "dp-ontime"),
        ],
        className="dp-row dp-head",
        title=unit(lang),
    )


Reach = tuple[float, float, float]


def _span(row: Record, scale: float, axis: Axis) -> Reach:
    """(low, median, high) of a row on the track, in %; NaN if unknown (high: not reached)."""
    low, median, high = (axis.at(number(row[k]) / scale) for k in ("low_min", "median_min", "high_min"))
    return low, median, high


def _free(span: Reach) -> tuple[float, str]:
    """(% of the track that is free on one side of a row's marks, that side: "right" or "left"): the side with more."""
    low, median, high = span
    known_from, known_to = [x for x in (low, median) if not math.isnan(x)], [x for x in (high, median) if not math.isnan(x)]
    if not math.isnan(low) and math.isnan(high):
        known_to = [100.0]  # an open whisker extends to the end
    right, left = 100 - max(known_to, default=0.0), min(known_from, default=100.0)
    return (right, "right") if right >= left else (left, "left")


def _labelled(bands: list[int], spans: list[Reach]) -> set[int]:
    """The rows that carry a label: of each run of rows of one band the one with the most room, if it is enough."""
    out = set()
    for band, run in itertools.groupby(range(len(bands)), bands.__getitem__):
        best = max(run, key=lambda i: _free(spans[i])[0])
        if band in BANDS and _free(spans[best])[0] >= ROOM:
            out.add(best)
    return out


def _row(
    row: Record,
    first: Record | None,
    called: dict[str, str],
    scale: float,
    span: Reach,
    middle: float,
    said: tuple[str, str],
    start: bool,
    lang: Lang,
) -> Div:
    """``said``: the band's label and its side; ``middle``: the whole's median on the track."""
    code = str(row["department"])
    kind = {-1: "fast", 1: "slow"}.get(int(number(row["band"])) if known(row["band"]) else 0, "even")
    low, dot, high = span
    median = number(row["median_min"]) / scale
    track: list[Node] = []
    if not math.isnan(middle):
        track.append(Div(className="dp-city", style={"left": percent(middle)}))
    if said[0]:
        pieces = [text(piece, "more") if i % 2 else piece for i, piece in enumerate(said[0].split("|")) if piece]
        track.append(text(pieces, "dp-band left" if said[1] == "left" else "dp-band"))
    if not math.isnan(low):
        stop = 100.0 if math.isnan(high) else high
        track.append(
            Div(
                className="dp-whisker open" if math.isnan(high) else "dp-whisker",
                style={"left": percent(low), "width": percent(max(stop - low, 0.4))},
            )
        )
    if not math.isnan(dot):
        track.append(Div(className="dp-dot", style={"left": percent(dot)}))
    return Div(
        [
            text(called.get(code, code), "dp-name"),
            text(decimal(median), "dp-median num"),
            Div(track, className="dp-track"),
            text(_first(first, scale, lang), "dp-first"),
            text(count(row["n"]), "dp-n"),
            text(count(row["waiting"]), "dp-open"),
            text(decimal(row["on_time"], 0) + "%" if known(row["on_time"]) else NONE, "dp-ontime"),
        ],
        className=f"dp-row {kind}" + (" start" if start else ""),
    )


def _first(first: Record | None, scale: float, lang: Lang) -> str:
    """The median time to first handling in the list's unit; below an hour in minutes, marked as such, if the unit is larger."""
    if first is None or not known(first["median_min"]):
        return NONE
    minutes = number(first["median_min"])
    if scale > 1 and minutes < 60:
        return SHORT(lang).format(n=f"{minutes:.0f}")
    return decimal(minutes / scale)


def _few_row(row: Record, called: dict[str, str], start: bool, lang: Lang) -> Div:
    """A department with too few cases to rank: its name, the reason for the missing figure, its number of cases."""
    code = str(row["department"])
    why, _, more = FEW(lang).partition("|")
    return Div(
        [
            text(called.get(code, code), "dp-name"),
            text([why, text(more, "more")] if start else "", "dp-why"),
            text(count(row["n"]), "dp-n"),
            text(count(row["waiting"]), "dp-open"),
            text("", "dp-ontime"),
        ],
        className="dp-row few" + (" start" if start else ""),
    )


def _too_few(few: list[Record], beyond: int, called: dict[str, str], lang: Lang) -> Div:
    """Below the list: departments with too few cases (with numbers), and the number of ranked ones that did not fit."""
    said: list[str] = []
    if few:
        listed = [f"{called.get(str(r['department']), str(r['department']))} {count(r['n'])}" for r in few]
        more = "" if len(listed) <= 3 else AND_MORE(lang).format(all=len(listed), more=len(listed) - 3)
        said.append(ITEMS(lang).join(listed[:3]) + more + COLON(lang) + FEW(lang).replace("|", ""))
    if beyond > 0:
        said.append(BEYOND(lang).format(n=beyond))
    return Div((" · ").join(said), className="dp-few")


def _city(whole: Record, first: Record | None, scale: float, unit: Text, called: str, lang: Lang) -> Div:
    median = number(whole["median_min"]) / scale
    said = f"{called} {decimal(median)} {unit(lang)}"
    if first and known(first["median_min"]):
        said += f" · {HEADS[2](lang)} {_first(first, scale, lang)}"
    said += f" · n {count(whole['n'])}"
    more = ""
    if number(whole["waiting"]) > 0:
        more = OF_THEM_OPEN(lang).format(n=count(whole["waiting"]))
    return Div([said, text(more, "more")], className="dp-whole")


PANEL = Panel(
    id="department_response",
    title=Text(zh="部门响应", en="Department response"),
    unit=Text(zh="按中位排序 · 派遣→办结", en="sorted by median · dispatch → done"),
    definition=Text(
        zh="{window}登记的事件，派遣到办结的净工作时间（扣除缓办）。中位与 95% 区间为 Kaplan-Meier（cloglog）；"
        f"未办结计为删失，不剔除，另列件数；按中位排序；底色为与全市其余部门相比（对数秩检验，{HOW.zh}）：快、慢，"
        "或差别不明显；不足 20 件不排名，没有案件的不列。按时率按各件自己的时限计：快的部门时限可能更短，按时率未必高。",
        en="Events registered in the {window}: net work time from dispatch to completion, pauses out. Kaplan-Meier median with "
        "95% interval; open cases are right-censored, not left out, and counted in a column of their own; sorted by the "
        f"median. The ground compares with the rest of the city (log-rank; {HOW.en}): faster, slower, or no "
        "clear difference; fewer than 20 cases are not ranked, departments without a case are not listed. On time is by each "
        "case's own limit: a fast department may have shorter limits, and be on time less often.",
    ),
    metric="department_response",
    vital=frozenset({"complete"}),
    figure=figure,
    empty=lambda reading: len(reading.frame) == 0,
)
