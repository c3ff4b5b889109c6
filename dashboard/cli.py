"""The command line.  Faulty input: one line (or one per fault) on stderr and exit code 2, never a traceback."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

from data.errors import FileFault, GridWallError


def parser() -> argparse.ArgumentParser:
    """All commands and options; ``--help`` of each is its documentation."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--city", help="a city's id (a file of data/cities) or file; default: the mapping's")
    common.add_argument("--mapping", help="a mapping's id (platform, permit_receipt) or file; alone it is enough")
    common.add_argument("--source", help="the platform's database as a SQLAlchemy URL, or the data file (CSV, Parquet, "
                        "JSON; also a glob) of a mapping that reads one; it is only read")
    common.add_argument("--facts", help="the facts store, duckdb:///path; default: one file per source, mapping and city")
    common.add_argument("--state", help="our own small store (screens, accounts, audit), any SQLAlchemy URL")

    asking = argparse.ArgumentParser(add_help=False)
    asking.add_argument("--json", action="store_true")
    asking.add_argument("--server", default="", help="ask the server at this address; default: the one that holds the facts")
    asking.add_argument("--key", default="", help="a screen's key, where the server asks for one")

    top = argparse.ArgumentParser(prog="python -m dashboard", description="GridWall 一网大屏: a live wall of a city")
    sub = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = sub.add_parser("serve", parents=[common], help="serve the wall")
    serve.add_argument("--host", help="default 127.0.0.1; another address needs a screen key")
    serve.add_argument("--port", help="default 8050")
    serve.add_argument("--url", help="the address that browsers use, if another: https://wall.city.example behind a proxy")
    serve.add_argument("--tick", help="seconds between two reads of the source, default 1")
    serve.add_argument("--demo", action="store_true", help="make the demo city if it is not there, and keep its writer running")
    serve.add_argument("--events", type=int, default=200_000, help="events of the demo city, default 200000")

    demo = sub.add_parser("demo", parents=[common], help="make the demo city's database")
    demo.add_argument("--events", type=int, default=200_000)
    demo.add_argument("--seed", type=int, default=1)
    demo.add_argument("--regime", choices=("realistic", "reported"), default="realistic")

    writer = sub.add_parser("writer", parents=[common], help="go on writing to the demo city, as a platform would")
    writer.add_argument("--rate", type=float, default=0.7, help="transitions a second, default 0.7")
    writer.add_argument("--seed", type=int, default=1)
    writer.add_argument("--parent", type=int, default=0, help="end with this process (the wall that started it)")

    read = sub.add_parser("read", parents=[common, asking], help="answer one metric without a browser")
    read.add_argument("metric")
    read.add_argument("--scope", default="", help="a grid code; default the whole city")
    read.add_argument("--back", default="", help="how far back: 24h, 30d, 8w")
    read.add_argument("--at", default="", help="an instant, e.g. 2026-11-23T15:40 (as known now)")


    metrics = sub.add_parser("metrics", help="list the metrics")
    how = metrics.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true")
    how.add_argument("--markdown", action="store_true", help="the page docs/indicators.md")

    sub.add_parser("faults", parents=[common, asking], help="list the source's rows that were set aside, with the reason")

    check = sub.add_parser("check", parents=[common], help="examine a source through its mapping: what is good, what to "
                           "look at, what is bad, and what to do about it; exit 1 where something is bad")
    check.add_argument("--json", action="store_true", help="both languages")
    check.add_argument("--fast", action="store_true", help="a sample of a large source: some events with all of their log")
    check.add_argument("--case", default="", metavar="NUMBER", help="show this case as the wall would see it; default: the one "
                       "with the most log rows")
    check.add_argument("--lang", choices=("zh", "en"), default="zh")

    sub.add_parser("reconcile", parents=[common], help="compare source and facts day by day and mend what differs")

    sub.add_parser("refit", parents=[common, asking], help="fit the early warning's baseline anew (each day it is by itself)")

    key = sub.add_parser("key", parents=[common], help="keys of screens, for walls that are not on this machine")
    key.add_argument("what", choices=("add", "list", "revoke"))
    key.add_argument("name", nargs="?", help="the screen, e.g. hall-left; its key is shown once")

    user = sub.add_parser("user", parents=[common], help="accounts of the desk")
    user.add_argument("what", choices=("add", "list", "disable", "enable", "unlock", "password", "role"))
    user.add_argument("name", nargs="?")
    user.add_argument("--role", default="", help="leader, analyst, operator, administrator or auditor")
    user.add_argument("--area", help="a grid code beyond which it sees nothing; default the whole city")
    user.add_argument("--sensitive", action="store_true", help="it also sees cases of sensitive categories")
    user.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    user.add_argument("--generate", action="store_true", help="make one up and show it once")

    audit = sub.add_parser("audit", parents=[common], help="who did what: list it, verify its chain, prune it")
    audit.add_argument("what", nargs="?", choices=("list", "verify", "prune"), default="list")
    audit.add_argument("--since", default="", help="7d, 24h or an instant")
    audit.add_argument("--who", default="")
    audit.add_argument("--action", default="", help="login, export, key used ...")
    audit.add_argument("--result", default="", help="ok, failed, locked or refused")
    audit.add_argument("--limit", type=int, default=1000)
    audit.add_argument("--json", action="store_true", help="one object a line")
    audit.add_argument("--seen", default="", help="verify: a digest that an earlier verify gave must be there")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 good, 2 faulty input)."""
    from dashboard import commands

    args = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    run: Callable[[argparse.Namespace], int] = getattr(commands, args.command)
    try:
        return run(args)
    except GridWallError as fault:
        print(fault.told(getattr(args, "lang", "en")) if isinstance(fault, FileFault) else fault, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
