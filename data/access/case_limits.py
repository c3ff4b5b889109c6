"""How many single cases a role may read per hour: the administrator's limits, and how many each account has read.

Distinct cases count: a list that a page requests repeatedly costs an account nothing more within the hour.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from data.access.roles import DEMO_USER, ROLES
from data.access.schema import CASE_LIMIT
from data.access.store import State
from data.clock.instants import ms
from data.errors import OverVolumeError, QueryError, did_you_mean, did_you_mean_zh

#: Used until the administrator sets others.  A screen shows only a few cases of each area.
DEFAULTS: Mapping[str, int] = {
    "leader": 1_000,
    "analyst": 20_000,
    "operator": 5_000,
    "administrator": 1_000,
    "auditor": 1_000,
    "screen": 5_000,
}
MOST = 10_000_000
HOUR_MS = 3_600_000
#: Maximum number of accounts tracked; the least recently active is dropped first.
KEPT = 2_000
assert set(DEFAULTS) == {*ROLES, "screen"}


class CaseLimits:
    """The limits in our own store, cached in memory between calls of ``refresh``."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._set: dict[str, int] = {}
        self.refresh()

    def refresh(self) -> None:
        """Reload them.  Raises StateError."""
        self._state.make(CASE_LIMIT)
        with self._state.transaction() as connection:
            self._set = {role: int(n) for role, n in connection.execute(select(CASE_LIMIT.c.role, CASE_LIMIT.c.rows_per_hour))}

    def all(self) -> dict[str, int]:
        """Rows per hour by role."""
        return {role: self._set.get(role, n) for role, n in DEFAULTS.items()}

    def set(self, role: str, rows: int, now: datetime) -> None:
        """Set the limit of a role.  Raises QueryError, StateError."""
        check_limited(role)
        if not 0 <= rows <= MOST:
            raise QueryError(f"rows an hour: {rows} is not between 0 and {MOST:,}", f"每小时件数：{rows} 不在 0 至 {MOST:,} 之间")
        with self._state.transaction() as connection:
            if not connection.execute(
                update(CASE_LIMIT).where(CASE_LIMIT.c.role == role).values(rows_per_hour=rows, changed_at=ms(now))
            ).rowcount:
                connection.execute(insert(CASE_LIMIT).values(role=role, rows_per_hour=rows, changed_at=ms(now)))
        self.refresh()


def parse_rows(text: str) -> int:
    """``"20000"`` or ``"20,000"`` as a number.  Raises QueryError."""
    plain = text.strip().replace(",", "").replace("，", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 9):
        raise QueryError(
            f"rows an hour '{text[:20]}': write a whole number such as 20000", f"每小时件数“{text[:20]}”：请写整数，如 20000"
        )
    return int(plain)


def check_limited(role: str) -> None:
    if role not in DEFAULTS:
        raise QueryError(
            f"role '{role[:40]}': there is no such role{did_you_mean(role, DEFAULTS)}",
            f"没有角色“{role[:40]}”{did_you_mean_zh(role, DEFAULTS)}",
        )


class Volume:
    """Which accounts read which cases within the hour; thread-safe."""

    def __init__(self, limits: CaseLimits, zone: ZoneInfo) -> None:
        self._limits, self._zone = limits, zone
        self._read: OrderedDict[str, OrderedDict[str, int]] = OrderedDict()  # who -> number -> when it was first read
        self._lock = threading.Lock()

    def take(self, who: str, role: str, numbers: Sequence[str], now: datetime) -> None:
        """Count these cases as read by ``who``.  Raises OverVolumeError if the role's hourly limit would be exceeded: then none
        of them counts.  The demo's synthetic cases are not limited."""
        if who == DEMO_USER:
            return
        limit, at = self._limits.all().get(role, DEFAULTS["screen"]), ms(now)
        with self._lock:
            held = self._read.setdefault(who, OrderedDict())
            self._read.move_to_end(who)
            while held and not at - HOUR_MS < next(iter(held.values())) <= at:
                held.popitem(last=False)
            new = dict.fromkeys(n for n in numbers if n not in held)
            over = len(held) + len(new) - limit
            if over > 0 and new:
                opens = list(held.values())[over - 1] + HOUR_MS if over <= len(held) else None
                raise _over(limit, len(held), len(new), opens, at, self._zone)
            held.update(dict.fromkeys(new, at))
            while len(self._read) > KEPT:
                self._read.popitem(last=False)

    def remember(self, who: str, rows: int, at_ms: int) -> None:
        """Restore an hour's count from the audit, for which this process knows the number of rows but not the cases."""
        with self._lock:
            held = self._read.setdefault(who, OrderedDict())
            held.update({f"\0{at_ms}.{i}": at_ms for i in range(min(rows, MOST))})


def _over(limit: int, read: int, new: int, opens: int | None, at: int, zone: ZoneInfo) -> OverVolumeError:
    if opens is None:
        return OverVolumeError(
            f"{new:,} cases at once are more than this role may read in an hour ({limit:,}); narrow the filters, or ask an "
            "administrator",
            f"一次 {new:,} 件，超过本角色每小时可读的 {limit:,} 件；请缩小范围，或联系管理员",
        )
    when = datetime.fromtimestamp(-(-opens // 60_000) * 60, zone)
    return OverVolumeError(
        f"{read:,} cases were read within the hour and this role may read {limit:,}; for these {new:,} it opens again at "
        f"{when:%H:%M}, or an administrator raises the limit",
        f"一小时内已读 {read:,} 件，本角色每小时可读 {limit:,} 件；这 {new:,} 件 {when:%H:%M} 后可读，或请管理员调高上限",
        max(1, -(-(opens - at) // 1000)),
    )
