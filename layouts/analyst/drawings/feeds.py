"""Shares of the hotline (calls answered) and of the video feeds (online, patrolled)."""

from __future__ import annotations

from html import escape

import pandas as pd

from data.drill.views.indicators import FEED_COUNTS, FEEDS, FEEDS_DRILL
from data.query.needs import lost, not_mapped
from data.text import Text
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.shares import shares
from layouts.text.formats import count, share
from layouts.text.rows import records

LABEL, BASIS = Text(zh="热线与视频", en="Hotline and video"), Text(zh="{n} 项", en="{n} shares")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Hotline and video, as shares of what was offered or is registered."""
    rows = []
    gone = {row for r in FEEDS_DRILL.lacking(context.city) for row in r.rows}
    for r in records(frame):
        if r["indicator"] in gone:
            continue  # the panel's note says what is not mapped
        name = context.feed(r["system"]) if r["system"] else FEEDS[r["indicator"]](context.lang)
        of = FEED_COUNTS[r["indicator"]](context.lang)
        said = f"{name} {share(r['value'])} · {of} · {count(r['numerator'])} ÷ {count(r['denominator'])}"
        rows.append(("　" + name if r["system"] else name, r, said))
    if not rows and gone:
        missing = not_mapped(lost(FEEDS_DRILL.lacking(context.city)), context.lang)
        return f'<p class="an-empty">{escape(missing)}</p>'
    return shares(rows, LABEL(context.lang))


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    n = len(frame) - int(frame["indicator"].isin([row for r in FEEDS_DRILL.lacking(context.city) for row in r.rows]).sum())
    return BASIS(context.lang).format(n=n)


DRAWING = Drawing(FEEDS_DRILL, {"indicators": 30}, draw, basis)
