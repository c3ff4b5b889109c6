"""``python -m dashboard user``: the desk's accounts from the command line.  Every change is a line of the audit."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace
from datetime import datetime

from dashboard.settings import resolve, state_url
from data.access import ROLES
from data.accounts import Account, Accounts, check_role, named
from data.audit import Audit
from data.errors import QueryFault, SourceFault, did_you_mean
from data.passwords import check_rules, made_up
from data.source.reader import Source
from data.state import State

WHATS = ("add", "list", "disable", "enable", "unlock", "password", "role")


def run(args: Namespace, now: datetime) -> int:
    """One of ``WHATS``.  Raises QueryFault for a faulty name, role, area or password."""
    if args.what != "list" and not args.name:
        raise QueryFault(f"user {args.what}: name the account, e.g. user {args.what} wang")
    if args.what in ("add", "role"):
        if not args.role:
            raise QueryFault(f"user {args.what}: give it a role, --role {' | '.join(ROLES)}")
        check_role(args.role)
    area = None if args.area is None else _area(args)
    state = State(state_url(args))
    try:
        accounts, audit = Accounts(state), Audit(state)
        if args.what == "list":
            print("\n".join(_line(a, now) for a in accounts.all()) or "no accounts yet; user add NAME --role administrator")
            return 0
        name = named(args.name)
        subject = name
        if args.what == "add":
            password = _password(args, name)
            accounts.add(name, args.role, password, now, area or "", args.sensitive)
            subject = f"{name} {args.role} {area or 'city'}{' sensitive' if args.sensitive else ''}"
            said = f"'{name}' may log in at /login"
        elif args.what == "password":
            password = _password(args, name)
            accounts.set_password(name, password, now)
            said = f"'{name}' has another password; its sessions have ended"
        elif args.what == "role":
            accounts.set_role(name, args.role, now, area, args.sensitive or None)
            where = "" if area is None else f" {area or 'city'}"
            subject = f"{name} {args.role}{where}{' sensitive' if args.sensitive else ''}"
            said = f"'{name}' is now {args.role}; its sessions have ended"
        elif args.what == "disable":
            accounts.disable(name, now)
            said = f"'{name}' opens nothing any more"
        elif args.what == "enable":
            accounts.enable(name, now)
            said = f"'{name}' may log in again"
        else:
            accounts.unlock(name)
            said = f"the failed logins of '{name}' are forgotten"
        audit.write(now, os_user(), f"user {args.what}", subject)
        print(said)
        if args.generate and args.what in ("add", "password"):
            print(f"password: {password}  (shown this once)")
    finally:
        state.close()
    return 0


def os_user() -> str:
    """Who types at the machine itself, as the audit names them."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli"


def _line(account: Account, now: datetime) -> str:
    at = datetime.fromtimestamp(account.created_at / 1000).isoformat(" ", "minutes")
    locked = account.locked_until > now.timestamp() * 1000
    state = "disabled" if account.disabled_at is not None else "locked" if locked else "valid"
    more = (" sensitive" if account.sensitive else "") + (" provider" if account.provider else "")
    return f"{account.name:<24}{account.role:<15}{account.area or 'city':<14}{at}  {state}{more}"


def _password(args: Namespace, name: str) -> str:
    """Made up, from standard input, or typed twice."""
    if args.generate:
        return made_up()
    if args.password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        password = getpass.getpass(f"password of '{name}': ")
        if getpass.getpass("once more: ") != password:
            raise QueryFault("password: the two differ")
    else:
        raise QueryFault("password: type it at a terminal, or give --password-stdin or --generate")
    check_rules(password, name)
    return password


def _area(args: Namespace) -> str:
    """The area's grid code, "" for the whole city; looked up in the source's grid, with what is near where it is not there."""
    settings = resolve(args)
    if args.area in ("", "city", settings.profile.city.code):
        return ""
    known = {a.code for a in settings.profile.areas} | set(settings.mapping.outlines)
    source = Source.open(settings.source, settings.mapping)
    try:
        if "grid" in settings.mapping.tables:
            with source.reading() as reading:
                sql = f"SELECT q.{reading.quoted('code')} FROM {settings.mapping.tables['grid'].rows}"
                known |= {str(row[0]) for row in reading.rows(sql).rows}
    except SourceFault as fault:
        print(f"area '{args.area}' is taken as it is, since the grid cannot be read: {fault}", file=sys.stderr)
        return str(args.area)
    finally:
        source.close()
    if args.area not in known:
        raise QueryFault(f"area '{args.area[:40]}': there is no such grid cell{did_you_mean(args.area, sorted(known))}")
    return str(args.area)
