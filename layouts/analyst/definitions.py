"""The definitions beside the panels: each with its current denominator and a link to its method."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from data.drill.drill import Drill
from layouts.analyst.context import RenderContext
from layouts.analyst.drawings import DRAWINGS
from layouts.html.below import url_of


def definitions(listed: Iterable[tuple[Drill, str]], context: RenderContext) -> str:
    """The list of definitions.  ``listed``: each drill with its denominator in words ("" = none)."""
    from layouts.analyst.methods import TITLE, explained  # Dash takes most of a second to import

    parts, known = [], explained()
    for drill, counted in listed:
        method = f'<a href="{url_of("/methods")}?of={drill.id}&amp;lang={context.lang}">{TITLE(context.lang)}</a>'
        parts.append(
            f"<dt>{escape(drill.title(context.lang))}</dt><dd>{escape(drill.definition(context.lang))}"
            + (f"<b>{escape(counted)}</b>" if counted else "")
            + (f" {method}" if drill.id in known else "")
            + "</dd>"
        )
        if drill.id in DRAWINGS:
            terms = DRAWINGS[drill.id].terms(context)
            parts += [f"<dt>{escape(term)}</dt><dd>{escape(said)}</dd>" for term, said in terms]
    return f'<dl class="an-defs">{"".join(parts)}</dl>'
