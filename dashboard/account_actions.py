"""The actions of ``user`` on accounts and their messages; the options are declared in ``dashboard.commands.user``."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from dashboard.command import lang_of
from dashboard.new_password import new_password
from dashboard.os_user import os_user
from data.errors import QueryError
from data.text import Lang, Text

if TYPE_CHECKING:
    from data.access.accounts import Account, Accounts

NONE = Text(zh="还没有账号；user add 名称 --role administrator", en="no accounts yet; user add NAME --role administrator")
WHOLE = Text(zh="全市", en="the whole city")
CITY, SENSITIVE = Text(zh="全市", en="city"), Text(zh="敏感", en="sensitive")
STATES = {
    "disabled": Text(zh="停用", en="disabled"),
    "delayed": Text(zh="登录受阻", en="logins delayed"),
    "valid": Text(zh="有效", en="valid"),
}
SCREEN, AN_HOUR = Text(zh="屏幕", en="Screen"), Text(zh="每小时 {n} 件", en="{n} cases an hour")
PROVIDED = Text(zh="统一认证", en="provider")
ONCE = Text(zh="口令：{password}  （只显示这一次）", en="password: {password}  (shown this once)")
SAID = {
    "add": Text(zh="“{name}”可在 /login 登录", en="'{name}' may log in at /login"),
    "password": Text(zh="“{name}”的口令已更换，其会话已结束", en="'{name}' has another password; its sessions have ended"),
    "role": Text(zh="“{name}”现为 {role}，其会话已结束", en="'{name}' is now {role}; its sessions have ended"),
    "area": Text(zh="“{name}”现见 {area}，其会话已结束", en="'{name}' now sees {area}; its sessions have ended"),
    "disable": Text(zh="“{name}”不再能打开任何页面", en="'{name}' opens nothing any more"),
    "enable": Text(zh="“{name}”可重新登录", en="'{name}' may log in again"),
    "unlock": Text(zh="“{name}”的失败登录已清除", en="the failed logins of '{name}' are forgotten"),
}


@contextlib.contextmanager
def _accounts(args: Namespace) -> Iterator[tuple[Accounts, Callable[[str, str], None]]]:
    """(accounts, note): ``note(what, subject)`` writes an audit line."""
    from dashboard.clock import now
    from dashboard.settings import state_url
    from data.access.accounts import Accounts
    from data.access.audit import Audit
    from data.access.store import State

    state = State(state_url(args))
    try:
        accounts, audit = Accounts(state), Audit(state)

        def note(what: str, subject: str) -> None:
            audit.write(now(), os_user(), f"user {what}", subject)

        yield accounts, note
    finally:
        state.close()


def add(args: Namespace) -> int:
    """Add an account with one role and one area."""
    from dashboard.clock import now
    from data.access.accounts import check_role, named

    check_role(args.role)
    area = _area(args) or ""
    with _accounts(args) as (accounts, note):
        name = named(args.name)
        password = new_password(args, name)
        accounts.add(name, args.role, password, now(), area, args.sensitive)
        note("add", f"{name} {args.role} {area or 'city'}{' sensitive' if args.sensitive else ''}")
    return _done(args, "add", name, password)


def set_password(args: Namespace) -> int:
    """Set a new password."""
    from dashboard.clock import now
    from data.access.accounts import named

    with _accounts(args) as (accounts, note):
        name = named(args.name)
        password = new_password(args, name)
        accounts.set_password(name, password, now())
        note("password", name)
    return _done(args, "password", name, password)


def set_role(args: Namespace) -> int:
    """Set another role, and another area if given."""
    from dashboard.clock import now
    from data.access.accounts import check_role, named

    check_role(args.role)
    area = _area(args)
    with _accounts(args) as (accounts, note):
        name = named(args.name)
        accounts.set_role(name, args.role, now(), area, args.sensitive or None)
        where = "" if area is None else f" {area or 'city'}"
        note("role", f"{name} {args.role}{where}{' sensitive' if args.sensitive else ''}")
    print(SAID["role"](lang_of(args)).format(name=name, role=args.role))
    return 0


def set_area(args: Namespace) -> int:
    """Set another area; without ``--area`` the current one is shown."""
    from dashboard.clock import now
    from data.access.accounts import named

    lang, area = lang_of(args), _area(args)
    with _accounts(args) as (accounts, note):
        name = named(args.name)
        if area is None:
            account = accounts.account(name)
            print(f"{account.name}  {account.role}  {_place(args, account.area, lang)}")
            return 0
        accounts.set_area(name, area, now())
        note("area", f"{name} {area or 'city'}")
    print(SAID["area"](lang).format(name=name, area=_place(args, area, lang) if area else WHOLE(lang)))
    return 0


def limit(args: Namespace) -> int:
    """Show how many cases per hour each role may read; ``--rows-per-hour`` sets another limit for one."""
    from dashboard.clock import now
    from dashboard.listing import lines
    from dashboard.settings import state_url
    from data.access.audit import Audit
    from data.access.case_limits import CaseLimits, check_limited, parse_rows
    from data.access.roles import ROLE_NAMES
    from data.access.store import State

    lang = lang_of(args)
    with contextlib.closing(State(state_url(args))) as state:
        limits = CaseLimits(state)
        if args.rows_per_hour is not None:
            if not args.name:
                raise QueryError(
                    "user limit: name the role, e.g. user limit analyst --rows-per-hour 20000",
                    "user limit：请写角色，如 user limit analyst --rows-per-hour 20000",
                )
            rows = parse_rows(args.rows_per_hour)
            limits.set(args.name, rows, now())
            Audit(state).write(now(), os_user(), "setting changed", f"limit {args.name} {rows} cases an hour")
        elif args.name:
            check_limited(args.name)
        shown = [
            [role, ROLE_NAMES[role](lang) if role in ROLE_NAMES else SCREEN(lang), AN_HOUR(lang).format(n=f"{n:,}")]
            for role, n in limits.all().items()
            if args.name in ("", role)
        ]
    print("\n".join(lines(shown)))
    return 0


def disable(args: Namespace) -> int:
    """Disable the account: it can no longer log in."""
    from dashboard.clock import now

    return _changed(args, "disable", lambda accounts, name: accounts.disable(name, now()))


def enable(args: Namespace) -> int:
    """Allow the account to log in again."""
    from dashboard.clock import now

    return _changed(args, "enable", lambda accounts, name: accounts.enable(name, now()))


def unlock(args: Namespace) -> int:
    """Forget the account's failed logins."""
    return _changed(args, "unlock", lambda accounts, name: accounts.unlock(name))


