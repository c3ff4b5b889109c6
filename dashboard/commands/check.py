"""``python -m dashboard check``: diagnoses a mapping for the integrator (``dashboard.check``)."""

from __future__ import annotations

from argparse import Namespace

from dashboard.command import Command, Options
from data.text import Text


def declare(options: Options) -> None:
    options.shared("city", "mapping", "source", "load-limit")
    options.add(
        "--fast",
        action="store_true",
        said=Text(zh="大源库只抽样：部分事件及其全部流转", en="a sample of a large source: some events with all of their log"),
    )
    options.add(
        "--case",
        default="",
        metavar="NUMBER",
        said=Text(
            zh="按大屏所见显示此案件；缺省为流转最多的一件",
            en="show this case as the wall would see it; default: the one with the most log rows",
        ),
    )
    options.add("--json", action="store_true", said=Text(zh="JSON，中英文", en="as JSON, both languages"))


def run(args: Namespace) -> int:
    """Examine the source of a mapping; exit 1 if anything is bad."""
    from dashboard.check import check

    return check(args)


COMMAND = Command(
    "check",
    Text(
        zh="按映射体检源库：好、留意、不可用，各有处理办法；有不可用者退出码 1",
        en="examine a source through its mapping: what is good, what to look at, what is bad, and what to do about it; "
        "exit 1 where something is bad",
    ),
    (
        ("check --mapping ours.toml", Text(zh="中文", en="in Chinese")),
        ("check --mapping ours.toml --lang en", Text(zh="英文", en="in English")),
    ),
    declare,
    run,
    lang="zh",
)
