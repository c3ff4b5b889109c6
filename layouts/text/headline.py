"""The sentence above all charts: reports, closures, and what needs action first.

Everything is a function of frames; a piece of the headline is ``(words, underlined)``, so that the important part can be
marked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from data.text import Lang, Text
from data.types.records import Values
from layouts.text.exceptions import Told
from layouts.text.formats import count, decimal, known, number
from layouts.text.rows import records

Piece = tuple[str, bool]
_TENTHS = ("", "一", "两", "三", "四", "五", "六", "七", "八", "九")

NO_USUAL = Text(zh="尚无往常可比", en="have no usual to compare with yet")
TOO_FEW = Text(zh="件数尚少，不判多寡", en="are too few to be judged")
AS_USUAL = Text(zh="与往常此时相当", en="are as usual")
FROM_NONE = Text(zh="有 {n} 件，往常此时没有", en="stand at {n} where the usual is none")
TIMES = Text(zh="是往常此时的 {ratio} 倍", en="are {ratio} times the usual")
SLIGHTLY = (
    Text(zh="略少于往常此时", en="are slightly below the usual"),
    Text(zh="略多于往常此时", en="are slightly above the usual"),
)
TENTHS = (
    Text(zh="比往常此时少{tenths}成", en="are {percent}% below the usual"),
    Text(zh="比往常此时多{tenths}成", en="are {percent}% above the usual"),
)
UNDER_A_TENTH = Text(zh="不到往常此时的一成", en="are under a tenth of the usual")


def against_usual(value: object, usual: object, verdict: object, lang: Lang) -> str:
    """A flow compared with its usual, in everyday words: 多两成, 少一成, 是往常的 2.4 倍; in English as per cent."""
    now, base, side = number(value), number(usual), number(verdict)
    if math.isnan(now) or math.isnan(base):
        return NO_USUAL(lang)
    if math.isnan(side):
        return TOO_FEW(lang)
    if side == 0:
        return AS_USUAL(lang)
    more = side > 0
    if base <= 0:
        return FROM_NONE(lang).format(n=count(now))
    ratio = now / base
    tenths = math.floor(abs(ratio - 1) * 10 + 0.5)
    if more and tenths >= 10:
        return TIMES(lang).format(ratio=decimal(ratio))
    if tenths == 0:
        return SLIGHTLY[more](lang)
    if tenths == 10:
        return UNDER_A_TENTH(lang)
    return TENTHS[more](lang).format(tenths=_TENTHS[min(tenths, 9)], percent=tenths * 10)


REPORTS = Text(zh="上报{says}，", en="Reports {says}, ")
FIRST = {
    "act": Text(zh="是今天最该动的一处。", en=" needs action first today."),
    "watch": Text(zh="值得留意。", en=" is worth watching."),
}
UNTOLD = Text(zh="异常尚无从判断。", en="what stands out cannot be told yet.")


NIGHT = Text(zh="夜间，今日至此上报 {n} 件，", en="Night: {n} reported so far today, ")
NIGHT_CLOSED = Text(zh="结案 {n} 件；", en="{n} closed; ")
NIGHT_ACT = Text(zh="须连夜处置。", en=" needs action tonight.")
NIGHT_WATCH = Text(zh="{n} 处留待天亮。", en="{n} matters can wait for the morning.")
NIGHT_ONE = Text(zh="可留待天亮。", en=" can wait for the morning.")
NIGHT_CALM = Text(zh="没有须连夜处置的事。", en="nothing needs action tonight.")


def headline(frame: pd.DataFrame, told: list[Told], lang: Lang, night: bool = False) -> list[list[Piece]]:
    """The wall's sentence, in clauses: reports, closures, and what needs action first.

    >>> 上报比往常此时多两成，| 结案跟得上；| [核查积压]是今天最该动的一处。

    At night the counts alone, since a few cases more or less are no news, and whether something must be done before morning.
    """
    rows = {str(r["kpi"]): r for r in records(frame)} if len(frame) else {}
    reported, closed = rows.get("reported"), rows.get("closed")
    if night and reported is not None:
        return _at_night(reported, closed, told, lang)
    out: list[list[Piece]] = []
    if reported is not None:
        says = against_usual(reported["value"], reported["usual"], reported["verdict"], lang)
        out.append([(REPORTS(lang).format(says=says), False)])
        out.append([(_closures(reported, closed, rows.get("open"), lang), False)])
    if told:
        first = told[0]
        out.append([(first.subject, True), (FIRST["act" if first.severity == "act" else "watch"](lang), False)])
    elif reported is not None and not known(reported["usual"]):
        out.append([(UNTOLD(lang), False)])
    elif reported is not None:
        out.append(_nothing_told(rows, lang))
    return out


def _at_night(reported: Values, closed: Values | None, told: list[Told], lang: Lang) -> list[list[Piece]]:
    out: list[list[Piece]] = [[(NIGHT(lang).format(n=count(reported["value"])), False)]]
    if closed is not None and known(closed["value"]):
        out.append([(NIGHT_CLOSED(lang).format(n=count(closed["value"])), False)])
    if told and told[0].severity == "act":
        out.append([(told[0].subject, True), (NIGHT_ACT(lang), False)])
    elif len(told) == 1:
        out.append([(told[0].subject, False), (NIGHT_ONE(lang), False)])
    else:
        out.append([((NIGHT_WATCH(lang).format(n=len(told)) if told else NIGHT_CALM(lang)), False)])
    return out


#: Figures worth mentioning when they deviate from the usual on this side, with their name and predicate.
_WORTH = (
    ("overdue", 1, Text(zh="超期未结", en="overdue cases"), Text(zh="高于往常。", en=" are above the usual.")),
    ("on_time", -1, Text(zh="按期结案率", en="closing on time"), Text(zh="低于往常。", en=" is below the usual.")),
    ("open", 1, Text(zh="在办", en="open cases"), Text(zh="高于往常。", en=" are above the usual.")),
)
NO_ACTION = Text(zh="没有需要处置的异常。", en="nothing needs action.")
ALL_USUAL = Text(zh="各处都在往常之内。", en="nothing stands out from the usual.")


def _nothing_told(rows: Mapping[str, Values], lang: Lang) -> list[Piece]:
    """The last clause if there is no exception: it must not say "usual" of what a figure beside it shows as unusual."""
    verdict = {k: number(r["verdict"]) for k, r in rows.items()}
    for kpi, side, subject, says in _WORTH:
        if verdict.get(kpi, math.nan) * side > 0:
            return [(subject(lang), True), (says(lang), False)]
    if any(abs(v) > 0 for v in verdict.values()) or all(math.isnan(v) for v in verdict.values()):
        return [(NO_ACTION(lang), False)]
    return [(ALL_USUAL(lang), False)]


CLOSED_UNKNOWN = Text(zh="结案未知；", en="closures are not known; ")
CLOSED_SO_FAR = Text(zh="今日结案 {n} 件；", en="{n} closed so far; ")
CLOSED_BEHIND = Text(zh="结案没有跟上；", en="closures fall behind; ")
CLOSED_BELOW = Text(zh="结案少于往常；", en="closures run below the usual; ")
CLOSED_ABOVE = Text(zh="结案多于往常；", en="closures run above the usual; ")
BOTH_ABOVE = Text(zh="结案也多于往常；", en="closures run above the usual; ")
CLOSED_KEEPS_UP = Text(zh="结案跟得上；", en="closures keep up; ")
CLOSED_AS_USUAL = Text(zh="结案如常；", en="closures are as usual; ")


def _closures(reported: Values, closed: Values | None, still: Values | None, lang: Lang) -> str:
    """Closures against their own usual; keeping up or falling behind is stated only if the day's figures support it.

    Keeping up: more reports than usual, and the open stock (``still``) is not above its own usual.  Falling behind:
    fewer closures than usual, and fewer than were reported today.
    """
    side = number(closed["verdict"]) if closed is not None else math.nan
    if closed is None or not known(closed["value"]):
        return CLOSED_UNKNOWN(lang)
    if math.isnan(side):
        return CLOSED_SO_FAR(lang).format(n=count(closed["value"]))
    busy = number(reported["verdict"]) > 0
    if side < 0:
        return (CLOSED_BEHIND if number(closed["value"]) < number(reported["value"]) else CLOSED_BELOW)(lang)
    if side > 0:
        return (BOTH_ABOVE if busy else CLOSED_ABOVE)(lang)
    if busy and still is not None and number(still["verdict"]) <= 0:
        return CLOSED_KEEPS_UP(lang)
    return CLOSED_AS_USUAL(lang)
