"""The life of an alarm, from the instant its condition began to the instant it was over (after ISA-18.2).

An exception (``data.metrics.wall.exceptions``) is a condition at one instant.  It becomes an alarm once it has lasted
``alarms.min_age`` without a gap, and ends once it has been over for ``alarms.clear_after``; a condition that returns before that
is the same alarm, which has chattered.  Its severity moves by the same two delays.  Only an exception's own hysteresis
(``raises``) keeps a standing alarm a little below its limits.  ``step`` is the whole of it: a pure function of what was and is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from data.city.limits import natural_ms
from data.city.profile import Alarms
from data.metrics.wall.exceptions import chosen
from data.types.records import Record

#: The sparkline: one value a minute, for an hour.
SAMPLE_MS, SAMPLES = 60_000, 61
#: A condition that was not looked at for so long is another one.
FORGET_MS = 12 * 3_600_000
#: An alarm is off the screens for no longer than this, whatever was written or the clock did.
LONGEST_SHELF_MS = 12 * 3_600_000


class Delays(NamedTuple):
    """ms: how long a condition lasts before it is an alarm, and how long it is over before the alarm ends."""

    on: int
    off: int

    @classmethod
    def of(cls, alarms: Alarms) -> Delays:
        return cls(natural_ms(alarms.min_age), natural_ms(alarms.clear_after))


@dataclass
class Life:
    """One alarm of one screen's scope; instants in ms, None = not (yet).

    ``row``: the metric's row when its condition was last there.  ``raised_ms``: on the screens since then.  ``cleared_ms``: the
    condition is over since then, the alarm not yet.  ``differs_ms``: the condition's severity differs from the shown one since
    then.  ``returns``: how often the condition came back.  ``shelved_until``: off the screens until then, by a role and for
    a reason.  ``trail``: (instant, value), oldest first.
    """

    subject: str
    scope: str
    kind: str
    code: str
    began_ms: int
    row: Record = field(default_factory=dict)
    raised_ms: int | None = None
    seen_ms: int = 0
    cleared_ms: int | None = None
    act: bool = False
    differs_ms: int | None = None
    returns: int = 0
    handled_ms: int | None = None
    handled_by: str = ""
    shelved_until: int | None = None
    shelved_by: str = ""
    shelve_reason: str = ""
    trail: list[tuple[int, float]] = field(default_factory=list)

    @property
    def lives(self) -> bool:
        """Whether it is an alarm whose condition is there: one that is over is not counted as living."""
        return self.raised_ms is not None and self.cleared_ms is None


@dataclass(frozen=True)
class Ended:
    """An alarm that is over: when its condition began and ended (ms); if ``shelved``, one that is off the screens until then."""

    subject: str
    scope: str
    kind: str
    code: str
    began_ms: int
    ended_ms: int
    shelved: bool = False


def step(life: Life, row: Record | None, now_ms: int, delays: Delays, night: bool, known: bool) -> bool:
    """Take ``life`` on to ``now_ms``; ``row``: its condition, None = not there.  Returns False once it is over.

    ``night``: nothing new is raised that need not be acted on.  ``known``: the conditions were followed until now; otherwise
    (the first look at a scope) what is there is taken to have been there.
    """
    _not_ahead(life, now_ms)
    if life.shelved_until is not None and life.shelved_until <= now_ms:
        life.shelved_until = None
    if row is not None and (row["raises"] or life.raised_ms is not None):
        return _there(life, row, now_ms, delays, night, known)
    if life.raised_ms is None:
        return False
    if life.cleared_ms is None:
        life.cleared_ms = now_ms
    return now_ms - life.cleared_ms < delays.off


def _there(life: Life, row: Record, now_ms: int, delays: Delays, night: bool, known: bool) -> bool:
    if life.cleared_ms is not None:
        life.cleared_ms, life.returns = None, life.returns + 1
    life.row, life.seen_ms = row, now_ms
    act = row["severity"] == "act"
    if act == life.act:
        life.differs_ms = None
    elif life.differs_ms is None:
        life.differs_ms = now_ms
    if life.raised_ms is None and not known:
        life.act, life.differs_ms, life.raised_ms = act, None, now_ms
    if life.differs_ms is not None and now_ms - life.differs_ms >= (delays.on if act else delays.off):
        life.act, life.differs_ms = act, None
    if life.raised_ms is None and now_ms - life.began_ms >= delays.on and (life.act or not night):
        life.raised_ms = now_ms
    if not life.trail or now_ms - life.trail[-1][0] >= SAMPLE_MS:
        life.trail = [*life.trail, (now_ms, float(row["observed"]))][-SAMPLES:]
    return True


def _not_ahead(life: Life, now_ms: int) -> None:
    """After the clock was set back nothing lies ahead of it: a delay would otherwise last as much longer."""
    life.began_ms, life.seen_ms = min(life.began_ms, now_ms), min(life.seen_ms, now_ms)
    for name in ("raised_ms", "cleared_ms", "differs_ms", "handled_ms"):
        at = getattr(life, name)
        if at is not None:
            setattr(life, name, min(at, now_ms))
    if life.shelved_until is not None:
        life.shelved_until = min(life.shelved_until, now_ms + LONGEST_SHELF_MS)
    life.trail = [(min(at, now_ms), v) for at, v in life.trail]


def shown(lives: Iterable[Life]) -> list[Record]:
    """The rows that a screen shows of its scope's lives, at most three and none that is shelved: what is there before what is
    over, act before watch,
    then by distance from the usual; with ``rank`` 1.., ``severity``, ``state`` ("standing" | "clearing"), ``began_ms``,
    ``handled_ms`` (NaN = not in hand), ``handled_by`` (a role) and ``trail`` (values of the last hour)."""
    raised = sorted(
        (life for life in lives if life.raised_ms is not None and life.shelved_until is None),
        key=lambda x: (x.cleared_ms is not None, not x.act, x.kind == "department", -float(x.row.get("excess", 0.0)), x.subject),
    )
    out = []
    for rank, at in enumerate(chosen([x.kind for x in raised]), start=1):
        life = raised[at]
        out.append(
            {
                **life.row,
                "rank": rank,
                "kind": life.kind,
                "code": life.code,
                "severity": "act" if life.act else "watch",
                "state": "standing" if life.cleared_ms is None else "clearing",
                "began_ms": float(life.began_ms),
                "cleared_ms": np.nan if life.cleared_ms is None else float(life.cleared_ms),
                "handled_ms": np.nan if life.handled_ms is None else float(life.handled_ms),
                "handled_by": life.handled_by,
                "trail": [v for _, v in life.trail],
            }
        )
    return out
