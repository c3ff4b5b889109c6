"""``python -m dashboard user``: the desk's accounts from the command line.  Every change is a line of the audit."""

from __future__ import annotations

import contextlib
import getpass
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from dashboard.command import Command, Example, Options, lang_of
from data.errors import QueryFault
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
PASSWORD_OF, ONCE_MORE = Text(zh="“{name}”的口令：", en="password of '{name}': "), Text(zh="再输入一次：", en="once more: ")
_ROLES = "leader | analyst | operator | administrator | auditor"
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
    """(accounts, note): ``note(what, of what)`` writes a line of the audit."""
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
    """A new account, with one role and one area."""
    from dashboard.clock import now
    from data.access.accounts import check_role, named

    check_role(args.role)
    area = _area(args) or ""
    with _accounts(args) as (accounts, note):
        name = named(args.name)
        password = _password(args, name)
        accounts.add(name, args.role, password, now(), area, args.sensitive)
        note("add", f"{name} {args.role} {area or 'city'}{' sensitive' if args.sensitive else ''}")
    return _done(args, "add", name, password)


def set_password(args: Namespace) -> int:
    """Another password."""
    from dashboard.clock import now
    from data.access.accounts import named

    with _accounts(args) as (accounts, note):
        name = named(args.name)
        password = _password(args, name)
        accounts.set_password(name, password, now())
        note("password", name)
    return _done(args, "password", name, password)


