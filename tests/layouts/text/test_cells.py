"""An exported cell is never a formula, never too long for a sheet, and what was cut is said."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.access.audit import Entry
from layouts.analyst import tables
from layouts.desk.audit import audit_csv
from layouts.text import cells
from layouts.text.cells import LONGEST, Cells

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u3000=", "\ufeff=", "\x00=", "\u200b＝")


def read_csv(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def read_xlsx(body: bytes) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], set[str]]:
    """(rows of the table, rows beside it, kinds of the table's cells)."""
    from openpyxl import load_workbook

    first, about = load_workbook(io.BytesIO(body)).worksheets
    kinds = {c.data_type for row in first.iter_rows() for c in row}
    return list(first.iter_rows(values_only=True)), list(about.iter_rows(values_only=True)), kinds


@pytest.mark.parametrize("begins", BEGINNINGS)
def test_text_that_a_spreadsheet_would_run_is_kept_text(begins: str) -> None:
    text = f"{begins}cmd|' /C calc'!A0"
    row = read_csv(tables.to_csv(["what"], ["head"], [[text]]))[2]
    assert row[0].startswith("'")
    assert row[0].endswith("calc'!A0")
    table, _, kinds = read_xlsx(tables.to_xlsx("t", ["what"], ["head"], [[text]]))
    assert table[1][0].startswith("'")
    assert "f" not in kinds, "no cell is a formula"


def test_numbers_stay_numbers_and_plain_text_stays_as_it_is() -> None:
    rows: list[list[Any]] = [[-5, -5.5, 0, "防山镇", "a=b", "1-2", "", "−5"]]
    head = list("abcdefgh")
    assert read_csv(tables.to_csv([], head, rows))[1] == ["-5", "-5.5", "0", "防山镇", "a=b", "1-2", "", "−5"]
    table, _, _ = read_xlsx(tables.to_xlsx("t", [], head, rows))
    assert table[1] == (-5, -5.5, 0, "防山镇", "a=b", "1-2", None, "−5")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_cell_longer_than_a_sheet_holds_is_cut_and_said(lang: Any) -> None:
    rows = [["x" * (LONGEST + 1), "y" * LONGEST], ["=" + "z" * LONGEST, "short"]]
    said = "有 2 个单元格" if lang == "zh" else "2 cells were longer"
    back = read_csv(tables.to_csv(["what"], ["a", "b"], rows, lang))
    assert [len(c) for c in back[2]] == [LONGEST, LONGEST]
    assert back[2][0].endswith("x…")
    assert back[2][1] == "y" * LONGEST
    assert back[3][0].startswith("'=zz")
    assert back[4][0].startswith("# ")
    assert said in back[4][0]
    table, about, _ = read_xlsx(tables.to_xlsx("t", ["what"], ["a", "b"], rows, lang))
    assert len(table[1][0]) == LONGEST
    assert said in table[3][0]
    assert said in about[1][0]


def test_a_letter_beyond_the_first_plane_counts_twice_as_a_sheet_counts_it() -> None:
    cell = Cells()
    assert cell("𠮷" * 16_383) == "𠮷" * 16_383
    assert cell.cut == 0
    held = cell("𠮷" * 16_384)
    assert (held, cell.cut) == ("𠮷" * 16_383 + "…", 1)


def test_nothing_is_said_where_nothing_was_cut() -> None:
    assert len(read_csv(tables.to_csv(["what"], ["a"], [["x"]]))) == 3
    table, about, _ = read_xlsx(tables.to_xlsx("t", ["what"], ["a"], [["x"]]))
    assert (len(table), len(about)) == (2, 1)


@pytest.fixture
def short_sheets(monkeypatch: pytest.MonkeyPatch) -> int:
    for module in (cells, tables):
        monkeypatch.setattr(module, "MOST_ROWS", 10)
    return 10


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_more_rows_than_a_sheet_holds_are_said(short_sheets: int, lang: Any) -> None:
    rows = [[i] for i in range(12)]
    said = "共 12 行" if lang == "zh" else "12 rows"
    table, about, _ = read_xlsx(tables.to_xlsx("t", ["what"], ["n"], rows, lang))
    assert len(table) <= short_sheets
    assert [r[0] for r in table[1:8]] == [0, 1, 2, 3, 4, 5, 6]
    assert said in table[8][0]
    assert said in about[1][0]
    back = read_csv(tables.to_csv(["what"], ["n"], rows, lang))
    assert said in back[1][0], "above the table, where it can be seen"
    assert [r[0] for r in back[3:]] == [str(i) for i in range(12)], "a CSV itself has no end"
    shown = back[1][0].split("前 ")[1].split()[0] if lang == "zh" else back[1][0].split("first ")[1].split(":")[0]
    assert int(shown) == short_sheets - 3


def test_a_sheet_that_is_exactly_full_loses_no_row(short_sheets: int) -> None:
    rows = [[i] for i in range(9)]
    table, about, _ = read_xlsx(tables.to_xlsx("t", ["what"], ["n"], rows))
    assert [r[0] for r in table[1:]] == list(range(9))
    assert len(about) == 1


def test_the_audit_as_a_file_is_guarded_in_the_same_way() -> None:
    at = round(datetime(2026, 11, 23, tzinfo=UTC).timestamp() * 1000)
    entry = Entry(1, at, "＝cmd", "+x", "-y", "@z", "\rq", "a\ud800b")
    back = read_csv(audit_csv([entry], ZoneInfo("Asia/Shanghai")))
    assert back[1][2:] == ["'＝cmd", "'+x", "'-y", "'@z", "'\rq", "ab", ""]  # no matter of cases
