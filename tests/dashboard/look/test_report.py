"""The lists: counted by kind and page, what is meant so left out, every picture and finding in both files."""

from __future__ import annotations

import json
from pathlib import Path

from dashboard.look import report
from dashboard.look.camera import Shot
from dashboard.look.plan import Picture, pages_of
from data.city.profile import load_profile
from data.types.records import Record

PAGES = {page.name: page for page in pages_of({"qufu": load_profile("qufu")})}


def found(kind: str, text: str, intended: str = "") -> Record:
    return {"kind": kind, "text": text, "where": "p-feeds span", "box": [1, 2, 3, 4], "detail": "d", "intended": intended}


def shot(page: str, *findings: Record) -> Shot:
    picture = Picture(PAGES[page], "qufu", "1920x1080", "zh", "live", "night", "1030")
    return Shot(picture, texts=1000, seconds=3.21, findings=list(findings))


SHOTS = [
    shot(
        "wall-overview", found("clipped", "a"), found("overlap", "b"), found("clipped", "<c>"), found("clipped", "d", "gives way")
    ),
    shot("desk-queues", found("small", "e")),
    shot("kiosk"),
]


def test_what_is_meant_so_is_listed_and_not_counted() -> None:
    assert report.counts(SHOTS) == {"clipped": 2, "overlap": 1, "small": 1, "contrast": 0}
    assert report.by_page(SHOTS)["wall-overview"] == {"clipped": 2, "overlap": 1, "small": 0, "contrast": 0}
    assert report.by_page(SHOTS)["kiosk"] == dict.fromkeys(report.KINDS, 0)
    assert report.summary(SHOTS, "en") == "3 pictures, 3,000 texts, 4 findings"
    assert report.summary(SHOTS, "zh") == "3 张图，3,000 处文字，4 处不妥"


def test_both_files_hold_every_picture_and_every_finding(tmp_path: Path) -> None:
    report.write(SHOTS, tmp_path, "zh")
    told = json.loads((tmp_path / "look.json").read_text("utf-8"))
    assert told["counts"]["clipped"] == 2
    assert [p["file"] for p in told["pictures"]] == [f"{s.picture.name}.png" for s in SHOTS]
    assert [len(p["findings"]) for p in told["pictures"]] == [4, 1, 0]
    page = (tmp_path / "index.html").read_text("utf-8")
    assert page.count("<article>") == page.count("<img") == 3
    assert "&lt;c&gt;" in page
    assert "<c>" not in page, "a text of a page is no markup of this one"
    assert page.count("class=meant") == 1
