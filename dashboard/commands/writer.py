"""``python -m dashboard writer``: keeps committing to the demo city, as a platform would."""

from __future__ import annotations

import argparse
import os
import signal
import threading

from dashboard.command import Command, Options
from data.text import Text


def declare(options: Options) -> None:
    options.shared("city", "source")
    options.add(
        "--rate",
        type=float,
        said=Text(
            zh="每秒流转条数，缺省按城市自己历史的节奏", en="transitions a second; by default the pace of the city's own history"
        ),
    )
    options.add("--seed", type=int, default=1, said=Text(zh="随机种子，缺省 1", en="of the random numbers, default 1"))
    options.parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)  # process id of the wall that started it


def run(args: argparse.Namespace) -> int:
    """Keep committing to the demo city until stopped."""
    from dashboard.clock import now
    from dashboard.settings import resolve
    from data.demo.writer import writer as write

    settings = resolve(args)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    if args.parent:
        threading.Thread(target=end_with, args=(args.parent, stop), name="parent", daemon=True).start()
    write(settings.profile, settings.source, rate=args.rate, seed=args.seed, stop=stop, clock=now)
    return 0


def end_with(parent: int, stop: threading.Event) -> None:
    """Set ``stop`` once the wall that started us is gone, even if killed: two walls' writers would crowd one city."""
    while os.getppid() == parent and not stop.wait(1):
        pass
    stop.set()


COMMAND = Command(
    "writer",
    Text(zh="像平台那样继续写入演示城市，直到被停止", en="go on writing to the demo city, as a platform would, until stopped"),
    (
        ("writer", Text(zh="var/qufu.sqlite，按其历史的节奏", en="var/qufu.sqlite, at the pace of its history")),
        ("writer --city licheng --rate 5", Text(zh="鲤城，每秒 5 条", en="Licheng, five a second")),
    ),
    declare,
    run,
)
