"""Shifts, what one hands to the next, what changed since a refresh, and the cool-down of all: worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data.access.viewer import Viewer
from data.city.shifts import DEFAULT, checked, shift_at
from data.kiosk import handover, refresh
from data.kiosk.handover import Handover
from data.kiosk.queues import FAR, NEAR, OVERDUE
from data.kiosk.refresh import Refreshes, Standing
from data.text import Lang
from layouts.kiosk.shift import Watch, sheet
from tests.city_builder import CANCELLED, DISPUTE, WEST, LittleCity, profile, when
from tests.city_builder import at as ms_at

NOW, START = "2026-11-23 14:00", "2026-11-23 08:00"
OPERATOR = Viewer("desk", rights=frozenset({"kiosk"}))
ZONE = ZoneInfo("Asia/Shanghai")


def shift(city: LittleCity, viewer: Viewer = OPERATOR) -> Handover:
    return handover.compute(city.facts.read(handover.asked(viewer, city.city, when(NOW), when(START)))[1])


def test_what_was_taken_over_and_came_less_what_went_is_what_is_open() -> None:
    city = LittleCity()
    city.event("2026-11-20 09:00")  # taken over, still open
    city.event("2026-11-20 09:00", "2026-11-23 09:00")  # taken over, closed
    city.event("2026-11-20 09:00", "2026-11-23 10:00", outcome=CANCELLED)  # taken over, ended otherwise
    city.event("2026-11-20 09:00", "2026-11-23 07:59")  # closed before: not of this shift
    city.event("2026-11-23 08:00")  # at its very start: taken over
    city.event("2026-11-23 08:30")  # came
    city.event("2026-11-23 09:00", "2026-11-23 13:00")  # came and went
    city.event("2026-11-23 14:30")  # not yet
    h = shift(city)
    assert (h.opening, h.reported, h.settled, h.exits, h.open) == (4, 2, 2, 1, 3)
    assert h.opening + h.reported - h.settled - h.exits == h.open


def test_breached_since_the_shift_began_also_where_it_was_closed_late_meanwhile() -> None:
    city = LittleCity()
    city.event("2026-11-20 09:00", due="2026-11-23 07:59:59")  # before
    city.event("2026-11-20 09:00", due=START)  # passes in its first millisecond
    city.event("2026-11-20 09:00", "2026-11-23 11:00", due="2026-11-23 10:00")  # closed an hour late
    city.event("2026-11-20 09:00", "2026-11-23 10:00", due="2026-11-23 10:00")  # closed exactly in time
    city.event("2026-11-20 09:00", due=NOW)  # exactly now: not yet
    city.event("2026-11-20 09:00", due="2026-11-23 10:00", is_hung=1)  # deferred
    h = shift(city)
    assert (h.breached, h.breached_open) == (2, 1)


def test_the_handover_is_of_ones_own_area_and_of_what_one_may_see() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00", l1=WEST)
    city.event("2026-11-23 09:00", sensitive=1, category=DISPUTE)
    assert shift(city).reported == 1
    assert shift(city, Viewer("desk", scope="east", rights=frozenset({"kiosk"}))).reported == 0
    assert shift(city, Viewer("desk", rights=frozenset({"kiosk", "sensitive"}))).reported == 2


@pytest.mark.parametrize(
    ("local", "name", "start", "end"),
    [
        ("2026-11-23 08:00", "早班", "2026-11-23 08:00", "2026-11-23 16:00"),
        ("2026-11-23 15:59", "早班", "2026-11-23 08:00", "2026-11-23 16:00"),
        ("2026-11-23 16:00", "中班", "2026-11-23 16:00", "2026-11-24 00:00"),
        ("2026-11-24 00:00", "夜班", "2026-11-24 00:00", "2026-11-24 08:00"),
    ],
)
def test_the_next_shift_is_on_at_the_very_end_of_the_one_before(local: str, name: str, start: str, end: str) -> None:
    found = shift_at(when(local), ZONE)
    assert (found.name.zh, found.start, found.end) == (name, when(start), when(end))


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        (("08:00-16:00",), "leave out"),
        (("00:00-12:00", "11:00-24:00"), "leave out, or name twice, what follows 11:00"),
        (("00:00-24:01",), "is not a shift"),
        (("22:00-06:00", "07:00-22:00"), "what follows 06:00"),
        (("20:00-08:00", "08:00-16:00"), "what follows 16:00"),
        (("20:00-08:00", "20:00-08:00"), "what follows 20:00"),
        (("08:00-08:00", "20:00-08:00"), "name twice"),
        (("24:00-08:00", "08:00-24:00"), "'24:00-08:00' is not a shift"),
        (("8-16",), "write e.g."),
        ((), "no shift is named"),
    ],
)
def test_shifts_that_are_no_whole_day_are_refused(spans: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked(spans)


def test_two_shifts_of_twelve_hours_are_a_day() -> None:
    assert checked(("12:00-24:00", "00:00-12:00"))
    assert checked(("12:00-00:00", "00:00-12:00"))


NIGHT = ("08:00-20:00", "20:00-08:00")


@pytest.mark.parametrize(
    ("local", "name", "start", "end"),
    [
        ("2026-11-23 19:59", "早班", "2026-11-23 08:00", "2026-11-23 20:00"),
        ("2026-11-23 20:00", "夜班", "2026-11-23 20:00", "2026-11-24 08:00"),
        ("2026-11-24 00:00", "夜班", "2026-11-23 20:00", "2026-11-24 08:00"),
        ("2026-11-24 07:55", "夜班", "2026-11-23 20:00", "2026-11-24 08:00"),
        ("2026-11-24 08:00", "早班", "2026-11-24 08:00", "2026-11-24 20:00"),
    ],
)
def test_a_night_shift_is_one_shift_from_evening_to_morning(local: str, name: str, start: str, end: str) -> None:
    assert checked(NIGHT) == NIGHT
    found = shift_at(when(local), ZONE, NIGHT)
    assert (found.name.zh, found.start, found.end) == (name, when(start), when(end))


def test_one_who_keeps_watch_for_a_day_and_a_night_has_one_shift() -> None:
    assert checked(("08:00-08:00",))
    found = shift_at(when("2026-11-24 07:55"), ZONE, ("08:00-08:00",))
    assert (found.name.zh, found.start, found.end) == ("全天班", when("2026-11-23 08:00"), when("2026-11-24 08:00"))


@pytest.mark.parametrize(
    ("utc", "start", "end"),
    [
        # put back in the night to 1 November 2026: 20:00 (UTC-4) to 08:00 (UTC-5) are thirteen hours
        ("2026-11-01T12:55", "2026-11-01T00:00", "2026-11-01T13:00"),
        # put forward in the night to 8 March 2026: eleven hours
        ("2026-03-08T11:55", "2026-03-08T01:00", "2026-03-08T12:00"),
    ],
)
def test_a_night_in_which_the_clocks_change_is_from_twenty_to_eight_by_the_citys_clock(utc: str, start: str, end: str) -> None:
    found = shift_at(datetime.fromisoformat(utc).replace(tzinfo=UTC), ZoneInfo("America/New_York"), NIGHT)
    assert [t.astimezone(UTC).isoformat()[:16] for t in (found.start, found.end)] == [start, end]


def test_a_handover_inside_the_hour_that_is_told_twice_or_never_is_counted_once() -> None:
    york, spans = ZoneInfo("America/New_York"), ("01:30-02:30", "02:30-01:30")
    for day in (datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 3, 8, 4, tzinfo=UTC)):
        reach: datetime | None = None
        for minute in range(6 * 60):
            now = day + timedelta(minutes=minute)
            found = shift_at(now, york, spans)
            start, end = found.start.astimezone(UTC), found.end.astimezone(UTC)
            assert start <= now < end
            assert reach is None or reach in (start, end), "one shift ends as the next begins"
            reach = end


def test_at_five_to_eight_the_handover_counts_since_eight_in_the_evening() -> None:
    city = LittleCity(shifts=list(NIGHT))
    city.event("2026-11-22 19:00")  # taken over
    city.event("2026-11-22 21:00", "2026-11-22 23:00")  # of this night, before midnight
    city.event("2026-11-23 07:00")  # of this night, after it
    now = when("2026-11-23 07:55")
    start = shift_at(now, ZONE, city.profile.shifts).start
    h = handover.compute(city.facts.read(handover.asked(OPERATOR, city.city, now, start))[1])
    assert (h.opening, h.reported, h.settled, h.open) == (1, 2, 1, 2)


def test_the_sheet_of_a_night_shift_says_on_which_day_it_began() -> None:
    def line(now: str, lang: Lang) -> str:
        watch = Watch(shift_at(when(now), ZONE, NIGHT), Handover(0, 0, 0, 0, 0, 0, 0), {}, (), {"alarm": 0, "case": 0}, None)
        return sheet(watch, (), "li", "operator", "S-1", ms_at(now), LittleCity().city, lang).splitlines()[1]

    assert line("2026-11-24 07:55", "zh") == "夜班 20:00–08:00（2026-11-23 周一 起）　2026-11-24 周二　截至 07:55:00"
    assert line("2026-11-24 07:55", "en") == "Night shift 20:00–08:00 (since 2026-11-23 Mon)  2026-11-24 Tue  as of 07:55:00"
    assert line("2026-11-23 21:00", "zh") == "夜班 20:00–08:00　2026-11-23 周一　截至 21:00:00"


def _span(start: int, end: int) -> str:
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=4))
def test_spans_are_shifts_if_and_only_if_each_minute_of_the_day_is_in_one_of_them(spans: list[tuple[int, int]]) -> None:
    held = np.zeros(12, int)
    for start, end in spans:
        held[[at % 12 for at in range(start, end if end > start else end + 12)]] += 1
    texts = tuple(_span(120 * a, 120 * b) for a, b in spans)
    if (held == 1).all():
        assert checked(texts) == texts
        for hour in range(24):
            shift_at(when("2026-11-23 00:00") + timedelta(hours=hour), ZONE, texts)
    else:
        with pytest.raises(ValueError, match="one whole day"):
            checked(texts)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 1439), min_size=1, max_size=6), st.randoms())
def test_a_day_cut_at_any_minutes_is_shifts_in_any_order(cuts: set[int], random: Any) -> None:
    at = sorted(cuts)
    spans = [_span(a, b) for a, b in zip(at, [*at[1:], at[0]], strict=True)]
    random.shuffle(spans)
    assert checked(tuple(spans))
    assert shift_at(when("2026-11-23 07:55"), ZONE, tuple(spans)).text in spans


def test_a_citys_file_names_its_own_shifts_and_is_refused_where_they_are_no_day() -> None:
    own = profile(shifts=["07:00-19:00", "19:00-24:00", "00:00-07:00"])
    assert shift_at(when("2026-11-23 18:59"), ZONE, own.shifts).start == when("2026-11-23 07:00")
    assert profile().shifts == DEFAULT
    assert own.fingerprint == profile().fingerprint, "the facts do not depend on them"
    with pytest.raises(ValidationError, match="leave out"):
        profile(shifts=["08:00-16:00"])


# ---------------------------------------------------------------- refresh
def at(ms: int, cases: dict[int, int], returned: dict[int, int] | None = None, settled: tuple[int, ...] = ()) -> Standing:
    """Open cases by id with how they stand."""
    eids = sorted(cases)
    return Standing(
        ms,
        np.array(eids, np.int64),
        np.array([cases[e] for e in eids], np.int64),
        np.array([(returned or {}).get(e, 0) for e in eids], np.int64),
        np.array(sorted(settled), np.int64),
    )


def test_what_changed_is_told_by_kind_and_only_open_cases_are_marked_new() -> None:
    before = at(0, {1: NEAR, 2: FAR, 3: OVERDUE, 4: FAR, 5: FAR, 6: FAR})
    after = at(1, {1: OVERDUE, 2: NEAR, 3: OVERDUE, 4: FAR, 7: NEAR}, {4: 1}, settled=(5,))
    c = refresh.changes(before, after)
    assert (c.overdue, c.soon, c.returned, c.settled, c.gone, c.total) == (1, 2, 1, 1, 1, 6)
    assert c.fresh == {1, 2, 4, 7}


def test_nothing_changed_is_no_change() -> None:
    same = at(0, {1: NEAR, 2: OVERDUE}, {1: 1})
    assert refresh.changes(same, same).total == 0
    assert refresh.changes(at(0, {}), at(1, {})).total == 0


def test_a_second_return_of_a_case_is_a_change() -> None:
    assert refresh.changes(at(0, {1: FAR}, {1: 1}), at(1, {1: FAR}, {1: 2})).returned == 1


def test_a_standing_is_read_from_the_facts() -> None:
    city = LittleCity()
    city.event("2026-11-20 09:00", due="2026-11-23 09:00")
    city.event("2026-11-20 09:00", due="2026-11-23 18:00", returns=1)
    city.event("2026-11-20 09:00", "2026-11-23 13:30", due="2026-11-25 09:00")
    rows = city.facts.read(refresh.asked(OPERATOR, city.city, when(NOW), None))[1]
    s = refresh.standing(rows, when(NOW))
    assert (s.eid.tolist(), s.standing.tolist(), s.returned.tolist(), s.settled.tolist()) == (
        [1, 2],
        [OVERDUE, NEAR],
        [0, 1],
        [3],
    )


class Takes:
    """Counts how often a standing was taken."""

    def __init__(self) -> None:
        self.n, self.since = 0, []  # type: ignore[var-annotated]

    def __call__(self, since: int | None) -> Standing:
        self.n += 1
        self.since.append(since)
        return at(1000 * self.n, dict.fromkeys(range(self.n), OVERDUE))


def test_one_cool_down_for_all_kiosks_and_who_presses_in_it_is_told_the_last_result() -> None:
    all_of, take = Refreshes(timedelta(seconds=20)), Takes()
    key: Any = ("", False)
    assert all_of.look(key, 0, take).changes is None
    first = all_of.press(key, 5_000, take)
    assert (first.changes.total, first.wait_ms) == (1, 20_000)  # type: ignore[union-attr]
    again = all_of.press(key, 12_000, take)
    assert (again.at_ms, again.changes, again.wait_ms) == (first.at_ms, first.changes, 13_000)
    assert take.n == 2, "the press in the cool-down read nothing"
    assert all_of.look(key, 24_999, take).wait_ms == 1
    later = all_of.press(key, 25_000, take)
    assert (later.wait_ms, take.n, take.since) == (20_000, 3, [None, 1000, 2000])


def test_another_areas_kiosk_is_read_once_within_the_cool_down_that_it_shares() -> None:
    all_of, take, other = Refreshes(timedelta(seconds=20)), Takes(), Takes()
    all_of.press(("", False), 100_000, take)
    there = all_of.press(("east", False), 105_000, other)
    assert there.changes is not None
    assert there.wait_ms == 15_000, "its press did not begin the cool-down anew"


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    all_of, take = Refreshes(), Takes()
    all_of.press("", 1_000_000, take)
    assert all_of.look("", 500_000, take).wait_ms == 0
