"""The process panels of chosen cases: a choice cuts what is read, and an answer for a desk is not split by towns."""

from __future__ import annotations

from data.access.roles import DEMO_RIGHTS
from data.access.viewer import Viewer
from data.drill.choice import choose
from data.drill.view import view
from tests.city_builder import COURT, DISPUTE, HANDLE, HEARING, NOISE, REPORT, WEST, WEST_VILLAGE, LittleCity, when

DAY, NOW = "2026-11-20", "2026-11-23 12:00"
NAMES = ("transitions", "variants", "handovers")


def city() -> LittleCity:
    """By the same two stages: a case of litter in the east; one of noise in either town, that of the west handed over from
    hearing to court; and one that nobody may count."""
    little = LittleCity()
    east = [
        little.event(f"{DAY} 09:00", closed=f"{DAY} 11:00"),
        little.event(f"{DAY} 09:00", closed=f"{DAY} 11:00", category=NOISE),
    ]
    west = little.event(f"{DAY} 09:00", closed=f"{DAY} 11:00", category=NOISE, l1=WEST, l2=WEST_VILLAGE)
    secret = little.event(f"{DAY} 09:00", closed=f"{DAY} 11:00", category=DISPUTE, sensitive=1)
    for eid in (*east, west, secret):
        little.visit(eid, REPORT, f"{DAY} 09:00", f"{DAY} 10:00", next_stage=HANDLE, department=HEARING)
        little.visit(eid, HANDLE, f"{DAY} 10:00", f"{DAY} 11:00", 2, department=COURT if eid == west else HEARING)
    return little


def counted(**words: str) -> tuple[dict[str, int], list[tuple[str, int]], tuple[int, int]]:
    """(visits by stage, cases by sequence, (cases with a department, changes of it)) of a choice."""
    little = city()
    viewer = Viewer("desk", rights=DEMO_RIGHTS, user="a", role="analyst")
    frames = view(little.facts, choose(viewer, little.city, words, when(NOW)), NAMES).frames
    heads = frames["transitions"].query("kind == 'stage'")
    stages = dict(zip(heads["stage"], heads["n"], strict=True))
    ways = frames["variants"]
    whole = frames["handovers"].iloc[0]
    return stages, list(zip(ways["sequence"], ways["n"], strict=True)), (int(whole["cases"]), int(whole["n"]))


def test_all_cases_of_both_towns_are_counted_together_without_the_sensitive_one() -> None:
    assert counted() == ({"report": 3, "handle": 3}, [("report>handle", 3)], (3, 1))


def test_a_category_and_a_town_cut_all_three() -> None:
    assert counted(cat="noise") == ({"report": 2, "handle": 2}, [("report>handle", 2)], (2, 1))
    assert counted(area="west") == ({"report": 1, "handle": 1}, [("report>handle", 1)], (1, 1))
    assert counted(area="east", cat="noise") == ({"report": 1, "handle": 1}, [("report>handle", 1)], (1, 0))
