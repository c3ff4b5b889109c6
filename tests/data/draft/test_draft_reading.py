"""What a draft makes of the ways in which files are written: encodings, delimiters, headers, times, what is about persons."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.city.profile import Channel
from data.draft.codes import code_of
from data.draft.delimited import delimiter_of, encoding_of, read_delimited
from data.draft.header import find_header
from data.draft.headers import recognise, stamp_role
from data.draft.names import words_of
from data.draft.sheet import Sheet
from data.draft.times import plain_text, time_of, times_of
from data.draft.toml_text import is_edited, marked
from data.draft.values import contentment, outcome, yes_no
from data.errors import FileError


def nothing(what: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


def sheet(tmp_path: Path, text: str, encoding: str = "utf-8") -> Sheet:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return read_delimited(path, nothing)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026/8/1 8:03:05", "2026-08-01 08:03:05"),
        ("2026年8月1日", "2026-08-01"),
        ("2026年8月1日 8时3分", "2026-08-01 08:03:00"),
        ("２０２６／８／１　８：０３：０５", "2026-08-01 08:03:05"),
        ("2026-08-31 24:00:00", "2026-09-01 00:00:00"),
        ("2026-08-01T08:03:05.5Z", "2026-08-01 08:03:05.5+00:00"),
        ("2026-08-01 08:03:05+0800", "2026-08-01 08:03:05+08:00"),
        ("2026/8/1 下午3:05", "2026-08-01 15:05:00"),
        ("08/01/2026 03:04:05 PM", "2026-08-01 15:04:05"),
        ("45505.25", "2024-08-01 06:00:00"),
        ("45505", "2024-08-01"),
        ("20260801080305", "2026-08-01 08:03:05"),
        ("9999-12-31 00:00:00", ""),
        ("0000-00-00", ""),
        ("2026-02-30", None),
        ("2026-08-01 25:00", None),
        ("soon", None),
        ("13812345678", None),
    ],
)
def test_a_time_is_read_however_it_is_written(written: str, read: str | None) -> None:
    assert time_of(plain_text(written), serials=True) == read


def test_thirteenth_of_a_month_tells_which_comes_first_and_without_one_it_is_ambiguous() -> None:
    european = times_of(["03/04/2026", "13/04/2026"], True)
    american = times_of(["03/04/2026", "04/13/2026"], True)
    either = times_of(["03/04/2026"], True)
    assert european is not None
    assert (european.read("03/04/2026"), european.ambiguous) == ("2026-04-03", False)
    assert american is not None
    assert (american.read("03/04/2026"), american.ambiguous) == ("2026-03-04", False)
    assert either is not None
    assert either.ambiguous


def test_a_time_is_told_by_the_cells_not_by_how_many_ways_they_are_wrong() -> None:
    values = ["2026-08-01 08:00", "2026-08-02 09:00", "待定", "无", "?"]
    assert times_of(values, False) is None
    often = times_of(values, False, counts=[60, 37, 1, 1, 1])
    assert often is not None
    assert often.bad == ("待定", "无", "?")
    assert times_of(values, True, counts=[30, 31, 20, 10, 9]) is not None  # its header says that it holds times
    assert times_of(values, True, counts=[20, 20, 40, 10, 10]) is None


def test_column_of_days_at_midnight_is_one_of_days() -> None:
    days = times_of(["2026-08-01 00:00:00", "2026-08-02 00:00:00"], True)
    assert days is not None
    assert days.days
    assert days.read("2026-08-01 00:00:00") == "2026-08-01"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le")],
)
def test_encoding_is_found(encoding: str, found: str, tmp_path: Path) -> None:
    text = "工单编号,上报时间,承办单位\n" + "".join(f"A{i},2026-08-01 08:00:{i:02d},城管局\n" for i in range(20))
    made = sheet(tmp_path, text, encoding)
    assert encoding_of(tmp_path / "t.csv") == found
    assert [c.name for c in made.columns] == ["工单编号", "上报时间", "承办单位"]
    assert made.n == 20
    assert made.plain == found.startswith("utf-8")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiter_is_found_also_where_another_stands_in_quotes(mark: str) -> None:
    other = ";" if mark != ";" else ","
    rows = [["id", "opened", "kind"], *([str(i), f"2026-08-0{i}", f'"a{other}b{other}c{mark}d"'] for i in range(1, 9))]
    assert delimiter_of("\n".join(mark.join(r) for r in rows) + "\n") == mark


def test_row_longer_than_its_header_is_said_and_none_is_lost(tmp_path: Path) -> None:
    made = sheet(tmp_path, "id,opened\n1,2026-08-01\n2,2026-08-02,more\n3\n")
    assert made.n == 3
    assert "line 3" in made.notes[1][1]


def test_header_lies_below_a_title_and_over_two_merged_rows() -> None:
    rows = [
        ["××市工单", "", "", ""],
        ["编号", "时间", "", "部门"],
        ["", "上报", "结案", ""],
        ["1", "2026-08-01", "2026-08-02", "城管局"],
    ]
    assert find_header(rows) == (3, ["编号", "时间 上报", "时间 结案", "部门"])
    assert find_header([["1", "2026-08-01"], ["2", "2026-08-02"]]) is None


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("上报时间", "report"),
        ("受理时间", "accept"),
        ("立案时间", "register"),
        ("派遣时间", "dispatch"),
        ("处置开始时间", "handle"),
        ("办结时间", "complete"),
        ("结案时间", "close"),
        ("回访时间", "revisit"),
        ("应办结时间", "due"),
        ("办理期限", "due"),
        ("更新时间", "changed"),
        ("核查时间", "inspect"),
        ("created_date", "report"),
        ("closedAt", "close"),
        ("Dispatch DtTm", "dispatch"),
        ("due_date", "due"),
        ("出生日期", "none"),
        ("T", ""),
    ],
)
def test_stamps_are_known_by_their_headers(header: str, role: str) -> None:
    assert stamp_role(words_of(header)) == role


def test_what_is_about_a_person_is_never_taken_for_anything_else(tmp_path: Path) -> None:
    header = "编号,来电人,联系电话,身份证号,家庭住址,反映内容,处理人,上报时间,承办部门,email,x\n"
    row = "A{0},王芳,1381234567{0},37088119900101123{0},某路{0}号,门口垃圾"
    row += "很多,李强,2026-08-0{1} 08:00,城管局,a{0}@b.cn,1391234567{0}\n"
    known = recognise(sheet(tmp_path, header + "".join(row.format(i, i + 1) for i in range(8))))
    assert known.personal == ["来电人", "联系电话", "身份证号", "家庭住址", "反映内容", "处理人", "email", "x"]
    assert [c.name for c in known.ids] == ["编号"]
    assert list(known.fields) == ["department"]


def test_words_are_understood_or_nothing() -> None:
    assert [yes_no(v) for v in ("是", "未解决", "Y", "false", "1.0", "部分")] == ["1", "0", "1", "0", "1", ""]
    assert [contentment(v) for v in ("非常不满意", "不满意", "基本满意", "满意", "非常满意", "4.5", "未评价")] == [
        "1",
        "2",
        "4",  # counted among the satisfied, and said so as a doubt
        "4",
        "5",
        "4.5",
        "",
    ]
    assert [outcome(v) for v in ("未结案", "处理中", "已结案", "已作废", "重复工单", "移交", "Open", "Closed", "Cancelled")] == [
        "",
        "",
        "settled",
        "cancelled",
        "merged",
        "transferred",
        "",
        "settled",
        "cancelled",
    ]


def test_codes_are_of_any_script_each_once_and_such_as_a_city_takes() -> None:
    taken: set[str] = set()
    codes = [code_of(v, taken) for v in ("城东街道", "开发区（北）", "开发区 北", "Works", "works", "!!!", "sensitive")]
    assert codes == ["城东街道", "开发区_北", "开发区_北_2", "Works", "works_2", "x", "sensitive_2"]
    for code in codes:
        Channel.model_validate({"code": code, "name": {"zh": "x", "en": "x"}})


def test_what_is_no_table_is_refused_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "picture.csv").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "bare.csv").write_text("1,2026-08-01\n2,2026-08-02\n")
    for name, words in (("empty.csv", "is empty"), ("picture.csv", "no text file"), ("bare.csv", "put a header")):
        with pytest.raises(FileError, match=words):
            read_delimited(tmp_path / name, nothing)


def test_a_file_knows_whether_it_was_edited(tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    assert not is_edited(path)
    path.write_text(marked('city.id = "工单"\n'), encoding="utf-8")
    assert not is_edited(path)
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert is_edited(path)
