"""One answer for a command: from the running server if it holds the facts, else from the file, synced with the source first."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from zoneinfo import ZoneInfo

from dashboard.command import lang_of
from dashboard.progress import LoadBar
from data.errors import DamagedFactsError, DiskError, FactsError, GridWallError, QueryError, SourceError
from data.text import Lang, Text
from data.types.records import Record

if TYPE_CHECKING:
    from dashboard.settings import Settings
    from data.clock.calendar import BusinessClock
    from data.facts.damage import Moved
    from data.facts.store import Facts
    from data.sync.sync import Sync

T = TypeVar("T")

#: Header with the token that proves the client can read what the server wrote on this machine.
LOCAL = "X-Gridwall-Local"
_ADDRESS, _ADDRESS_ZH = (
    "write e.g. --server http://127.0.0.1:8050, or leave it out",
    "请写如 --server http://127.0.0.1:8050，或不写",
)


def answer(args: Namespace, path: str, own: Callable[[Settings, Facts, Clocked], Record]) -> Record:
    """The running server's answer at ``path`` if it holds the facts, else ``own(settings, facts, sync)`` after syncing with
    the source; if the source is unavailable, as of the last sync, which is reported on standard error."""
    found = _answer(args, path, own)
    if found.get("behind"):
        print(found["behind"][lang_of(args)], file=sys.stderr)
    return found


def _answer(args: Namespace, path: str, own: Callable[[Settings, Facts, Clocked], Record]) -> Record:
    from dashboard.settings import resolve

    settings = resolve(args)
    server = args.server or _note_of(settings.facts, 0)
    try:
        if not server:
            raise ConnectionError
        key, local = args.key or os.environ.get("GRIDWALL_KEY", ""), "" if args.server else _note_of(settings.facts, 1)
        return _ask(server, path, key, local, lang_of(args))
    except OSError:
        if args.server:
            raise FactsError(
                f"server '{args.server}' does not answer; start it with 'make run' or leave --server out",
                f"服务“{args.server}”没有应答；请用 make run 启动，或不写 --server",
            ) from None
    lang = lang_of(args)

    def asked(facts: Facts, sync: Sync) -> Record:
        from dashboard.api import with_behind
        from dashboard.clock import now

        try:
            sync.tick(now())
        except (SourceError, DiskError) as fault:
            held = Held(sync)
            return with_behind(own(settings, facts, held), held.behind(settings.profile.zone, fault))
        return own(settings, facts, sync)

    return with_facts(settings, lang, asked)


class Clocked(Protocol):
    """Supplies the instant that the figures are for: a ``Sync``, or its stand-in."""

    clock: BusinessClock

    def clock_now(self, now: datetime) -> datetime: ...


class Held:
    """A sync whose source is unavailable: its clock is fixed at the instant when the facts were last in sync."""

    def __init__(self, sync: Sync) -> None:
        at = sync.read_at()
        assert at is not None, "what is not stale was read once"
        self.clock, self._sync, self._at = sync.clock, sync, at

    def clock_now(self, now: datetime) -> datetime:
        return self._sync.clock_now(min(now, self._at))

    def behind(self, zone: ZoneInfo, fault: GridWallError) -> Text:
        """The fault in words, and the instant that the figures are for."""
        from layouts.text.behind import AS_OF

        at = self._at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        return Text(zh=AS_OF.zh.format(fault=fault.zh, at=at), en=AS_OF.en.format(fault=fault, at=at))


def with_facts(settings: Settings, lang: Lang, job: Callable[[Facts, Sync], T]) -> T:
    """``job(facts, sync)`` on the file, loaded first if empty, with a progress bar; closed afterwards.

    A damaged file is moved away, reported on standard error, and reloaded; the job then starts again.
    """
    from dashboard.clock import now
    from dashboard.pipeline import open_pipeline
    from data.facts.store import Facts

    def told(fault: GridWallError, moved: Moved) -> None:
        said = Text(en=f"{fault}; {moved.said()[0]}; built anew from the source", zh=f"{fault.zh}；{moved.said()[1]}；由源库重建")
        print(said(lang), file=sys.stderr)

    def done(facts: Facts) -> T:
        sync = open_pipeline(settings, facts)
        if sync.stale():
            with LoadBar(lang) as bar:
                sync.load(now(), bar)
        return job(facts, sync)

    facts = Facts.open_mended(settings.facts, settings.facts_named, told)
    try:
        return done(facts)
    except DamagedFactsError as fault:
        moved = facts.renew()
        if moved is None:
            raise
        told(fault, moved)
        return done(facts)
    finally:
        facts.close()


def facts_file(url: str) -> str:
    """The path of the facts' file, beside which a server leaves its note (address and local token)."""
    from sqlalchemy.engine import make_url

    return make_url(url).database or "var/facts"


def _note_of(facts: str, line: int) -> str:
    note = Path(f"{facts_file(facts)}.server")
    return (note.read_text().splitlines()[line:] or [""])[0].strip() if note.exists() else ""


def _ask(server: str, path: str, key: str, token: str, lang: Lang) -> Record:
    headers = ({LOCAL: token} if token else {}) | ({"Cookie": f"gridwall_key={urllib.parse.quote(key, safe='')}"} if key else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(server.rstrip("/") + path, headers=headers), timeout=60) as found:
            content: Record = json.load(found)
            return content
    except urllib.error.HTTPError as error:
        with error, contextlib.suppress(ValueError):
            said = json.loads(error.read())
            raise QueryError(str(said["error"]), str(said.get("error_zh") or "")) from None
        raise FactsError(f"server '{server}': {error}; {_ADDRESS}", f"服务“{server}”：{error}；{_ADDRESS_ZH}") from None
    except ValueError:  # not a URL, or an answer that is not JSON
        raise FactsError(f"server '{server}' is no wall; {_ADDRESS}", f"“{server}”不是大屏服务；{_ADDRESS_ZH}") from None
