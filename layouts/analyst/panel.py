"""Content of a panel: its drawing or the message in its place, its table, its note."""

from __future__ import annotations

from html import escape

import pandas as pd

from data.query.needs import lost, not_mapped
from data.types.records import Record
from layouts.analyst import tables
from layouts.analyst.context import NO_CASE, RenderContext
from layouts.analyst.drawing import Drawing


def panel(drawing: Drawing, frame: pd.DataFrame, context: RenderContext, snapshot: str, tabled: bool) -> Record:
    """``{"svg", "note"}`` of a drawing; a chart adds ``figure`` (its ``svg`` is ""), ``tabled`` adds ``table``."""
    shown, note, below = drawn(drawing, frame, context), [snapshot], ""
    if not drawing.drill.undrawn(context.city):
        missing = "" if drawing.says_missing else not_mapped(lost(drawing.drill.lacking(context.city)), context.lang)
        note = [drawing.basis(frame, context), *([missing] if missing else []), snapshot]
        below = drawing.below(frame, context)
    return {
        **({"svg": shown + below} if isinstance(shown, str) else {"svg": "", "figure": shown}),
        **({"table": tables.html(drawing.drill, frame, context)} if tabled else {}),
        "note": " · ".join(note),
    }


def drawn(drawing: Drawing, frame: pd.DataFrame, context: RenderContext) -> str | Record:
    """Markup, or the plain figure of a chart; a paragraph if there is nothing to draw."""
    undrawn = drawing.drill.undrawn(context.city)
    if undrawn:
        return f'<p class="an-empty">{escape(not_mapped(undrawn, context.lang))}</p>'
    if drawing.nothing(frame):
        return drawing.empty(context) or f'<p class="an-empty">{NO_CASE(context.lang)}</p>'
    return drawing.draw(frame, context)


def counted(drawing: Drawing, frame: pd.DataFrame, context: RenderContext) -> str:
    """The denominator in words; "" if nothing is drawn."""
    return "" if drawing.drill.undrawn(context.city) else drawing.basis(frame, context)
