"""One case as the wall would show it: its visits, in the city's time and on its clock, and its rejected rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from data.check.delivery import Delivery
from data.check.load import codes_only
from data.city.profile import Profile
from data.errors import QueryError, did_you_mean, did_you_mean_zh
from data.source.columns import NONE
from data.source.contract import OUTCOMES
from data.source.mapping import Mapping
from data.sync.load_pass import Part
from data.sync.milestones import Clock
from data.sync.usable import Fault, keyless
from data.text import Text
from data.types.records import Record

_NOBODY = Text(zh="", en="")


@dataclass(frozen=True)
class Visit:
    """A visit to a stage; ``left`` None = still there, or unknown when it left.  ``minutes`` of the city's business clock from
    entering to leaving, or until now."""

    stage: str
    name: Text
    department: Text
    entered: datetime
    left: datetime | None
    due: datetime | None
    minutes: int
    open: bool


@dataclass(frozen=True)
class CaseSeen:
    """``on_wall`` False: the event itself is rejected and has no visits.  ``rejected``: (table, reason, detail)."""

    number: str
    key: str
    on_wall: bool
    rows: int
    reported: datetime | None
    due: datetime | None
    closed: datetime | None
    outcome: str
    visits: tuple[Visit, ...]
    rejected: tuple[tuple[str, str, str], ...]

    def as_json(self) -> Record:
        return {
            "number": self.number,
            "key": self.key,
            "on_wall": self.on_wall,
            "rows": self.rows,
            **{n: _iso(getattr(self, n)) for n in ("reported", "due", "closed")},
            "outcome": self.outcome,
            "stages": [
                {
                    "stage": s.stage,
                    "name": s.name.model_dump(),
                    "department": s.department.model_dump(),
                    "entered": _iso(s.entered),
                    "left": _iso(s.left),
                    "due": _iso(s.due),
                    "minutes": s.minutes,
                    "open": s.open,
                }
                for s in self.visits
            ],
            "rejected": [{"table": t, "reason": r, "detail": d} for t, r, d in self.rejected],
        }


def choose(got: Delivery, number: str) -> int | None:
    """The id (as in the facts) of the case ``number``, else of the one with the most log rows; None if there is no case.

    Raises QueryError if no event has that case number or id.
    """
    events = got.frames["event"]
    ids = events.ints("id")
    if number:
        coded = events.coded("case_number")
        rows = (
            np.flatnonzero(coded.codes == coded.values.index(number))
            if number in coded.values
            else [i for i in range(events.n) if got.spelled_at("event", "id", i) == number][:1]
        )
        if not len(rows):
            known = [v for v in coded.values[:2000] if len(v) <= 32]
            raise QueryError(
                f"case '{number}': no event that was read has that number{did_you_mean(number, known)}",
                f"案件“{number}”：读到的事件中没有此编号{did_you_mean_zh(number, known)}",
            )
        return int(ids[rows[0]])
    of = got.frames["transition"].ints("event")
    found, n = np.unique(of[np.isin(of, ids) & (of != NONE)], return_counts=True)
    if len(found):
        return int(found[np.argmax(n)])
    return int(ids[0]) if events.n and ids[0] != NONE else None


def see(part: Part, eid: int, got: Delivery, profile: Profile, clock: Clock, now_ms: int) -> CaseSeen | None:
    """The case ``eid`` of a part; None if it is not among its events."""
    if eid not in part.events.ints("id"):
        return None
    log_keys = part.log.ints("key")[part.log.ints("event") == eid]
    own = {("event", str(eid)), ("transition", keyless(eid)), *(("transition", str(k)) for k in log_keys.tolist())}
    rejected = tuple(_told(f) for f in part.derived.faults if f[:2] in own)
    spelled = got.spelled("event", "id", str(eid))
    rows = np.flatnonzero(np.asarray(part.derived.events["eid"]) == eid)
    if not len(rows):
        return CaseSeen(spelled, spelled, False, len(log_keys), None, None, None, "", (), rejected)
    event = {name: values[rows[0]] for name, values in part.derived.events.items()}
    zone = profile.zone
    at = {name: _moment(event[f"{name}_at"], zone) for name in ("reported", "due", "closed")}
    number = spelled if event["case_number"] == str(eid) else str(event["case_number"])
    outcome = OUTCOMES[int(event["outcome"]) - 1] if event["outcome"] > 0 else ""
    return CaseSeen(
        number,
        spelled,
        True,
        len(log_keys),
        at["reported"],
        at["due"],
        at["closed"],
        outcome,
        _visits(part, eid, profile, clock, now_ms),
        rejected,
    )


def now_of(mapping: Mapping, got: Delivery, now_ms: int) -> int:
    """Now on the wall's clock (ms): for a closed log its newest record, or the instant that the mapping sets."""
    if not mapping.closed_log:
        return now_ms
    if mapping.as_of_ms is not None:
        return mapping.as_of_ms
    events, log = got.frames["event"], got.frames["transition"]
    names = ("reported_at", "closed_at", "first_contact_at", "called_back_at")
    at = np.concatenate([*(events.ints(name) for name in names), log.ints("at")])
    return int(at[at <= now_ms].max(initial=0)) or now_ms


def _visits(part: Part, eid: int, profile: Profile, clock: Clock, now_ms: int) -> tuple[Visit, ...]:
    derived = part.derived.visits
    rows = np.flatnonzero(np.asarray(derived["eid"]) == eid)
    rows = rows[np.argsort(np.asarray(derived["seq"])[rows], kind="stable")]
    visits = []
    for i in rows.tolist():
        stage, department = profile.stages[int(derived["stage"][i])], int(derived["department"][i])
        left = int(derived["left_at"][i])
        entered = int(derived["entered_at"][i])
        until = int(derived["w_left"][i]) if left != NONE else int(clock.work_seconds(max(now_ms, entered)))
        open_ = int(derived["exit"][i]) == 0
        when = _moment(entered, profile.zone)
        assert when is not None  # a visit begins with a usable row
        visits.append(
            Visit(
                stage.code,
                stage.name,
                profile.departments[department].name if department >= 0 else _NOBODY,
                when,
                _moment(left, profile.zone),
                _moment(derived["due_at"][i], profile.zone),
                (until - int(derived["w_entered"][i])) // 60,
                open_,
            )
        )
    return tuple(visits)


def _told(fault: Fault) -> tuple[str, str, str]:
    table, _, reason, detail = fault
    return table, reason, codes_only(detail)


def _moment(at: int, zone: ZoneInfo) -> datetime | None:
    return None if int(at) == NONE else datetime.fromtimestamp(int(at) / 1000, zone)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


__all__ = ["CaseSeen", "Visit", "choose", "now_of", "see"]
