"""Calibration of the demo city to published figures of comparable cities: shares, speeds and faults, in two regimes.

"reported" follows what cities publish (on time 99.8 %, rework .05 %); "realistic" follows the open data of cities that
publish single cases (on time 75 to 92 %, rework 3 to 6 %).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Regime = Literal["realistic", "reported"]


@dataclass(frozen=True)
class Dirt:
    """Share of events (of cases that get that far) with each irregularity."""

    late_allowed: float  # of the cases that would be late, the share that really is
    rework: float  # failed inspections
    misdispatch: float  # dispatches sent back
    hung: float  # 缓办
    extended: float  # of the cases that would be late
    cancelled: float  # 不立案
    duplicate: float
    merged: float  # of the duplicates, the share merged at intake (the rest continue)
    linked: float  # the same matter again within 30 days
    transferred: float = 0.004
    escalated: float = 0.012  # 督办
    missing_stamp: float = 0.015
    clock_error: float = 0.001
    late_row: float = 0.008
    late_event: float = 0.02  # of the patrols' reports: uploaded hours later
    bunched: float = 0.30  # of the cases that would be slightly late: closed just before the limit
    batch: float = 0.12  # closed in a batch at five in the afternoon
    unlocated: float = 0.006


REGIMES: dict[str, Dirt] = {
    "realistic": Dirt(
        late_allowed=1.0,
        rework=0.046,
        misdispatch=0.052,
        hung=0.007,
        extended=0.10,
        cancelled=0.042,
        duplicate=0.07,
        merged=0.24,
        linked=0.035,
    ),
    "reported": Dirt(
        late_allowed=0.008,
        rework=0.0005,
        misdispatch=0.03,
        hung=0.004,
        extended=0.001,
        cancelled=0.042,
        duplicate=0.05,
        merged=0.24,
        linked=0.02,
    ),
}

#: Weight of each network by kind of channel (default 1).
AFFINITY: dict[str, dict[str, float]] = {
    "patrol": {
        "urban": 1.9,
        "emergency": 2.2,
        "market": 0.35,
        "labour": 0.1,
        "petition": 0.1,
        "health": 0.4,
        "civil": 0.8,
        "governance": 1.5,
        "livelihood": 0.5,
        "opinion": 0.1,
    },
    "system": {
        "urban": 2.4,
        "emergency": 2.0,
        "order": 1.4,
        "market": 0.0,
        "labour": 0.0,
        "petition": 0.0,
        "health": 0.0,
        "civil": 0.0,
        "party": 0.0,
        "governance": 2.0,
        "livelihood": 0.2,
        "opinion": 0.0,
    },
    "citizen": {"urban": 0.8, "market": 1.35, "labour": 1.4, "petition": 0.35, "livelihood": 1.3},
    "other": {},
}
#: Factor by which handling is slower in the town marked as late in the city's file.
LATE_TOWN_PACE = 2.0
#: The surge of the city's file: volume relative to the city's mean, and how many hours before ``now`` it lasts.
SURGE_SHARE, SURGE_HOURS = 0.11, 30
#: The lagging stage: speed factor of its inspectors, over this many hours before ``now``.
INSPECT_SLOW, INSPECT_SLOW_HOURS = 0.52, 26
#: How long the silent feed of the city's file has been silent at ``now`` (minutes).
SILENT_MINUTES = 150
#: Months in which a category is above or below its yearly mean: category -> (months, factor).
SEASON = {
    "heating": ((10, 11, 12, 1, 2, 3), 1.8),
    "drainage": ((6, 7, 8), 1.9),
    "water_body": ((5, 6, 7, 8, 9), 1.5),
    "greenery": ((4, 5, 6, 7, 8, 9), 1.3),
    "wages": ((12, 1), 1.7),
    "stall": ((5, 6, 7, 8, 9), 1.25),
}
#: Categories that grow by a factor of 2 to 5 for one to three days of heavy rain.
STORM = ("drainage", "greenery", "road_damage")
