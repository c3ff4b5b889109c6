"""What the workbench draws and writes: links, captions, files; all of frames made by hand."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from data.access.roles import DEMO_USER
from data.access.viewer import Viewer
from data.city.city import City
from data.drill.drill import Field
from data.drill.filters import parse
from data.drill.view import DRILLS
from data.drill.views.cases.case import Case
from data.text import Text
from geo.outline import outlines
from layouts.analyst import caption, strip, svg, tables
from layouts.analyst import case as case_drawing
from layouts.analyst.context import RenderContext
from layouts.analyst.drawings import areas, process, stage_department
from layouts.desk.desk import desk_bar
from tests.city_builder import LittleCity, at, when

pytestmark = pytest.mark.slow

NOW = when("2026-11-23 10:42:07")


LI = Viewer("desk", user="li")


def context(lang: str = "zh", **words: str) -> RenderContext:
    city = LittleCity().city
    return RenderContext(city, parse(words, city, NOW), "en" if lang == "en" else "zh")


AREAS = pd.DataFrame(
    {
        "area": ["east", "west", ""],
        "n": [50, 9, 1],
        "need": [40, 5, 0],
        "late": [4, 2, 0],
        "share": [10.0, 40.0, np.nan],
        "low": [4.0, 11.8, np.nan],
        "high": [23.1, 76.9, np.nan],
        "shrunk": [11.0, 30.0, np.nan],
        "excess": [0.0, 0.0, 0.0],
        "open": [7, 3, 0],
        "overdue": [1, 2, 0],
    }
)
OPEN = pd.DataFrame(
    {
        "department": ["hearing", "hearing", "court", ""],
        "stage": ["handle", "inspect", "handle", "accept"],
        "open": [12, 3, 5, 2],
        "overdue": [4, 0, 5, 0],
    }
)


def parts(drawing: str, name: str) -> list[Any]:
    return ElementTree.fromstring(drawing).findall(f".//{{http://www.w3.org/2000/svg}}{name}")


def test_a_drawing_is_well_formed_and_its_marks_lead_on() -> None:
    squares = {"east": _square(0), "west": _square(1)}
    drawing = areas.draw(AREAS, _placed(context(cat="litter"), squares))
    links = [a.get("href") for a in parts(drawing, "a")]
    assert links == ["/analyst?cat=litter&area=east", "/analyst?cat=litter&area=west"]
    says = parts(drawing, "a")[1].get("aria-label")
    assert "西镇" in says
    assert "应结案 5，超期 2，占比 40.0%" in says
    hatched = [p for p in parts(drawing, "path") if p.get("fill", "").startswith("url(#few")]
    assert len(hatched) == 1  # 5 due cases are few, 40 are not
    below = AREAS.assign(area=["east1", "west", ""])
    town = areas.draw(below, _placed(context(area="east"), {"east1": _square(0)}))
    assert "东村" in town


def test_the_colour_is_that_of_the_printed_share_in_the_classes_of_the_wall_and_stripes_where_chance_could_make_it() -> None:
    squares = {"east": _square(0), "west": _square(1)}
    own = replace(_placed(context(), squares), breaks=lambda: (6.0, 9.0, 12.0, 16.0, 22.0))
    frame = AREAS.assign(need=[400, 40, 0], late=[64, 10, 0], share=[15.96, 25.0, np.nan], excess=[3.1, 0.0, 0.0])
    drawing = areas.draw(frame, own)
    fills = [p.get("fill") for p in parts(drawing, "path") if p.get("fill") != "none"]
    assert svg.CLASSES[4] in fills, "15.96 is printed as 16.0, which is amber"
    assert "url(#chance-6)" in fills, "25 % of 40 may be chance: stripes of its colour"
    assert svg.CLASSES[5] not in fills
    said = [t.text for t in parts(drawing, "text")]
    assert {"16.0", "25.0", "≥ 22", "16–22", "未超出偶然", "< 20 件"} <= set(said)


def test_a_name_goes_without_that_of_the_area_it_lies_in() -> None:
    assert [areas._short(n, "王庄镇") for n in ("王庄镇示例01村", "东村", "王庄镇")] == ["示例01村", "东村", "王庄镇"]
    assert areas._short("王庄镇", "") == "王庄镇"


def _placed(own: RenderContext, shapes: dict[str, bytes]) -> RenderContext:
    return replace(own, outlines=lambda codes: outlines({c: shapes[c] for c in codes if c in shapes}))


def _square(x: int) -> bytes:
    from shapely import box, to_wkb

    return bytes(to_wkb(box(x, 0, x + 1, 1)))


def test_without_outlines_the_areas_are_bars_the_worst_first() -> None:
    drawing = areas.draw(AREAS, context())
    assert [a.get("href") for a in parts(drawing, "a")] == ["/analyst?area=west", "/analyst?area=east"]


def test_matrix_sums_close_and_cells_choose_department_stage_and_that_they_are_open() -> None:
    drawing = stage_department.draw(OPEN, context())
    words = [t.text for t in parts(drawing, "text")]
    assert words[-1] == "22"
    assert words.count("17") == 1  # handle: 12 + 5
    goes = re.findall(r'data-go="([^"]+)"', drawing)
    assert goes[0] == "/analyst?stage=handle&amp;state=open&amp;dep=hearing"
    assert len(goes) == 4


def test_heads_of_what_is_chosen_take_it_away_again() -> None:
    drawing = stage_department.draw(OPEN, context(stage="handle", state="open"))
    handle = next(a for a in parts(drawing, "a") if a.get("aria-label") == "handle")
    assert handle.get("href") == "/analyst?state=open"


def test_process_names_what_came_back_by_where_it_came_from() -> None:
    stages = [("report", 10), ("dispatch", 10), ("handle", 10), ("inspect", 9)]
    frame = pd.DataFrame(
        [
            *[("stage", s, "", n, 0, 0, 600.0 if s == "handle" else 60.0, 60.0) for s, n in stages],
            ("step", "report", "dispatch", 10, 0, 0, np.nan, np.nan),
            ("step", "dispatch", "handle", 12, 0, 0, np.nan, np.nan),
            ("step", "handle", "dispatch", 2, 0, 1, np.nan, np.nan),
            ("step", "inspect", "handle", 3, 0, 1, np.nan, np.nan),
        ],
        columns=["kind", "stage", "to", "n", "again", "back", "median_min", "usual_min"],
    )
    words = [t.text for t in parts(process.draw(frame, context()), "text")]
    assert "退单 2" in words
    assert "返工 3" in words
    amber = [t.text for t in parts(process.draw(frame, context()), "text") if t.get("fill") == "var(--watch)"]
    assert amber == ["10时00分"]  # ten hours against one: the slow stage, and it alone
    english = [t.text for t in parts(process.draw(frame, context("en")), "text")]
    assert "rework 3" in english
    assert "sent back 2" in english


def test_the_first_row_of_the_departments_table_is_all_of_them() -> None:
    frame = pd.DataFrame(
        {
            "department": ["", "hearing"],
            "n": [60, 40],
            "waiting": [3, 2],
            "median_min": [120.0, 90.0],
            "low_min": [1.0, 1.0],
            "high_min": [2.0, 2.0],
            "p90_min": [600.0, 500.0],
            "first_min": [30.0, 20.0],
            "on_time": [90.0, 95.0],
            "on_time_n": [50, 30],
            "band": [0, 1],
        }
    )
    assert [row[0] for row in tables.cells(DRILLS["departments"], frame, context())] == ["全部", "hearing"]
    assert tables.cells(DRILLS["departments"], frame, context("en"))[0][0] == "All"
    unknown = pd.DataFrame({"department": [""], "stage": ["handle"], "open": [1], "overdue": [0]})
    assert tables.cells(DRILLS["stage_department"], unknown, context())[0][0] == "尚无部门", "there it means none"


def test_csv_reads_back_with_its_caption_and_keeps_formulas_text() -> None:
    head, rows = tables.heads(DRILLS["areas"], context()), tables.cells(DRILLS["areas"], AREAS, context())
    said = caption.lines(DRILLS["areas"], context(area="east"), "D-1123-104207", NOW, LI)
    back = list(csv.reader(io.StringIO(tables.to_csv(said, head, [*rows, ["=1+1", -3, "-x"]]).decode("utf-8-sig"))))
    assert back[0][0].startswith("# 小城 · 区域")
    assert back[1] == ["# 筛选：时间 近 30 天（2026-10-25 – 11-23） · 区域 东镇 · 不含敏感类别"]
    assert back[3] == ["# 快照 D-1123-104207 · 截至 2026-11-23 10:42:07 +0800 · 导出 li"]
    assert back[4][:4] == ["区域", "上报", "应结案", "超期"]
    assert back[5][:5] == ["东镇", "50", "40", "4", "10.0"]
    assert back[7][:5] == ["未定位", "1", "0", "0", ""]
    assert back[8][:3] == ["'=1+1", "-3", "'-x"]


def test_what_is_left_out_is_said_in_the_bar_and_in_exports_unless_the_account_sees_it() -> None:
    city, cleared = LittleCity().city, Viewer("desk", rights=frozenset({"sensitive"}), user="wu", role="analyst")
    for viewer, said in ((LI, True), (Viewer("desk", user=DEMO_USER), True), (cleared, False)):
        bar = repr(desk_bar(viewer, city, "zh", "/analyst"))
        exported = caption.lines(DRILLS["areas"], context(), "D-1123-104207", NOW, viewer)
        assert ("不含敏感类别" in bar, "不含敏感类别" in exported[1]) == (said, said), viewer.user


def test_xlsx_holds_numbers_as_numbers_and_says_what_it_is() -> None:
    from openpyxl import load_workbook

    head, rows = tables.heads(DRILLS["areas"], context("en")), tables.cells(DRILLS["areas"], AREAS, context("en"))
    book = load_workbook(io.BytesIO(tables.to_xlsx("Category × month: [x]", ["what", "=it"], head, [*rows, ["\x07bell", 1]])))
    first, about = book.worksheets
    assert [c.value for c in first[2]][1:4] == [50, 40, 4]
    assert first["A5"].value == "bell"
    assert [c.value for c in about["A"]] == ["what", "'=it"]
    assert book.sheetnames[1] == "说明"


def test_xlsx_holds_instants_as_dates_of_the_citys_clock_in_columns_that_show_them() -> None:
    from openpyxl import load_workbook

    fields = (Field("at", Text(zh="登记", en="registered"), "instant"), Field("what", Text(zh="什么", en="what"), "text"))
    drill = replace(DRILLS["areas"], fields=fields)
    frame = pd.DataFrame({"at": [at("2026-11-23 10:42"), -1], "what": ["市民诉求办理", "x" * 99]})
    rows = tables.cells(drill, frame, context(), dates=True)
    assert rows[0][0] == datetime(2026, 11, 23, 10, 42)
    assert rows[1][0] == "", "not known"
    assert tables.cells(drill, frame, context())[0][0] == "2026-11-23 10:42:00", "a CSV holds text"
    sheet = load_workbook(io.BytesIO(tables.to_xlsx("t", [], tables.heads(drill, context("en")), rows, "en"))).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].is_date) == (datetime(2026, 11, 23, 10, 42), True)
    assert sheet.column_dimensions["A"].width == 21, "19 characters and room"
    assert sheet.column_dimensions["B"].width == 60, "no wider than a screen shows"


def test_a_framed_drawing_says_all_of_its_caption_within_its_width() -> None:
    said = caption.lines(DRILLS["stage_department"], context("en", dep="hearing"), "D-1123-104207", NOW, LI)
    framed = caption.framed(stage_department.draw(OPEN, context("en")), said, "night")
    root = ElementTree.fromstring(framed)
    words = " ".join(t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "Department hearing" in words
    assert "Snapshot D-1123-104207" in words
    for t in root.iter("{http://www.w3.org/2000/svg}text"):
        if t.get("font-size") is None and t.get("x") == "20":
            assert sum(14 if ord(c) > 0x2E80 else 7.4 for c in t.text or "") <= float(root.get("width") or 0)


def test_a_file_has_the_theme_of_the_page_and_no_property_that_only_a_page_has() -> None:
    drawing = stage_department.draw(OPEN, context())
    night, day = (caption.framed(drawing, ["a", "b"], theme) for theme in ("night", "day"))
    assert "var(" not in night + day
    assert (night.count("#EDF3F9"), day.count("#0F1B28")) == (drawing.count("var(--ink)") + 1,) * 2, "and the title"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_table_has_heads_rows_and_links(lang: str) -> None:
    text = tables.html(DRILLS["areas"], AREAS, context(lang))
    root = ElementTree.fromstring(text)
    assert len(root.findall(".//thead/tr/th[@scope='col']")) == 11
    assert [a.get("href") for a in root.findall(".//a")] == [
        "/analyst?area=east" + ("&lang=en" if lang == "en" else ""),
        "/analyst?area=west" + ("&lang=en" if lang == "en" else ""),
    ]
    assert root.findall(".//tbody/tr")[2].find("th").text == ("未定位" if lang == "zh" else "not located")  # type: ignore[union-attr]


def test_crumbs_lead_up_and_escape_gives_up_the_last_choice() -> None:
    assert 'href="/analyst?area=east"' in strip.crumbs(context(area="east1"), "")
    assert 'id="an-up" href="/analyst?area=east"' in strip.crumbs(context(area="east1"), "")
    deep = strip.crumbs(context(area="east1", dep="court", stage="handle"), "")
    assert 'id="an-up" href="/analyst?area=east1&amp;dep=court"' in deep
    assert "an-up" not in strip.crumbs(context(), "")
    assert 'id="an-up" href="/analyst"' in strip.crumbs(context(win="7d"), ""), "the window is given up last"
    days = context(**{"from": "2026-11-01", "to": "2026-11-02", "area": "east"})
    assert 'id="an-up" href="/analyst?from=2026-11-01&amp;to=2026-11-02"' in strip.crumbs(days, "")
    assert 'href="/analyst?area=east" aria-label="取消 时间' in strip.chips(days)
    assert "时间" not in strip.chips(context(area="east"))
    own = strip.crumbs(context(area="east"), "east")  # an account of this town: nothing above it
    assert "an-up" not in own
    assert "小城" not in own


def case_at(**more: Any) -> Case:
    head = {
        "eid": 1,
        "case_number": "C1",
        "category": "litter",
        "network": "urban",
        "channel": "phone",
        "severity": 2,
        "department": "hearing",
        "places": ["east", "east1"],
        "reported_at": at("2026-11-20 09:00"),
        "due_at": at("2026-11-23 12:00"),
        "closed_at": -1,
        "outcome": "",
        "is_open": 1,
        "is_hung": 0,
        "stage": "handle",
        "stage_since": at("2026-11-20 10:00"),
        "reworks": 0,
        "returns": 1,
        "extended": 0,
        "duplicate": 0,
        "satisfaction": -1,
        "called_back_at": -1,
        **more,
    }
    visits = pd.DataFrame(
        {
            "stage": ["report", "handle"],
            "department": ["", "hearing"],
            "entered_at": [at("2026-11-20 09:00"), at("2026-11-20 10:00")],
            "left_at": [at("2026-11-20 10:00"), -1],
            "due_at": [at("2026-11-20 09:30"), -1],
            "rework": [0, 0],
            "exit": [1, 0],
        }
    )
    log = pd.DataFrame(
        {
            "at": [at("2026-11-20 09:00"), at("2026-11-21 15:00"), at("2026-11-22 09:00")],
            "action": ["enter", "defer", "extend"],
            "stage": ["report", "handle", "handle"],
            "department": ["", "", ""],
            "due_at": [-1, -1, at("2026-11-23 12:00")],
        }
    )
    return Case(head, visits, log)


def text_of(found: Case, now: str, lang: str = "zh") -> str:
    city: City = LittleCity().city
    markup = case_drawing.html(found, city, at(now), "en" if lang == "en" else "zh")
    return re.sub(r"<[^>]+>", "|", markup)


def test_a_case_says_what_is_left_and_its_limits_pauses_and_extensions() -> None:
    said = text_of(case_at(), "2026-11-23 10:00")
    assert "距时限 2时00分" in said
    assert "环节时限 2026-11-20 周五 09:30，超 30分" in said
    assert "缓办：时钟停" in said
    assert "新时限 2026-11-23 周一 12:00" in said
    assert said.index("缓办：时钟停") < said.index("延期")
    assert "已超期 1时00分" in text_of(case_at(), "2026-11-23 13:00")
    assert "缓办，时钟停" in text_of(case_at(is_hung=1), "2026-11-23 13:00")
    closed = case_at(is_open=0, outcome="settled", closed_at=at("2026-11-23 14:00"))
    assert "Settled, 2 h 00 late" in text_of(closed, "2026-11-23 15:00", "en")
    assert "并案" in text_of(case_at(is_open=0, outcome="merged", closed_at=at("2026-11-23 14:00")), "2026-11-23 15:00")


def test_a_case_without_its_log_says_why() -> None:
    bare = case_at()
    found = Case(bare.head, bare.visits, bare.log.head(0), "away")
    assert "平台日志此刻读不到" in text_of(found, "2026-11-23 10:00")
