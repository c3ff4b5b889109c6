"""What was found, for a machine (look.json) and for people (index.html, with every picture small and its findings beside it)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from dashboard.look.camera import Shot
from data.text import Lang, Text
from data.types.records import Record

#: Kinds of findings in the order of the report.
KINDS: dict[str, Text] = {
    "clipped": Text(zh="被截断或遮住", en="clipped or covered"),
    "overlap": Text(zh="相叠", en="overlapping"),
    "small": Text(zh="小于此形状的最小字", en="smaller than the shape's smallest text"),
    "contrast": Text(zh="对比不足", en="too little contrast"),
}
_TITLE = Text(zh="画面检查", en="What the pages look like")
_SUMMARY = Text(zh="{n} 张图，{texts} 处文字，{found} 处不妥", en="{n} pictures, {texts} texts, {found} findings")
_MEANT = Text(zh="有意如此（不计）", en="meant so (not counted)")
_PAGE = Text(zh="页面", en="page")
_NONE = Text(zh="没有不妥", en="nothing found")


def counts(shots: Sequence[Shot]) -> dict[str, int]:
    """Number of findings by kind, those that are meant so left out; every kind is there."""
    found = Counter(str(one["kind"]) for shot in shots for one in shot.wrong)
    return {kind: found[kind] for kind in KINDS}


def by_page(shots: Sequence[Shot]) -> dict[str, dict[str, int]]:
    """Page -> number of findings by kind."""
    names = dict.fromkeys(shot.picture.page.name for shot in shots)
    return {name: counts([s for s in shots if s.picture.page.name == name]) for name in names}


def as_record(shot: Shot) -> Record:
    """One picture of look.json."""
    p = shot.picture
    return {
        "name": p.name,
        "file": f"{p.name}.png",
        "page": p.page.name,
        "city": p.city,
        "shape": p.shape,
        "lang": p.lang,
        "state": p.state,
        "light": p.light,
        "hour": p.hour,
        "texts": shot.texts,
        "seconds": round(shot.seconds, 1),
        "fault": shot.fault,
        "findings": shot.findings,
    }


def summary(shots: Sequence[Shot], lang: Lang) -> str:
    """One line: pictures, texts, findings."""
    found = sum(counts(shots).values())
    return _SUMMARY(lang).format(n=len(shots), texts=f"{sum(s.texts for s in shots):,}", found=found)


def write(shots: Sequence[Shot], folder: Path, lang: Lang) -> None:
    """look.json and index.html beside the pictures in ``folder``; may be called again as pictures are added."""
    content = {"counts": counts(shots), "pages": by_page(shots), "pictures": [as_record(s) for s in shots]}
    (folder / "look.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "index.html").write_text(_html(shots, lang), encoding="utf-8")


def _html(shots: Sequence[Shot], lang: Lang) -> str:
    heads = "".join(f"<th>{escape(said(lang))}</th>" for said in KINDS.values())
    rows = "".join(
        f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{n or ''}</td>" for n in own.values()) + "</tr>"
        for name, own in by_page(shots).items()
    )
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{_TITLE(lang)}</title><style>'
        "body { font: 15px/1.4 sans-serif; margin: 2em } td, th { padding: .1em .8em; text-align: left } "
        "article { display: flex; gap: 1.5em; margin: 1.5em 0; align-items: flex-start } article img { width: 480px } "
        f"h3 {{ margin: 0 0 .3em; font-size: 1em }} li.meant {{ opacity: .6 }}</style><h1>{_TITLE(lang)}</h1>"
        f"<p>{escape(summary(shots, lang))}</p><table><tr><th>{_PAGE(lang)}</th>{heads}</tr>{rows}</table>"
        + "".join(_article(shot, lang) for shot in sorted(shots, key=lambda s: -len(s.wrong)))
        + "</html>\n"
    )


def _article(shot: Shot, lang: Lang) -> str:
    name = escape(shot.picture.name)

    def line(found: Record) -> str:
        said = f"{KINDS[found['kind']](lang)} · “{found['text']}” · {found['where']} · {found['detail']} · {found['box']}"
        meant = f" · {_MEANT(lang)}: {found['intended']}" if found["intended"] else ""
        return f"<li{' class=meant' if meant else ''}>{escape(said + meant)}</li>"

    lines = "".join(line(found) for found in sorted(shot.findings, key=lambda f: bool(f["intended"])))
    fault = f"<p>{escape(shot.fault)}</p>" if shot.fault else ""
    return (
        f'<article><a href="{name}.png"><img loading="lazy" src="thumbs/{name}.jpg" alt=""></a>'
        f"<div><h3>{name}</h3>{fault}<ul>{lines or f'<li>{_NONE(lang)}</li>'}</ul></div></article>"
    )
