"""Desk accounts: name, one role, one area, an Argon2id digest; failed logins delay the next attempt.

Failures are counted by name and origin, whether or not an account has that name: nobody can lock others out of an account,
and neither the wording nor the timing of an answer reveals which names exist.  Every change that narrows an account
(password, role, area, disabled) ends its sessions in the same transaction.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from data.access import passwords
from data.access.roles import DEMO_USER, ROLE_NAMES, ROLES
from data.access.schema import ACCOUNT, LOGIN_DELAY, SESSION
from data.access.sessions import end_all
from data.access.store import AlreadyThereError, State
from data.clock.instants import ms, span_ms
from data.errors import AccessError, QueryError, did_you_mean, did_you_mean_zh
from data.types.records import GivenRow, Record

#: Failed logins of one name from one origin without a delay; after that the delay doubles, up to the longest.
FREE, LONGEST_DELAY = 5, timedelta(minutes=15)
#: Failures are forgotten this long after the last one.
FORGOTTEN = timedelta(hours=1)
_NAME = re.compile(r"[\w][\w.@-]{0,63}")


@dataclass(frozen=True)
class Account:
    """Instants in ms; ``disabled_at`` None = enabled; ``provider`` "" = a local account.

    ``failures``: over all origins; ``delayed_until``: end of the longest current delay, 0 = none.
    """

    name: str
    role: str
    area: str
    sensitive: bool
    provider: str
    created_at: int
    disabled_at: int | None
    failures: int
    delayed_until: int


class LoginRefusedError(AccessError):
    """A failed login; ``name`` is the account's, "" if no such account exists (users may type a password into the name field)."""

    def __init__(self, said: str, zh: str, name: str) -> None:
        super().__init__(said, zh)
        self.name = name


class LoginDelayedError(LoginRefusedError):
    """Too many failures from this origin; the next attempt is accepted after ``left_s`` seconds, whatever the password."""

    def __init__(self, left_s: int, name: str) -> None:
        wait = (f"{left_s} s", f"{left_s} 秒") if left_s < 120 else (f"{-(-left_s // 60)} min", f"{-(-left_s // 60)} 分钟")
        super().__init__(
            f"too many failed logins from here; try again in {wait[0]}", f"此处登录失败次数过多，请 {wait[1]}后再试", name
        )
        self.left_s = left_s


