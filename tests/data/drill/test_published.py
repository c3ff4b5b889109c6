"""Published tables of two cities come out as they were printed: by kind (parts, events) and by channel, through the workbench."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.access.roles import DEMO_RIGHTS
from data.access.viewer import Viewer
from data.drill.choice import choose
from data.drill.view import view
from tests.city_builder import LITTER, NOISE, LittleCity, when

VIEWER = Viewer("desk", rights=DEMO_RIGHTS, user="a", role="analyst")


def indicators(city: LittleCity, now: str, **words: str) -> pd.DataFrame:
    choice = choose(VIEWER, city.city, {"win": "90d", **words}, when(now))
    return view(city.facts, choice, ("indicators",)).frames["indicators"].set_index("indicator")


def test_parts_and_events_of_tianmen_december_2016() -> None:
    """部件 9 of 16 archived, 事件 902 of 956: together the 911 of 972 of the whole."""
    city = LittleCity()
    for category, archived, due in ((LITTER, 9, 16), (NOISE, 902, 956)):
        for i in range(due):
            city.event(
                "2016-12-05 08:00",
                closed="2016-12-09 09:00" if i < archived else None,
                due="2016-12-10 09:00",
                registered="2016-12-05 09:00",
                category=category,
            )
    for words, top, bottom, printed in (
        ({"cat": "litter"}, 9, 16, 56.25),
        ({"cat": "noise"}, 902, 956, 94.35),
        ({}, 911, 972, 93.72),
    ):
        r = indicators(city, "2016-12-31 18:00", **words).loc["closure_rate"]
        assert (r["numerator"], r["denominator"], round(r["value"], 2)) == (top, bottom, printed)


def test_channels_and_rework_of_kaizhou_february_2022() -> None:
    """1,831 of 1,974 found by inspectors, 103 of those reworked; of 22 found by video 5 closed."""

    def named(code: str) -> dict[str, Any]:
        return {"code": code, "name": {"zh": code, "en": code}}

    city = LittleCity(channels=[named("inspector"), named("video"), named("other")])
    for i in range(1974):
        inspector = i < 1831
        closed = inspector or i < 1831 + 5 or i >= 1831 + 22
        city.event(
            "2022-02-10 09:00",
            closed="2022-02-11 09:00" if closed else None,
            due="2022-02-12 09:00",
            registered="2022-02-10 09:10",
            channel=0 if inspector else 1 if i < 1831 + 22 else 2,
            reworks=int(i < 103),
            **({"inspected": "2022-02-11 08:00"} if inspector else {}),
        )
    now = "2022-02-28 18:00"
    shares: Any = city.read("channel_mix", "2022-02-10 18:00").set_index("channel")
    assert (shares.loc["inspector", "n"], round(shares.loc["inspector", "share"], 2)) == (1831, 92.76)
    rework = indicators(city, now, ch="inspector").loc["rework_rate"]
    assert (rework["numerator"], rework["denominator"], round(rework["value"], 2)) == (103, 1831, 5.63)
    video = indicators(city, now, ch="video").loc["closure_rate"]
    assert (video["numerator"], video["denominator"], round(video["value"], 2)) == (5, 22, 22.73)
