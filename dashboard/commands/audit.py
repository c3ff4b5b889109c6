"""``python -m dashboard audit``: list the audit, verify its chain, prune lines older than six months."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dashboard.command import Command, Options, lang_of
from data.errors import QueryError
from data.text import Text

if TYPE_CHECKING:
    from data.access.audit import Audit

VERIFIED = Text(
    zh="共 {count} 行，无缺失、无改动；最新摘要 {head}\n请将摘要另存他处：verify --seen 摘要 可发现末尾被截去的行",
    en="{count} rows, none missing or altered; newest digest {head}\n"
    "keep the digest elsewhere: verify --seen DIGEST finds rows that were cut off the end",
)
PRUNED = Text(zh="已清理 {count} 行早于 {days} 天的记录", en="{count} rows older than {days} days removed")
CASES = Text(zh="{n} 件", en="{n} cases")
NOTHING = Text(zh="没有符合条件的记录", en="nothing matches")


@contextlib.contextmanager
def _audit(args: Namespace) -> Iterator[Audit]:
    from dashboard.settings import state_url
    from data.access.audit import Audit
    from data.access.store import State

    state = State(state_url(args))
    try:
        yield Audit(state)
    finally:
        state.close()


def list_(args: Namespace) -> int:
    """List the newest matching rows; this reading is audited too."""
    from dashboard.clock import now
    from dashboard.listing import lines
    from dashboard.os_user import os_user
    from dashboard.times import both, zone_of
    from data.access.audit import Filter

    zone = zone_of(args)
    since = _since(args.since, now(), zone) if args.since else 0
    with _audit(args) as audit:
        audit.write(now(), os_user(), "audit read", args.since)
        audit.close_open(now(), all_=True)
        found = audit.rows(Filter(args.who, args.action_, args.result, since), args.limit)
    if args.json:
        for e in found:
            at = datetime.fromtimestamp(e.at / 1000, UTC)
            print(
                json.dumps(
                    dataclasses.asdict(e)
                    | {"at": at.astimezone(zone).isoformat(timespec="seconds"), "at_utc": at.isoformat(timespec="seconds")},
                    ensure_ascii=False,
                )
            )
    else:
        rows = [
            [
                f"{e.seq:>6}",
                both(e.at, zone),
                e.who,
                e.role or "-",
                e.what,
                e.result,
                e.address or "-",
                e.subject,
                "" if e.rows is None else CASES(lang_of(args)).format(n=f"{e.rows:,}"),
            ]
            for e in found
        ]
        print("\n".join(lines(rows)) if rows else NOTHING(lang_of(args)))
    return 0


def verify(args: Namespace) -> int:
    """Verify that the chain is intact.  Raises QueryError if it is not."""
    with _audit(args) as audit:
        count, head = audit.verify(args.seen)
    print(VERIFIED(lang_of(args)).format(count=f"{count:,}", head=head or "-"))
    return 0


def prune(args: Namespace) -> int:
    """Remove lines older than six months, and nothing else."""
    from dashboard.clock import now
    from dashboard.os_user import os_user
    from data.access.audit_guards import KEPT

    with _audit(args) as audit:
        print(PRUNED(lang_of(args)).format(count=f"{audit.prune(now(), os_user()):,}", days=KEPT.days))
    return 0


def _since(text: str, now: datetime, zone: ZoneInfo) -> int:
    """``2026-11-01`` (the city's day) or ``7d`` as ms."""
    from data.clock.instants import ms

    if text[:-1].isdigit() and text.endswith(("d", "h")):
        return ms(now - timedelta(**{"days" if text.endswith("d") else "hours": min(int(text[:-1]), 36_500)}))
    try:
        at = datetime.fromisoformat(text)
        return ms((at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError):
        raise QueryError(
            f"since '{text[:40]}': write 7d, 24h or an instant such as 2026-11-01",
            f"since“{text[:40]}”：请写 7d、24h 或某一时刻如 2026-11-01",
        ) from None


def _declare_list(options: Options) -> None:
    options.add("--since", metavar="WHEN", default="", said=Text(zh="7d、24h 或某一时刻", en="7d, 24h or an instant"))
    options.add("--who", metavar="NAME", default="", said=Text(zh="账号名的一部分", en="a part of the account's name"))
    options.add(
        "--action",
        dest="action_",
        metavar="WORD",
        default="",
        said=Text(zh="login、export、key used 等", en="login, export, key used ..."),
    )
    options.add(
        "--result",
        metavar="WORD",
        default="",
        said=Text(zh="ok、failed、delayed 或 refused", en="ok, failed, delayed or refused"),
    )
    options.add("--limit", type=int, default=1000, said=Text(zh="至多多少行，缺省 1000", en="rows at the most, default 1000"))
    options.add("--json", action="store_true", said=Text(zh="每行一个 JSON", en="one object a line"))
    options.shared("state", "city", "mapping")


def _declare_verify(options: Options) -> None:
    options.add(
        "--seen",
        metavar="DIGEST",
        default="",
        said=Text(zh="以前 verify 给出的摘要，须仍在", en="a digest that an earlier verify gave must be there"),
    )
    options.shared("state")


def _declare_prune(options: Options) -> None:
    options.shared("state")


COMMAND = Command(
    "audit",
    Text(
        zh="谁做了什么：列出、核验、清理；不写动作即列出",
        en="who did what: list it (also where no action is named), verify its chain, prune it",
    ),
    (
        ("audit --since 7d", Text(zh="最近七天", en="the last seven days")),
        ("audit verify", Text(zh="无缺失、无改动", en="no row is missing or altered")),
    ),
    otherwise="list",
    actions=(
        Command(
            "list",
            Text(zh="列出，新者在前", en="list it, the newest first"),
            (
                ("audit list --since 7d --who li", Text(zh="某人最近七天", en="one account, the last seven days")),
                ("audit list --action login --result failed --json", Text(zh="失败的登录，JSON", en="failed logins, as JSON")),
            ),
            _declare_list,
            list_,
        ),
        Command(
            "verify",
            Text(zh="核验：无缺失、无改动", en="no row is missing or altered"),
            (
                ("audit verify", Text(zh="并给出最新摘要", en="and the newest digest")),
                ("audit verify --seen 0123abcd", Text(zh="以前的摘要须仍在", en="a digest seen before must be there")),
            ),
            _declare_verify,
            verify,
        ),
        Command(
            "prune",
            Text(zh="清理 186 天以前的记录", en="remove what is older than 186 days, and nothing else"),
            (
                ("audit prune", Text(zh="此事也记入审计", en="which is written into the audit as well")),
                ("audit prune --state sqlite:////srv/wall/state.sqlite", Text(zh="另一处的小库", en="of a store elsewhere")),
            ),
            _declare_prune,
            prune,
        ),
    ),
)
