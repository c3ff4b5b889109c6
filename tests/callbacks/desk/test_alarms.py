"""The page of the alarms: who may shelve what, for how long, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from callbacks.desk.alarms import AlarmDesk
from data.access.roles import ROLES
from data.access.store import State
from data.access.viewer import Viewer
from data.alarms.lives import Lives
from data.city.profile import Alarms
from data.errors import QueryError, StateError
from tests.wall_frames import city

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)  # 10:42
OPERATOR = Viewer("desk", rights=ROLES["operator"], user="li", role="operator")
TOWN = Viewer("desk", rights=ROLES["operator"], user="wang", role="operator", area="370881108")
ANALYST = Viewer("desk", rights=ROLES["analyst"], user="zhao", role="analyst")
SHELVE = {"subject": "stage:inspect", "reason": "系统升级，数据补录", "hours": "2"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[AlarmDesk]:
    state, there = State(f"sqlite:///{tmp_path}/state.sqlite"), city()
    lives = Lives(state, Alarms(), there.profile.zone, NOW)
    row = {"kind": "stage", "code": "inspect", "severity": "act", "raises": True, "observed": 146.0, "excess": 3.0}
    lives.follow("", pd.DataFrame([row]), NOW)
    page_cache: Any = SimpleNamespace(city=there)
    yield AlarmDesk(page_cache, lives, lambda: NOW + timedelta(minutes=5))
    lives.close()
    state.close()


def test_a_shelved_alarm_says_until_when_by_whom_and_why(desk: AlarmDesk) -> None:
    assert "核查积压" in desk.listed(OPERATOR, {})["html"]
    told = desk.shelve(OPERATOR, SHELVE)["html"]
    assert "至 12:47 · 值守员 · 系统升级，数据补录" in told
    assert "已更改" in told
    (off,) = desk.lives.shelved("")
    assert (off.subject, off.shelved) == ("stage:inspect", True)
    desk.unshelve(OPERATOR, {"subject": "stage:inspect"})
    assert desk.lives.shelved("") == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"reason": ""}, "write why"),
        ({"reason": "请打 13812345678"}, "what looks like"),
        ({"hours": "0"}, "write 1 to 12"),
        ({"hours": "13"}, "write 1 to 12"),
        ({"hours": "²"}, "write 1 to 12"),
        ({"hours": "00129999"}, "write 1 to 12"),
        ({"hours": "0001" + "0" * 5000}, "write 1 to 12"),
        ({"hours": "-1"}, "write 1 to 12"),
        ({"subject": "stage:handle"}, "this alarm is over"),
    ],
)
def test_what_cannot_be_shelved_is_refused_with_words(desk: AlarmDesk, words: dict[str, str], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        desk.shelve(OPERATOR, SHELVE | words)
    assert desk.lives.shelved("") == ()


def test_an_account_of_one_town_shelves_nothing_of_the_citys(desk: AlarmDesk) -> None:
    assert "没有报警" in desk.listed(TOWN, {})["html"]
    with pytest.raises(QueryError, match="not of your area"):
        desk.shelve(TOWN, SHELVE)


def test_what_the_store_does_not_keep_is_not_shelved_nor_put_back(desk: AlarmDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise StateError("state: it is away", "state：不在")

    kept = desk.lives._store
    monkeypatch.setattr(desk.lives, "_store", away)
    with pytest.raises(StateError):
        desk.shelve(OPERATOR, SHELVE)
    assert desk.lives.shelved("") == (), "refused, and nevertheless off the screens"
    monkeypatch.setattr(desk.lives, "_store", kept)
    desk.shelve(OPERATOR, SHELVE)
    monkeypatch.setattr(desk.lives, "_store", away)
    with pytest.raises(StateError):
        desk.unshelve(OPERATOR, SHELVE)
    assert len(desk.lives.shelved("")) == 1


def test_shelving_takes_the_right_to_acknowledge_and_is_audited(desk: AlarmDesk) -> None:
    routes = {r.path: (r.right, r.audit) for r in desk.routes()}
    assert routes["/desk/alarms/shelve"] == ("acknowledge", "alarm shelved")
    assert routes["/desk/alarms/unshelve"] == ("acknowledge", "alarm put back")
    assert "搁置</button>" in desk.listed(OPERATOR, {})["html"]
    assert "搁置</button>" not in desk.listed(ANALYST, {})["html"], "an analyst sees it, and has no form"


def test_the_days_quality_stands_below(desk: AlarmDesk) -> None:
    """One alarm at 10:42, looked at five minutes later: a 24th an hour, all of level act, not yet to be acknowledged."""
    told = desk.listed(ANALYST, {"lang": "en"})["html"]
    assert "at most 6" in told
    assert "100.0" in told
    assert "backlog at Inspect" in told


def test_what_was_shelved_just_now_is_counted_as_shelved(desk: AlarmDesk) -> None:
    told = desk.shelve(OPERATOR, SHELVE | {"lang": "en"})["html"]
    assert "<td>1</td><td>put back at their end</td>" in told
