"""A platform of 48 cases whose mapping leaves columns out, and what the screens then say."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import insert

from data.access.viewer import Viewer
from data.city.profile import Moat, Profile
from data.drill.choice import choose
from data.drill.view import view
from data.facts.store import Facts
from data.metrics import METRICS
from data.metrics.evaluation.catalogue import INDICATORS
from data.reading.snapshot import SnapshotReader
from data.source.contract import ASSET, EVENT, SIGN, TRANSITION
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.sync.sync import Sync
from data.text import Text
from layouts.analyst.context import RenderContext
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.panel import panel
from layouts.panels import PANELS
from layouts.wall.page import PageBuilder
from tests.sync_harness import NOW, Platform, city, sync_of

#: The single indicators say what the table of all of them says.
SHOWN = [m for m in METRICS if m not in {i.id for i in INDICATORS}]
HOUR = timedelta(hours=1)


def town() -> Profile:
    """As the harness' own, with a limit and a channel of the public where the indicators ask for them, and none beyond."""
    base = city()
    stages = [s.model_copy(update={"limit": None}) for s in base.stages]
    lamp = base.categories[0].model_copy(update={"limit": None})
    channels = (base.channels[0].model_copy(update={"kind": "citizen"}), base.channels[1])
    moats = tuple(Moat(code=c, name=Text(zh=c, en=c), channels=(c,)) for c in ("phone", "patrol"))
    return base.model_copy(
        update={"stages": tuple(stages), "categories": (lamp, base.categories[1]), "channels": channels, "moats": moats}
    )


def cases() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """48 cases of the last two weeks, alternating between two departments: every third late, every sixth still open."""
    events: list[dict[str, Any]] = []
    log: list[dict[str, Any]] = []
    for i in range(48):
        at = (NOW - timedelta(days=12) + i * 5 * HOUR).replace(tzinfo=None)
        open_ = i % 6 == 5
        closed = None if open_ else at + (30 if i % 3 == 2 else 8) * HOUR
        events.append(
            {
                "id": i + 1,
                "case_number": f"K{i + 1}",
                "category": "lamp",
                "network": "n1",
                "channel": "phone" if i % 2 else "patrol",
                "severity": 1,
                "grid": "c1" if i % 2 else "c2",
                "reported_at": at,
                "due_at": at + 24 * HOUR,
                "closed_at": closed,
                "outcome": None if open_ else "transferred" if i == 4 else "settled",
                "linked_to": 1 if i == 7 else None,
                "first_contact_at": at + HOUR if i % 4 else None,
                "verified": 1,
                "resolved": None if open_ else 1,
                "satisfaction": None if open_ else 5 - i % 3,
                "called_back_at": None if open_ else closed,
                "changed": NOW,
            }
        )
        steps: list[tuple[str, str, float]] = [
            ("report", "enter", 0),
            ("accept", "enter", 0.1),
            ("verify", "enter", 0.2),
            ("register", "enter", 0.5),
            ("dispatch", "enter", 1),
        ]
        if i % 8 == 3:
            steps += [("dispatch", "return", 1.2), ("dispatch", "enter", 1.4)]
        steps += [("handle", "enter", 2), ("handle", "start", 2.5)]
        if i % 8 == 1:
            steps += [("handle", "defer", 2.6), ("handle", "resume", 2.9)]
        if i % 8 == 2:
            steps += [("handle", "extend", 2.7)]
        if not open_:
            steps += [("handle", "complete", 4), ("inspect", "enter", 5)]
            if i % 8 == 6:
                steps += [
                    ("inspect", "fail", 5.1),
                    ("handle", "enter", 5.2),
                    ("handle", "complete", 5.5),
                    ("inspect", "enter", 5.6),
                ]
            steps += [("close", "enter", 6)]
        department = ("parks", "roads")[i % 2]
        for stage, action, hours in steps:
            log.append(
                {
                    "key": len(log) + 1,
                    "event": i + 1,
                    "stage": stage,
                    "action": action,
                    "at": at + hours * HOUR,
                    "department": department if stage in ("dispatch", "handle") else None,
                    "due_at": at + 9 * HOUR if action == "enter" else None,
                    "changed": NOW,
                }
            )
    return events, log


def written(folder: Path) -> Platform:
    """The platform with its cases, cameras and vital signs."""
    there = Platform(folder)
    events, log = cases()
    cameras = [
        {"code": f"cam{i}", "kind": "camera", "system": "s", "status": "online", "heard_at": NOW, "changed": NOW}
        for i in range(4)
    ]
    signs = [
        {"series": s, "subject": "", "at": NOW - HOUR, "value": v}
        for s, v in (("hotline.offered", 10.0), ("hotline.answered", 9.0), ("hotline.answered_15s", 8.0), ("patrol.cameras", 2.0))
    ]
    with there.engine.begin() as c:
        for table, rows in ((EVENT, events), (TRANSITION, log), (ASSET, cameras), (SIGN, signs)):
            c.execute(insert(table), [{k: naive(v) for k, v in row.items()} for row in rows])
    return there


def naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def without(*gone: str) -> Mapping:
    """The platform's mapping whose SELECTs leave these columns (or whole tables) out."""
    mapping = load_mapping("platform")
    tables = {t: v for t, v in mapping.tables.items() if t not in gone}
    for table in {g.split(".")[0] for g in gone if "." in g}:
        kept = [c.name for c in EVENT.metadata.tables[table].columns if f"{table}.{c.name}" not in gone]
        listed = ", ".join(f'"{c}"' for c in kept)
        tables[table] = tables[table].model_copy(update={"sql": f"SELECT {listed} FROM ({tables[table].sql}) AS o"})  # type: ignore[index]
    return mapping.model_copy(update={"tables": tables})


class Loaded:
    """A platform's facts through a mapping, and the snapshot of every metric."""

    def __init__(self, facts: Facts, sync: Sync) -> None:
        self.facts, self.sync, self.city = facts, sync, sync.city
        self.snapshot = SnapshotReader(facts.read, self.city, {m: METRICS[m] for m in SHOWN}).read(NOW)

    def frame(self, metric: str) -> pd.DataFrame:
        return self.snapshot.frame(metric).frame

    def page(self, lang: Any = "zh") -> dict[str, str]:
        """Panel -> what a wall of all panels draws, with its note."""
        drawn = PageBuilder("overview", PANELS, "", lang).build(self.snapshot, {}, {}).panels
        told = {p: json.loads(d.body) for p, d in drawn.items()}
        return {p: json.dumps([t.get("html"), t.get("map"), t["note"]], ensure_ascii=False) for p, t in told.items()}

    def desk(self, *names: str, lang: Any = "zh") -> dict[str, str]:
        """Panel of the workbench -> its drawing, what stands below it and its note."""
        choice = choose(Viewer(user="a", rights=frozenset({"analyse"})), self.city, {}, NOW)
        found, context = view(self.facts, choice, names), RenderContext(self.city, choice.filters, lang)
        panels = {n: panel(DRAWINGS[n], found.frames[n], context, found.snapshot, True) for n in names}
        return {n: p["svg"] + p["table"] + p["note"] for n, p in panels.items()}


def loaded(platform: Platform, *gone: str, profile: Profile | None = None) -> Loaded:
    facts = Facts.create("duckdb:///:memory:")
    sync = sync_of(platform, facts, profile or town(), without(*gone))
    sync.load(NOW)
    sync.tick(NOW)  # devices and vital signs are looked at between loads
    return Loaded(facts, sync)
