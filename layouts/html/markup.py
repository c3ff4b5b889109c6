"""A panel's drawing as HTML text: generated once per tick on the server, inserted into the page as it is.

Passing a wall's hundreds of components to Dash's renderer at every change cost a browser a second of script each time; the
same drawing as markup, compared node by node in the browser (dashboard/assets/shared/morph.js), costs it some milliseconds.
A panel draws with the elements below, which accept the same arguments as those of ``dash.html`` at a fifth of their cost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any, ClassVar, TypeAlias

from data.types.records import Record

#: Arguments whose HTML attribute has another name.
_NAMES = {"className": "class", "tabIndex": "tabindex"}
_UNITLESS = frozenset({"opacity", "zIndex", "flex", "flexGrow", "flexShrink", "fontWeight", "lineHeight", "order"})

#: What can be drawn: text, a number, an element, nothing, or a list of them.
Node: TypeAlias = "Element | str | float | Sequence[Node] | None"


class Element:
    """``children`` (text, numbers, elements, lists of them) and attributes, as in Dash's own components."""

    __slots__ = ("children", "props")
    tag: ClassVar[str] = ""

    def __init__(self, children: Node = None, **props: Any) -> None:
        self.children, self.props = children, props

    def to_plotly_json(self) -> Record:
        """For Dash's renderer, on a page that is laid out instead of written as HTML."""
        return {
            "namespace": "dash_html_components",
            "type": type(self).__name__,
            "props": {"children": self.children, **self.props},
        }


class Div(Element):
    __slots__ = ()
    tag = "div"


class Span(Element):
    __slots__ = ()
    tag = "span"


class Button(Element):
    __slots__ = ()
    tag = "button"


class H2(Element):
    __slots__ = ()
    tag = "h2"


class P(Element):
    __slots__ = ()
    tag = "p"


class B(Element):
    __slots__ = ()
    tag = "b"


class Pre(Element):
    __slots__ = ()
    tag = "pre"


class Svg(Element):
    """Attribute names are written in lower case, which HTML accepts inside SVG too."""

    __slots__ = ()
    tag = "svg"


class Rect(Element):
    __slots__ = ()
    tag = "rect"


class Polyline(Element):
    __slots__ = ()
    tag = "polyline"


class Circle(Element):
    __slots__ = ()
    tag = "circle"


def to_html(drawing: Node) -> str:
    """HTML of an element, a text, a number or a list of them; text is escaped.

    Raises TypeError for anything else: Dash's own components need its renderer.
    """
    parts: list[str] = []
    _write(drawing, parts)
    return "".join(parts)


def _write(drawing: Node, parts: list[str]) -> None:
    if isinstance(drawing, str):
        parts.append(_text(drawing))
    elif isinstance(drawing, Element):
        parts.append(f"<{drawing.tag}{''.join([_attribute(n, v) for n, v in drawing.props.items()])}>")
        if drawing.children is not None:
            _write(drawing.children, parts)
        parts.append(f"</{drawing.tag}>")
    elif isinstance(drawing, (list, tuple)):
        for part in drawing:
            _write(part, parts)
    elif drawing is None or drawing is False:
        pass
    elif isinstance(drawing, (int, float)):
        parts.append(str(drawing))
    else:
        raise TypeError(f"{type(drawing).__name__} cannot be drawn: give text, numbers or elements of layouts.html.markup")


@lru_cache(4096)
def _text(words: str) -> str:
    return escape(words, quote=False)


def _attribute(name: str, value: Any) -> str:
    if name == "className":
        return _class(value)
    if value is None or value is False:
        return ""
    if name == "style":
        text = ";".join([f"{_dashed(k)}:{_length(k, v)}" for k, v in value.items() if v is not None])
        return f' style="{escape(text)}"'
    attribute = _NAMES.get(name, name if name.startswith(("data-", "aria-")) else name.lower())
    return f" {attribute}" if value is True else f' {attribute}="{escape(str(value))}"'


@lru_cache(1024)
def _class(names: str) -> str:
    return f' class="{escape(names)}"'


@lru_cache(256)
def _dashed(name: str) -> str:
    return name if name.startswith("--") else re.sub(r"[A-Z]", lambda m: "-" + m[0].lower(), name)


def _length(name: str, value: str | float) -> str:
    if isinstance(value, str):
        return value
    plain = isinstance(value, (int, float)) and not name.startswith("--") and name not in _UNITLESS and value != 0
    return f"{value}px" if plain else str(value)
