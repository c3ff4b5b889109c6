"""All pairs of small factors, counted by hand, and of random ones against the full product."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.look.pairs import Row, all_pairs, full, pairs_of


def anything(row: Row) -> bool:
    return True


def test_two_factors_need_their_whole_product() -> None:
    rows = all_pairs({"a": ["1", "2", "3"], "b": ["x", "y"]}, anything)
    assert sorted((r["a"], r["b"]) for r in rows) == [(a, b) for a in "123" for b in "xy"]


def test_three_factors_of_two_values_need_four_rows_of_eight() -> None:
    """The orthogonal array L4(2^3); fewer than four cannot show the four pairs of any two factors."""
    rows = all_pairs({"a": ["0", "1"], "b": ["0", "1"], "c": ["0", "1"]}, anything)
    assert len(rows) == 4


def test_a_pair_that_may_not_be_is_never_shown_and_none_that_may_is_missed() -> None:
    factors = {"page": ["wall", "desk"], "shape": ["wide", "tall", "small"], "lang": ["zh", "en"]}

    def may(row: Row) -> bool:
        return (row["page"] == "desk") == (row["shape"] == "small")

    rows = all_pairs(factors, may)
    assert all(may(row) for row in rows)
    shown = {pair for row in rows for pair in pairs_of(row)}
    assert ("page", "wall", "shape", "small") not in shown
    assert shown == {pair for row in full(factors, may) for pair in pairs_of(row)}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(0, 2**32))
def test_every_pair_of_any_factors_is_shown_in_no_more_rows_than_the_product(sizes: list[int], banned: int) -> None:
    factors = {f"f{i}": [str(v) for v in range(n)] for i, n in enumerate(sizes)}

    def may(row: Row) -> bool:
        return banned >> (hash(tuple(map(int, row.values()))) % 32) & 1 == 0

    product = list(full(factors, may))
    rows = all_pairs(factors, may)
    assert {p for row in rows for p in pairs_of(row)} == {p for row in product for p in pairs_of(row)}
    assert len(rows) <= len(product)
    assert rows == all_pairs(factors, may)
