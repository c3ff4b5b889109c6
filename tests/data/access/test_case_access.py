"""One case of the desk: of another area, of a sensitive category, of a restricted channel it is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from data.access.roles import DEMO_RIGHTS
from data.access.viewer import Viewer
from data.drill.views.cases.case import compute, eid_of, number_of, select_
from data.errors import QueryError, SourceError
from tests.city_builder import DISPUTE, HANDLE, PATROL, REPORT, WEST, WEST_VILLAGE, LittleCity

DESK = Viewer("desk", rights=DEMO_RIGHTS, user="a", role="analyst")


def city() -> LittleCity:
    named = [{"code": c, "name": {"zh": c, "en": c}} for c in ("phone", "patrol")]
    named[1]["restricted"] = True  # type: ignore[assignment]
    little = LittleCity(channels=named)
    kinds: tuple[dict[str, Any], ...] = (
        {},
        {"l1": WEST, "l2": WEST_VILLAGE},
        {"category": DISPUTE, "sensitive": 1},
        {"channel": PATROL},
        {"category": -1},
    )
    for more in kinds:
        eid = little.event("2026-11-22 09:00", due="2026-11-24 09:00", **more)
        little.visit(eid, REPORT, "2026-11-22 09:00", "2026-11-22 09:10", next_stage=HANDLE)
        little.visit(eid, HANDLE, "2026-11-22 09:10")
    return little


def away(eid: int, case_number: str) -> Any:
    raise SourceError("the platform does not answer")


def found(wanted: int | str, viewer: Viewer = DESK, little: LittleCity | None = None) -> Any:
    little = little or city()
    _, answers = little.facts.read(select_(viewer, little.city, wanted))
    return compute(answers, little.city, away), answers


def test_a_case_has_its_visits_and_says_that_its_log_is_away() -> None:
    case, _ = found(1)
    assert case.head["case_number"] == "C1"
    assert case.head["places"] == ["east", "east1"]  # no finer than the village
    assert case.visits["stage"].tolist() == ["report", "handle"]
    assert case.missing == "away"


def test_a_case_is_found_by_the_number_that_the_platform_gave_it() -> None:
    case, answers = found("C2")
    assert (case.head["eid"], case.head["case_number"]) == (2, "C2")
    assert answers["visits"]["seq"].tolist() == found(2)[1]["visits"]["seq"].tolist()


@pytest.mark.parametrize("wanted", [3, 4, 5, 99, "C3", "C4", "C5", "c1", " C1", "C%", ""])
def test_what_may_not_be_named_is_not_there_and_not_even_read(wanted: int | str) -> None:
    little = city()
    _, answers = little.facts.read(select_(DESK, little.city, wanted))
    assert len(answers["head"]["eid"]) == 0
    assert len(answers["visits"]["seq"]) == 0
    with pytest.raises(QueryError, match="no such case in your area"):
        compute(answers, little.city, away)


def test_an_account_that_may_sees_sensitive_and_restricted_ones() -> None:
    cleared = replace(DESK, rights=DESK.rights | {"sensitive"})
    assert [found(eid, cleared)[0].head["case_number"] for eid in (3, 4, 5)] == ["C3", "C4", "C5"]


@pytest.mark.parametrize("text", ["x" * 65, "a\x00b", "a\nb", "\u202eC1"])
def test_what_is_no_case_number_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="is no case number"):
        number_of(text)
    assert number_of("曲阜-2026（017）") == "曲阜-2026（017）"


def test_a_case_of_another_town_is_not_there() -> None:
    west = replace(DESK, scope="west", area="west")
    assert found(2, west)[0].head["case_number"] == "C2"
    for wanted in (1, "C1"):
        with pytest.raises(QueryError, match="no such case in your area"):
            found(wanted, west)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1.5",
        "9" * 30,
        "1; drop table event",
        "0007",
        "+1",
        " 8",
        "8\n",
        "-0",
        "１",
        "٣",
        "0" * 250 + "7",
        "9223372036854775808",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """Also what is a number written otherwise: the audit holds the words of the request."""
    with pytest.raises(QueryError, match="is no case's id"):
        eid_of(text)
    assert [eid_of(t) for t in ("0", "7", "-7", "9223372036854775807")] == [0, 7, -7, 2**63 - 1]