class Accounts:
    """Accounts in our own store.  No method is fast enough for the event loop."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.make(ACCOUNT, LOGIN_DELAY, SESSION)

    # ------------------------------------------------------------------ administration
    def add(self, name: str, role: str, password: str, now: datetime, area: str = "", sensitive: bool = False) -> None:
        """Add a local account.  QueryError for an invalid name, role or password, or a name that is taken."""
        name = named(name)
        check_role(role)
        passwords.check_rules(password, name)
        self._insert(name, role, area, sensitive, passwords.digested(password), "", now)

    def set_password(self, name: str, password: str, now: datetime) -> None:
        """Change the password; ends the account's sessions and clears its login delays."""
        name = named(name)
        passwords.check_rules(password, name)
        made = passwords.digested(password)  # before the write lock is taken
        with self._state.transaction() as connection:
            if self._row(connection, name).provider:
                raise QueryError(
                    f"user '{name}': logs in through the provider and has no password here",
                    f"账号“{name}”经统一认证登录，本系统不存其口令",
                )
            self._change(connection, name, now, digest=made)
            connection.execute(delete(LOGIN_DELAY).where(LOGIN_DELAY.c.name == name))

    def set_role(self, name: str, role: str, now: datetime, area: str | None = None, sensitive: bool | None = None) -> None:
        """Change the role, and the area or the sensitive flag if given; ends the account's sessions."""
        check_role(role)
        values: Record = {"role": role}
        values |= {} if area is None else {"area": area}
        values |= {} if sensitive is None else {"sensitive": int(sensitive)}
        with self._state.transaction() as connection:
            self._change(connection, named(name), now, **values)

    def set_area(self, name: str, area: str, now: datetime) -> None:
        """Change the area ("" = the whole city); ends the account's sessions."""
        with self._state.transaction() as connection:
            self._change(connection, named(name), now, area=area)

    def account(self, name: str) -> Account:
        """One account by name.  Raises QueryError if there is none."""
        with self._state.transaction() as connection:
            return _account((*self._row(connection, named(name)), 0, 0))

    def disable(self, name: str, now: datetime) -> None:
        """Disable the account and end its sessions."""
        with self._state.transaction() as connection:
            self._change(connection, named(name), now, disabled_at=ms(now))

    def enable(self, name: str, now: datetime) -> None:
        with self._state.transaction() as connection:
            self._change(connection, named(name), now, disabled_at=None)

    def unlock(self, name: str) -> None:
        """Forget the failed logins of a name, from all origins."""
        with self._state.transaction() as connection:
            self._row(connection, named(name))
            connection.execute(delete(LOGIN_DELAY).where(LOGIN_DELAY.c.name == named(name)))

    def all(self) -> list[Account]:
        """All accounts, ordered by name."""
        d = LOGIN_DELAY.c
        failed = select(d.name, func.sum(d.failures), func.max(d.until)).group_by(d.name)
        with self._state.transaction() as connection:
            rows = connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name)).all()
            found = {name: (int(failures), int(until)) for name, failures, until in connection.execute(failed)}
        return [_account((*row, *found.get(row.name, (0, 0)))) for row in rows]

    # ------------------------------------------------------------------ authentication
    def check(self, name: str, password: str, now: datetime, origin: str = "") -> Account:
        """Authenticate ``name`` with ``password``; ``origin`` is where the attempt comes from (a network, a device).

        Raises LoginDelayedError while ``origin`` is delayed for this name (even a name without an account), whatever the
        password; else LoginRefusedError, with the same wording and work whether the name is unknown, the password wrong or the
        account disabled.
        """
        name = typed(name)
        own = and_(LOGIN_DELAY.c.name == name, LOGIN_DELAY.c.origin == origin)
        with self._state.transaction() as connection:
            row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == name)).first()
            failed = connection.execute(select(LOGIN_DELAY).where(own)).first()
        if failed is not None and failed.until > ms(now):
            raise LoginDelayedError(-(-(failed.until - ms(now)) // 1000), "" if row is None else name)
        right = passwords.fits(password, row.digest if row is not None else None)
        if not right or row is None or row.disabled_at is not None:
            self._failed(name, origin, now)
            raise LoginRefusedError(
                "name or password is wrong, or the account is disabled",
                "账号或口令不正确，或账号已停用",
                "" if row is None else name,
            )
        anew = passwords.digested(password) if passwords.outdated(row.digest) else ""  # before the write lock is taken
        if failed is not None or anew:
            with self._state.transaction() as connection:
                # keep the delays of other origins: what they are told must not depend on a login that is not theirs
                connection.execute(delete(LOGIN_DELAY).where(own))
                if anew:
                    connection.execute(
                        update(ACCOUNT).where(ACCOUNT.c.name == name, ACCOUNT.c.digest == row.digest).values(digest=anew)
                    )
        return _account((*row, 0, 0))

    def provided(self, name: str, provider: str, role: str, area: str, now: datetime) -> Account:
        """The account that the provider vouches for; created at its first login, role and area updated from the provider.

        Raises AccessError if the name is a local account's or another subject's, or if the account was disabled here.
        """
        name = named(name)
        check_role(role)
        with self._state.transaction() as connection:
            row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == name)).first()
            if row is not None and row.provider != provider:
                raise AccessError(
                    f"the name '{name}' belongs to another account here; ask an administrator",
                    f"账号名“{name}”在本系统已属他人，请联系管理员",
                )
            if row is not None and row.disabled_at is not None:
                raise AccessError(f"the account '{name}' is disabled; ask an administrator", f"账号“{name}”已停用，请联系管理员")
            if row is not None and (row.role, row.area) != (role, area):
                self._change(connection, name, now, role=role, area=area)
        if row is None:
            self._insert(name, role, area, False, None, provider, now)
        return Account(name, role, area, bool(row.sensitive) if row is not None else False, provider, ms(now), None, 0, 0)

    # ------------------------------------------------------------------ rows
    def _insert(self, name: str, role: str, area: str, sensitive: bool, digest: str | None, provider: str, now: datetime) -> None:
        try:
            with self._state.transaction() as connection:
                connection.execute(
                    insert(ACCOUNT).values(
                        name=name,
                        role=role,
                        area=area,
                        sensitive=int(sensitive),
                        digest=digest,
                        provider=provider,
                        created_at=ms(now),
                        changed_at=ms(now),
                        disabled_at=None,
                    )
                )
        except AlreadyThereError:
            raise QueryError(
                f"user '{name}': there is an account of this name; choose another", f"账号“{name}”已存在，请换一个名称"
            ) from None

    def _change(self, connection: Connection, name: str, now: datetime, **values: object) -> None:
        self._row(connection, name)
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.name == name).values(changed_at=ms(now), **values))
        end_all(connection, name)

    def _row(self, connection: Connection, name: str) -> Row[*GivenRow]:
        row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == name)).first()
        if row is None:
            known = connection.execute(select(ACCOUNT.c.name).order_by(ACCOUNT.c.name)).scalars().all()
            raise QueryError(
                f"user '{name[:40]}': there is no such account{did_you_mean(name, known)}",
                f"没有账号“{name[:40]}”{did_you_mean_zh(name, known)}",
            )
        return row

    def _failed(self, name: str, origin: str, now: datetime) -> None:
        """Count one more failure; old ones are deleted, so that invented names cannot fill the table."""
        at, d = ms(now), LOGIN_DELAY.c
        own = and_(d.name == name, d.origin == origin)
        with self._state.transaction() as connection:
            connection.execute(delete(LOGIN_DELAY).where(d.last_at <= ms(now - FORGOTTEN)))
            more = connection.execute(update(LOGIN_DELAY).where(own).values(failures=d.failures + 1, last_at=at))
            if more.rowcount == 0:
                connection.execute(insert(LOGIN_DELAY).values(name=name, origin=origin, failures=1, last_at=at, until=0))
            failures = int(connection.execute(select(d.failures).where(own)).scalar() or 0)
            wait = delay_after(failures)
            if wait:
                connection.execute(update(LOGIN_DELAY).where(own).values(until=at + span_ms(wait)))


