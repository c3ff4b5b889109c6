"""A city of two towns, small enough to count on one's fingers, and rows of facts written by hand in its local time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from data.access.viewer import Viewer
from data.city.city import City
from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.facts.store import Facts
from data.reading.answer import answer

ROLES = ("report", "accept", "verify", "register", "dispatch", "handle", "inspect", "close")
EAST, WEST, EAST_VILLAGE, WEST_VILLAGE, EAST_CELL = 0, 1, 2, 3, 4
HEARING, COURT = 0, 1  # departments
LITTER, NOISE, DISPUTE = 0, 1, 2  # categories; disputes are sensitive
PHONE, PATROL = 0, 1
SETTLED, CANCELLED, MERGED = 1, 2, 3
REPORT, ACCEPT, DISPATCH, HANDLE, CLOSE, REVISIT = 0, 1, 4, 5, 7, 8


def profile(zone: str = "Asia/Shanghai", **more: Any) -> Profile:
    def named(code: str, **rest: Any) -> dict[str, Any]:
        return {"code": code, "name": {"zh": code, "en": code}, **rest}

    return Profile.model_validate(
        {
            "city": {
                "id": "little",
                "code": "little",
                "name": {"zh": "小城", "en": "Little"},
                "title": {"zh": "小城", "en": "Little"},
                "timezone": zone,
            },
            "levels": [named("town"), named("village"), named("cell")],
            "stages": [*[named(r, role=r) for r in ROLES], named("revisit", role="revisit", after_close=True)],
            "networks": [named("urban")],
            "channels": [named("phone", expected_every="30 min"), named("patrol")],
            "departments": [named("hearing"), named("court")],
            "categories": [
                named("litter", network="urban", department="hearing"),
                named("noise", network="urban"),
                named("dispute", network="urban", sensitive=True),
            ],
            "scenes": [{"id": "overview", "name": {"zh": "总览", "en": "Overview"}, "areas": ["headline"]}],
            **more,
        }
    )


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    """Local time ``2026-11-23 10:00`` as ms since 1970 UTC."""
    return round(when(text, zone).timestamp() * 1000)


def when(text: str, zone: str = "Asia/Shanghai") -> datetime:
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


class LittleCity:
    """Collects events and visits, then answers metrics from facts in memory."""

    def __init__(self, zone: str = "Asia/Shanghai", **more: Any) -> None:
        self.zone = zone
        self.profile = profile(zone, **more)
        self.clock = BusinessClock.of(self.profile)
        self.events: list[dict[str, Any]] = []
        self.visits: list[dict[str, Any]] = []
        self._facts: Facts | None = None
        self.secret = ""

    def event(self, reported: str, closed: str | None = None, due: str | None = None, **more: Any) -> int:
        """One event; ``closed`` without an ``outcome`` is settled.  Other instants by name (``dispatched="..."``)."""
        eid = len(self.events) + 1
        row: dict[str, Any] = {
            "eid": eid,
            "case_number": f"C{eid}",
            "category": LITTER,
            "network": 0,
            "channel": PHONE,
            "department": HEARING,
            "l1": EAST,
            "l2": EAST_VILLAGE,
            "l3": EAST_CELL,
            "l4": -1,
            "reported_at": self.at(reported),
            "due_at": self.at(due),
            "closed_at": self.at(closed),
            "outcome": SETTLED if closed else 0,
            "is_open": 0 if closed else 1,
            "stage": HANDLE,
            "sensitive": 0,
            "is_hung": 0,
            "duplicate": 0,
            "pause_handle_s": 0,
            "pause_complete_s": 0,
            "reached": 0,
        }
        for name, value in more.items():
            row.update({f"{name}_at": self.at(value)} if isinstance(value, str) else {name: value})
        for name in ("dispatched", "handled", "completed", "closed"):
            instant = row.get(f"{name}_at", -1)
            row[f"w_{name}"] = int(self.clock.work_seconds(instant)) if instant >= 0 else -1
        if row["l1"] != EAST:
            row.update(l2=more.get("l2", WEST_VILLAGE if row["l1"] == WEST else -1), l3=-1)
        self.events.append(row)
        return eid

    def visit(self, eid: int, stage: int, entered: str, left: str | None = None, exit: int = 1, **more: Any) -> None:
        """The event was in ``stage`` from ``entered`` to ``left`` (None = still there)."""
        event = self.events[eid - 1]
        start, stop = (self.at(t) for t in (entered, left))
        w_left = int(self.clock.work_seconds(stop)) if stop >= 0 else -1
        self.visits.append(
            {
                "eid": eid,
                "seq": sum(v["eid"] == eid for v in self.visits),
                "stage": stage,
                "department": -1,
                "l1": event["l1"],
                "l2": event["l2"],
                "sensitive": event["sensitive"],
                "entered_at": start,
                "left_at": stop,
                "w_entered": int(self.clock.work_seconds(start)),
                "w_left": w_left,
                "exit": exit if left else 0,
                "rework": 0,
                "entries": 1,
                "again_at": -1,
                "returns": 0,
                **more,
            }
        )

    def at(self, text: str | None) -> int:
        return -1 if text is None else at(text, self.zone)

    @property
    def city(self) -> City:
        return City(self.profile, self.facts.grid(), secret=self.secret)

    @property
    def facts(self) -> Facts:
        if self._facts is None:
            self._facts = Facts.create("duckdb:///:memory:")
            self._facts.put_grid(
                {
                    "idx": [0, 1, 2, 3, 4],
                    "code": ["east", "west", "east1", "west1", "east1a"],
                    "parent": [-1, -1, 0, 1, 2],
                    "level": [1, 1, 2, 2, 3],
                    "name": ["东镇", "西镇", "东村", "西村", "东格"],
                    "population": [1000, 500, 400, -1, 100],
                }
            )
            newest = max((e["reported_at"] for e in self.events), default=0)
            if self.events:
                self._facts.put(columns(self.events), columns(self.visits) if self.visits else None, now_ms=newest)
        return self._facts

    def read(self, metric: str, now: str, scope: str = "", viewer: Viewer | None = None, **more: Any) -> pd.DataFrame:
        who = viewer or Viewer("wall", scope)
        return answer(metric, self.facts, who, self.city, when(now, self.zone), **more)[1]


def columns(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if name != "case_number" and frame[name].isna().any():
            frame[name] = frame[name].fillna(-1).astype("int64")
    return frame
