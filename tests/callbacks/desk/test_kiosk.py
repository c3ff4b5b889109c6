"""What the kiosk's routes answer, to whom: over facts in memory, and over real HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from callbacks.desk.kiosk import Kiosk, kiosk_desk
from callbacks.wall.page_cache import PageCache
from callbacks.wall.source_health import Health
from data.access.acknowledgements import Acknowledged, Acknowledgements
from data.access.roles import ROLES
from data.access.store import State
from data.access.viewer import Viewer
from data.clock.instants import ms
from data.errors import AccessError, NotYetError, QueryError, StateError
from data.metrics import METRICS
from data.reading.snapshot import Frame, Snapshot
from layouts.panels import PANELS
from layouts.wall.page import PageBuilder
from tests.city_builder import DISPUTE, WEST, LittleCity, when
from tests.conftest import Running
from tests.wall_frames import AS_OF, frames
from tests.wall_frames import city as wall_city

pytestmark = pytest.mark.slow

NOW = when("2026-11-23 14:00")
OPERATOR = Viewer("desk", rights=ROLES["operator"], user="li", role="operator")
EAST = Viewer("desk", rights=ROLES["operator"], user="wang", role="operator", area="east")


@pytest.fixture
def acknowledged(tmp_path: Path) -> Iterator[Acknowledgements]:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    held = Acknowledgements(state, NOW)
    yield held
    held.close()
    state.close()


@pytest.fixture
def city() -> LittleCity:
    """East: one overdue and one due soon; West: one overdue, and one of a sensitive category."""
    there = LittleCity()
    there.event("2026-11-01 09:00", due="2026-11-02 09:00")
    there.event("2026-11-23 09:00", due="2026-11-23 15:00")
    there.event("2026-11-01 09:00", due="2026-11-03 09:00", l1=WEST)
    there.event("2026-11-01 09:00", due="2026-11-03 09:00", l1=WEST, sensitive=1, category=DISPUTE)
    return there


@pytest.fixture
def kiosk(city: LittleCity, acknowledged: Acknowledgements) -> Kiosk:
    page_cache: Any = SimpleNamespace(
        city=city.city,
        snapshot=SimpleNamespace(id="S-1"),
        health=Health(checked_ms=ms(NOW)),
        head={},
        frame=lambda metric, scope: None,
    )
    return Kiosk(page_cache, lambda: city.facts, acknowledged, lambda: (NOW, NOW))


def test_an_account_of_one_area_is_told_of_that_area_alone(kiosk: Kiosk) -> None:
    whole = kiosk.queue(OPERATOR, {"tab": "overdue"})["parts"]["list"]
    east = kiosk.queue(EAST, {"tab": "overdue"})["parts"]["list"]
    assert ("C1" in whole, "C3" in whole) == (True, True)
    assert ("C1" in east, "C3" in east) == (True, False)
    assert "C4" not in whole, "of a sensitive category"
    with pytest.raises(QueryError):
        kiosk.queue(EAST, {"place": "west"})


def test_a_case_is_acknowledged_by_who_may_see_it_and_listed_so(kiosk: Kiosk, acknowledged: Acknowledgements) -> None:
    with pytest.raises(QueryError, match="no such open case"):
        kiosk.acknowledge(EAST, {"kind": "case", "subject": "3"})
    with pytest.raises(QueryError, match="no such open case"):
        kiosk.acknowledge(OPERATOR, {"kind": "case", "subject": "4"})
    kiosk.acknowledge(OPERATOR, {"kind": "case", "subject": "3", "note": "已通知责任部门"})
    assert acknowledged.cases() == [3]
    parts = kiosk.queue(OPERATOR, {"tab": "overdue"})["parts"]
    assert "✓ 已知悉" in parts["list"]
    assert "已知悉报警 0、件 1" in parts["shift"]
    assert "件 0" in kiosk.queue(EAST, {})["parts"]["shift"], "it was not of that area's watch"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"kind": "case", "subject": "x' OR 1=1"}, "no case's id"),
        ({"kind": "case", "subject": ""}, "no case's id"),
        ({"kind": "alarm", "subject": "stage:handle"}, "this alarm is over"),
        ({"kind": "x", "subject": "1"}, "write alarm or case"),
    ],
)
def test_what_cannot_be_acknowledged_is_refused_with_words(kiosk: Kiosk, words: dict[str, str], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        kiosk.acknowledge(OPERATOR, words)


def test_an_alarm_is_not_in_hand_where_its_note_is_refused(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[str, str, int]] = []
    kiosk.page_cache.lives = SimpleNamespace(handle=lambda *given: taken.append(given))  # type: ignore[assignment]
    monkeypatch.setattr(kiosk, "_alarms", lambda asking: [SimpleNamespace(subject="stage:handle")])
    words = {"kind": "handling", "subject": "stage:handle"}
    with pytest.raises(QueryError, match="telephone"):
        kiosk.acknowledge(OPERATOR, words | {"note": "请打 13812345678"})
    assert taken == []
    kiosk.acknowledge(OPERATOR, words | {"note": "已派人"})
    assert taken == [("stage:handle", "operator", ms(NOW))]


def test_a_closed_cases_acknowledgement_ends_at_the_next_look(
    kiosk: Kiosk, city: LittleCity, acknowledged: Acknowledgements
) -> None:
    closed = city.event("2026-11-01 09:00", "2026-11-22 09:00")
    city._facts = None
    acknowledged.add(Acknowledged("case", str(closed), "", "li", "operator", "", ms(NOW)))
    kiosk.queue(OPERATOR, {})
    assert acknowledged.cases() == []


def test_without_the_right_to_acknowledge_there_is_no_button(kiosk: Kiosk) -> None:
    looks = Viewer("desk", rights=frozenset({"kiosk"}), user="x", role="operator")
    assert "data-note-kind" not in kiosk.queue(looks, {"tab": "overdue"})["parts"]["list"]
    rights = {r.path: r.right for r in kiosk_desk(kiosk.page_cache, kiosk.facts, kiosk.acknowledged, kiosk.clock)[1]}
    assert rights["/desk/kiosk/acknowledge"] == "acknowledge"


def test_while_the_facts_are_loaded_it_says_so(kiosk: Kiosk) -> None:
    kiosk.facts = lambda: None
    with pytest.raises(NotYetError) as loading:
        kiosk.queue(OPERATOR, {})
    assert "载入" in loading.value.zh


def test_a_state_store_that_is_away_takes_no_queue_with_it(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise StateError("state: the store is away")

    monkeypatch.setattr(kiosk.acknowledged, "count_since", away)
    parts = kiosk.queue(OPERATOR, {"tab": "overdue"})["parts"]
    assert "C1" in parts["list"]
    assert "已知悉报警 –、件 –" in parts["shift"]


def test_the_sheet_names_shift_sums_and_cases_in_both_languages(kiosk: Kiosk) -> None:
    text = kiosk.sheet(OPERATOR, {})["text"]
    assert "早班 08:00–16:00" in text
    assert "2 + 1 − 0 − 0 = 3" in text
    assert "li（值守员）" in text
    assert "C2" in text
    english = kiosk.sheet(OPERATOR, {"lang": "en"})["text"]
    assert "Morning shift 08:00–16:00" in english


def test_a_feed_that_was_never_heard_is_not_in_order(kiosk: Kiosk) -> None:
    """Three channels: one in order, one late, one of which nothing ever came."""
    rows = pd.DataFrame(
        {"channel": ["a", "b", "c"], "silent": [False, True, False], "newest_ms": [ms(NOW), ms(NOW) - 9_000_000, -1]}
    )
    assert "来报情况未知" in kiosk.queue(OPERATOR, {})["parts"]["feet"], "no wall shows the feeds"
    assert "四、迟到或未闻的来报：–" in kiosk.sheet(OPERATOR, {})["text"]

    def shown(held: pd.DataFrame) -> tuple[str, str]:
        page_cache: Any = kiosk.page_cache
        page_cache.frame = lambda metric, scope: (0, held) if metric == "channel_mix" else None
        return kiosk.queue(OPERATOR, {})["parts"]["feet"], kiosk.sheet(OPERATOR, {})["text"]

    feet, sheet = shown(rows)
    assert "b迟到" in feet
    assert "c未闻" in feet
    assert "其余 1 路正常" in feet
    assert "来报：b迟到；c未闻" in sheet
    feet, sheet = shown(rows[:1])
    assert "1 路来报正常" in feet
    assert "来报：没有" in sheet


# ---------------------------------------------------------------- on the wall
def page_of(noted: Any, builder: PageBuilder) -> Any:
    """The headline and the longest overdue of hand-made frames."""
    held = frames()
    snapshot: Any = SimpleNamespace(
        id=f"S-{id(noted)}",
        as_of_ms=AS_OF,
        city=wall_city(),
        metrics=METRICS,
        frame=lambda metric, scope: Frame(held[metric], "same"),
    )
    return builder.build(snapshot, {}, {}, noted)


def test_a_wall_says_noted_with_role_and_time_and_redraws_only_where_that_changed(acknowledged: Acknowledgements) -> None:
    builder = PageBuilder("overview", {p: PANELS[p] for p in ("headline", "oldest_overdue", "stage_backlog")}, "", "zh")
    before = page_of(dict(acknowledged.noted), builder)
    assert "待认领".encode() in before.panels["headline"].body
    acknowledged.add(Acknowledged("alarm", "stage:inspect", "备注不上墙", "li", "operator", "", AS_OF))
    after = page_of(dict(acknowledged.noted), builder)
    body = after.panels["headline"].body.decode()
    assert "已知悉 值守员 10:42" in body
    assert "备注不上墙" not in body
    assert "li" not in json.loads(body)["html"].split("exc-state noted")[1][:60]
    assert after.panels["headline"].rev != before.panels["headline"].rev
    for other in ("oldest_overdue", "stage_backlog"):
        assert after.panels[other] is before.panels[other], "not even drawn anew"
    other_town = page_of({("alarm", "stage:inspect@370881001"): acknowledged.noted["alarm", "stage:inspect"]}, builder)
    assert "已知悉".encode() not in other_town.panels["headline"].body, "each wall's exceptions are its own"


def test_the_board_ends_an_alarm_whose_exception_is_gone_and_asks_nothing_else(acknowledged: Acknowledgements) -> None:
    page_cache = PageCache(wall_city(), {}, lambda: 0.0, 1000)
    page_cache.acknowledged = acknowledged
    acknowledged.add(Acknowledged("alarm", "stage:inspect", "", "li", "operator", "", ms(NOW)))
    acknowledged.add(Acknowledged("case", "5", "", "li", "operator", "", ms(NOW)))
    held = {"exceptions": frames()["exceptions"]}
    snapshot = Snapshot("S", NOW, {}, wall_city(), {"exceptions": None}, {}, {})  # type: ignore[dict-item]
    snapshot.frame = lambda metric_id, scope="": Frame(held[metric_id], "same")  # type: ignore[method-assign]
    page_cache.snapshot = snapshot
    page_cache.follow(ms(NOW))
    held["exceptions"] = pd.DataFrame(columns=held["exceptions"].columns)
    page_cache.follow(ms(NOW + timedelta(minutes=1)))
    assert ("alarm", "stage:inspect") in acknowledged.noted
    page_cache.follow(ms(NOW + timedelta(minutes=11)))
    assert set(acknowledged.noted) == {("case", "5")}


# ---------------------------------------------------------------- over HTTP
def post(running: Running, path: str, words: Any, kind: str = "application/json") -> tuple[int, dict[str, Any]]:
    asks = urllib.request.Request(running.base + path, json.dumps(words).encode(), {"Content-Type": kind})
    try:
        with urllib.request.urlopen(asks, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.slow
def test_over_http_queue_refresh_and_refusals(wall: Running) -> None:
    status, found = wall.get("/desk/kiosk/queue?lang=en&tab=today")
    assert status == 200
    assert set(found["parts"]) == {"alarm", "refreshed", "stages", "side", "tabs", "list", "shift", "feet"}
    assert wall.get("/desk/kiosk/queue?tab=late")[0] == 400
    assert wall.get("/desk/kiosk/queue?stage=handel")[1]["error"].endswith("did you mean 'handle' (Handle)?")
    assert wall.get("/desk/kiosk/refresh")[0] == 405
    assert post(wall, "/desk/kiosk/refresh", {"lang": "en"}, "text/plain")[0] == 400, "no foreign page can send it"
    assert "Updated" in post(wall, "/desk/kiosk/refresh", {"lang": "en"})[1]["parts"]["refreshed"]
    assert post(wall, "/desk/kiosk/acknowledge", {"kind": "case", "subject": "-5"})[0] == 400
    assert wall.get("/desk/kiosk/handover?lang=en")[1]["text"].startswith("Handover sheet")


def test_who_lies_outside_the_area_is_refused(kiosk: Kiosk) -> None:
    with pytest.raises((AccessError, QueryError)):
        kiosk.queue(EAST, {"place": "east"})


def test_an_alarm_that_is_touched_opens_in_full_and_leads_to_its_cases_its_place_and_the_workbench(
    acknowledged: Acknowledgements, city: LittleCity
) -> None:
    given = frames()
    page_cache: Any = SimpleNamespace(
        city=wall_city(),
        snapshot=SimpleNamespace(id="S-1"),
        health=Health(checked_ms=ms(NOW)),
        head={},
        frame=lambda metric, scope: ("S-1", given[metric]) if metric in given else None,
    )
    desk = Kiosk(page_cache, lambda: city.facts, acknowledged, lambda: (NOW, NOW))
    first = desk.queue(OPERATOR, {})["parts"]["alarm"]
    assert first.index("核查积压 146 件") < first.index("王庄镇超期占比 21.0%")
    # an operator has no workbench; a backlog has no place
    assert "/analyst" not in first
    assert "/wall" not in first
    assert 'data-code="area:370881108"' in first
    both = Viewer("desk", rights=OPERATOR.rights | {"analyse"}, user="li", role="operator")
    opened = desk.queue(both, {"alarm": "area:370881108", "lang": "en"})["parts"]["alarm"]
    assert opened.startswith('<div class="k-alarm')
    assert opened.index("370881108") < opened.index("stage:inspect")
    assert 'href="/wall?scope=370881108&amp;back=kiosk&amp;lang=en"' in opened
    assert 'href="/analyst?area=370881108&amp;lang=en"' in opened
    assert 'data-pick="place" data-code="370881108"' in opened
    gone = desk.queue(OPERATOR, {"alarm": "area:gone"})["parts"]["alarm"]
    assert gone == first, "one that is over leaves the order as it is"
