"""The writer's next move: a steady state by feedback, chosen from the open cases alone.

A stage drains faster the more it exceeds its stock at generation, and reports arrive more slowly the more cases are open;
so inflow and outflow balance without drift, for weeks and at any rate.  There is no schedule: all state is in the database,
and a restart continues from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.demo.calibration import Dirt
from data.demo.courses import limits_of
from data.demo.log import ROLES
from data.types.records import Record


@dataclass
class Case:
    """An open case (or a closed one awaiting its call-back) as the writer knows it; instants in ms, -1 = none."""

    id: int
    role: str
    category: int
    town: str
    department: int
    reported: int
    since: int
    due: int = -1
    started: bool = False
    hung_since: int = -1
    citizen: bool = True


@dataclass(frozen=True)
class Move:
    """Log rows (stage role, action, department position or -1, actor, due or -1) and changed columns of one case."""

    case: Case
    rows: tuple[tuple[str, str, int, str, int], ...]
    columns: Record = field(default_factory=dict)  # of the event; instants in ms under their column names
    ends: bool = False  # the writer drops the case


class Mover:
    """Chooses and makes moves.  ``target``: the stock to maintain for each stage role; ``late``: that of overdue cases."""

    def __init__(
        self, profile: Profile, clock: BusinessClock, target: dict[str, float], late: float, dirt: Dirt, rng: np.random.Generator
    ) -> None:
        self.profile, self.clock, self.dirt, self.rng = profile, clock, dirt, rng
        self.target = {r: max(1.0, target.get(r, 1.0)) for r in ROLES}
        self.late = max(1.0, late)
        self.kinds, self.amounts, self.hours = limits_of(profile)
        index = {d.code: i for i, d in enumerate(profile.departments)}
        self.usual = [index.get(c.department or "", -1) for c in profile.categories]
        self.cases: dict[int, Case] = {}

    def wants_report(self) -> bool:
        """Whether the next step is a new report; otherwise a case moves."""
        weights = self._weights()
        target = sum(v for k, v in self.target.items() if k != "revisit")
        held = sum(1 for c in self.cases.values() if c.role != "revisit")
        arrival = float(np.clip(1 + 3 * (target - held) / target, 0.1, 2.5))
        return bool(self.rng.random() * (arrival + sum(weights.values())) < arrival)

    def move(self, now: int) -> Move | None:
        """A move of one case at ``now``; None if no case can move."""
        weights = self._weights()
        total = sum(weights.values())
        if total <= 0:
            return None
        roles = list(weights)
        role = str(self.rng.choice(roles, p=np.array([weights[r] for r in roles]) / total))
        stage = "handle" if role == "start" else role
        held = [c for c in self.cases.values() if (role == "hung") == (c.hung_since >= 0) and stage in (c.role, "hung")]
        if role in ("handle", "start"):
            held = [c for c in held if c.started == (role == "handle")]
        if not held:
            return None
        return self.made(role, self._pick(role, held, now), now, float(self.rng.random()))

    def next_of(self, case: Case, now: int, chance: float) -> Move:
        """The move of this case; ``chance`` (0..1) decides which."""
        role = "hung" if case.hung_since >= 0 else "start" if case.role == "handle" and not case.started else case.role
        return self.made(role, case, now, chance)

    def _weights(self) -> dict[str, float]:
        """Rate of each kind of move relative to that of reports in the steady state."""
        stock = dict.fromkeys((*ROLES, "start", "hung"), 0)
        for case in self.cases.values():
            kind = "hung" if case.hung_since >= 0 else case.role
            stock["start" if kind == "handle" and not case.started else kind] += 1
        reach = {
            "report": 1.0,
            "accept": 1.0,
            "verify": 0.98,
            "register": 0.98,
            "dispatch": 1.03,
            "start": 0.95,
            "handle": 0.98,
            "inspect": 0.98,
            "close": 0.93,
            "revisit": 0.88,
            "hung": 0.008,
        }
        target = {
            **self.target,
            "start": 0.3 * self.target["handle"],
            "handle": 0.7 * self.target["handle"],
            "hung": 0.05 * self.target["handle"],
        }
        return {r: reach[r] * min(stock[r] / target[r], 4.0) ** 1.5 for r in reach}

    def _pick(self, role: str, held: list[Case], now: int) -> Case:
        rng = self.rng
        if role == "handle":
            late = [c for c in held if 0 <= c.due < now]
            idle = self._idle(held, now)
            fresh = [c for c in held if not (0 <= c.due < now or c.id in idle)]
            share = float(np.clip(0.12 * (len(late) / self.late) ** 3, 0.005, 0.6))
            late_turn = bool(late) and (not fresh or rng.random() < share)
            if fresh and not late_turn and rng.random() < 0.5:  # half of the work is ordered by limit
                return min(fresh, key=lambda c: c.due if c.due >= 0 else now)
            held = (late if late_turn else fresh) or held
            case = held[int(rng.integers(len(held)))]
            if case.town == self.profile.demo.late and rng.random() < 0.5:  # one town is slower than the others
                case = held[int(rng.integers(len(held)))]
            return case
        if role not in ("start", "hung") and rng.random() < 0.75:
            return min(held, key=lambda c: c.since)
        return held[int(rng.integers(len(held)))]

    def _idle(self, held: list[Case], now: int) -> set[int]:
        """A third of the cases with short limits are left until late: at the demo's speed, nothing else would be late.

        Never more than a part of the stock, or nothing would be left to handle in time.
        """
        lots = [(c.id * 2654435761 % 1000, c.id) for c in held if self.hours[c.category] <= 24 and not 0 <= c.due < now]
        slow = sorted(lot for lot in lots if lot[0] < 330)
        return {i for _, i in slow[: round(0.3 * self.target["handle"])]}

    def made(self, role: str, case: Case, now: int, chance: float) -> Move:
        rng, dirt = self.rng, self.dirt
        centre, own = f"C{int(rng.integers(1, 9)):03d}", case.department
        if role == "report":
            return Move(case, (("accept", "enter", -1, centre, -1),))
        if role == "accept":
            if chance < dirt.duplicate * dirt.merged:
                earlier = [i for i in self.cases if i < case.id]
                twin = earlier[int(rng.integers(len(earlier)))] if earlier else case.id
                ended = {"closed_at": now, "outcome": "merged", "duplicate_of": twin}
                return Move(case, (("accept", "merge", -1, centre, -1),), ended, True)
            return Move(case, (("verify", "enter", -1, centre, -1),))
        if role == "verify":
            return Move(case, (("register", "enter", -1, centre, -1),), {"verified": 1})
        if role == "register":
            return self._register(case, centre, chance, now)
        if role == "dispatch":
            if chance < dirt.misdispatch:
                n = len(self.profile.departments)
                better = (own + int(rng.integers(1, n))) % n
                rows = (("dispatch", "return", own, self._staff(own), -1), ("dispatch", "enter", better, centre, -1))
                return Move(case, rows)
            return Move(case, (("handle", "enter", own, self._staff(own), case.due),))
        if role == "start":
            contact = {"first_contact_at": now} if case.citizen else {}
            return Move(case, (("handle", "start", own, self._staff(own), -1),), contact)
        if role == "handle":
            return self._handle(case, own, chance, now)
        if role == "hung":
            due = self._moved_due(case, now)
            return Move(case, (("handle", "resume", own, self._staff(own), due),), {"due_at": due})
        if role == "inspect":
            if chance < dirt.rework:
                return Move(case, (("inspect", "fail", -1, centre, -1), ("dispatch", "enter", own, centre, -1)))
            return Move(case, (("close", "enter", -1, centre, -1),))
        if role == "close":
            ended = {"closed_at": now, "outcome": "settled"}
            if chance < 0.06:
                return Move(case, (("close", "complete", -1, centre, -1),), ended, True)
            return Move(case, (("revisit", "enter", -1, centre, -1),), ended)
        return self._call_back(case, centre, chance, now)

    def _register(self, case: Case, centre: str, chance: float, now: int) -> Move:
        if chance < self.dirt.cancelled:
            ended = {"closed_at": now, "outcome": "cancelled", "verified": 0}
            return Move(case, (("register", "cancel", -1, centre, -1),), ended, True)
        own = self.usual[case.category]
        if own < 0 or self.rng.random() < 0.03:
            own = int(self.rng.integers(len(self.profile.departments)))
        due = int(
            self.clock.deadline(
                np.array([case.since], np.int64), str(self.kinds[case.category]), int(self.amounts[case.category])
            )[0]
        )
        return Move(case, (("dispatch", "enter", own, centre, -1),), {"due_at": due})

    def _handle(self, case: Case, own: int, chance: float, now: int) -> Move:
        staff, dirt = self._staff(own), self.dirt
        if chance < dirt.hung:
            return Move(case, (("handle", "defer", own, staff, -1),))
        if chance < dirt.hung + dirt.escalated:
            return Move(case, (("handle", "escalate", -1, "C001", -1),))
        if chance < dirt.hung + dirt.escalated + 0.1 * dirt.extended and 0 <= now < case.due:
            due = int(
                self.clock.deadline(
                    np.array([case.due], np.int64), str(self.kinds[case.category]), max(1, int(self.amounts[case.category]) // 2)
                )[0]
            )
            return Move(case, (("handle", "extend", own, staff, due),), {"due_at": due})
        return Move(case, (("inspect", "enter", -1, f"C{int(self.rng.integers(1, 9)):03d}", -1),))

    def _call_back(self, case: Case, centre: str, chance: float, now: int) -> Move:
        columns: Record = {"called_back_at": now}
        if chance < 0.86:
            resolved = bool(self.rng.random() < 0.93)
            mood = int(np.clip(round(self.rng.normal(4.6 if resolved else 2.7, 0.8)), 1, 5))
            columns |= {"resolved": int(resolved), "satisfaction": mood}
        return Move(case, (("revisit", "complete", -1, centre, -1),), columns, True)

    def _moved_due(self, case: Case, now: int) -> int:
        if case.due < 0:
            return -1
        if str(self.kinds[case.category]).startswith("natural"):
            return case.due + now - case.hung_since
        work = self.clock.work_seconds(np.array([case.due, now, case.hung_since], np.int64))
        return int(self.clock.work_instant(np.array([work[0] + work[1] - work[2]]))[0])

    def _staff(self, department: int) -> str:
        return f"D{department + 1:02d}-{int(self.rng.integers(1, 21)):03d}"

    def apply(self, move: Move, now: int) -> None:
        """Apply a committed move."""
        case = move.case
        if move.ends:
            self.cases.pop(case.id, None)
            return
        for role, action, department, _, _ in move.rows:
            replay(case, role, action, department, now)
        case.due = int(move.columns.get("due_at", case.due))


def replay(case: Case, role: str, action: str, department: int, at: int) -> None:
    """Apply one row of the log to a case."""
    if action == "enter":
        if role != case.role:
            case.started = False
        case.role, case.since = role, at
    elif action == "start":
        case.started = True
    elif action == "defer":
        case.hung_since = at
    elif action == "resume":
        case.hung_since = -1
    if department >= 0:
        case.department = department
