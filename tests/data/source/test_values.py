"""A foreign value is understood or rejected, never cut, never the end of the others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.source.columns import BAD, NONE, Rules, frame
from data.source.contract import METADATA
from data.source.values import numbers, texts, yes_no

RULES = Rules(ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    "value", [1, True, 1.0, "1", "1.0", "true", "TRUE", "t", "Y", "yes", "是", "１", b"\x01", b"1", Decimal("1")]
)
def test_yes_in_the_words_of_many_platforms(value: object) -> None:
    assert yes_no([value])[0].tolist() == [1]


@pytest.mark.parametrize("value", [0, False, 0.0, "0", "0.0", "false", "F", "N", "no", "否", b"\x00", b"0", Decimal("0.0")])
def test_no_in_the_words_of_many_platforms(value: object) -> None:
    assert yes_no([value])[0].tolist() == [0]


@pytest.mark.parametrize("value", [2, -1, "maybe", "是否", 0.5, [1], {"yes": 1}, b"\xff"])
def test_what_is_neither_yes_nor_no_is_rejected_with_its_row(value: object) -> None:
    held, bad = yes_no(["Y", value])
    assert held.tolist() == [1, BAD]
    assert [(row, reason) for row, reason, _ in bad] == [(1, "bad_value" if isinstance(value, (list, dict)) else "bad_yes_no")]


def test_a_mapping_names_its_own_words_for_yes_and_no() -> None:
    held, bad = yes_no(["solved", "open", 2], {"solved": 1, "open": 0, "2": 1})
    assert (held.tolist(), bad) == ([1, 0, 1], [])


@pytest.mark.parametrize(("value", "number"), [("1,234", 1234), (5.0, 5), ("5.0", 5), ("５", 5), (Decimal("12"), 12), ("0", 0)])
def test_a_whole_number_is_read_as_people_write_it(value: object, number: int) -> None:
    read, faults = numbers([value])
    assert read.tolist() == [number]
    assert faults == []


@pytest.mark.parametrize("value", [4.5, "4.5", Decimal("4.5"), -1, "-1", "1,23", "five", float("inf"), "1e400", 10**30])
def test_a_number_is_never_cut(value: object) -> None:
    held, bad = numbers([value, 3])
    assert held.tolist() == [BAD, 3]
    assert [(row, reason) for row, reason, _ in bad] == [(0, "bad_number")]


def test_what_is_said_of_a_value_holds_no_text_of_it() -> None:
    """Where a flag should stand somebody may have typed a name or a telephone number."""
    said = " ".join(d for read in (numbers, yes_no) for _, _, d in read(["欧阳娜木罕", "13800013878", "4.5"])[1])
    assert "4.5" in said
    assert "欧阳" not in said
    assert "138" not in said


def test_texts_of_many_types_are_texts_and_a_list_is_none() -> None:
    u = UUID(int=7)
    held, at, bad = texts(["a", 1, 1.0, True, Decimal("2.00"), u, None, " ", ["x"], b"\xc2\xb7\xff", {"k": 1}])
    assert [held[i] if i >= 0 else None for i in at.tolist()] == [
        "a",
        "1",
        "1",
        "True",
        "2",
        str(u),
        None,
        None,
        None,
        "·\\xff",
        None,
    ]
    assert [(row, reason) for row, reason, _ in bad] == [(8, "bad_value"), (9, "bad_text"), (10, "bad_value")]


def test_bytes_that_are_no_text_come_alike_in_bulk_and_one_by_one() -> None:
    raw = b"\xc2\xb7\xb5\xc6-2"
    column = pa.Array.from_buffers(pa.string(), 1, [None, pa.array([0, len(raw)], pa.int32()).buffers()[1], pa.py_buffer(raw)])
    many, few = texts(pa.chunked_array([column])), texts([raw])
    assert many[0] == few[0] == ["·\\xb5\\xc6-2"]
    assert [b[:2] for b in many[2]] == [b[:2] for b in few[2]] == [(0, "bad_text")]


def test_a_value_rejected_stays_with_its_row_when_rows_are_taken() -> None:
    read = frame("event", {"id": [1, 2, 3], "satisfaction": [5, 4.5, 3], "category": ["a", "b", ["c"]]}, RULES)
    taken = read.take(np.array([2, 1]))
    assert [(b.row, b.column, b.reason) for b in taken.bad] == [(1, "satisfaction", "bad_number"), (0, "category", "bad_value")]


def test_an_id_that_is_a_text_is_what_the_case_is_called() -> None:
    read = frame("event", {"id": ["A-1", "A-2"]}, RULES)
    assert [read.coded("case_number").text(i) for i in range(2)] == ["A-1", "A-2"]
    assert frame("event", {"id": ["x"], "case_number": ["K1"]}, RULES).coded("case_number").text(0) == "K1"


def test_a_severity_is_its_number_however_it_is_written() -> None:
    rules = Rules(ZoneInfo("UTC"), {"severity": {"urgent": 4}})
    read = frame("event", {"id": [1, 2, 3, 4], "severity": ["1.0", "２", 3.0, "urgent"]}, rules)
    assert [read.coded("severity").text(i) for i in range(4)] == ["1", "2", "3", "4"]


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.uuids(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2) | st.tuples(inner),
    max_leaves=3,
)


@settings(max_examples=150, deadline=None)
@given(table=st.sampled_from(["event", "transition", "grid", "asset", "sign"]), cells=st.lists(ANY, min_size=1, max_size=4))
def test_no_value_whatever_stops_a_frame(table: str, cells: list[Any]) -> None:
    read = frame(table, {c.name: cells for c in METADATA.tables[table].columns}, RULES)
    assert read.n == len(cells)
    for column in METADATA.tables[table].columns:
        if column.name in ("id", "event", "key"):
            assert all(v == NONE or v >= 0 for v in read.ints(column.name).tolist())
