"""Upkeep by the writer besides the cases: assets' signs of life, hourly vital signs, daily shifts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, delete, insert, select, update

from data.city.profile import Profile
from data.demo.devices import POSTS, WORKERS, hourly_signs
from data.source.contract import ASSET, DUTY, POSITION, SIGN

#: How often assets report, and how many at a time.
EVERY, AT_ONCE = timedelta(seconds=20), 60
ONLINE_SHARE = 0.962


class Keeper:
    """Small upkeep within the writer's commits; bounded: old positions, signs and shifts are deleted."""

    def __init__(self, profile: Profile, connection: Connection, rng: np.random.Generator) -> None:
        self.profile, self.rng = profile, rng
        rows = connection.execute(select(ASSET.c.code, ASSET.c.kind, ASSET.c.status)).all()
        self._status = {r.code: r.status for r in rows}
        self._towns = [r.code for r in rows if r.kind == "town_centre"]
        self._codes = [r.code for r in rows]
        self._next = datetime.min.replace(tzinfo=UTC)
        self._hour = self._shift = ""
        self._turn = 0

    def keep(self, connection: Connection, now: datetime) -> None:
        """Do what is due at ``now`` (aware), in an open transaction."""
        if now < self._next:
            return
        self._next = now + EVERY
        naive = now.astimezone(UTC).replace(tzinfo=None)
        self._hear(connection, naive)
        self._walk(connection, naive)
        if f"{naive:%Y%m%d%H}" != self._hour:
            self._hour = f"{naive:%Y%m%d%H}"
            self._sign(connection, naive.replace(minute=0, second=0, microsecond=0))
        local = now.astimezone(self.profile.zone)
        if f"{local:%Y%m%d}{local.hour // 8}" != self._shift:
            self._shift = f"{local:%Y%m%d}{local.hour // 8}"
            self._change_shift(connection, local)

    def _hear(self, connection: Connection, naive: datetime) -> None:
        if not self._codes:
            return
        part = [self._codes[(self._turn + i) % len(self._codes)] for i in range(min(AT_ONCE, len(self._codes)))]
        self._turn = (self._turn + len(part)) % len(self._codes)
        for code in part:  # a few fail, as many recover
            if self._status[code] == "online":
                self._status[code] = "offline" if self.rng.random() < 0.004 else "online"
            elif self.rng.random() < 0.004 * ONLINE_SHARE / (1 - ONLINE_SHARE):
                self._status[code] = "online"
        heard = [c for c in {*part, *self._towns} if self._status[c] == "online"]
        lost = [c for c in part if self._status[c] != "online"]
        for codes, values in ((heard, {"status": "online", "heard_at": naive}), (lost, {"status": "offline"})):
            if codes:
                connection.execute(update(ASSET).where(ASSET.c.code.in_(codes)).values(**values, changed=naive))

    def _walk(self, connection: Connection, naive: datetime) -> None:
        """Update the position of one worker in twenty; tracks are deleted after 24 h."""
        first = int(self.rng.integers(20))
        p = POSITION.c
        for number in range(first, WORKERS, 20):
            worker = f"G{number + 1:04d}"
            last = connection.execute(
                select(p.lon, p.lat, p.on_duty).where(p.worker == worker).order_by(p.at.desc()).limit(1)
            ).first()
            if last is not None and last.lon is not None:
                east, north = self.rng.normal(0, 0.0006, 2)
                connection.execute(
                    insert(POSITION),
                    [
                        {
                            "worker": worker,
                            "at": naive,
                            "lon": round(last.lon + east, 5),
                            "lat": round(last.lat + north, 5),
                            "on_duty": last.on_duty,
                        }
                    ],
                )
        connection.execute(delete(POSITION).where(p.at < naive - timedelta(hours=24)))

    def _sign(self, connection: Connection, hour: datetime) -> None:
        connection.execute(delete(SIGN).where((SIGN.c.at < hour - timedelta(days=10)) | (SIGN.c.at == hour)))
        at = np.array([round(hour.replace(tzinfo=UTC).timestamp() * 1000)])
        connection.execute(
            insert(SIGN),
            [
                {"series": name, "subject": "city", "at": hour, "value": round(float(values[0]), 3)}
                for name, values in hourly_signs(self.profile, at, self.rng).items()
            ],
        )

    def _change_shift(self, connection: Connection, local: datetime) -> None:
        """Eight-hour shifts from local midnight: one is manned, the next three are planned, old ones are deleted."""
        first = local.replace(hour=local.hour // 8 * 8, minute=0, second=0, microsecond=0)
        begin = first.astimezone(UTC).replace(tzinfo=None)
        d = DUTY.c
        connection.execute(delete(DUTY).where(d.to_at < begin - timedelta(days=3)))
        connection.execute(update(DUTY).where(d.to_at <= begin).values(state="done"))
        connection.execute(update(DUTY).where(d.from_at == begin).values(state="manned"))
        known = {(row.post, row.from_at) for row in connection.execute(select(d.post, d.from_at))}
        rows = [
            {
                "post": post,
                "department": None,
                "from_at": begin + i * timedelta(hours=8),
                "to_at": begin + (i + 1) * timedelta(hours=8),
                "state": "planned" if i else "manned",
            }
            for i in range(4)
            for post in POSTS
            if (post, begin + i * timedelta(hours=8)) not in known
        ]
        if rows:
            connection.execute(insert(DUTY), rows)
