"""``python -m dashboard user``: the desk's accounts from the command line.  Every change is audited."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from dashboard import account_actions as actions
from dashboard.command import Command, Example, Options
from data.text import Text

_ROLES = "leader | analyst | operator | administrator | auditor"


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
    """An action whose only argument is the account."""
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
            actions.add,
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
            actions.list_,
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
            actions.set_role,
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
            actions.set_area,
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
            actions.limit,
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
            actions.set_password,
        ),
        _of_one("disable", "停用：不再能打开任何页面", "it opens nothing any more", actions.disable),
        _of_one("enable", "恢复：可重新登录", "it may log in again", actions.enable),
        _of_one("unlock", "清除其失败登录，不再等候", "its failed logins are forgotten, nobody waits", actions.unlock),
    ),
)