def list_(args: Namespace) -> int:
    """List every account by name, with role, area, creation time and whether it may log in."""
    from dashboard.clock import now
    from dashboard.listing import lines
    from dashboard.times import both, zone_of

    lang, zone = lang_of(args), zone_of(args)
    with _accounts(args) as (accounts, _):
        rows = [
            [a.name, a.role, _place(args, a.area, lang), both(a.created_at, zone, False), _standing(a, now(), lang)]
            for a in accounts.all()
        ]
    print("\n".join(lines(rows)) if rows else NONE(lang))
    return 0


def _standing(account: Account, now: datetime, lang: Lang) -> str:
    delayed = account.delayed_until > now.timestamp() * 1000
    state = "disabled" if account.disabled_at is not None else "delayed" if delayed else "valid"
    more = [SENSITIVE(lang)] * account.sensitive + [PROVIDED(lang)] * bool(account.provider)
    return " ".join([STATES[state](lang), *more])


def _changed(args: Namespace, what: str, change: Callable[[Accounts, str], None]) -> int:
    from data.access.accounts import named

    with _accounts(args) as (accounts, note):
        name = named(args.name)
        change(accounts, name)
        note(what, name)
    return _done(args, what, name)


def _done(args: Namespace, what: str, name: str, password: str = "") -> int:
    print(SAID[what](lang_of(args)).format(name=name))
    if password and args.generate:
        print(ONCE(lang_of(args)).format(password=password))
    return 0


def _place(args: Namespace, area: str, lang: Lang) -> str:
    """An area's name and code, as far as the city's file names it."""
    from dashboard.naming import coded
    from dashboard.settings import profile_of
    from data.errors import GridWallError

    if not area:
        return CITY(lang)
    with contextlib.suppress(GridWallError):
        return coded(area, next((a.name(lang) for a in profile_of(args).areas if a.code == area), ""))
    return area


def _area(args: Namespace) -> str | None:
    """The code of ``--area``, "" for the whole city, None if not given."""
    from dashboard.grid_names import area_code

    return None if args.area is None else area_code(args, args.area, lang_of(args))
