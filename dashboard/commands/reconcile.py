"""``python -m dashboard reconcile``: compare source and facts day by day."""

from __future__ import annotations

from argparse import Namespace

from dashboard.command import Command, Options, lang_of
from data.text import Text

SAID = Text(
    zh="核对 {days} 天，{differing} 天不符：重读 {reread} 件，移除 {gone} 件（{took} 秒）",
    en="{days} days compared, {differing} differed: {reread} events read again, {gone} removed ({took} s)",
)


def declare(options: Options) -> None:
    options.shared("city", "mapping", "source", "facts", "load-limit")


def run(args: Namespace) -> int:
    """Compare source and facts day by day and repair differences."""
    from dashboard.ask_server import with_facts
    from dashboard.clock import now
    from dashboard.settings import resolve
    from data.sync.reconcile import reconcile

    report = with_facts(resolve(args), lang_of(args), lambda facts, sync: reconcile(sync, now()))
    print(
        SAID(lang_of(args)).format(
            days=report.days,
            differing=report.differing,
            reread=report.reread,
            gone=report.gone,
            took=f"{report.took_ms / 1000:.1f}",
        )
    )
    return 0


COMMAND = Command(
    "reconcile",
    Text(
        zh="逐日核对源库与事实库，不符者重读（先停服务）",
        en="compare source and facts day by day and mend what differs (stop the server first)",
    ),
    (
        ("reconcile", Text(zh="演示城市", en="of the demo city")),
        ("reconcile --mapping ours.toml", Text(zh="自己的数据", en="of your own data")),
    ),
    declare,
    run,
)
