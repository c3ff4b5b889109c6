"""The command line.  Invalid input: one line (or one per fault) on stderr and exit code 2, never a traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import SUPPRESS
from collections.abc import Mapping, Sequence

from dashboard import VERSION
from dashboard.command import LANGUAGE, Command, Options
from dashboard.commands import COMMANDS
from dashboard.logs import set_up
from dashboard.parser import PROG, Parser
from data.errors import GridWallError, QueryError
from data.secrets.masking import holds_secret
from data.text import Lang, Text

#: Exit code when the reader of the output has closed it (``| head``), as shells report it for any command.
NO_READER = 141
_TITLE = Text(zh="GridWall 一网大屏：城市一网统管的指挥大屏", en="GridWall 一网大屏: a live wall of a city")
_EXAMPLES: tuple[tuple[str, Text], ...] = (
    ("serve --demo --events 20000", Text(zh="生成演示城市并打开大屏", en="make a demo city and serve its wall")),
    ("read stage_backlog --lang en", Text(zh="不开浏览器，问一个指标", en="ask one metric without a browser")),
    ("read --help", Text(zh="每个命令各有两个例子", en="every command has two examples of its own")),
)
_IN_PROCESS_LIST = Text(
    zh="命令行中有口令：本机任何账号都能在进程列表中看到；请改用环境变量 GRIDWALL_SOURCE、GRIDWALL_STATE",
    en="there is a password on the command line, where every account of this machine can read it in the list of processes; "
    "set GRIDWALL_SOURCE (GRIDWALL_STATE) in the environment instead",
)
_BELOW = Text(zh="命令", en="{dest}s")
_VERSION = Text(zh="显示版本", en="show the version")


def parser(lang: Lang = "en") -> Parser:
    """All commands and options; each command's ``--help`` is its documentation, in the language ``lang``."""
    top = Parser(prog=PROG, description=_TITLE(lang), lang=lang, examples=[(t, d(lang)) for t, d in _EXAMPLES])
    top.add_argument("--version", action="version", version=f"GridWall {VERSION}", help=_VERSION(lang))
    _add_language(top, lang)
    _add(top, COMMANDS, lang, "command", "COMMAND")
    return top


def _add(parser: Parser, commands: Sequence[Command], lang: Lang, dest: str, metavar: str) -> None:
    below = parser.add_subparsers(dest=dest, required=True, metavar=metavar, title=_BELOW(lang).format(dest=dest))
    for command in commands:
        own: Parser = below.add_parser(
            command.name,
            help=command.help(lang),
            description=command.help(lang),
            lang=lang,
            examples=[(typed, does(lang)) for typed, does in command.examples],
        )
        command.declare(Options(own, lang))
        _add_language(own, lang)
        own.set_defaults(run=command.run, speaks=command.lang)
        if command.actions:
            _add(own, command.actions, lang, "action", "ACTION")


def _add_language(parser: Parser, lang: Lang) -> None:
    parser.add_argument("--lang", choices=("zh", "en"), default=SUPPRESS, help=LANGUAGE(lang))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 good, 2 invalid input, 141 if nobody reads the output any more)."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        _drop_output()
        return NO_READER
    except KeyboardInterrupt:
        return 130


def _run(words: list[str]) -> int:
    try:
        asked = asked_language(words, os.environ)
    except GridWallError as fault:
        print(fault, file=sys.stderr)
        return 2
    top = parser(asked or "en")
    try:
        args, more = top.parse_known_args(with_action(words))
        if more:
            _parser_of(top, args.command, getattr(args, "action", None)).unknown(more)
    except SystemExit as end:  # --help, --version, or an error already reported
        return int(end.code or 0)
    args.lang, args.asked, args.parser = asked or args.speaks, asked, parser
    set_up()
    if any(holds_secret(word) for word in words):
        print(_IN_PROCESS_LIST(args.lang), file=sys.stderr)
    try:
        return int(args.run(args))
    except GridWallError as fault:
        print(fault.said_in(args.lang), file=sys.stderr)
        return 2


def asked_language(words: Sequence[str], environ: Mapping[str, str]) -> Lang | None:
    """The language requested by option or environment; None if neither.  Raises QueryError for an invalid environment value
    (the parser refuses an invalid option)."""
    found = ""
    for i, word in enumerate(words):
        name, is_, value = word.partition("=")
        if name == "--lang":
            found = value if is_ else next(iter(words[i + 1 : i + 2]), "")
    if found:
        return "zh" if found == "zh" else "en"
    kept = environ.get("GRIDWALL_LANG", "")
    if kept not in ("", "zh", "en"):
        raise QueryError(f"GRIDWALL_LANG '{kept[:20]}': write zh or en", f"GRIDWALL_LANG“{kept[:20]}”：请写 zh 或 en")
    return "zh" if kept == "zh" else "en" if kept else None


def with_action(words: Sequence[str]) -> list[str]:
    """``audit --since 7d`` means ``audit list --since 7d``."""
    out = list(words)
    at = 0
    while at < len(out) and out[at].startswith("--lang"):
        at += 1 if "=" in out[at] else 2
    command = next((c for c in COMMANDS if at < len(out) and c.name == out[at]), None)
    if command is not None and command.otherwise:
        following = out[at + 1] if at + 1 < len(out) else ""
        if not following or (following.startswith("-") and following not in ("-h", "--help")):
            out.insert(at + 1, command.otherwise)
    return out


def _parser_of(top: Parser, command: str, action: str | None) -> Parser:
    own = top.choices_of().get(command, top)
    return own.choices_of().get(action, own) if action else own


def _drop_output() -> None:
    """Redirect stdout, so that the interpreter does not try to flush to a closed pipe as it exits."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
