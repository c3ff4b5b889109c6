"""``python -m dashboard audit``: list the audit, verify its chain, prune what is older than six months."""

from __future__ import annotations

import dataclasses
import json
from argparse import Namespace
from datetime import UTC, datetime, timedelta

from dashboard.settings import state_url
from dashboard.user import os_user
from data.audit import KEPT, Audit, Entry, Filter
from data.errors import QueryFault
from data.metric import ms
from data.state import State


def run(args: Namespace, now: datetime) -> int:
    """List (also that is written down), ``verify`` or ``prune``.  Raises QueryFault where the chain does not hold."""
    state = State(state_url(args))
    try:
        audit = Audit(state)
        if args.what == "verify":
            count, head = audit.verify(args.seen)
            print(f"{count:,} rows, none missing or altered; newest digest {head or '-'}\n"
                  "keep the digest elsewhere: verify --seen DIGEST finds rows that were cut off the end")
        elif args.what == "prune":
            print(f"{audit.prune(now, os_user()):,} rows older than {KEPT.days} days removed")
        else:
            since = _since(args.since, now) if args.since else 0
            audit.write(now, os_user(), "audit read", args.since)
            for entry in audit.rows(Filter(args.who, args.action, args.result, since), args.limit):
                print(_json(entry) if args.json else _line(entry))
    finally:
        state.close()
    return 0


def _since(text: str, now: datetime) -> int:
    """``2026-11-01`` or ``7d`` as ms."""
    if text[:-1].isdigit() and text.endswith(("d", "h")):
        return ms(now - timedelta(**{"days" if text.endswith("d") else "hours": min(int(text[:-1]), 36_500)}))
    try:
        return ms(datetime.fromisoformat(text).astimezone(UTC))
    except (ValueError, OverflowError):
        raise QueryFault(f"since '{text[:40]}': write 7d, 24h or an instant such as 2026-11-01") from None


def _at(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.at / 1000).astimezone().isoformat(timespec="seconds")


def _json(entry: Entry) -> str:
    return json.dumps(dataclasses.asdict(entry) | {"at": _at(entry)}, ensure_ascii=False)


def _line(e: Entry) -> str:
    return f"{e.seq:>7} {_at(e)}  {e.who:<20} {e.role:<14} {e.what:<16} {e.result:<8} {e.address:<16} {e.subject}"