def delay_after(failures: int) -> timedelta:
    """Login delay after this many failures of one name: none, then 1 s, 2 s, 4 s ... up to ``LONGEST_DELAY``."""
    if failures < FREE:
        return timedelta()
    return min(timedelta(seconds=2.0 ** min(failures - FREE, 20)), LONGEST_DELAY)


def typed(name: str) -> str:
    """A typed name, normalised to the form in which names are stored."""
    return unicodedata.normalize("NFKC", name).strip()[:64].casefold()


def named(name: str) -> str:
    """The name as stored (lower case).  Raises QueryError for one that is not a valid account name."""
    kept = unicodedata.normalize("NFKC", name).strip().casefold()
    if not _NAME.fullmatch(kept) or kept == DEMO_USER:
        raise QueryError(
            f"user '{name[:40]}': 1 to 64 letters, digits, '.', '-', '_' or '@', and not '{DEMO_USER}'",
            f"账号名“{name[:40]}”须为 1 至 64 个汉字、字母、数字或 . - _ @，且不为“{DEMO_USER}”",
        )
    return kept


def check_role(role: str) -> None:
    if role not in ROLES:
        raise QueryError(
            f"role '{role[:40]}': there is no such role{did_you_mean(role, ROLES)}",
            f"没有角色“{role[:40]}”{did_you_mean_zh(role, ROLES, {k: name.zh for k, name in ROLE_NAMES.items()})}",
        )


def _account(row: GivenRow) -> Account:
    name, role, area, sensitive, _, provider, created, _, disabled, failures, until = row
    return Account(name, role, area, bool(sensitive), provider, created, disabled, failures, until)
