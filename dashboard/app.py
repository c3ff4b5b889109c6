"""The application: source, sync, facts, ticker, board, routes and Dash, wired once; and the clock."""

from __future__ import annotations

import contextlib
import ctypes
import gzip
import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # here, before the ticker starts: plotly's lazy imports of it, beside the ticker's own, would race

from callbacks.auth.case_gate import READ, CaseGate, GatedReading, shown_on_wall
from callbacks.auth.devices import Devices
from callbacks.auth.door import DeskDoor
from callbacks.auth.logged_in import LoggedIn
from callbacks.auth.oidc import Oidc
from callbacks.auth.record import Recorder
from callbacks.auth.screens import KEY_COOKIE
from callbacks.desk.admin import Admin
from callbacks.desk.analyst import Analyst
from callbacks.desk.kiosk import kiosk_desk
from callbacks.desk.router import Desk
from callbacks.desk.source_state import source_routes
from callbacks.http.access import address
from callbacks.http.forms import cookie
from callbacks.router import LiveRoutes
from callbacks.wall.live import Hub
from callbacks.wall.page_cache import Board, Topic, not_yet
from dashboard.clock import WatchedClock, now
from dashboard.naming import names_of
from dashboard.network import BehindProxy, calls_loopback, forwarded
from dashboard.own_facts import OwnFacts
from dashboard.progress import LoadBar
from dashboard.settings import SettingFault, Settings, shown
from dashboard.ticker import Ticker
from dashboard.workbench import Workbench
from data.access.accounts import Accounts
from data.access.acknowledgements import Acknowledgements
from data.access.audit import Audit, Filter
from data.access.case_limits import CaseLimits, Volume
from data.access.roles import DEMO_RIGHTS, DEMO_USER
from data.access.sessions import Sessions
from data.access.store import ScreenKey, State, digest
from data.access.store_watch import StateWatch
from data.access.viewer import Viewer
from data.alarms import clusters, verdicts
from data.city.city import City
from data.clock.calendar import clock_of
from data.clock.instants import ms
from data.errors import AccessFault, GridWallError, QueryFault, StateFault
from data.facts.case_reads import Guard, current, hand_out
from data.facts.store import Facts
from data.jobs import worker
from data.jobs.priority import last_in_line
from data.metrics import METRICS
from data.query.needs import Requires, lost, mapped_of
from data.reading import answer
from data.reading.snapshot import SnapshotReader
from data.source.reader import Source
from data.sync.reasons import reason_of
from data.sync.reconcile import reconcile
from data.sync.rejected import rejected_tables
from data.sync.sync import Sync, SyncReport
from data.text import Text
from data.warning.refit import Fitted, due, refit, stored
from geo.pack import pack, pack_outline
from layouts.html import watchdog
from layouts.panels import PANELS, grid_heat
from layouts.text.behind import behind
from layouts.text.formats import WITHOUT, leaves_out
from layouts.wall.wall import IN_BATCHES

if TYPE_CHECKING:
    from dash import Dash

log = logging.getLogger("gridwall")
ASSETS = Path(__file__).parent / "assets"
#: Between ticks: the newest days are reconciled this often, all of them this often; the facts file is checkpointed.
RECONCILE_RECENT, RECONCILE_ALL, CHECKPOINT_EVERY = timedelta(minutes=5), timedelta(hours=24), timedelta(minutes=4)
#: After a checkpoint the facts file is opened afresh this often, which frees what DuckDB gathers.
AFRESH_EVERY = timedelta(hours=1)
#: A job that failed is not left for its next period (a day): it is tried again after this.
AFTER_FAILURE = timedelta(minutes=5)
#: Local hour at which all days are reconciled: it takes seconds, and the wall is late by them.
RECONCILE_ALL_AT = 3
#: Whether the early warning's baseline is due is looked at this often; a fit that takes longer is given up.
BASELINE_EVERY_S, BASELINE_LIMIT_S = 10.0, 300.0
#: The valid keys are read anew this often: a revoked key opens nothing after this.
KEYS_EVERY_S = 2.0
#: Rows set aside that are listed one by one.
FAULTS_SHOWN = 200
#: Lines of the audit's last hour that are looked through at the start for what was read within it.
SEEDED = 10_000
#: Pages of walls, by who looks at them, of which is known that they were written down today.
MOST_ON_WALLS = 20_000
#: Nothing is asked of an instant before this year: windows reach 100 years further back.
EARLIEST_YEAR = 1900
#: Nothing is loaded from elsewhere, and no foreign page frames a wall.  Plotly and React write styles of their own; what
#: drives a browser (a kiosk's control, the tests) evaluates expressions in the page.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)


