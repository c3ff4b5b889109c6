"""Source of an account's new password: generated, standard input, or typed twice at a terminal."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace

from dashboard.command import lang_of
from data.errors import QueryError
from data.text import Text

PASSWORD_OF, ONCE_MORE = Text(zh="“{name}”的口令：", en="password of '{name}': "), Text(zh="再输入一次：", en="once more: ")


def new_password(args: Namespace, name: str) -> str:
    """The new password of the account ``name``, by ``--generate``, ``--password-stdin`` or the terminal.

    Raises QueryError if there is no terminal to type at, if the two differ, or if it breaks the rules.
    """
    from data.access.passwords import check_rules, made_up

    lang = lang_of(args)
    if args.generate:
        return made_up()
    if args.password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        password = getpass.getpass(PASSWORD_OF(lang).format(name=name))
        if getpass.getpass(ONCE_MORE(lang)) != password:
            raise QueryError("password: the two differ", "两次输入的口令不同")
    else:
        raise QueryError(
            "password: type it at a terminal, or give --password-stdin or --generate",
            "口令：请在终端输入，或用 --password-stdin、--generate",
        )
    check_rules(password, name)
    return password
