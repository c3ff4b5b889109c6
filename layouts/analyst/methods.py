"""The methods page: the sections of docs/methods.md in one language; each panel's definition links to its section.

A section begins with "## name · name", then ``<!-- panels: ids -->``; text after ``<!-- zh -->`` or ``<!-- en -->`` is in that
language, text after ``<!-- both -->`` (figures and pictures) belongs to both.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from dash import dcc, html

from data.text import Lang, Text
from data.types.records import Record
from layouts.html.below import url_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
TITLE = Text(zh="方法与误差率", en="Methods and error rates")
ALL = Text(zh="全部方法", en="All methods")
MISSING = Text(
    zh="没有找到 docs/methods.md：请从完整的发行目录启动服务",
    en="docs/methods.md is not there: start the server from a whole release",
)
_PICTURE = re.compile(r"\]\(methods/([\w-]+)\.svg\)")


class Section(NamedTuple):
    """``panels``: ids of the panels that it explains; ``text``: Markdown."""

    name: Text
    panels: tuple[str, ...]
    text: Text


@lru_cache(1)
def sections() -> tuple[Section, ...]:
    """The sections of docs/methods.md; none if the file is missing."""
    try:
        whole = (DOCS / "methods.md").read_text(encoding="utf-8")
    except OSError:
        return ()
    return tuple(_section(part) for part in re.split(r"(?m)^## ", whole)[1:])


def _section(part: str) -> Section:
    head, _, body = part.partition("\n")
    zh, _, en = head.partition(" · ")
    found = re.search(r"<!-- panels: ([\w ]+) -->", body)
    texts = {"zh": "", "en": ""}
    for mark, said in re.findall(r"(?s)<!-- (zh|en|both) -->\n(.*?)(?=<!-- (?:zh|en|both) -->|\Z)", body):
        for lang in texts if mark == "both" else (mark,):
            texts[lang] += said.strip() + "\n\n"
    return Section(Text(zh=zh.strip(), en=en.strip()), tuple(found[1].split()) if found else (), Text(**texts))


def explained() -> frozenset[str]:
    """The panels that some section explains."""
    return frozenset(p for s in sections() for p in s.panels)


def page(of: str, lang: Lang) -> Any:
    """The sections about the panel ``of`` (all of them if it is "" or has none)."""
    up: Record = {"data-up": "methods"}
    if not sections():
        return html.P(MISSING(lang), className="desk-note", **up)
    own = [s for s in sections() if of in s.panels]
    shown = own or list(sections())
    more = [html.A(ALL(lang), href=url_of(f"/methods?lang={lang}"), className="desk-link")] if own else []
    told = [html.Section([html.H2(s.name(lang)), dcc.Markdown(_pictures(s.text(lang)), className="desk-text")]) for s in shown]
    return html.Div([html.H1(TITLE(lang), className="desk-h1"), *more, *told], **up)


def _pictures(text: str) -> str:
    return _PICTURE.sub(rf"]({url_of('/desk/methods/picture')}?name=\1)", text)


def picture(name: str) -> bytes | None:
    """A picture of docs/methods by its name; None if there is none."""
    path = DOCS / "methods" / f"{name}.svg"
    return path.read_bytes() if re.fullmatch(r"[\w-]{1,40}", name) and path.is_file() else None
