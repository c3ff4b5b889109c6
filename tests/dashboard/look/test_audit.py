"""The audit of a page in a real browser: every planted fault is found, once and by its kind, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.look.camera import script
from data.types.records import Record

pytestmark = pytest.mark.browser
STYLE = """
  body { margin: 0; font: 20px/30px sans-serif; background: #fff; color: #000; --u: 1px }
  div { position: absolute; white-space: nowrap }
"""
RULES = {
    "root": "body",
    "least": 17,
    "unit": "1px",
    "fixed": True,
    "pointer": True,
    "exempt": ".mark",
    "gives": ".gives",
    "dims": ".dims",
}


@pytest.fixture
def audited(chromium: Any) -> Any:
    """``audited(body, **rules)`` -> the findings of a page of 800 x 600 px with this body."""
    page = chromium.new_page(viewport={"width": 800, "height": 600})

    def of(body: str, **rules: Any) -> list[Record]:
        page.set_content(f"<!doctype html><html><head><style>{STYLE}</style></head><body>{body}</body></html>")
        return page.evaluate(f"(rules) => ({script()})(rules)", {**RULES, **rules})["findings"]

    yield of
    page.close()


@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        ('<div style="width:60px;overflow:hidden">much too long for this</div>', "clipped", "cut by div"),
        ('<div style="height:30px;overflow:hidden">one<br>two</div>', "clipped", "out of sight by div"),
        ('<div style="left:780px">beyond the window</div>', "clipped", "cut by the window"),
        ('<div style="top:585px">below it</div>', "clipped", "cut by the window"),
        ('<div style="width:60px;overflow:hidden;text-overflow:ellipsis">much too long</div>', "clipped", "ends in dots"),
        ('<div>hidden words</div><div style="background:#fff;width:200px;height:40px"></div>', "clipped", "covered by div"),
        ('<div>some words</div><div style="left:10px">others</div>', "overlap", 'with "others"'),
        (
            '<div><svg width="200" height="60"><text y="20">drawn</text><text x="9" y="24">again</text></svg></div>',
            "overlap",
            "again",
        ),
        ('<div><svg width="200" height="60"><text y="30">Market regu…</text></svg></div>', "clipped", "ends in dots"),
        ('<div style="font-size:12px">small print</div>', "small", "12.0 of 17"),
        (
            '<div><svg width="90" height="60" viewBox="0 0 180 120"><text y="80" font-size="20">Aa</text></svg></div>',
            "small",
            "10.0 of 17",
        ),
        ('<div style="color:#777">grey</div>', "contrast", "4.48 of 4.5"),
        ('<div style="color:#999;font-size:30px">grey</div>', "contrast", "2.85 of 3"),
        ('<div style="opacity:.4">faint</div>', "contrast", "2.85 of 4.5"),
        ('<div style="background:#000"><span style="background:#800">on red</span></div>', "contrast", "2.05 of 4.5"),
        (
            '<div><svg width="200" height="60"><rect width="200" height="60" fill="#222"/><text y="30">dark</text></svg></div>',
            "contrast",
            "of 4.5",
        ),
    ],
)
def test_a_planted_fault_is_found_once_and_by_its_kind(audited: Any, body: str, kind: str, detail: str) -> None:
    found = [f for f in audited(body) if not f["intended"]]
    assert [f["kind"] for f in found] == [kind]
    assert detail in found[0]["detail"]


@pytest.mark.parametrize(
    "body",
    [
        "<div>plain words</div>",
        '<div>left</div><div style="left:200px">right</div>',
        '<div style="width:60px;overflow:auto">scrolled into view by a hand that wants it</div>',
        '<div style="width:1px;height:1px;overflow:hidden">for the ear alone</div>',
        '<div style="left:-9999px">until a key reaches it</div>',
        '<div style="visibility:hidden;color:#ddd">not there</div><div style="opacity:0">nor</div><div hidden>nor that</div>',
        '<div style="width:60px;height:60px;overflow:hidden"><div style="position:fixed;left:300px">its own place</div></div>',
        '<div style="font-size:8px;color:#ccc">▲</div>',
        '<div style="color:#fff;background:#000">white on black</div>',
        '<div style="color:#949494;font-size:30px">large and 3 to 1</div>',
        "<div><b>one</b> <i>line</i></div>",
        '<div>under</div><div style="display:none;background:#fff;width:200px;height:40px"></div>',
        '<div>seen</div><div style="background:#fff;opacity:.01;width:200px;height:40px"></div>',
        '<div><svg width="200" height="60"><rect width="200" height="60"/><text y="30" fill="#fff">light</text></svg></div>',
    ],
)
def test_what_is_in_order_is_passed_over(audited: Any, body: str) -> None:
    assert audited(body) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            '<div title="much too long" style="width:60px;overflow:hidden;text-overflow:ellipsis">much too long</div>',
            "the full text is under the pointer",
        ),
        (
            '<div><svg width="200" height="60"><g data-say="Market regulation"><text y="30">Market regu…</text></g></svg></div>',
            "the full text is under the pointer",
        ),
        ('<div class="gives" style="height:30px;overflow:hidden">one<br>two</div>', "gives way as a whole"),
        ('<div class="dims" style="opacity:.4">faint</div>', "dimmed: not current"),
        ('<div><button disabled style="color:#aaa;background:#fff;font:inherit">off</button></div>', "inactive"),
    ],
)
def test_what_is_meant_so_is_named_apart(audited: Any, body: str, why: str) -> None:
    assert [f["intended"] for f in audited(body)] == [why]


def test_dots_without_a_pointer_hide_the_text_for_good(audited: Any) -> None:
    body = '<div title="much too long" style="width:60px;overflow:hidden;text-overflow:ellipsis">much too long</div>'
    assert [f["intended"] for f in audited(body, pointer=False)] == [""]


def test_a_page_that_scrolls_may_go_on_below_the_window(audited: Any) -> None:
    assert audited('<div style="top:900px">further down</div>', fixed=False) == []


def test_the_ground_of_a_canvas_is_the_colour_of_its_pixels(audited: Any) -> None:
    body = (
        '<div><canvas width="200" height="60"></canvas></div><div style="color:#333;top:9px">on the map</div>'
        "<script>const d = document.querySelector('canvas').getContext('2d'); d.fillStyle = '#111'; d.fillRect(0, 0, 200, 60)"
        "</script>"
    )
    assert [f["kind"] for f in audited(body)] == ["contrast"]
    assert audited(body.replace("'#111'", "'#fff'")) == []
