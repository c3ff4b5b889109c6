"""A case's time to scale: its visits from end to end, its limit, and the long waits that are cut out, each with its length."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import pairwise

from data.city.city import City
from data.drill.views.cases.case import Case
from data.text import ITEMS, Lang, Text
from layouts.html.marks import percent
from layouts.text.formats import NONE, duration, number
from layouts.text.rows import names, records

#: A wait longer than this part of all the time shown is cut out, to this width (% of the strip); at most so many.
LONGEST, WIDTH, MOST = 0.5, 16.0, 2
#: A segment narrower than this (%) has no name in it.
NAMED = 7.0
TO_SCALE = Text(zh="按时间比例", en="To scale")
CUT = Text(zh="按时间比例，断口处略去 {spans}", en="To scale; left out at the breaks: {spans}")
DUE = Text(zh="时限", en="limit")

Gap = tuple[int, int]


def breaks(points: list[int]) -> list[Gap]:
    """The gaps between neighbours of ``points`` (ms, sorted) that are cut out: the longest, while it takes more than
    ``LONGEST`` of the time that is left and something else remains to be seen."""
    gaps = [(a, b) for a, b in pairwise(points) if b > a]
    cut: list[Gap] = []
    while len(cut) < MOST and len(gaps) > 1:
        longest = max(gaps, key=lambda g: g[1] - g[0])
        if longest[1] - longest[0] <= LONGEST * sum(b - a for a, b in gaps):
            break
        gaps.remove(longest)
        cut.append(longest)
    return sorted(cut)


def scale(points: list[int], cut: list[Gap]) -> Callable[[int], float]:
    """The place (%) of an instant on the strip: linear, but for the gaps that are ``cut``, of ``WIDTH`` each."""
    first, last = points[0], points[-1]
    shown = last - first - sum(b - a for a, b in cut)
    per_ms = (100 - WIDTH * len(cut)) / shown if shown > 0 else 0.0

    def place(at: int) -> float:
        at = min(max(at, first), last)
        x = (at - first) * per_ms
        for a, b in cut:
            inside = min(max(at, a), b) - a
            x += inside / (b - a) * WIDTH - inside * per_ms
        return x

    return place


def strip(case: Case, city: City, at: int, lang: Lang) -> str:
    """The strip as HTML; "" for a case without visits.  ``at``: now, ms."""
    visits, due = records(case.visits), int(case.head["due_at"])
    stays = [(int(r["entered_at"]), int(r["left_at"]) if int(r["left_at"]) >= 0 else at, r) for r in visits]
    if not stays:
        return ""
    logged = [int(number(t)) for t in case.log["at"]] if len(case.log) else []
    first, last = min(a for a, _, _ in stays), max(b for _, b, _ in stays)
    within = [t for t in (*logged, due) if first < t < last]
    points = sorted({first, last, *within, *(t for a, b, _ in stays for t in (a, b))})
    if first == last:
        return ""
    cut = breaks(points)
    place, called = scale(points, cut), names(city.profile.stages, lang)
    parts = []
    for a, b, r in stays:
        name, wide = called.get(str(r["stage"]), NONE), place(b) - place(a)
        over = 0 <= int(r["due_at"]) < b
        kind = "cs-stay" + (" now" if int(r["left_at"]) < 0 else "") + (" over" if over else "")
        said = escape(f"{name} {duration((b - a) / 3_600_000, lang)}")
        shown = wide >= NAMED and not any(a <= c and place(c) < place(a) + NAMED for c, _ in cut)
        parts.append(
            f'<i class="{kind}" style="left:{percent(place(a))};width:{percent(wide)}" title="{said}">'
            f"{f'<span>{escape(name)}</span>' if shown else ''}</i>"
        )
    spans = [duration((b - a) / 3_600_000, lang) for a, b in cut]
    for (a, b), span in zip(cut, spans, strict=True):
        inside = next((called.get(str(r["stage"]), NONE) for x, y, r in stays if x <= a and b <= y), "")
        label = f"<span>{escape(inside)} </span>{escape(span)}"
        parts.append(f'<i class="cs-cut" style="left:{percent(place(a))};width:{percent(WIDTH)}"><b>{label}</b></i>')
    if first < due < last:
        parts.append(f'<i class="cs-due" style="left:{percent(place(due))}"><b>{escape(DUE(lang))}</b></i>')
    words = CUT(lang).format(spans=ITEMS(lang).join(spans)) if cut else TO_SCALE(lang)
    return f'<div class="case-scale"><div class="cs-strip">{"".join(parts)}</div><p>{escape(words)}</p></div>'