class Service:
    """One running wall.  ``start`` begins the ticks; ``dash`` is the Dash application (made when it is first asked for: it
    takes a second to import, in which the ticks can begin)."""

    _unscanned = -1  # the day (ordinal) whose look at space and time could not be

    def __init__(
        self,
        settings: Settings,
        before: Callable[[Callable[[str, int, int], None]], None] | None = None,
        bar: LoadBar | None = None,
    ) -> None:
        self.settings, self._before, self._bar = settings, before, bar
        self.clock = clock_of(settings.profile)
        bare = City(settings.profile, ended=settings.mapping.closed_log)
        self.board = Board(bare, PANELS, time.monotonic, round(settings.tick_s * 1000), build_of(settings))
        self._watched_clock = WatchedClock(self._stepped)
        self.hub = Hub(self.board, self.now_ms)
        self.state = State(settings.state)
        self.facts: Facts | None = None
        self._own = OwnFacts(settings, self.board.health)
        self._source: Source | None = None
        self._sync: Sync | None = None
        self.board.health.waiting = lambda: self._source.waiting() if self._source is not None else None
        self._geometry: dict[tuple[int, str], bytes] = {}
        demo = Viewer("desk", rights=DEMO_RIGHTS, user=DEMO_USER, role="analyst") if settings.profile.city.demo else None
        self.accounts, self.audit = Accounts(self.state), Audit(self.state)
        self.logged_in = LoggedIn(Sessions(self.state), now)
        self.state_watch = StateWatch(self.state, self.audit, self.logged_in.held)
        self.recorder = Recorder(self.audit, now, self.state_watch.hopeless)
        self.limits = CaseLimits(self.state)
        self.volume = Volume(self.limits, settings.profile.zone)
        admin = Admin(
            self.state, self.accounts, self.audit, self.recorder, self.limits, lambda: self.board.city, now, settings.url
        )
        for line in reversed(self.audit.rows(Filter(since=ms(now() - timedelta(hours=1))), SEEDED)):
            if line.rows and line.what in ("export", "case opened", READ) and not line.subject.startswith(("kiosk", "wall")):
                self.volume.remember(line.who, line.rows, line.at)
        self._on_walls: dict[tuple[str, Topic], int] = {}
        oidc = Oidc(settings.provider) if settings.provider is not None else None
        self.door = DeskDoor(
            self.accounts,
            self.logged_in,
            self.recorder,
            now,
            lambda: self.board.city,
            demo,
            self._is_local,
            Devices(self.state.secret("devices")),
            settings.url,
            oidc,
        )
        self.board.acknowledged = Acknowledgements(self.state, now())
        kiosk = kiosk_desk(self.board, lambda: self.facts, self.board.acknowledged, lambda: (now(), self.desk_as_of()))
        self._workbench = Workbench(settings, self.board, lambda: self.facts, self.desk_as_of, self.behind)
        self.analyst = Analyst(self._workbench)
        self.desk = Desk(
            self.door,
            (*kiosk[0], *self.analyst.pages(), *admin.pages()),
            (*kiosk[1], *self.analyst.routes(), *admin.routes(), *source_routes(self.board, self.now_ms)),
        )
        self._keys = self.state_watch.look(now())
        self._keys_seen: dict[ScreenKey, int] = {}
        self.aside = worker.Aside()
        self._fitting = threading.Lock()
        self.local_token = secrets.token_urlsafe(24)
        self._ended = threading.Event()
        self._done: dict[str, datetime] = {}
        self._again: dict[str, datetime] = {}
        self._reloaded = False
        self._looked_at_rejected: tuple[int, int] | None = None
        if not settings.loopback and not self._keys:
            raise SettingFault(
                f"host '{settings.host}': this address is open to others and no screen has a key yet; add one with "
                "'python -m dashboard key add NAME', or serve on 127.0.0.1",
                f"host“{settings.host}”：此地址对外开放，而还没有一块屏幕有密钥；请先 python -m dashboard key add 名称，"
                "或只在 127.0.0.1 上服务",
            )
        self.ticker = Ticker(self, self.board, self.hub.announce, self.hub.listeners, self._watched_clock, settings.tick_s)

    def own_facts(self) -> Facts:
        """The facts, opened at the first call: from then on nobody else serves them.  Raises FactsFault.

        A damaged file of ours is moved aside and built anew from the source; one that was named may be somebody else's.
        """
        self.facts = self._own.opened()
        self.facts.guard = Guard()
        return self.facts

    # ------------------------------------------------------------------ the road (dashboard.ticker.Road)
    def prepare(self, progress: Callable[[str, int, int], None]) -> SnapshotReader:
        """Open the source and the facts, load what is missing, read the grid."""
        if self._bar is None:
            return self._prepare(progress)
        with self._bar as bar:  # who waits at a terminal sees how far it is, as the screens do

            def told(what: str, done: int, total: int) -> None:
                bar(what, done, total)
                progress(what, done, total)

            return self._prepare(told)

    def _prepare(self, progress: Callable[[str, int, int], None]) -> SnapshotReader:
        facts = self.own_facts()
        self._own.mend()
        if self._before is not None:
            self._before(progress)
            self._before = None
        if self._sync is None:
            source = self._source = Source.open(self.settings.source, self.settings.mapping, self.settings.limits)
            self._sync = Sync(source, facts, self.settings.profile, self.clock)
        if self._sync.stale():
            self._sync.load(now(), progress)
        self._read_city()
        self._reloaded = False
        give_back_memory()
        drawn = {p: PANELS[p] for s in self.settings.profile.scenes for p in s.panels if p in PANELS}
        wanted = {m for p in drawn.values() for m in (p.metric, *p.also)}
        return SnapshotReader(facts.read_wide, self.board.city, {m: METRICS[m] for m in METRICS if m in wanted})

    def _read_city(self) -> None:
        """Grid, packed geometry by level (0 = the outline) and labels; each under a version that is its URL."""
        assert self.facts is not None
        grid = self.facts.grid()
        binaries: dict[int, bytes] = {}
        for level in range(1, int(grid.level.max()) + 1) if len(grid.code) else ():
            cells = self.facts.geometry(level)
            if cells:
                binaries[level] = pack(cells)
                if level == 1:
                    binaries[0] = pack_outline(cells)
        assert self._sync is not None
        bare = replace(self._sync.city, grid=grid)
        if binaries:
            binaries.update({place: grid_heat.labels(bare, lang) for lang, place in grid_heat.LABELS_AT.items()})
        versions = {place: grid_heat.geometry_version(binary) for place, binary in binaries.items()}
        self._geometry = {(p, versions[p]): gzip.compress(b, 6, mtime=0) for p, b in binaries.items()}
        self.board.city = replace(bare, geometry=versions)
        self.analyst.forget_shapes()
        self.board.head = {"badges": self._badges()}

    def sync(self, moment: datetime) -> SyncReport:
        """One tick of the source.  A reload (another file or database, another grid), also one by ``housekeeping``, is
        reported until ``prepare`` has read the grid it may have brought: positions of the old one would name wrong cells.
        """
        assert self._sync is not None
        assert self.facts is not None
        self.facts.look()
        before = self._sync.mapped
        report = self._sync.tick(moment)
        # a log that holds its first start feeds figures that it did not: the wall is told what is mapped anew
        self._reloaded = self._reloaded or report.loaded or self._sync.mapped is not before
        self._look_at_rejected(moment)
        return replace(report, loaded=self._reloaded)

    def _look_at_rejected(self, moment: datetime) -> None:
        """Once a minute, and after each load: whether more of a table is set aside than the city allows."""
        assert self._sync is not None
        assert self.facts is not None
        due = (self._sync.loads, int(moment.timestamp() // 60))
        if due != self._looked_at_rejected:
            self.board.health.rejected = tuple(rejected_tables(self.facts, self.settings.profile.service.rejected_share))
            self.board.health.ahead = self.facts.ahead(ms(moment))
            self._looked_at_rejected = due

    def as_of(self, moment: datetime) -> datetime:
        """The instant the numbers are for: now, or where the mapping says so the newest record of a closed log."""
        return self._sync.clock_now(moment) if self._sync is not None else moment

    def held(self) -> datetime | None:
        """When the facts were last up with the source; None before the first load, and of facts of another city, mapping or
        version, which must be loaded anew."""
        if self.facts is None or self._sync is None or self._sync.stale():
            return None
        return self._sync.read_at()

    def desk_as_of(self) -> datetime:
        """The instant that questions are answered for: as ``as_of``; while the source is away, when it was last read."""
        health, moment = self.board.health, now()
        if not health.source_ok and health.checked_ms:
            moment = min(moment, datetime.fromtimestamp(health.checked_ms / 1000, UTC))
        return self.as_of(moment)

    def behind(self) -> Text | None:
        """What is said above numbers that are not of now; None where the source is read."""
        health = self.board.health
        return None if health.source_ok else behind(health.kind, health.checked_ms, self.settings.profile.zone, health.words)

    def housekeeping(self, moment: datetime) -> None:
        """Between ticks, at most one of: fold the log into the facts file, reconcile the newest days, reconcile all."""
        sync, facts = self._sync, self.facts
        assert sync is not None
        assert facts is not None
        jobs: tuple[tuple[str, timedelta, Callable[[], Any]], ...] = (
            ("checkpoint", CHECKPOINT_EVERY, lambda: self._checkpoint(sync, facts, moment)),
            ("recent", RECONCILE_RECENT, lambda: self._reconcile(sync, moment, 3)),
            ("all", RECONCILE_ALL, lambda: self._reconcile(sync, moment, None)),
        )
        hour = moment.astimezone(self.settings.profile.zone).hour
        for name, every, job in jobs:
            last = self._done.setdefault(name, moment)
            again = self._again.get(name)
            if last > moment:  # the clock was set back: the period begins anew, or nothing would be done for as long
                last = self._done[name] = moment
                if again is not None:
                    again = self._again[name] = min(again, moment + AFTER_FAILURE)
            if (
                moment - last >= every
                or (again is not None and moment >= again)
                or (name == "all" and hour == RECONCILE_ALL_AT and moment - last > timedelta(hours=2))
            ):
                self._done[name], self._again[name] = moment, moment + AFTER_FAILURE
                job()
                del self._again[name]
                return

    def _checkpoint(self, sync: Sync, facts: Facts, moment: datetime) -> None:
        sync.note_read(moment)
        facts.checkpoint()
        if abs(moment - self._done.setdefault("afresh", moment)) >= AFRESH_EVERY and facts.forget_buffers():
            self._done["afresh"] = moment
            give_back_memory()

    def _reconcile(self, sync: Sync, moment: datetime, days: int | None) -> None:
        before = sync.loads
        reconcile(sync, moment, days)
        self._reloaded = self._reloaded or sync.loads != before

    # ------------------------------------------------------------------ what the routes ask (callbacks.router.Answers)
    def geometry(self, level: int, version: str) -> bytes | None:
        return self._geometry.get((level, version))

    def now_ms(self) -> int:
        return ms(self._watched_clock())

    def _stepped(self, by_ms: int) -> None:
        """The wall clock was set."""
        moment = now()
        log.warning("the clock was set %s by %.0f s; ages stay true", "back" if by_ms < 0 else "forward", abs(by_ms) / 1000)
        self.board.shift(by_ms, ms(moment))

    def admits(self, headers: dict[bytes, bytes], query: Mapping[str, str]) -> bool:
        """Who calls from this machine; else who brings a valid screen key (``?key=`` or its cookie)."""
        if self._is_local(headers) or self.from_command(headers):
            return True
        held = self._held_key(headers, query)
        if held is not None:
            self._key_used(held)
        return held is not None

    def screen_of(self, headers: Mapping[bytes, bytes], query: Mapping[str, str]) -> str:
        """The name of the screen whose key a request brings, "" where it brings none that is valid."""
        held = self._held_key(headers, query)
        return held.screen if held is not None else ""

    def _held_key(self, headers: Mapping[bytes, bytes], query: Mapping[str, str]) -> ScreenKey | None:
        return self._valid_key(query.get("key", "")) or self._valid_key(cookie(headers, KEY_COOKIE))

    def screen_with(self, key: str) -> str:
        """The screen whose valid key this is, "" = nobody's."""
        held = self._valid_key(key)
        return held.screen if held is not None else ""

    def _valid_key(self, key: str) -> ScreenKey | None:
        held = self._keys.get(digest(key)) if key else None
        return held if held is not None and (held.ends_at is None or self.now_ms() < held.ends_at) else None

    def shown(self, topic: Topic) -> Callable[[], None] | None:
        """What is to be done aside where a wall's page is shown: the cases that it names, into the audit at its first use of a
        day by whoever looks.  None after that: it asks every second."""
        reading = current()
        if not isinstance(reading, GatedReading):
            return None
        day, key = self.now_ms() // 86_400_000, (reading.who[0], topic)
        return None if self._on_walls.get(key) == day else partial(self._write_shown, key, day)

    def _write_shown(self, key: tuple[str, Topic], day: int) -> None:
        topic = key[1]
        if self._on_walls.get(key) != day and (numbers := self.board.cases_on(topic)):
            if len(self._on_walls) >= MOST_ON_WALLS:
                self._on_walls.clear()
            self._on_walls[key] = day
            shown_on_wall(f"wall {topic.page} {topic.scope}".strip(), numbers)

    def _key_used(self, key: ScreenKey) -> None:
        """Into the audit at its first use of a day (and after a start): a screen asks every second.  "former": it still brings
        the key that was replaced."""
        day = self.now_ms() // 86_400_000
        if self._keys_seen.get(key) != day:
            self._keys_seen[key] = day
            former = "" if key.ends_at is None else "former"
            self.recorder.put(f"screen:{key.screen}", "key used", former, "ok", "screen", address())

    def _is_local(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the request comes from this machine itself: loopback is listened on and called by its name, and nothing
        tells of a proxy, neither a setting nor a header.

        Another name is a foreign page's that was turned to point here, or one that a proxy passed on.
        """
        own = self.settings
        return (
            own.loopback
            and not own.url
            and not own.proxies
            and calls_loopback(headers.get(b"host", b""))
            and not forwarded(headers)
        )

    def from_command(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a command asks that can read what the server wrote beside its facts."""
        return secrets.compare_digest(headers.get(b"x-gridwall-local", b""), self.local_token.encode())

    def _watch_keys(self) -> None:
        """In a thread of its own, since the store may be slow or away: the last answer then stands, and /healthz says so."""
        while not self._ended.wait(KEYS_EVERY_S):
            try:
                self._keys = self.state_watch.look(now())
                self.limits.refresh()
            except StateFault as fault:
                log.debug("the keys of screens cannot be read: %s", fault)  # said once where it began
            except Exception:
                log.exception("the state store was not read")
            self.board.health.state = self.state_watch.public()

    def _watch_baseline(self) -> None:
        """In a thread of its own: the fit takes seconds, in a process that comes last, and no tick waits for it."""
        last_in_line()
        wait = BASELINE_EVERY_S
        while not self._ended.wait(wait):
            wait = BASELINE_EVERY_S
            if self.facts is None or self.board.snapshot is None:
                continue
            for daily in (self._fit_if_due, self._verdicts_if_due, self._scan_if_due):
                try:
                    daily(self.facts, self.as_of(now()))
                except Exception as error:  # said where ``fit`` fails; what was kept stays, and the others have their turn
                    log.debug("a look of the day: %s", error)
                    wait = AFTER_FAILURE.total_seconds()

    def _fit_if_due(self, facts: Facts, moment: datetime) -> None:
        meta = facts.meta()
        kept = stored(meta)
        self.board.health.baseline_ms = kept.fitted_ms if kept else 0
        if due(meta, self.board.city, self.clock, moment):
            self.fit()

    def _verdicts_if_due(self, facts: Facts, moment: datetime) -> None:
        if verdicts.due(facts.meta(), self.board.city, moment):
            taken = verdicts.take(facts, self.board.city, moment)
            log.info("verdicts on departments: %d days looked at, %.1f s", taken.days, taken.seconds)

    def _scan_if_due(self, facts: Facts, moment: datetime) -> None:
        """The day's look at space and time, in a process of its own; where there is too little of it, that is no fault."""
        day = verdicts.newest_day(self.board.city, moment)
        if self._unscanned == day or not clusters.due(facts.meta(), self.board.city, moment):
            return
        process = worker.Aside()
        try:
            told = clusters.take(facts, self.board.city, moment, partial(process.ask, limit_s=BASELINE_LIMIT_S))
            log.info("space-time scan: %s, %.1f s", "an alarm" if told.alarm else "nothing", told.seconds)
        except clusters.ScanFault as fault:
            self._unscanned = day  # no more today
            log.debug("%s", fault)
        finally:
            process.close()

    def fit(self) -> Fitted:
        """Fit the early warning's baseline anew.  Raises what ``data.warning.refit`` raises, and says it on the health page."""
        facts, health = self.facts, self.board.health
        if facts is None or self.board.snapshot is None:
            raise not_yet(self.board.health)
        with self._fitting:
            process = worker.Aside()  # of its own: other questions do not wait for a fit, and its memory is given back
            ask = partial(process.ask, limit_s=BASELINE_LIMIT_S)
            try:
                fitted = refit(facts, self.board.city, self.clock, self.as_of(now()), ask)
            except Exception as error:
                text = str(error) if isinstance(error, GridWallError) else f"{type(error).__name__}: {error}"
                if text != health.baseline_fault and not self._ended.is_set():
                    log.error("the baseline of the early warning was not fitted, the old one stays: %s", text)
                health.baseline_fault = text[:200]
                raise
            finally:
                process.close()
            health.baseline_ms, health.baseline_fault = fitted.fitted_ms, ""
            log.info("early warning: baseline of %d series from %d days, %.1f s", fitted.series, fitted.days, fitted.seconds)
            return fitted

    def refit(self, headers: Mapping[bytes, bytes]) -> dict[str, Any]:
        """``fit`` for the command on this machine (``python -m dashboard refit``)."""
        if not self.from_command(headers):
            raise AccessFault("refit is for the command on the server's own machine", "重新拟合只限服务器本机命令")
        try:
            return asdict(self.fit())
        except GridWallError:
            raise
        except Exception as error:
            raise QueryFault(f"the fit failed, the old baseline stays: {error}") from error

    def read(self, metric: str, viewer: Viewer, back: str, at: str, cases: bool) -> dict[str, Any]:
        """One metric as JSON-ready values (``python -m dashboard read``).

        Single cases beside those that stand on the walls just now, of another time or a longer one, are for whoever may read
        ``cases``.
        """
        if self.facts is None or self.board.snapshot is None:
            raise not_yet(self.board.health)
        shown = self.board.frame(metric, viewer.scope) if not at and not back and viewer.surface == "wall" else None
        if shown is not None:
            snapshot, frame = shown
            hand_out(answer.cases_of(METRICS[metric], frame))
            return with_behind(as_reading(metric, viewer, frame, snapshot.now, snapshot.id, snapshot.city), self.behind())
        if (at or back) and not cases and metric in METRICS and METRICS[metric].names_cases:
            raise AccessFault(
                "single cases of another time are for accounts that may read cases; ask without at and back",
                "其他时点的单个案件限有查看案件权限的账号；请去掉 at 与 back",
            )
        moment = parse_at(at, self.settings.profile.zone) if at else self.desk_as_of()
        return with_behind(reading(metric, self.facts, viewer, self.board.city, moment, back), self.behind())

    def faults(self, headers: Mapping[bytes, bytes]) -> dict[str, Any]:
        """The rows that were set aside (``python -m dashboard faults``); what they held only to that command on this machine,
        which brings what the server wrote beside its facts: it is the source's own text, whatever stands there."""
        if self.facts is None or self.board.snapshot is None:
            raise not_yet(self.board.health)
        found = set_aside(self.facts, self.from_command(headers))
        hand_out([f"{row['source_table']} {row['row_key']}" for row in found["rows"]])  # a row is mostly a case's own
        return found

    # ------------------------------------------------------------------ Dash
    def _badges(self) -> tuple[str, ...]:
        profile = self.settings.profile
        badges = ["demo"] if profile.city.demo else []
        lists = (profile.levels, profile.stages, profile.channels, profile.departments, profile.categories)
        if any(item.example for part in lists for item in part):
            badges.append("example")
        if self.settings.mapping.mapping.as_of == "newest":
            badges.append("history")
        if bool(np.any(self.clock.provisional(np.array([ms(now() + timedelta(days=45))], np.int64)))):
            badges.append("calendar")
        return tuple(badges)

    @cached_property
    def dash(self) -> Dash:
        from callbacks.desk.analyst_grid import register as register_grid
        from callbacks.pages import register
        from dashboard.backend import WallBackend
        from dashboard.index import PagedDash

        title = escape(self.settings.profile.city.title("zh"))  # Dash puts it into its page as it is
        paged = PagedDash(
            "gridwall",
            backend=WallBackend,
            title=title,
            update_title="",
            serve_locally=True,
            compress=True,
            suppress_callback_exceptions=True,
            meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        )
        app: Dash = paged
        self.board.head = {"badges": self._badges()}
        register(app, self.board, self.desk)
        register_grid(app, self.analyst, self.desk.drills)
        policy = CONTENT_POLICY.format(scripts=" ".join((*app.csp_hashes(), *watchdog.DIGESTS)))
        routes = LiveRoutes(
            app.server.behind, self.hub, self, self.desk, policy, self.shown, app.callback_map, self.settings.url, paged.modules
        )
        gate = CaseGate(routes, self.recorder, self.volume, now, self.screen_of)
        app.server.front = BehindProxy(gate, self.settings.proxies)
        app._setup_server()  # Dash does this at its first request of "/"; a wall opens /wall, and would find no assets
        return app

    def start(self) -> None:
        log.info(
            "city %s, mapping %s, source %s, facts %s",
            self.settings.profile.city.id,
            self.settings.mapping.mapping.id,
            shown(self.settings.source),
            shown(self.settings.facts),
        )
        if self.settings.provider is not None:
            log.info("logins also through %s as %s", self.settings.provider.issuer, self.settings.provider.client_id)
        threading.Thread(target=self._watch_keys, name="keys", daemon=True).start()
        threading.Thread(target=self._watch_baseline, name="baseline", daemon=True).start()
        worker.through(self.aside)
        self.logged_in.start()
        self.ticker.start()

    def break_off(self) -> None:
        """Wait for no answer of the source any more, and ask it nothing more."""
        if self._source is not None:
            self._source.stop()
        self._workbench.stop()

    def stop(self) -> None:
        self.hub.closing = True
        self._ended.set()
        self.break_off()
        worker.through(None)
        self.aside.close()
        self.desk.close()
        self.door.close()
        self.logged_in.stop()
        self.recorder.close()
        self.ticker.stop()
        if self.facts is not None and not self.ticker.alive:  # what a thread still uses is left as a kill would leave it
            if self._sync is not None and self.board.health.source_ok:
                with contextlib.suppress(GridWallError):
                    self._sync.note_read(datetime.fromtimestamp(self.board.health.checked_ms / 1000, UTC))
            self.facts.close()
        if self.board.acknowledged is not None:
            self.board.acknowledged.close()
        self.state.close()


def reading(metric: str, facts: Facts, viewer: Viewer, city: City, moment: datetime, back: str) -> dict[str, Any]:
    """One metric computed from the facts at ``moment``; see ``as_reading``."""
    _, frame = answer.answer(metric, facts, viewer, city, moment, answer.parse_back(back) if back else None)
    return as_reading(metric, viewer, frame, moment, f"recomputed at {moment.isoformat()}", city)


def with_behind(found: dict[str, Any], said: Text | None) -> dict[str, Any]:
    """An answer, with the words above numbers that are not of now."""
    return found if said is None else {**found, "behind": said.model_dump()}


def left_out(metric: str, viewer: Viewer, city: City) -> dict[str, dict[str, str]]:
    """``{"sensitive": {"zh", "en"}}``: how sensitive categories are counted for this viewer; {} where nothing is to be said."""
    if not leaves_out(viewer, city) or not any(c.unit == "events" for c in METRICS[metric].columns):
        return {}
    in_batches = metric == "headline" and city.scope_of(viewer.scope)[0] <= 1
    return {"sensitive": (IN_BATCHES if in_batches else WITHOUT).model_dump()}


def as_reading(metric: str, viewer: Viewer, frame: pd.DataFrame, as_of: datetime, snapshot: str, city: City) -> dict[str, Any]:
    """``{"as_of", "as_of_local", "snapshot", "not_mapped": [what it lacks], "columns": [{"name", "unit"}], "rows": [{...}],
    "names": {column: {code: name}}}`` of one metric; NaN becomes null, ``as_of`` is UTC and ``as_of_local`` the same in the
    city's time.  A column, or a row, whose figures are unknown because nothing is delivered for them says so as well; and see
    ``left_out``."""
    scope = viewer.scope
    if scope and {"code", "level"} <= set(frame):  # cells elsewhere were not counted: no row, not a row of zeros
        frame = frame[[city.lies_in(code, scope) for code in frame["code"]]]
    lacks = METRICS[metric].lacking(city)
    columns = [
        {"name": c.name, "unit": c.unit, **_lacks([r for r in lacks if c.name in r.columns and not r.rows])}
        for c in METRICS[metric].columns
    ]
    rows: list[dict[str, Any]] = [{str(k): _json_value(v) for k, v in row.items()} for row in frame.to_dict("records")]
    names = names_of(metric, rows, city)
    if scope in city.grid.names:
        names["scope"] = {scope: city.grid.names[scope].model_dump()}
    for row in rows:
        row.update(_lacks([r for r in lacks if r.rows and str(row[r.by or str(frame.columns[0])]) in r.rows]))
    return {
        "metric": metric,
        "as_of": as_of.isoformat(),
        "as_of_local": as_of.astimezone(city.profile.zone).isoformat(),
        "snapshot": snapshot,
        "scope": scope,
        "not_mapped": [str(n) for n in lost(lacks)],
        "columns": columns,
        "rows": rows,
        "names": names,
        **left_out(metric, viewer, city),
    }


def _lacks(of_it: list[Requires]) -> dict[str, list[str]]:
    return {"not_mapped": [str(n) for n in lost(of_it)]} if of_it else {}


def set_aside(facts: Facts, details: bool) -> dict[str, Any]:
    """``{"total", "not_located", "ahead", "never", "reasons": [{source_table, reason, rows, name, remedy}], "rows": [{
    source_table, row_key, reason, seen_at, event, case_number, detail}]}``: the rows of the source that could not be used, or
    only in part; the newest ``FAULTS_SHOWN`` one by one; ``event`` and ``case_number`` are those of the event that a row
    belongs to (None = none known).  No faults of rows: ``not_located``, the events in no cell of the grid (in every sum, on no
    map), ``ahead``, those (and vital signs) with a time that is yet to come (in no figure until then), and ``never``
    ("table.column" -> how many at the last load), times that say "has not happened", as 9999-12-31.

    ``details`` False leaves out what the rows held: it is the source's own text, and no wall reads any.
    """
    counts = facts.fault_counts()
    reasons = [
        {
            "source_table": t,
            "reason": r,
            "rows": n,
            "name": reason_of(r).name.model_dump(),
            "remedy": reason_of(r).remedy.model_dump(),
        }
        for t, r, n in counts
    ]
    rows = [
        {**f, "seen_at": datetime.fromtimestamp(f["seen_at"] / 1000, UTC).isoformat(timespec="seconds")}
        for f in facts.faults(FAULTS_SHOWN)
    ]
    cases = facts.cases_of_faults(FAULTS_SHOWN) if details else {}
    for row in rows:
        detail = row.pop("detail")
        if details:
            row["event"], row["case_number"] = cases.get((row["source_table"], row["row_key"]), (None, None))
            row["detail"] = detail
    never = json.loads(facts.meta().get("never", "{}"))
    return {
        "total": sum(n for _, _, n in counts),
        "not_located": facts.not_located(),
        "ahead": facts.ahead(ms(now())),
        "never": never,
        "reasons": reasons,
        "rows": rows,
    }


def _json_value(value: Any) -> Any:
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_json_value(v) for v in value]
    if value is None or (isinstance(value, float) and not np.isfinite(value)) or value is pd.NA:
        return None
    return value.item() if isinstance(value, np.generic) else value


def build_of(settings: Settings) -> str:
    """A digest of what an open wall was made by: the program's own files and the city's."""
    digest = hashlib.blake2b(settings.profile.model_dump_json().encode(), digest_size=6)
    root = ASSETS.parent.parent
    for part in ("callbacks", "dashboard", "layouts"):
        for path in sorted(p for p in (root / part).rglob("*") if p.suffix in (".py", ".js", ".css")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def give_back_memory() -> None:
    """Hand the heap of a bulk load back to the system: it is several times what the ticks need.  Linux with glibc only."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def parse_at(text: str, zone: Any) -> datetime:
    """An ISO instant, not in the future; without an offset it is meant in the city's zone.  Raises QueryFault.

    The future is refused because it would also bring forward what a wall shows only a day late.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise QueryFault(
            f"at '{text[:40]}': write an instant such as 2026-11-23T15:40 or 2026-11-23T15:40+08:00 (in an address '+' is %2B)",
            f"at“{text[:40]}”：请写时刻如 2026-11-23T15:40 或 2026-11-23T15:40+08:00（地址中“+”写作 %2B）",
        ) from None
    if moment > now():
        raise QueryFault(f"at '{text[:40]}': lies in the future; nothing has happened there yet", f"at“{text[:40]}”：尚未到来")
    if moment.year < EARLIEST_YEAR:
        raise QueryFault(
            f"at '{text[:40]}': lies before {EARLIEST_YEAR}; no event is that old",
            f"at“{text[:40]}”：早于 {EARLIEST_YEAR} 年，没有这么早的案件",
        )
    return moment


def city_of(settings: Settings, facts: Facts) -> City:
    return City(settings.profile, facts.grid(), mapped=mapped_of(facts.meta()), ended=settings.mapping.closed_log)


__all__ = ["Service", "city_of", "now", "parse_at", "reading", "set_aside"]
