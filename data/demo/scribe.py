"""What the demo city's writer commits: one report, or one move of one case, at a time.

Each step reads nothing but what was committed before it: a commit that fails leaves no trace in memory, and after a
restart the state comes from the database.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, update

from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.demo.arrivals import Places, matter_of_the_day
from data.demo.calibration import REGIMES
from data.demo.keeping import Keeper
from data.demo.log import ROLES, stage_codes
from data.demo.moves import Case, Move, Mover
from data.demo.open_cases import open_cases
from data.demo.pace import Arrivals, Stays, tables
from data.demo.places import lay_out
from data.demo.store import read_mark, shown, sqlite_path
from data.errors import SourceError
from data.source.contract import EVENT, TRANSITION
from data.types.records import Record

#: How long SQLite itself waits for another writer's lock (seconds).
BUSY_S = 15.0
#: Seconds between two looks at most, where nothing is due: assets show that they are alive.
LONGEST_PAUSE = 20.0


class Scribe:
    """The connection, the state and one step of the writer."""

    def __init__(self, profile: Profile, url: str, seed: int, own_pace: bool) -> None:
        self.profile, self.url, self.own_pace = profile, url, own_pace
        self.arrivals: Arrivals | None = None
        self.rng = np.random.default_rng([seed, 11])
        self.clock = BusinessClock.of(profile)
        self.codes = stage_codes(profile)
        self._path = sqlite_path(url)
        self._engine: Engine | None = None
        self._inode = -1
        self._laid_out: tuple[int, Any, Places] | None = None

    def open(self, now: datetime) -> None:
        """Read the state from the database.  Raises SourceError if it holds no demo city."""
        self.close()
        mark = read_mark(self.url)
        if mark.get("city") != self.profile.city.id:
            held = f"the demo city '{mark['city']}'" if mark.get("city") else "no demo city"
            own = self.profile.city.id
            raise SourceError(
                f"{shown(self.url)}: holds {held}; make one of '{own}' with the demo command first",
                f"{shown(self.url)}：其中没有“{own}”的演示城市；请先用 demo 命令生成",
            )
        seed = int(mark["seed"])
        if self._laid_out is None or self._laid_out[0] != seed:
            city = lay_out(self.profile, seed)
            self._laid_out = (seed, city, Places(self.profile, city, np.random.default_rng([seed, 2])))
        self._engine = _connect(self.url)
        self._inode = _inode(self._path)
        target = {r: float(mark.get(f"stock.{r}", 10)) for r in ROLES}
        self.mover = Mover(
            self.profile,
            self.clock,
            target,
            float(mark.get("overdue", 0.15 * sum(target.values()))),
            REGIMES[mark.get("regime", "realistic")],
            self.rng,
        )
        with self._engine.connect() as connection:
            self.mover.cases = open_cases(connection, self.profile, self.codes, now)
            self.next_event = int(connection.execute(select(func.max(EVENT.c.id))).scalar() or 0) + 1
            self._next_key = int(connection.execute(select(func.max(TRANSITION.c.key))).scalar() or 0) + 1
            self._day, self._number = self._count_today(connection, now)
            self.keeper = Keeper(self.profile, connection, self.rng)
        if self.own_pace:
            self._follow_history(mark, seed, ms(now))

    def _follow_history(self, mark: dict[str, str], seed: int, now: int) -> None:
        """Plan the next report, and the next move of every case."""
        made = ms(datetime.fromisoformat(mark["generated_at"])) if "generated_at" in mark else now
        tempo = tables(self.profile, self.clock, made, now)
        events = int(mark.get("events", 200_000))
        self.arrivals = Arrivals(self.profile, tempo, events, made, seed)
        self.stays = Stays(self.profile, self.clock, tempo, self.mover.dirt, seed)
        for case in self.mover.cases.values():
            self.stays.put(case, now)
        self._next_report = self.arrivals.next_after(now, self.rng)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    def replaced(self) -> bool:
        """Whether the database was closed, moved away or replaced since it was opened."""
        return self._engine is None or _inode(self._path) != self._inode

    def step(self, now: datetime) -> int:
        """Commit one report or one move (1), or nothing if no case can move (0)."""
        assert self._engine is not None
        at = ms(now)
        move, report = self._due(now)
        if move is None and report is None:
            with self._engine.begin() as connection:
                self.keeper.keep(connection, now)
            return 0
        with self._engine.begin() as connection:
            if report is not None:
                connection.execute(insert(EVENT), [report[1]])
                finder = f"G{int(self.rng.integers(1, 261)):04d}"
                rows = [self._row(report[0].id, "report", "enter", -1, finder, -1, at)]
            else:
                assert move is not None
                rows = self._rows(move, at)
                values = {k: _moment(v) if k.endswith("_at") else v for k, v in move.columns.items()}
                own = update(EVENT).where(EVENT.c.id == move.case.id)
                connection.execute(own.values(**values, changed=_moment(at)))
            connection.execute(insert(TRANSITION), rows)
            self.keeper.keep(connection, now)
        self._next_key += len(rows)
        if report is not None:
            self.mover.cases[report[0].id] = report[0]
            self.next_event += 1
            self._number += 1
        elif move is not None:
            self.mover.apply(move, at)
        if self.arrivals is not None:
            self._plan(report[0] if report is not None else None, move, at)
        return 1

    def _due(self, now: datetime) -> tuple[Move | None, tuple[Case, Record] | None]:
        """What is to be written now: a move, or a report; neither, if nothing is due at the history's pace."""
        at = ms(now)
        if self.arrivals is None:
            move = None if self.mover.wants_report() else self.mover.move(at)
            return move, self._report(now) if move is None else None
        upcoming = self.stays.next_at()
        if upcoming is not None and upcoming <= min(at, self._next_report):
            number, chance = self.stays.first()
            return self.mover.next_of(self.mover.cases[number], at, chance), None
        return None, self._report(now) if self._next_report <= at else None

    def _plan(self, reported: Case | None, move: Move | None, at: int) -> None:
        """After a commit: when its case moves next, and after a report when the next one comes."""
        assert self.arrivals is not None
        if reported is not None:
            self._next_report = self.arrivals.next_after(at, self.rng)
            self.stays.put(reported, at)
        elif move is not None:
            self.stays.took_first()
            if not move.ends:
                self.stays.put(move.case, at)

    def pause(self, rate: float | None, now: datetime) -> float:
        """Seconds until the next step: irregular, slower by night."""
        if rate is None:
            upcoming = self.stays.next_at()
            due = self._next_report if upcoming is None else min(upcoming, self._next_report)
            return float(np.clip((due - ms(now)) / 1000, 0.005, LONGEST_PAUSE))
        hour = now.astimezone(self.profile.zone).hour
        pace = 1.0 if 8 <= hour < 18 else 0.75 if 7 <= hour < 21 else 0.5
        return float(self.rng.gamma(4.0, 0.25) / (rate * pace))

    def _count_today(self, connection: Connection, now: datetime) -> tuple[str, int]:
        head = f"{self.profile.city.case_prefix}-{now.astimezone(self.profile.zone):%y%m%d}-"
        last = connection.execute(
            select(func.max(EVENT.c.case_number)).where(EVENT.c.case_number.startswith(head, autoescape=True))
        ).scalar()
        return head, int(str(last)[len(head) :]) if last else 0

    def _rows(self, move: Move, at: int) -> list[Record]:
        """Some rows are written late: with an earlier instant, but never before the case's last step."""
        if self.rng.random() < 0.006:
            at = max(move.case.since + 1_000, at - int(self.rng.integers(2, 15)) * 60_000)
        rows = []
        for i, (role, action, department, actor, due) in enumerate(move.rows):
            row = self._row(move.case.id, role, action, department, actor, due, at + i)
            rows.append({**row, "key": self._next_key + i})
        return rows

    def _row(self, case: int, role: str, action: str, department: int, actor: str, due: int, at: int) -> Record:
        return {
            "key": self._next_key,
            "event": case,
            "stage": self.codes[role],
            "action": action,
            "department": self.profile.departments[department].code if department >= 0 else None,
            "actor": actor,
            "at": _moment(at),
            "due_at": _moment(due) if due >= 0 else None,
            "changed": _moment(at),
        }

    def _report(self, now: datetime) -> tuple[Case, Record]:
        """A new event: by the hour's channels, the city's categories and places, and the matter of the day."""
        assert self._laid_out is not None
        profile, rng, (_, city, places) = self.profile, self.rng, self._laid_out
        local = now.astimezone(profile.zone)
        head = f"{profile.city.case_prefix}-{local:%y%m%d}-"
        if head != self._day:
            self._day, self._number = head, 0
        at = ms(now)
        if self.arrivals is not None:
            channel, category, town, cell = self.arrivals.drawn(at, places, self.mover.dirt.duplicate, rng)
        else:
            channel, category, town, cell = matter_of_the_day(profile, places, local, rng)
        case = Case(
            self.next_event, "report", category, city.code[town], -1, at, at, citizen=profile.channels[channel].kind == "citizen"
        )
        return case, {
            "id": case.id,
            "case_number": f"{head}{self._number + 1:04d}",
            "category": profile.categories[category].code,
            "network": profile.categories[category].network,
            "channel": profile.channels[channel].code,
            "severity": int(rng.choice(4, p=[0.62, 0.31, 0.062, 0.008])) + 1,
            "grid": city.code[cell],
            "lon": round(float(city.lon[cell]), 6),
            "lat": round(float(city.lat[cell]), 6),
            "reported_at": _moment(at),
            "changed": _moment(at),
        }


def _connect(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_S} if sqlite_path(url) is not None else {})
    if sqlite_path(url) is not None:

        @event.listens_for(engine, "connect")
        def _tune(raw: Any, record: Any) -> None:
            for pragma in (f"busy_timeout={round(BUSY_S * 1000)}", "journal_mode=WAL", "synchronous=NORMAL"):
                raw.execute(f"PRAGMA {pragma}")

    return engine


def _inode(path: Path | None) -> int:
    if path is None:
        return 0
    try:
        return path.stat().st_ino
    except OSError:
        return -2


def _moment(at_ms: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(milliseconds=int(at_ms))
