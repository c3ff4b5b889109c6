"""Views saved under a name: who may change them, what keeps their address, what is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from data.access.saved_views import MOST, SavedViews
from data.access.store import State
from data.errors import AccessError, QueryError
from tests.sync_harness import NOW


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(f"sqlite:///{tmp_path}/state.sqlite")


def test_a_view_is_kept_over_restarts_and_shared(state: State) -> None:
    first = SavedViews(state).save(" 供热 周报 ", "cat=heating&win=7d", "", "wang", NOW)
    SavedViews(state).save("办理积压", "stage=handle&state=open&area=370881001", "370881001", "li", NOW)
    found = SavedViews(state).all()
    assert [(v.name, v.words, v.area, v.user) for v in found] == [
        ("供热 周报", "cat=heating&win=7d", "", "wang"),
        ("办理积压", "stage=handle&state=open&area=370881001", "370881001", "li"),
    ]
    assert SavedViews(state).of(first.id) == first
    assert SavedViews(state).of("0000") is None


def test_one_saved_again_under_its_name_keeps_its_address_and_another_s_of_that_name_has_its_own(state: State) -> None:
    views = SavedViews(state)
    first = views.save("周报", "win=7d", "", "wang", NOW)
    again = views.save("周报", "win=month", "", "wang", NOW + timedelta(days=1))
    other = views.save("周报", "win=90d", "", "li", NOW)
    assert again.id == first.id
    assert other.id != first.id
    assert {(v.user, v.words) for v in views.all()} == {("wang", "win=month"), ("li", "win=90d")}


def test_only_its_own_account_removes_a_view(state: State) -> None:
    views = SavedViews(state)
    kept = views.save("周报", "win=7d", "", "wang", NOW)
    with pytest.raises(AccessError, match="that of wang"):
        views.remove(kept.id, "li")
    views.remove(kept.id, "wang")
    assert views.all() == []
    with pytest.raises(QueryError, match="no such view"):
        views.remove(kept.id, "wang")


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("", "win=7d", "a name of 1 to 60"),
        ("\u200b ", "win=7d", "a name of 1 to 60"),
        ("长" * 61, "win=7d", "a name of 1 to 60"),
        ("张某 13812345678", "win=7d", "a telephone number"),
        ("周报", "cat=" + "a" * 1000, "too many filters"),
    ],
)
def test_what_cannot_be_saved_is_refused(state: State, name: str, words: str, said: str) -> None:
    views = SavedViews(state)
    with pytest.raises(QueryError, match=said):
        views.save(name, words, "", "wang", NOW)
    assert views.all() == []


def test_an_account_has_a_limited_number_of_views(state: State) -> None:
    views = SavedViews(state)
    for i in range(MOST):
        views.save(f"视图{i}", "", "", "wang", NOW)
    with pytest.raises(QueryError, match="remove one first"):
        views.save("一个太多", "", "", "wang", NOW)
    views.save("视图0", "win=7d", "", "wang", NOW)
    views.save("视图", "", "", "li", NOW)
