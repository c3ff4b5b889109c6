"""``python -m dashboard demo``: create the demo city's database; ``serve --demo`` also creates it if missing."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dashboard.command import Command, Options, lang_of
from data.text import Lang, Text

if TYPE_CHECKING:
    from dashboard.settings import Settings

#: A demo city whose newest record is older than this is recreated: its history would have a gap up to today.
STALE_H = 36
MADE = Text(zh="已在 {source} 生成 {events} 件案件，用时 {took} 秒", en="{events} events in {source}, {took} s")
ANEW = Text(zh="演示城市停在太久以前，重新生成", en="the demo city ends too long ago; making it anew")
ASKED = Text(
    zh="将把 {events} 件案件的演示城市写入 {source}（只写空库或演示城市）。写入？[y/N] ",
    en="A demo city of {events} events is about to be written into {source} (only an empty database or a demo city is). "
    "Write it? [y/N] ",
)


def declare(options: Options) -> None:
    options.shared("city", "source")
    options.add("--events", type=int, default=200_000, said=Text(zh="案件数，缺省 200000", en="events, default 200000"))
    options.add("--seed", type=int, default=1, said=Text(zh="随机种子，缺省 1", en="of the random numbers, default 1"))
    options.add(
        "--regime",
        choices=("realistic", "reported"),
        default="realistic",
        said=Text(
            zh="realistic：有常见的拖延与返工；reported：如公报所写",
            en="realistic: with the usual delays and rework; reported: as the city's own reports have it",
        ),
    )


def run(args: Namespace) -> int:
    """Create the demo city, with a progress bar."""
    from dashboard.clock import now
    from dashboard.progress import LoadBar
    from dashboard.settings import resolve, shown
    from data.demo.generate import generate

    settings, lang = resolve(args), lang_of(args)
    started = time.perf_counter()
    with LoadBar(lang) as bar:
        generate(
            settings.profile, settings.source, events=args.events, seed=args.seed, regime=args.regime, now=now(), progress=bar
        )
    took = f"{time.perf_counter() - started:.1f}"
    print(MADE(lang).format(events=f"{args.events:,}", source=shown(settings.source), took=took))
    return 0


def ask_before_writing(settings: Settings, events: int, yes: bool, lang: Lang) -> None:
    """Ask for confirmation before the demo city is written into a database server; a file of ours is written without asking.
    Raises SettingError if the answer is no, or if nobody can answer and ``yes`` was not given."""
    from dashboard.settings import SettingError, shown, sqlite_path

    if yes or sqlite_path(settings.source) is not None or not _is_needed(settings.source):
        return
    where = shown(settings.source)
    if sys.stdin.isatty():
        sys.stderr.write(ASKED(lang).format(source=where, events=f"{events:,}"))
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() in ("y", "yes", "是"):
            return
    raise SettingError(
        f"{where}: the demo city was not written there; add --yes to let 'serve --demo' fill this database, or serve it without "
        "--demo",
        f"{where}：没有写入演示城市；加 --yes 则允许 serve --demo 写满此库，或去掉 --demo 只读此库",
    )


def make_if_needed(settings: Settings, events: int, progress: Callable[[str, int, int], None], lang: Lang) -> None:
    """Create the demo city if there is none, or if its data ended too long ago."""
    from dashboard.clock import now

    if not _is_needed(settings.source, lang):
        return
    from data.demo.generate import generate  # its dependencies take most of a second to import

    generate(
        settings.profile,
        settings.source,
        events=events,
        seed=1,
        regime="realistic",
        now=now(),
        progress=lambda what, done, total: progress("demo", done, total),
    )


def _is_needed(source: str, lang: Lang | None = None) -> bool:
    """Whether there is no demo city, or one that ended too long ago (reported if ``lang`` is given)."""
    from dashboard.clock import now
    from dashboard.settings import sqlite_path

    path = sqlite_path(source)
    if path is not None and not path.exists():
        return True
    newest = _newest_change(source)
    if newest is not None and (now() - newest).total_seconds() < STALE_H * 3600:
        return False
    if lang is not None and (newest is not None or path is not None):
        print(ANEW(lang), file=sys.stderr)
    return True


def _newest_change(url: str) -> datetime | None:
    """When the demo city was last written to; None if it is empty."""
    from sqlalchemy import create_engine, func, select
    from sqlalchemy.exc import SQLAlchemyError

    from data.source import contract

    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            newest: datetime | None = connection.execute(select(func.max(contract.TRANSITION.c.changed))).scalar()
            return newest.replace(tzinfo=UTC) if newest is not None else None
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


COMMAND = Command(
    "demo",
    Text(zh="生成演示城市的数据库", en="make the demo city's database"),
    (
        ("demo --events 20000", Text(zh="曲阜，var/qufu.sqlite", en="Qufu, in var/qufu.sqlite")),
        ("demo --city licheng --source sqlite:////tmp/licheng.sqlite", Text(zh="鲤城，另一文件", en="Licheng, in another file")),
    ),
    declare,
    run,
)
