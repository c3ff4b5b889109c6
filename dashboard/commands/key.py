"""``python -m dashboard key``: keys of screens, for walls that are not on this machine."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dashboard.command import Command, Options, lang_of
from data.text import Text

if TYPE_CHECKING:
    from data.access.store import State

NONE = Text(zh="还没有屏幕密钥；key add 名称", en="no screen has a key yet; key add NAME")
VALID, REVOKED = Text(zh="有效", en="valid"), Text(zh="已吊销", en="revoked")
OPEN = Text(
    zh="在该屏打开 http://主机:端口/wall?key={key}  （只显示这一次；运行中的服务器五秒内认得）",
    en="open http://HOST:PORT/wall?key={key}  (shown this once; a running server knows it within five seconds)",
)
GONE = Text(zh="“{name}”的密钥不再有效", en="the key of '{name}' opens nothing any more")
FORMER = Text(zh="旧密钥至 {until} 仍有效，之后自行失效", en="the former key goes on opening until {until}, then ends by itself")
FORMER_GONE = Text(zh="旧密钥五秒内失效", en="the former key ends within five seconds")
BOTH = Text(zh="旧密钥至 {until}", en="former key until {until}")


@contextlib.contextmanager
def _state(args: Namespace) -> Iterator[State]:
    from dashboard.settings import state_url
    from data.access.store import State

    state = State(state_url(args))
    try:
        yield state
    finally:
        state.close()


def add(args: Namespace) -> int:
    """Add a key, shown once."""
    from dashboard.clock import now
    from dashboard.os_user import os_user
    from data.access.audit import Audit
    from data.access.screen_keys import add_key

    with _state(args) as state:
        print(OPEN(lang_of(args)).format(key=add_key(state, args.name, now())))
        Audit(state).write(now(), os_user(), "key add", args.name)
    return 0


def rotate(args: Namespace) -> int:
    """A new key for a screen, shown once; the present one remains valid for a while, then expires by itself."""
    from dashboard.clock import now
    from dashboard.os_user import os_user
    from dashboard.times import both, zone_of
    from data.access.audit import Audit
    from data.access.screen_keys import overlap_of, rotate_key

    lang, moment, overlap = lang_of(args), now(), overlap_of(args.overlap)
    with _state(args) as state:
        print(OPEN(lang).format(key=rotate_key(state, args.name, moment, overlap)))
        print(FORMER(lang).format(until=both(moment + overlap, zone_of(args), False)) if overlap else FORMER_GONE(lang))
        Audit(state).write(moment, os_user(), "key rotate", f"{args.name} {args.overlap}")
    return 0


def revoke(args: Namespace) -> int:
    """Revoke a key: it no longer opens anything."""
    from dashboard.clock import now
    from dashboard.os_user import os_user
    from data.access.audit import Audit
    from data.access.screen_keys import revoke_key

    with _state(args) as state:
        revoke_key(state, args.name, now())
        Audit(state).write(now(), os_user(), "key revoke", args.name)
        print(GONE(lang_of(args)).format(name=args.name))
    return 0


def list_(args: Namespace) -> int:
    """List the screens, with the times at which their keys were added and revoked."""
    from dashboard.clock import now
    from dashboard.listing import lines
    from dashboard.times import both, zone_of
    from data.access.screen_keys import screens

    lang, zone = lang_of(args), zone_of(args)
    with _state(args) as state:
        rows = [
            [
                s.name,
                both(s.created_at, zone, False),
                REVOKED(lang) + " " + both(s.revoked_at, zone, False) if s.revoked_at else VALID(lang),
                BOTH(lang).format(until=both(s.former_until, zone, False)) if s.former_until else "",
            ]
            for s in screens(state, now())
        ]
    print("\n".join(lines(rows)) if rows else NONE(lang))
    return 0


def _declare_name(options: Options) -> None:
    what = options.parser.prog.rsplit(" ", 1)[-1]
    options.add(
        "name",
        metavar="NAME",
        said=Text(zh="屏幕的名称，如 hall-left", en="the screen, e.g. hall-left"),
        missing=Text(zh=f"请写屏幕的名称，如 key {what} hall-left", en=f"name the screen, e.g. key {what} hall-left"),
    )
    options.shared("state")


def _declare_rotate(options: Options) -> None:
    _declare_name(options)
    options.add(
        "--overlap",
        metavar="TIME",
        default="7d",
        said=Text(
            zh="旧密钥还有效多久，如 7d、12h；0 即刻失效；缺省 7d",
            en="how long the former key goes on opening, e.g. 7d or 12h; 0 = it ends at once; default 7d",
        ),
    )
    options.shared("city", "mapping")


def _declare_list(options: Options) -> None:
    options.shared("state", "city", "mapping")


COMMAND = Command(
    "key",
    Text(zh="屏幕密钥：大屏不在本机时所需", en="keys of screens, for walls that are not on this machine"),
    (
        ("key add hall-left", Text(zh="一块屏一把，只显示一次", en="one for each screen, shown once")),
        ("key rotate hall-left", Text(zh="换新密钥，旧的再用七天", en="another key, the former one opens for a week")),
        ("key revoke hall-left", Text(zh="吊销，五秒内生效", en="it opens nothing any more, within five seconds")),
    ),
    actions=(
        Command(
            "add",
            Text(zh="新增一块屏幕的密钥", en="a new key for a screen"),
            (
                ("key add hall-left", Text(zh="大厅左屏", en="the hall's left screen")),
                ("key add 大厅左一 --lang zh", Text(zh="名称可用中文", en="a name may be Chinese")),
            ),
            _declare_name,
            add,
        ),
        Command(
            "list",
            Text(zh="列出屏幕", en="list the screens"),
            (
                ("key list", Text(zh="城市时间与 UTC", en="in the city's time and UTC")),
                ("key list --state sqlite:////srv/wall/state.sqlite", Text(zh="另一处的小库", en="of a store elsewhere")),
            ),
            _declare_list,
            list_,
        ),
        Command(
            "rotate",
            Text(
                zh="换一把新密钥，旧的再用几天后自行失效",
                en="another key for a screen; the former one goes on for some days, then ends by itself",
            ),
            (
                ("key rotate hall-left", Text(zh="旧密钥再用七天", en="the former one opens for another week")),
                ("key rotate hall-left --overlap 12h", Text(zh="旧密钥再用半天", en="for half a day")),
            ),
            _declare_rotate,
            rotate,
        ),
        Command(
            "revoke",
            Text(zh="吊销一块屏幕的密钥", en="the key of a screen opens nothing any more"),
            (
                ("key revoke hall-left", Text(zh="大厅左屏", en="the hall's left screen")),
                ("key revoke hall-left --lang zh", Text(zh="中文答复", en="answered in Chinese")),
            ),
            _declare_name,
            revoke,
        ),
    ),
)
