"""Tables and forms of the desk's plain pages, beyond ``layouts.html.markup``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.text import Lang
from layouts.html.below import url_of
from layouts.html.markup import Button, Element, Node


class Table(Element):
    __slots__ = ()
    tag = "table"


class Caption(Element):
    __slots__ = ()
    tag = "caption"


class Thead(Element):
    __slots__ = ()
    tag = "thead"


class Tbody(Element):
    __slots__ = ()
    tag = "tbody"


class Tr(Element):
    __slots__ = ()
    tag = "tr"


class Th(Element):
    __slots__ = ()
    tag = "th"


class Td(Element):
    __slots__ = ()
    tag = "td"


class Form(Element):
    __slots__ = ()
    tag = "form"


class Fieldset(Element):
    __slots__ = ()
    tag = "fieldset"


class Legend(Element):
    __slots__ = ()
    tag = "legend"


class Label(Element):
    __slots__ = ()
    tag = "label"


class Input(Element):
    __slots__ = ()
    tag, void = "input", True


class Select(Element):
    __slots__ = ()
    tag = "select"


class Option(Element):
    __slots__ = ()
    tag = "option"


class Details(Element):
    __slots__ = ()
    tag = "details"


class Summary(Element):
    __slots__ = ()
    tag = "summary"


class A(Element):
    __slots__ = ()
    tag = "a"


def field(words: str, name: str, value: str = "", kind: str = "text", **more: Any) -> Label:
    """A labelled input; the label encloses it, so that no id is needed."""
    return Label([f"{words} ", Input(name=name, type=kind, value=value or None, **more)], className="desk-field")


def choice(words: str, name: str, options: list[tuple[str, str]], chosen: str = "") -> Label:
    """A labelled select of (value, words)."""
    listed = [Option(said, value=value, selected=value == chosen) for value, said in options]
    return Label([f"{words} ", Select(listed, name=name)], className="desk-field")


def send(words: str, kind: str = "desk-button") -> Element:
    return Button(words, type="submit", className=kind)


def table(caption: str, heads: list[str], rows: Sequence[Sequence[Node]], kind: str = "") -> Table:
    """A semantic table: a caption, column heads, the first cell of a row as its head."""
    body = [Tr([Th(row[0], scope="row"), *(Td(cell) for cell in row[1:])]) for row in rows]
    head = Thead(Tr([Th(h, scope="col") for h in heads]))
    return Table([Caption(caption), head, Tbody(body)], className=f"desk-table {kind}".strip())


def post(path: str, parts: Sequence[Node], lang: Lang, **hidden: str) -> Form:
    """A form sent as JSON by dashboard/assets/desk/forms.js; ``hidden`` fields are sent with it."""
    kept = [Input(type="hidden", name=k, value=v) for k, v in {**hidden, "lang": lang}.items()]
    return Form([*kept, *parts], method="post", action=url_of(path), className="desk-form", **{"data-post": url_of(path)})
