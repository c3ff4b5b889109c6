"""A panel's drawing as HTML text: made once a tick on the server, put into the page as it is.

Handing a wall's hundreds of components to Dash's renderer at every change cost a browser a second of script each time; the
same drawing as markup, compared node by node in the browser (dashboard/assets/morph.js), costs it some milliseconds.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from dash.development.base_component import Component

_VOID = frozenset({"img", "br", "hr"})
#: Properties of Dash's html components that are not attributes of HTML under the same name.
_NAMES = {"className": "class", "htmlFor": "for", "colSpan": "colspan", "rowSpan": "rowspan", "tabIndex": "tabindex"}
_UNITLESS = frozenset({"opacity", "zIndex", "flex", "flexGrow", "flexShrink", "fontWeight", "lineHeight", "order"})


def to_html(drawing: Any) -> str:
    """HTML of a component of ``dash.html``, a text, a number or a list of them; text is escaped.

    Raises TypeError for components of other libraries (they need Dash's renderer) and for callables.
    """
    if drawing is None or drawing is False:
        return ""
    if isinstance(drawing, (list, tuple)):
        return "".join(to_html(d) for d in drawing)
    if isinstance(drawing, Component):
        return _element(drawing)
    if isinstance(drawing, (str, int, float)):
        return escape(str(drawing), quote=False)
    raise TypeError(f"{type(drawing).__name__} cannot be drawn: give text, numbers or components of dash.html")


def _element(component: Any) -> str:
    if component._namespace != "dash_html_components":
        raise TypeError(f"{component._namespace}.{component._type} needs Dash's renderer: a panel draws with dash.html")
    tag = component._type.lower()
    attributes = "".join(_attribute(n, getattr(component, n, None)) for n in component.to_plotly_json()["props"])
    if tag in _VOID:
        return f"<{tag}{attributes}>"
    return f"<{tag}{attributes}>{to_html(getattr(component, 'children', None))}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    if name == "children" or value is None or value is False:
        return ""
    if name == "style":
        text = ";".join(f"{_dashed(k)}:{_length(k, v)}" for k, v in value.items() if v is not None)
        return f' style="{escape(text)}"'
    attribute = _NAMES.get(name, name if name.startswith(("data-", "aria-")) else name.lower())
    return f" {attribute}" if value is True else f' {attribute}="{escape(str(value))}"'


def _dashed(name: str) -> str:
    return name if name.startswith("--") else re.sub(r"[A-Z]", lambda m: "-" + m[0].lower(), name)


def _length(name: str, value: Any) -> str:
    plain = isinstance(value, (int, float)) and not name.startswith("--") and name not in _UNITLESS and value != 0
    return f"{value}px" if plain else str(value)
