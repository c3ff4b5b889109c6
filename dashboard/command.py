"""Definition of a command: its texts in two languages, its own options, two examples, and the function it runs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dashboard.parser import Parser
from data.text import Lang, Text

#: (arguments after ``python -m dashboard``, what they do)
Example = tuple[str, Text]

_SHARED: dict[str, tuple[Text, str]] = {
    "city": (
        Text(
            zh="城市的 id（data/cities 中的文件）或文件；缺省由映射指明",
            en="a city's id (a file of data/cities) or file; default: the mapping's",
        ),
        "CITY",
    ),
    "mapping": (
        Text(
            zh="映射的 id（platform、permit_receipt 等）或文件；只给它也够",
            en="a mapping's id (platform, permit_receipt ...) or file; alone it is enough",
        ),
        "MAPPING",
    ),
    "source": (
        Text(
            zh="平台数据库的 SQLAlchemy 地址，或映射所读的数据文件（CSV、Parquet、JSON，可用通配符）；只读",
            en="the platform's database as a SQLAlchemy URL, or the data file (CSV, Parquet, JSON; also a glob) of a "
            "mapping that reads one; it is only read",
        ),
        "SOURCE",
    ),
    "facts": (
        Text(
            zh="事实库 duckdb:///路径；缺省按源库、映射、城市各一个文件",
            en="the facts store, duckdb:///path; default: one file per source, mapping and city",
        ),
        "URL",
    ),
    "state": (
        Text(
            zh="本系统自己的小库（屏幕、账号、审计），SQLAlchemy 地址；缺省 var/state.sqlite",
            en="our own small store (screens, accounts, audit), any SQLAlchemy URL; default var/state.sqlite",
        ),
        "URL",
    ),
    "source-limit": (
        Text(zh="每轮读取中对源库一次查询最多等几秒，缺省 30", en="seconds that one question of a tick may take, default 30"),
        "SECONDS",
    ),
    "load-limit": (
        Text(
            zh="首次载入与核对中一次查询最多等几秒，缺省 1800",
            en="seconds that one question of a load or a reconciliation may take, default 1800",
        ),
        "SECONDS",
    ),
    "server": (
        Text(
            zh="问这个地址上的服务；缺省问持有事实库的那一个",
            en="ask the server at this address; default: the one that holds the facts",
        ),
        "URL",
    ),
    "key": (
        Text(
            zh="服务要求时，一块屏幕的密钥；不进进程列表：GRIDWALL_KEY",
            en="a screen's key, where the server asks for one; GRIDWALL_KEY keeps it out of the process list",
        ),
        "KEY",
    ),
}
LANGUAGE = Text(
    zh="输出与错误的语言（也可设 GRIDWALL_LANG）", en="language of what is printed, also of faults (or set GRIDWALL_LANG)"
)


class Options:
    """Declares the options of one command, with their texts in the requested language."""

    def __init__(self, parser: Parser, lang: Lang) -> None:
        self.parser, self.lang = parser, lang

    def add(self, *names: str, said: Text, missing: Text | None = None, **more: Any) -> None:
        """One option or argument; ``missing`` is the message if it is required and absent."""
        action = self.parser.add_argument(*names, help=said(self.lang).replace("%", "%%"), **more)
        if missing is not None:
            self.parser.missing["/".join(action.option_strings) or str(action.metavar or action.dest)] = missing(self.lang)

    def shared(self, *names: str) -> None:
        """Declare options that several commands share."""
        for name in names:
            said, metavar = _SHARED[name]
            self.add(f"--{name}", said=said, metavar=metavar, default="" if name in ("server", "key") else None)


def _nothing(options: Options) -> None:
    """No options of its own."""


@dataclass(frozen=True)
class Command:
    """``run`` receives the parsed arguments and returns the exit code; a command with ``actions`` has none of its own.

    ``otherwise`` is the default action.  ``lang``: the language of its output if none is requested.
    """

    name: str
    help: Text
    examples: tuple[Example, ...]
    declare: Callable[[Options], None] = _nothing
    run: Callable[[Namespace], int] | None = None
    actions: tuple[Command, ...] = field(default=())
    otherwise: str = ""
    lang: Lang = "en"


def lang_of(args: Namespace) -> Lang:
    """The language of a command's output."""
    chosen: Lang = "zh" if args.lang == "zh" else "en"
    return chosen
