"""One case, one identity: however its id is typed or spelled, and however loosely the source compares ids."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from data.source.columns import ids
from data.source.identity import EXACT, NOBODY, Alike, Kinds, alike_of, identity

U = uuid.UUID("8c8dbb3e-7d5c-4a3b-9f69-0d6a3a3f1f01")


@pytest.mark.parametrize("value", [7, "7", 7.0, Decimal("7"), Decimal("7.00"), b"7"])
def test_seven_is_seven_in_every_type_that_a_driver_gives(value: object) -> None:
    assert identity(value) == 7


@pytest.mark.parametrize(
    ("one", "other"),
    [("07", "7"), ("7 ", "7"), ("A1", "a1"), ("7.5", "7"), ("-7", "7"), ("1e3", "1000"), ("７", "7"), ("A1", "A1 ")],
)
def test_what_an_exact_source_tells_apart_is_told_apart(one: str, other: str) -> None:
    assert identity(one) != identity(other)


@pytest.mark.parametrize("value", [-1, -2, -(2**62), -(2**63), "-1", 2**63, 2**64, Decimal(-1)])
def test_no_id_of_the_source_is_one_of_our_own_marks(value: object) -> None:
    assert 0 <= identity(value) < 2**63


@pytest.mark.parametrize("value", [None, "", [], {}, [1, 2], {"a": 1}, float("nan"), b""])
def test_what_is_no_id_is_nobodys(value: object) -> None:
    assert identity(value) == NOBODY


def test_a_column_has_the_same_identities_in_bulk_and_one_by_one() -> None:
    texts = ["ID-1", "7", None, "", "-1", "07"] * 100
    numbers = [5, None, -1, 0, 2**62] * 100
    assert ids(pa.chunked_array([pa.array(texts)])).tolist() == [identity(v) for v in texts]
    assert ids(pa.chunked_array([pa.array(numbers)])).tolist() == [identity(v) for v in numbers]
    assert ids(pa.chunked_array([pa.array(numbers, pa.decimal128(20, 0))])).tolist() == [identity(v) for v in numbers]
    assert ids(pa.chunked_array([], pa.string())).tolist() == []


def test_letters_blanks_and_accents_are_one_where_the_source_says_so() -> None:
    loose = Alike(case=True, blanks=True, accents=True)
    assert identity("C0FFEE ", loose) == identity("c0ffee", loose) == identity("çöffee".replace("ö", "0"), loose)
    assert identity("1 ", loose) == 1
    assert identity("C0FFEE", Alike(blanks=True)) != identity("c0ffee", Alike(blanks=True))


def test_a_text_beside_a_column_of_uuids_means_the_uuid() -> None:
    beside = Alike(uuid=True)
    spellings = (U, str(U), str(U).upper(), U.hex, U.hex.upper())
    assert {identity(v, beside) for v in spellings} == {identity(U)}
    assert identity(str(U).upper()) != identity(U)


class _Column:
    """A column of texts that compares as told."""

    def __init__(self, *values: Any, same: Any) -> None:
        self.values, self.same = list(values), same

    def look(self, table: str, column: str, text: str) -> list[Any]:
        return [v for v in self.values if self.same(v) == self.same(text)]


@pytest.mark.parametrize(
    ("same", "found"),
    [
        (lambda t: t, EXACT),
        (lambda t: t.lower(), Alike(case=True)),
        (lambda t: t.rstrip(), Alike(blanks=True)),
        (lambda t: t.lower().rstrip(), Alike(case=True, blanks=True)),
        (lambda t: t.translate(str.maketrans("áćéń", "acen")), Alike(accents=True)),
    ],
)
def test_how_a_source_compares_is_learned_from_its_own_ids(same: Any, found: Alike) -> None:
    column = _Column("a-17", "a-18", same=same)
    assert alike_of({("event", "id"): column.values}, column.look) == found


def test_what_one_of_two_columns_tells_apart_a_join_tells_apart() -> None:
    loose, exact = _Column("a-1", same=str.lower), _Column("a-1", same=str)
    samples = {("event", "id"): loose.values, ("transition", "event"): exact.values}

    def look(table: str, column: str, text: str) -> list[Any]:
        return (loose if table == "event" else exact).look(table, column, text)

    assert alike_of(samples, look) == EXACT


def test_a_padded_column_is_one_whose_blanks_mean_nothing() -> None:
    padded = _Column("a-1       ", same=lambda t: t.rstrip())
    assert alike_of({("event", "id"): padded.values}, padded.look).blanks


def test_a_column_that_knows_a_uuid_without_its_hyphens_holds_uuids() -> None:
    known = _Column(str(U), same=lambda v: v.replace("-", "").lower())
    text = _Column(str(U), same=str)
    assert alike_of({("event", "id"): known.values}, known.look).uuid
    assert not alike_of({("event", "id"): text.values}, text.look).uuid


def test_two_ids_that_differ_in_case_are_two_although_each_finds_the_other() -> None:
    both = _Column("abc", "ABC", same=str)
    assert not alike_of({("event", "id"): both.values}, both.look).case


@pytest.mark.parametrize(
    ("kinds", "asked", "as_held"),
    [
        (Kinds(number=True), ["7", 7], [7]),
        (Kinds(number=True), ["A-7"], []),
        (Kinds(text=True), [7], ["7"]),
        (Kinds(text=True), [Decimal("7.0")], ["7"]),
        (Kinds(text=True), ["a "], ["a ", "a"]),
        (Kinds(number=True, text=True), ["7"], [7, "7"]),
        (Kinds(uuid=True), [str(U), "x"], [U]),
        (Kinds(raw=True), ["a"], [b"a"]),
        (Kinds(), ["a", None, []], ["a"]),
        (Kinds(text=True), [str(U)], [str(U), str(U).upper(), U.hex, U.hex.upper()]),
        (Kinds(text=True), [U], [str(U), str(U).upper(), U.hex, U.hex.upper()]),
    ],
)
def test_a_column_is_asked_in_its_own_type(kinds: Kinds, asked: list[Any], as_held: list[Any]) -> None:
    assert kinds.spelled(asked) == as_held