def set_role(args: Namespace) -> int:
    """Another role, and where given another area."""
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
    """Another area; without ``--area`` the one it has is shown."""
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
    """How many cases an hour each role may read; with ``--rows-per-hour`` another number for one."""
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
                raise QueryFault(
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
    """It opens nothing any more."""
    from dashboard.clock import now

    return _changed(args, "disable", lambda accounts, name: accounts.disable(name, now()))


def enable(args: Namespace) -> int:
    """It may log in again."""
    from dashboard.clock import now

    return _changed(args, "enable", lambda accounts, name: accounts.enable(name, now()))


def unlock(args: Namespace) -> int:
    """Its failed logins are forgotten."""
    return _changed(args, "unlock", lambda accounts, name: accounts.unlock(name))


def list_(args: Namespace) -> int:
    """Every account by name, with role, area, since when and whether it may log in."""
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
    """An area by name and code, as far as the city's file names it."""
    from dashboard.naming import coded
    from dashboard.settings import profile_of
    from data.errors import GridWallError

    if not area:
        return CITY(lang)
    with contextlib.suppress(GridWallError):
        return coded(area, next((a.name(lang) for a in profile_of(args).areas if a.code == area), ""))
    return area


def os_user() -> str:
    """Who types at the machine itself, as the audit names them."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli"


def _area(args: Namespace) -> str | None:
    """The code of ``--area``, "" for the whole city, None where it was not given."""
    from dashboard.grid_names import area_code

    return None if args.area is None else area_code(args, args.area, lang_of(args))


def _password(args: Namespace, name: str) -> str:
    """Made up, from standard input, or typed twice."""
    from data.access.passwords import check_rules, made_up

    if args.generate:
        return made_up()
    if args.password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        password = getpass.getpass(PASSWORD_OF(lang_of(args)).format(name=name))
        if getpass.getpass(ONCE_MORE(lang_of(args))) != password:
            raise QueryFault("password: the two differ", "两次输入的口令不同")
    else:
        raise QueryFault(
            "password: type it at a terminal, or give --password-stdin or --generate",
            "口令：请在终端输入，或用 --password-stdin、--generate",
        )
    check_rules(password, name)
    return password


# -------------------------------------------------------------------- options
def _name(options: Options) -> None:
    what = options.parser.prog.rsplit(" ", 1)[-1]
    options.add(
        "name",
        metavar="NAME",
        said=Text(zh="账号名", en="the account"),
        missing=Text(zh=f"请写账号名，如 user {what} wang", en=f"name the account, e.g. user {what} wang"),
    )
    options.shared("state")


def _role(options: Options) -> None:
    what = options.parser.prog.rsplit(" ", 1)[-1]
    options.add(
        "--role",
        required=True,
        metavar="ROLE",
        said=Text(
            zh="leader 领导、analyst 分析员、operator 值守员、administrator 管理员、auditor 审计员",
            en="leader, analyst, operator, administrator or auditor",
        ),
        missing=Text(zh=f"user {what}：请给角色，--role {_ROLES}", en=f"user {what}: give it a role, --role {_ROLES}"),
    )


def _reach(options: Options) -> None:
    options.add(
        "--area",
        metavar="AREA",
        said=Text(
            zh="只见这一片：网格代码或名称；city 为全市",
            en="it sees this area alone: its grid code or name; city = the whole city",
        ),
    )
    options.shared("city", "mapping", "source")


def _sensitive(options: Options) -> None:
    options.add(
        "--sensitive", action="store_true", said=Text(zh="也可看敏感事项的案件", en="it also sees cases of sensitive categories")
    )


def _secret(options: Options) -> None:
    options.add(
        "--password-stdin", action="store_true", said=Text(zh="从标准输入读口令", en="read the password from standard input")
    )
    options.add("--generate", action="store_true", said=Text(zh="生成一个口令，只显示一次", en="make one up and show it once"))


def _declare_add(options: Options) -> None:
    _name(options)
    for declare in (_role, _reach, _sensitive, _secret):
        declare(options)


def _declare_role(options: Options) -> None:
    _name(options)
    for declare in (_role, _reach, _sensitive):
        declare(options)


def _declare_area(options: Options) -> None:
    _name(options)
    _reach(options)


def _declare_limit(options: Options) -> None:
    options.add(
        "name",
        metavar="ROLE",
        nargs="?",
        default="",
        said=Text(zh="角色，或 screen 屏幕；不写则列出全部", en="the role, or screen; without it all are listed"),
    )
    options.add(
        "--rows-per-hour", metavar="N", said=Text(zh="每小时可读的不同案件数", en="different cases that it may read an hour")
    )
    options.shared("state")


def _declare_password(options: Options) -> None:
    _name(options)
    _secret(options)


def _declare_list(options: Options) -> None:
    options.shared("state", "city", "mapping")


def _action(
    name: str,
    zh: str,
    en: str,
    examples: tuple[Example, Example],
    declare: Callable[[Options], None],
    run: Callable[[Namespace], int],
) -> Command:
    return Command(name, Text(zh=zh, en=en), examples, declare, run)


def _of_one(name: str, zh: str, en: str, run: Callable[[Namespace], int]) -> Command:
    """An action that asks for nothing but the account."""
    return _action(
        name,
        zh,
        en,
        (
            (f"user {name} wang", Text(zh=zh, en=en)),
            (f"user {name} wang --lang zh", Text(zh="中文答复", en="answered in Chinese")),
        ),
        _name,
        run,
    )


COMMAND = Command(
    "user",
    Text(zh="工作页的账号", en="accounts of the desk"),
    (
        ("user add wang --role analyst", Text(zh="口令输入两次", en="its password is typed twice")),
        ("user list", Text(zh="全部账号", en="all accounts")),
    ),
    actions=(
        _action(
            "add",
            "新增账号：一个角色、一片范围",
            "a new account, with one role and one area",
            (
                (
                    "user add wang --role analyst --generate",
                    Text(zh="生成口令，只显示一次", en="its password is made up and shown once"),
                ),
                ("user add li --role operator --area 防山镇", Text(zh="只见一个镇", en="sees one town alone")),
            ),
            _declare_add,
            add,
        ),
        _action(
            "list",
            "列出账号",
            "list the accounts",
            (
                ("user list", Text(zh="城市时间与 UTC", en="in the city's time and UTC")),
                ("user list --lang zh", Text(zh="中文", en="in Chinese")),
            ),
            _declare_list,
            list_,
        ),
        _action(
            "role",
            "改角色（也可同时改范围）",
            "another role (and area, where given)",
            (
                ("user role wang --role leader", Text(zh="范围不变", en="its area stays")),
                ("user role wang --role operator --area 370881105", Text(zh="角色与范围都改", en="another role and area")),
            ),
            _declare_role,
            set_role,
        ),
        _action(
            "area",
            "改范围；不写 --area 则显示现有范围",
            "another area; without --area the one it has is shown",
            (
                ("user area wang --area 防山镇", Text(zh="只见一个镇", en="sees one town alone")),
                ("user area wang --area city", Text(zh="全市", en="sees the whole city")),
            ),
            _declare_area,
            set_area,
        ),
        _action(
            "limit",
            "各角色每小时可读多少案件；--rows-per-hour 改之",
            "how many cases an hour each role may read; another number with --rows-per-hour",
            (
                ("user limit", Text(zh="列出", en="lists them")),
                (
                    "user limit analyst --rows-per-hour 20000",
                    Text(zh="超过即拒绝，并说明何时可再读", en="more is refused, and said when it opens again"),
                ),
            ),
            _declare_limit,
            limit,
        ),
        _action(
            "password",
            "换口令",
            "another password",
            (
                ("user password wang", Text(zh="输入两次", en="typed twice")),
                ("user password wang --generate", Text(zh="生成，只显示一次", en="made up, and shown once")),
            ),
            _declare_password,
            set_password,
        ),
        _of_one("disable", "停用：不再能打开任何页面", "it opens nothing any more", disable),
        _of_one("enable", "恢复：可重新登录", "it may log in again", enable),
        _of_one("unlock", "清除其失败登录，不再等候", "its failed logins are forgotten, nobody waits", unlock),
    ),
)
