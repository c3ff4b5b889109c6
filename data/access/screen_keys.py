"""Screen keys: one per screen, shown once, stored as digests, replaced with an overlap, revoked."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from data.access.schema import FORMER_KEY, KEY, LONGEST_NAME
from data.access.store import State, digest
from data.clock.instants import ms
from data.errors import QueryError

#: Maximum time that a replaced key stays valid.
LONGEST_OVERLAP = timedelta(days=90)
_UNITS = {"d": "days", "h": "hours"}


class ScreenKey(NamedTuple):
    """A valid key: whose it is, and when it expires (ms; None = only when revoked)."""

    screen: str
    ends_at: int | None = None


class Screen(NamedTuple):
    """Instants in ms; ``former_until``: when the previous key expires, None = there is none."""

    name: str
    created_at: int
    revoked_at: int | None
    former_until: int | None


def add_key(state: State, name: str, now: datetime) -> str:
    """Create a key for the screen ``name``; shown once, only its digest is kept.  QueryError if the name has a valid one."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise QueryError(
            f"key {name[:40]!r}: name the screen in 1 to {LONGEST_NAME} printable characters, e.g. hall-left",
            f"屏幕“{name[:40]!r}”：名称须为 1 至 {LONGEST_NAME} 个可见字符，如 hall-left",
        )
    key = secrets.token_urlsafe(24)
    with state.transaction() as connection:
        if connection.execute(select(KEY.c.name).where(KEY.c.name == name, KEY.c.revoked_at.is_(None))).first():
            raise QueryError(
                f"key '{name}': a screen of this name has a key already; choose another name or revoke it",
                f"屏幕“{name}”已有密钥；请换一个名称，或先吊销",
            )
        connection.execute(delete(KEY).where(KEY.c.name == name))  # a revoked key is replaced
        connection.execute(insert(KEY).values(name=name, digest=digest(key), created_at=ms(now)))
    return key


def rotate_key(state: State, name: str, now: datetime, overlap: timedelta) -> str:
    """Replace a screen's key; the present one, and those before it, stay valid for ``overlap`` at most.

    QueryError if the screen has no valid key.
    """
    key = secrets.token_urlsafe(24)
    valid = (KEY.c.name == name) & KEY.c.revoked_at.is_(None)
    with state.transaction() as connection:
        present = connection.execute(select(KEY.c.digest).where(valid)).scalar()
        if present is None:
            raise _no_key(name)
        former, ends = FORMER_KEY.c, ms(now + overlap)
        connection.execute(update(FORMER_KEY).where(former.name == name, former.ends_at > ends).values(ends_at=ends))
        connection.execute(delete(FORMER_KEY).where(former.ends_at <= ms(now)))
        if overlap:
            connection.execute(insert(FORMER_KEY).values(digest=present, name=name, ends_at=ends))
        connection.execute(update(KEY).where(valid).values(digest=digest(key), created_at=ms(now)))
    return key


def revoke_key(state: State, name: str, now: datetime) -> None:
    """Revoke all keys of ``name``.  QueryError if there is none."""
    with state.transaction() as connection:
        done = connection.execute(update(KEY).where(KEY.c.name == name, KEY.c.revoked_at.is_(None)).values(revoked_at=ms(now)))
        if done.rowcount == 0:
            raise _no_key(name)
        connection.execute(delete(FORMER_KEY).where(FORMER_KEY.c.name == name))


def screens(state: State, now: datetime) -> list[Screen]:
    """All screens, ordered by name."""
    f = FORMER_KEY.c
    with state.transaction() as connection:
        former = {
            str(name): int(until)
            for name, until in connection.execute(select(f.name, func.max(f.ends_at)).where(f.ends_at > ms(now)).group_by(f.name))
        }
        rows = connection.execute(select(KEY.c.name, KEY.c.created_at, KEY.c.revoked_at).order_by(KEY.c.name))
        return [
            Screen(str(name), int(made), None if gone is None else int(gone), former.get(str(name))) for name, made, gone in rows
        ]


def valid_keys(connection: Connection, now: datetime) -> dict[str, ScreenKey]:
    """Digest -> key, of the valid ones."""
    f = FORMER_KEY.c
    former = connection.execute(select(f.digest, f.name, f.ends_at).where(f.ends_at > ms(now))).all()
    rows = connection.execute(select(KEY.c.digest, KEY.c.name).where(KEY.c.revoked_at.is_(None))).all()
    return {
        **{str(key): ScreenKey(str(name), int(until)) for key, name, until in former},
        **{str(key): ScreenKey(str(name)) for key, name in rows},
    }


def overlap_of(text: str) -> timedelta:
    """Parse ``"7d"``, ``"12h"`` or ``"0"``: how long a replaced key stays valid.  Raises QueryError."""
    found = re.fullmatch(r"0|([0-9]{1,4})([dh])", text.strip())
    span = timedelta() if found is None or found[1] is None else int(found[1]) * timedelta(**{_UNITS[found[2]]: 1})
    if found is None or span > LONGEST_OVERLAP:
        raise QueryError(
            f"overlap '{text[:20]}': write e.g. 7d or 12h, at most {LONGEST_OVERLAP.days}d, or 0",
            f"overlap“{text[:20]}”：请写如 7d、12h，至多 {LONGEST_OVERLAP.days}d，或 0",
        )
    return span


def _no_key(name: str) -> QueryError:
    return QueryError(
        f"key '{name[:40]}': no screen of this name has a valid key; 'key list' names them",
        f"没有名为“{name[:40]}”且密钥有效的屏幕；key list 可列出",
    )
