"""The desk's accounts: name, one role, one area, an Argon2id digest; failed logins make the next try wait.

Failures are counted by name and by where they come from, whether or not an account has that name: nobody can keep others
from an account, and neither the words nor the time of an answer tell which names exist.  Every change that narrows an
account (password, role, area, disabled) ends its sessions in the same transaction.
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

#: Failed logins of one name from one place that cost no waiting; from then on the wait doubles up to the longest.
FREE, LONGEST_DELAY = 5, timedelta(minutes=15)
#: Failures are forgotten so long after the last one.
FORGOTTEN = timedelta(hours=1)
_NAME = re.compile(r"[\w][\w.@-]{0,63}")


@dataclass(frozen=True)
class Account:
    """Instants in ms; ``disabled_at`` None = enabled; ``provider`` "" = a local one.

    ``failures`` of all places together; ``delayed_until``: where the longest wait of them ends, 0 = nobody waits.
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
    """A login that did not succeed; ``name`` is the account's, "" where there is none (who knows what was typed there)."""

    def __init__(self, said: str, zh: str, name: str) -> None:
        super().__init__(said, zh)
        self.name = name


class LoginDelayedError(LoginRefusedError):
    """Too many failures from this place; it has to wait ``left_s`` seconds, whatever the password."""

    def __init__(self, left_s: int, name: str) -> None:
        wait = (f"{left_s} s", f"{left_s} 秒") if left_s < 120 else (f"{-(-left_s // 60)} min", f"{-(-left_s // 60)} 分钟")
        super().__init__(
            f"too many failed logins from here; try again in {wait[0]}", f"此处登录失败次数过多，请 {wait[1]}后再试", name
        )
        self.left_s = left_s


class Accounts:
    """Accounts in our own store.  Nothing here is quick enough for the event loop."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.make(ACCOUNT, LOGIN_DELAY, SESSION)

    # ------------------------------------------------------------------ the administrator's side
    def add(self, name: str, role: str, password: str, now: datetime, area: str = "", sensitive: bool = False) -> None:
        """A new local account.  QueryError for a faulty name, role or password, or where the name is taken."""
        name = named(name)
        check_role(role)
        passwords.check_rules(password, name)
        self._insert(name, role, area, sensitive, passwords.digested(password), "", now)

    def set_password(self, name: str, password: str, now: datetime) -> None:
        """Another password; ends the account's sessions and the waiting of whoever failed."""
        name = named(name)
        passwords.check_rules(password, name)
        made = passwords.digested(password)  # before the store is held for writing
        with self._state.transaction() as connection:
            if self._row(connection, name).provider:
                raise QueryError(
                    f"user '{name}': logs in through the provider and has no password here",
                    f"账号“{name}”经统一认证登录，本系统不存其口令",
                )
            self._change(connection, name, now, digest=made)
            connection.execute(delete(LOGIN_DELAY).where(LOGIN_DELAY.c.name == name))

    def set_role(self, name: str, role: str, now: datetime, area: str | None = None, sensitive: bool | None = None) -> None:
        """Another role, and where given another area or the sensitive flag; ends the account's sessions."""
        check_role(role)
        values: Record = {"role": role}
        values |= {} if area is None else {"area": area}
        values |= {} if sensitive is None else {"sensitive": int(sensitive)}
        with self._state.transaction() as connection:
            self._change(connection, named(name), now, **values)

    def set_area(self, name: str, area: str, now: datetime) -> None:
        """Another area ("" = the whole city); ends the account's sessions."""
        with self._state.transaction() as connection:
            self._change(connection, named(name), now, area=area)

    def account(self, name: str) -> Account:
        """One account by name.  Raises QueryError where there is none."""
        with self._state.transaction() as connection:
            return _account((*self._row(connection, named(name)), 0, 0))

    def disable(self, name: str, now: datetime) -> None:
        """It opens nothing any more; its sessions end."""
        with self._state.transaction() as connection:
            self._change(connection, named(name), now, disabled_at=ms(now))

    def enable(self, name: str, now: datetime) -> None:
        with self._state.transaction() as connection:
            self._change(connection, named(name), now, disabled_at=None)

    def unlock(self, name: str) -> None:
        """Forget the failed logins of a name, from wherever they came."""
        with self._state.transaction() as connection:
            self._row(connection, named(name))
            connection.execute(delete(LOGIN_DELAY).where(LOGIN_DELAY.c.name == named(name)))

    def all(self) -> list[Account]:
        """Every account by name."""
        d = LOGIN_DELAY.c
        failed = select(d.name, func.sum(d.failures), func.max(d.until)).group_by(d.name)
        with self._state.transaction() as connection:
            rows = connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name)).all()
            found = {name: (int(failures), int(until)) for name, failures, until in connection.execute(failed)}
        return [_account((*row, *found.get(row.name, (0, 0)))) for row in rows]

    # ------------------------------------------------------------------ the door's side
    def check(self, name: str, password: str, now: datetime, origin: str = "") -> Account:
        """The account that ``name`` and ``password`` open; ``origin`` is where the try comes from (a network, a device).

        Raises LoginDelayedError while ``origin`` has to wait for this name (one that nobody has, too), whatever the password;
        else Refused, the same words and the same work whether the name is unknown, the password wrong or the account disabled.
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
        anew = passwords.digested(password) if passwords.outdated(row.digest) else ""  # before the store is held for writing
        if failed is not None or anew:
            with self._state.transaction() as connection:
                # those of other places stay: what others are told must not change with a login that is not theirs
                connection.execute(delete(LOGIN_DELAY).where(own))
                if anew:
                    connection.execute(
                        update(ACCOUNT).where(ACCOUNT.c.name == name, ACCOUNT.c.digest == row.digest).values(digest=anew)
                    )
        return _account((*row, 0, 0))

    def provided(self, name: str, provider: str, role: str, area: str, now: datetime) -> Account:
        """The account that the provider vouches for; made at its first login, its role and area as the provider says today.

        Raises AccessError where the name is a local account's or another subject's, or where it was disabled here.
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
        """One more failure; old ones are forgotten, so that names made up by the thousand fill nothing."""
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
    """How long a place waits after so many failures of one name: nothing, then 1 s, 2 s, 4 s ... up to ``LONGEST_DELAY``."""
    if failures < FREE:
        return timedelta()
    return min(timedelta(seconds=2.0 ** min(failures - FREE, 20)), LONGEST_DELAY)


def typed(name: str) -> str:
    """A name as somebody typed it, in the form in which names are kept."""
    return unicodedata.normalize("NFKC", name).strip()[:64].casefold()


def named(name: str) -> str:
    """The name as it is kept: small letters.  Raises QueryError for one that cannot be an account's."""
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
