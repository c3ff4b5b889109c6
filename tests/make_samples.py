"""Writes the invented samples of data/sources/samples: ``python -m tests.make_samples``.

The files have the columns and the spelling of the public data sets that the mappings name, and the values that these
mappings and cities know (activities, queues, kinds).  Cases, times, people, points and outlines are drawn from a seed; none
stands in the real data.  The outlines lie in the open sea, so that no real place can be taken for one of them.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "sources" / "samples"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")

PERMIT_COLUMNS = (
    "case:channel",
    "case:concept:name",
    "case:deadline",
    "case:department",
    "case:enddate",
    "case:enddate_planned",
    "case:group",
    "case:responsible",
    "case:startdate",
    "concept:instance",
    "concept:name",
    "lifecycle:transition",
    "org:group",
    "org:resource",
    "time:timestamp",
)
CONFIRM = "Confirmation of receipt"
T02, T03 = "T02 Check confirmation of receipt", "T03 Adjust confirmation of receipt"
T04, T05 = "T04 Determine confirmation of receipt", "T05 Print and send confirmation of receipt"
T06, T10 = "T06 Determine necessity of stop advice", "T10 Determine necessity to stop indication"
T08 = "T08 Draft and send request for advice"
INTERN = (
    "T07-1 Draft intern advice aspect 1",
    "T07-2 Draft intern advice aspect 2",
    "T07-3 Draft intern advice hold for aspect 3",
    "T07-4 Draft internal advice to hold for type 4",
    "T07-5 Draft intern advice aspect 5",
)
EXTERN = tuple(f"T09-{i} Process or receive external advice from party {i}" for i in range(1, 5))
UNLICENSED = (
    "T11 Create document X request unlicensed",
    "T12 Check document X request unlicensed",
    "T13 Adjust document X request unlicensed",
    "T14 Determine document X request unlicensed",
    "T15 Print document X request unlicensed",
)
HOLD = (
    "T16 Report reasons to hold request",
    "T17 Check report Y to stop indication",
    "T18 Adjust report Y to stop indicition",
    "T19 Determine report Y to stop indication",
    "T20 Print report Y to stop indication",
)
#: How often of 20 a case goes a way; the rest of a way's steps are in its name's place below.
USUAL = (CONFIRM, T02, T04, T05, T06, T10)
WAYS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (9, USUAL),
    (3, (CONFIRM, T02, T03, T02, T04, T05, T06, T10)),  # adjusted, and checked again
    (2, (CONFIRM, T06, T10, T02, T04, T05)),
    (1, (CONFIRM, T02, T04, T05, T06, T06, T10)),  # the same step twice running
    (1, (CONFIRM, T02, T04, T05, T06, *INTERN, T10)),
    (1, (CONFIRM, T02, T04, T05, T06, T08, *EXTERN, T10)),
    (1, (CONFIRM, T02, T04, T05, *UNLICENSED, T06, T10)),
    (1, (*USUAL, *HOLD)),
    (1, (CONFIRM,)),
)
CHANNELS = ("Internet",) * 14 + ("Desk",) * 3 + ("Post",) * 2 + ("e-mail",)
DEPARTMENTS = ("General",) * 15 + ("Customer contact",) * 3 + ("Experts",) * 2
GROUPS = ("Group 1", "Group 2", "Group 3", "Group 4", "EMPTY", "Group 7", "Group 12", "Group 13", "Group 14", "Group 15")

REQUEST_COLUMNS = (
    "unique_key",
    "created_date",
    "closed_date",
    "resolution_action_updated_date",
    "status",
    "agency_name",
    "category",
    "complaint_type",
    "descriptor",
    "incident_address",
    "supervisor_district",
    "neighborhood",
    "location",
    "source",
    "latitude",
    "longitude",
    "police_district",
)
SOURCES = ("Phone",) * 9 + ("Web",) * 7 + ("Mobile/Open311",) * 3 + ("Twitter", "Integrated Agency", "Other Department", "Email")
#: Queue -> category that it mostly answers; two spellings that differ from the city's name by blanks and a dash.
QUEUES = (
    ("PUC Sewer Ops", "Sewer Issues"),
    ("PUC Sewer Ops", "Sewer Issues"),
    ("PUC - Sewer - G", "Sewer Issues"),
    ("SSP - MTA  Feedback Queue", "MUNI Feedback"),
    ("MUNI Work Queue", "MUNI Feedback"),
    ("311 Service Request Queue", "General Request - 311CUSTOMERSERVICECENTER"),
    ("Housing Authority SR Queue", "SFHA Requests"),
    ("Noise Report Queue", "Noise Report"),
    ("DPW Ops Queue", "Street Defects"),
    ("DPW BSSR Queue", "Street Defects"),
    ("City Attorney - G", "General Request - CITY ATTORNEY"),
    ("County Clerk - G", "General Request - COUNTY CLERK"),
    ("Planning - G", "General Request - PLANNING"),
    ("Fire Department - G", "General Request -"),
)
#: South-west corner and size (degrees) of the invented outlines: 6 x 6 cells in the open Pacific, and an island.
SEA, WIDTH, HEIGHT, SIDE = (-127.0, 37.0), 0.6, 0.48, 6
TOUCHING = (7, 16, 27)  # cells whose outline touches itself


def one_of(draw: random.Random, choices: Sequence[Any]) -> Any:
    """``random()`` alone is the same in every version of Python."""
    return choices[int(draw.random() * len(choices))]


def written(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def local(at: datetime) -> str:
    """As the log spells an instant: local time with its offset, to the millisecond."""
    at = at.astimezone(AMSTERDAM)
    return at.replace(microsecond=at.microsecond // 1000 * 1000).isoformat(" ", "microseconds")


def permit_log(cases: int = 110) -> str:
    draw, task, rows = random.Random(20101), 700_001, [PERMIT_COLUMNS]
    ways = [way for often, way in WAYS for _ in range(often)]
    first = datetime(2010, 10, 4, 8, tzinfo=AMSTERDAM)
    for i in range(cases):
        reported = first + timedelta(days=i * 4.2, hours=draw.random() * 9, milliseconds=int(draw.random() * 1000))
        way = ways[int(i * 7 % len(ways))]
        at, stamps = reported + timedelta(milliseconds=1 + int(draw.random() * 900_000)), []
        for _ in way:
            stamps.append(at)
            at += timedelta(milliseconds=1000 + int(draw.random() ** 5 * 20 * 86_400_000))
        if i == cases - 1:
            stamps[-1] += timedelta(days=120)  # the newest record of all, whichever columns are looked at
        deadline = reported + timedelta(days=56)
        ended = at + timedelta(days=draw.random() ** 3 * 70)
        open_still = i % 13 == 12 or i == cases - 1
        if i in (40, 91):
            ended = reported - timedelta(hours=6)  # ends before it begins
        end = "" if open_still else local(ended)
        general = (
            one_of(draw, CHANNELS) if i != 77 else "Intern",
            f"case-{90_001 + i}",
            local(deadline),
            one_of(draw, DEPARTMENTS),
            end,
            local(deadline),
            one_of(draw, ("", "", "Group 5", "Group 8")),
            f"Resource{1 + int(draw.random() * 30):02d}",
            local(reported),
        )
        for step, stamp in zip(way, stamps, strict=True):
            usual = draw.random() < 0.9
            group = GROUPS[int(draw.random() * 5)] if usual else one_of(draw, GROUPS)
            rows.append(
                (*general, f"task-{task}", step, "complete", group, f"Resource{1 + int(draw.random() * 30):02d}", local(stamp))
            )
            task += 1
    return written(rows)


def nodes() -> list[list[tuple[float, float]]]:
    """The corners of the cells, row by row from the south; those inside are moved a little."""
    draw, step = random.Random(311), (WIDTH / SIDE, HEIGHT / SIDE)

    def corner(i: int, j: int) -> tuple[float, float]:
        dx, dy = draw.random() - 0.5, draw.random() - 0.5
        inner = 0 < i < SIDE and 0 < j < SIDE
        return (round(SEA[0] + (i + 0.5 * dx * inner) * step[0], 6), round(SEA[1] + (j + 0.5 * dy * inner) * step[1], 6))

    return [[corner(i, j) for i in range(SIDE + 1)] for j in range(SIDE + 1)]


def neighbourhoods() -> str:
    at, features = nodes(), []
    for k in range(SIDE * SIDE):
        j, i = divmod(k, SIDE)
        a, b, c, d = at[j][i], at[j][i + 1], at[j + 1][i + 1], at[j + 1][i]
        ring = [a, b, c, d, a]
        if k in TOUCHING:  # from a corner into the cell, around a little triangle, and back to the corner
            x, y = a
            ring = [a, (x + 0.03, y + 0.03), (x + 0.03, y + 0.034), a, b, c, d, a]
        features.append(outline(k, f"Sample {'ABCDEF'[j]}{i + 1}", "Polygon", [ring]))
    west, south = SEA[0] - 0.1, SEA[1]
    island = [
        [[(west + dx, south), (west + dx + 0.03, south), (west + dx + 0.015, south + 0.04), (west + dx, south)]]
        for dx in (0, 0.04)
    ]
    features.append(outline(SIDE * SIDE, "Sample Islands", "MultiPolygon", island))
    lines = ",\n".join(json.dumps(f) for f in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


def outline(number: int, name: str, kind: str, coordinates: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name, "cartodb_id": number + 1},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def point(draw: random.Random, i: int) -> tuple[float, float]:
    """(longitude, latitude): of five requests two have none and say 0, two stand beyond every outline."""
    if i in (150, 250):
        return SEA[0] + WIDTH + 0.2, SEA[1]
    if i % 5 in (1, 3):
        return 0.0, 0.0
    cell = int(draw.random() ** 1.5 * SIDE * SIDE)
    corners = [nodes()[j][k] for j in (cell // SIDE, cell // SIDE + 1) for k in (cell % SIDE, cell % SIDE + 1)]
    x, y = (sum(c[n] for c in corners) / 4 for n in (0, 1))  # in the midst of a cell, away from every edge
    return round(x + 0.012 * (draw.random() - 0.5), 6), round(y + 0.012 * (draw.random() - 0.5), 6)


def requests(count: int = 500) -> str:
    draw, rows = random.Random(2008), [REQUEST_COLUMNS]
    first = datetime(2014, 7, 1, 8)
    for i in range(count):
        opened = first + timedelta(days=i * 2.5 + int(draw.random() * 3), seconds=int(draw.random() ** 0.8 * 36_000))
        closed = opened + timedelta(seconds=60 + int(draw.random() ** 4 * 90 * 86_400))
        if i in (33, 133, 233):
            closed = opened - timedelta(hours=2)  # closes before it opens
        is_open = i % 25 == 24
        longitude, latitude = point(draw, i)
        agency, category = one_of(draw, QUEUES)
        end = "" if is_open else f"{closed:%Y-%m-%d %H:%M:%S}+00:00"
        rows.append(
            (
                str(9_000_001 + i),
                f"{opened:%Y-%m-%d %H:%M:%S}+00:00",
                end,
                end or f"{opened:%Y-%m-%d %H:%M:%S}+00:00",
                "Open" if is_open else "Closed",
                agency,
                category,
                "other",
                "",
                "Not associated with a specific address",
                "",
                "",
                "" if longitude == 0 else f"({latitude}, {longitude})",
                one_of(draw, SOURCES),
                str(latitude),
                str(longitude),
                "",
            )
        )
    return written(rows)


MADE = {"permit_receipt.csv": permit_log, "sf_311.csv": requests, "sf_neighborhoods.geojson": neighbourhoods}


if __name__ == "__main__":
    for name, make in MADE.items():
        (SAMPLES / name).write_text(make(), encoding="utf-8")
