"""``python -m dashboard key``: keys of screens, for walls that are not on this machine."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from dashboard.command import Command, Options, lang_of
from data.text import Text

NONE = Text(zh="还没有屏幕密钥；key add 名称", en="no screen has a key yet; key add NAME")
VALID, REVOKED = Text(zh="有效", en="valid"), Text(zh="已吊销", en="revoked")
OPEN = Text(zh="在该屏打开 http://主机:端口/wall?key={key}  （只显示这一次）",
            en="open http://HOST:PORT/wall?key={key}  (shown this once)")
GONE = Text(zh="“{name}”的密钥不再有效", en="the key of '{name}' opens nothing any more")


@contextlib.contextmanager
def _state(args: Namespace) -> Iterator[Any]:
    from dashboard.settings import state_url
    from data.state import State

    state = State(state_url(args))
    try:
        yield state
    finally:
        state.close()


def add(args: Namespace) -> int:
    """A new key, shown once."""
    from dashboard.app import now
    from dashboard.commands.user import os_user
    from data.audit import Audit

    with _state(args) as state:
        print(OPEN(lang_of(args)).format(key=state.add_key(args.name, now())))
        Audit(state).write(now(), os_user(), "key add", args.name)
    return 0


def revoke(args: Namespace) -> int:
    """The key opens nothing any more."""
    from dashboard.app import now
    from dashboard.commands.user import os_user
    from data.audit import Audit

    with _state(args) as state:
        state.revoke_key(args.name, now())
        Audit(state).write(now(), os_user(), "key revoke", args.name)
        print(GONE(lang_of(args)).format(name=args.name))
    return 0


def list_(args: Namespace) -> int:
    """The screens, with the instants at which their keys were added and revoked."""
    from dashboard.listing import lines
    from dashboard.times import both, zone_of

    lang, zone = lang_of(args), zone_of(args)
    with _state(args) as state:
        rows = [[name, both(made, zone, False), REVOKED(lang) + " " + both(gone, zone, False) if gone else VALID(lang)]
                for name, made, gone in state.screens()]
    print("\n".join(lines(rows)) if rows else NONE(lang))
    return 0


def _declare_name(options: Options) -> None:
    what = options.parser.prog.rsplit(" ", 1)[-1]
    options.add("name", metavar="NAME", said=Text(zh="屏幕的名称，如 hall-left", en="the screen, e.g. hall-left"), missing=Text(
        zh=f"请写屏幕的名称，如 key {what} hall-left", en=f"name the screen, e.g. key {what} hall-left"))
    options.shared("state")


def _declare_list(options: Options) -> None:
    options.shared("state", "city", "mapping")


COMMAND = Command(
    "key", Text(zh="屏幕密钥：大屏不在本机时所需", en="keys of screens, for walls that are not on this machine"), (
        ("key add hall-left", Text(zh="一块屏一把，只显示一次", en="one for each screen, shown once")),
        ("key revoke hall-left", Text(zh="吊销，五秒内生效", en="it opens nothing any more, within five seconds")),
    ), actions=(
        Command("add", Text(zh="新增一块屏幕的密钥", en="a new key for a screen"), (
            ("key add hall-left", Text(zh="大厅左屏", en="the hall's left screen")),
            ("key add 大厅左一 --lang zh", Text(zh="名称可用中文", en="a name may be Chinese")),
        ), _declare_name, add),
        Command("list", Text(zh="列出屏幕", en="list the screens"), (
            ("key list", Text(zh="城市时间与 UTC", en="in the city's time and UTC")),
            ("key list --state sqlite:////srv/wall/state.sqlite", Text(zh="另一处的小库", en="of a store elsewhere")),
        ), _declare_list, list_),
        Command("revoke", Text(zh="吊销一块屏幕的密钥", en="the key of a screen opens nothing any more"), (
            ("key revoke hall-left", Text(zh="大厅左屏", en="the hall's left screen")),
            ("key revoke hall-left --lang zh", Text(zh="中文答复", en="answered in Chinese")),
        ), _declare_name, revoke),
    ))
