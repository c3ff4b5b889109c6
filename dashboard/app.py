"""The application: its parts are created and wired together once (source, facts, ticks, keys, accounts, routes, Dash)."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd  # noqa: F401  # before the ticker starts: plotly's lazy imports of it would race with the ticker's own

from callbacks.auth.authenticator import DeskAuthenticator
from callbacks.auth.case_gate import READ, CaseGate
from callbacks.auth.devices import Devices
from callbacks.auth.logged_in import LoggedIn
from callbacks.auth.oidc import Oidc
from callbacks.auth.record import Recorder
from callbacks.desk.admin import Admin
from callbacks.desk.alarms import AlarmDesk
from callbacks.desk.analyst import Analyst
from callbacks.desk.kiosk import kiosk_desk
from callbacks.desk.router import Desk
from callbacks.desk.source_state import source_routes
from callbacks.http.below import BelowPath
from callbacks.router import LiveRoutes
from callbacks.wall.live import Hub
from callbacks.wall.page_cache import PageCache
from dashboard import plotly_bundle
from dashboard.api import Api
from dashboard.baseline_job import BaselineJob
from dashboard.clock import WatchedClock, now
from dashboard.network import BehindProxy
from dashboard.pipeline import SourcePipeline
from dashboard.progress import LoadBar
from dashboard.screen_keys import ScreenKeys
from dashboard.settings import SettingError, Settings, shown
from dashboard.shown_on_walls import ShownOnWalls
from dashboard.ticker import Ticker
from dashboard.workbench import Workbench
from data.access.accounts import Accounts
from data.access.acknowledgements import Acknowledgements
from data.access.audit import Audit, Filter
from data.access.case_limits import CaseLimits, Volume
from data.access.roles import DEMO_RIGHTS, DEMO_USER
from data.access.saved_views import SavedViews
from data.access.sessions import Sessions
from data.access.store import State
from data.access.store_watch import StateWatch
from data.access.viewer import Viewer
from data.alarms.lives import Lives
from data.city.city import City
from data.city.map_setting import Basemap
from data.clock.instants import ms
from data.jobs import worker
from data.query.disclosure import SECRET
from data.types.records import Record
from layouts.html import watchdog
from layouts.html.theme import root_attributes
from layouts.panels import PANELS

if TYPE_CHECKING:
    from dash import Dash

log = logging.getLogger("gridwall")
ASSETS = Path(__file__).parent / "assets"
#: Maximum number of the last hour's audit lines read at start-up to restore the reading volumes.
SEEDED = 10_000
#: Nothing loads from other hosts except the tiles of the basemap in the city's file, and no foreign page may frame a wall.
#: Plotly and React write inline styles; a browser under control (kiosks, tests) evaluates expressions in the page.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:{tiles}; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)


class _Answers(NamedTuple):
    """What the routes need (``callbacks.router.Answers``), each supplied by its part."""

    geometry: Callable[[int, str], bytes | None]
    read: Callable[[str, Viewer, str, str, bool], Record]
    faults: Callable[[Mapping[bytes, bytes]], Record]
    refit: Callable[[Mapping[bytes, bytes]], Record]
    from_command: Callable[[Mapping[bytes, bytes]], bool]
    admits: Callable[[dict[bytes, bytes], Mapping[str, str]], bool]
    screen_with: Callable[[str], str]
    now_ms: Callable[[], int]


class Service:
    """One running wall.  ``start`` begins the ticks; ``dash`` is the Dash application (created on first use: importing it
    takes a second, during which the ticks can begin)."""

    def __init__(
        self,
        settings: Settings,
        before: Callable[[Callable[[str, int, int], None]], None] | None = None,
        bar: LoadBar | None = None,
    ) -> None:
        self.settings = settings
        self.state = State(settings.state)
        bare = City(settings.profile, ended=settings.mapping.closed_log, secret=self.state.secret(SECRET))
        self.page_cache = PageCache(bare, PANELS, time.monotonic, round(settings.tick_s * 1000), build_of(settings))
        self._watched_clock = WatchedClock(self._stepped)
        self.hub = Hub(self.page_cache, self.now_ms)
        self.pipeline = SourcePipeline(settings, self.page_cache, before, bar, lambda: self.analyst.forget_shapes())
        self.accounts, self.audit = Accounts(self.state), Audit(self.state)
        self.logged_in = LoggedIn(Sessions(self.state), now)
        self.state_watch = StateWatch(self.state, self.audit, self.logged_in.held)
        self.recorder = Recorder(self.audit, now, self.state_watch.hopeless)
        self.limits = CaseLimits(self.state)
        self.volume = self._read_within_the_hour()
        self.keys = ScreenKeys(settings, self.state_watch, self.recorder, self.now_ms, self.limits.refresh, self._say_state)
        if not settings.loopback and not self.keys.any:
            raise SettingError(
                f"host '{settings.host}': this address is open to others and no screen has a key yet; add one with "
                "'python -m dashboard key add NAME', or serve on 127.0.0.1",
                f"host“{settings.host}”：此地址对外开放，而还没有一块屏幕有密钥；请先 python -m dashboard key add 名称，"
                "或只在 127.0.0.1 上服务",
            )
        self.walls, self.baseline = ShownOnWalls(self.page_cache, self.now_ms), BaselineJob(self.pipeline)
        self.api = Api(self.pipeline, self.baseline, self.keys.from_command)
        self.authenticator = self._authenticator()
        self.page_cache.acknowledged = Acknowledgements(self.state, now())
        self.page_cache.lives = Lives(self.state, settings.profile.alarms, settings.profile.zone, now())
        self._workbench = Workbench(self.pipeline)
        self.analyst = Analyst(self._workbench, SavedViews(self.state), now)
        self.desk = self._desk()
        self.statistics_worker = worker.StatisticsWorker()
        self.ticker = Ticker(
            self.pipeline, self.page_cache, self.hub.announce, self.hub.listeners, self._watched_clock, settings.tick_s
        )

    def _read_within_the_hour(self) -> Volume:
        """How many cases each user read in the last hour, from the audit: a restart does not reset the limit."""
        volume = Volume(self.limits, self.settings.profile.zone)
        for line in reversed(self.audit.rows(Filter(since=ms(now() - timedelta(hours=1))), SEEDED)):
            if line.rows and line.what in ("export", "case opened", READ) and not line.subject.startswith(("kiosk", "wall")):
                volume.remember(line.who, line.rows, line.at)
        return volume

    def _authenticator(self) -> DeskAuthenticator:
        own = self.settings
        demo = Viewer("desk", rights=DEMO_RIGHTS, user=DEMO_USER, role="analyst") if own.profile.city.demo else None
        return DeskAuthenticator(
            self.accounts,
            self.logged_in,
            self.recorder,
            now,
            lambda: self.page_cache.city,
            demo,
            self.keys.is_local,
            Devices(self.state.secret("devices")),
            own.url,
            Oidc(own.provider) if own.provider is not None else None,
        )

    def _desk(self) -> Desk:
        assert self.page_cache.acknowledged is not None
        assert self.page_cache.lives is not None
        admin = Admin(
            self.state,
            self.accounts,
            self.audit,
            self.recorder,
            self.limits,
            lambda: self.page_cache.city,
            now,
            self.settings.url,
        )
        pages, routes = kiosk_desk(
            self.page_cache,
            lambda: self.pipeline.facts,
            self.page_cache.acknowledged,
            lambda: (now(), self.pipeline.desk_as_of()),
        )
        alarms = AlarmDesk(self.page_cache, self.page_cache.lives, now)
        return Desk(
            self.authenticator,
            (*pages, *self.analyst.pages(), *alarms.pages(), *admin.pages()),
            (*routes, *self.analyst.routes(), *alarms.routes(), *admin.routes(), *source_routes(self.page_cache, self.now_ms)),
        )

    def now_ms(self) -> int:
        return ms(self._watched_clock())

    def _stepped(self, by_ms: int) -> None:
        """Called when the wall clock was set."""
        moment = now()
        log.warning("the clock was set %s by %.0f s; ages stay true", "back" if by_ms < 0 else "forward", abs(by_ms) / 1000)
        self.page_cache.shift(by_ms, ms(moment))

    def _say_state(self) -> None:
        self.page_cache.health.state = self.state_watch.public()

    @cached_property
    def dash(self) -> Dash:
        from callbacks.desk.analyst_grid import register as register_grid
        from callbacks.pages import register
        from dashboard.backend import WallBackend
        from dashboard.index import PagedDash

        title = escape(self.settings.profile.city.title("zh"))  # Dash inserts it into its page unescaped
        paged = PagedDash(
            "gridwall",
            self.settings.below,
            root_attributes(self.settings.profile),
            backend=WallBackend,
            title=title,
            update_title="",
            serve_locally=True,
            compress=True,
            suppress_callback_exceptions=True,
            meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        )
        app: Dash = paged
        self.page_cache.head = {"badges": self.pipeline.badges()}
        plotly_bundle.serve(app.server)
        register(app, self.page_cache, self.desk)
        register_grid(app, self.analyst.cases, self.desk.executor)
        policy = content_policy((*app.csp_hashes(), *watchdog.DIGESTS), self.settings.profile.map.basemap)
        own, keys, api = self.settings, self.keys, self.api
        answers = _Answers(
            self.pipeline.geometry, api.read, api.faults, api.refit, keys.from_command, keys.admits, keys.screen_with, self.now_ms
        )
        routes = LiveRoutes(
            app.server.behind, self.hub, answers, self.desk, policy, self.walls.writing, app.callback_map, own.url, paged.modules
        )
        gate = CaseGate(routes, self.recorder, self.volume, now, keys.screen_of)
        app.server.front = BehindProxy(BelowPath(gate, own.below), own.proxies)
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
        basemap = self.settings.profile.map.basemap
        if basemap is not None:
            log.info("screens load the tiles of their basemap from %s", basemap.origin)
            if self.settings.url.startswith("https:") and basemap.origin.startswith("http:"):
                log.warning("the wall is served by https and %s is not: browsers do not load its tiles", basemap.origin)
        threading.Thread(target=self.keys.run, name="keys", daemon=True).start()
        threading.Thread(target=self.baseline.run, name="baseline", daemon=True).start()
        worker.through(self.statistics_worker)
        self.logged_in.start()
        self.ticker.start()

    def break_off(self) -> None:
        """Stop waiting for the source, and send it no more queries."""
        self.pipeline.break_off()
        self._workbench.stop()

    def stop(self) -> None:
        self.hub.closing = True
        self.keys.stop()
        self.baseline.stop()
        self.break_off()
        worker.through(None)
        self.statistics_worker.close()
        self.desk.close()
        self.authenticator.close()
        self.logged_in.stop()
        self.recorder.close()
        self.ticker.stop()
        if not self.ticker.alive:  # otherwise a thread still uses it: leave it as a kill would
            self.pipeline.close()
        if self.page_cache.acknowledged is not None:
            self.page_cache.acknowledged.close()
        if self.page_cache.lives is not None:
            self.page_cache.lives.close()
        self.state.close()


def content_policy(scripts: Iterable[str], basemap: Basemap | None) -> str:
    """The content security policy: scripts from the server and the inline ``scripts``, images also from the basemap's
    server."""
    return CONTENT_POLICY.format(scripts=" ".join(scripts), tiles="" if basemap is None else f" {basemap.origin}")


def build_of(settings: Settings) -> str:
    """A digest of what an open wall was built from: the program's own files and the city's."""
    digest = hashlib.blake2b(settings.profile.model_dump_json().encode(), digest_size=6)
    root = ASSETS.parent.parent
    for part in ("callbacks", "dashboard", "layouts"):
        for path in sorted(p for p in (root / part).rglob("*") if p.suffix in (".py", ".js", ".css")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
