"""One function a command; each takes the parsed arguments and returns the exit code."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from dashboard.check import check
from data.errors import FactsFault, GridWallError, QueryFault
from data.source import contract

#: A demo city whose newest record is older than this is made anew: its past would have a hole up to today.
DEMO_STALE_H = 36
#: The demo's writer begins so many seconds after the first wall is drawn.
WRITER_AFTER_S = 2.0
#: Transitions a second of a demo city of so many events a year: the pace that its own past has.
WRITER_RATE, EVENTS_OF_RATE = 0.7, 200_000
#: Shows that who asks can read what the server wrote on this machine.
LOCAL = "X-Gridwall-Local"
_ADDRESS = "write e.g. --server http://127.0.0.1:8050, or leave it out"


def serve(args: Namespace) -> int:
    """Serve the wall until it is told to stop."""
    from dashboard.app import Service
    from dashboard.settings import resolve, shown

    settings = resolve(args)
    _free(settings.host, settings.port)
    _open_files()
    writers: list[subprocess.Popen[bytes]] = []

    ended = threading.Event()

    def demo_first(progress: Any) -> None:
        _demo_if_needed(settings, args.events, progress)

    def keep_writing() -> None:
        """The demo's writer, once the wall is up: until then it would only take the wall's processor time."""
        while service.board.snapshot is None or service.hub.listeners() == 0:
            if ended.wait(0.5) or (service.board.snapshot is not None and ended.wait(WRITER_AFTER_S)):
                break
        while not ended.wait(WRITER_AFTER_S):     # again if it ended: its database may have been away as it started
            if not writers or writers[-1].poll() is not None:
                writers[:] = [subprocess.Popen([
                    sys.executable, "-m", "dashboard", "writer", "--city", args.city or settings.profile.city.id,
                    "--source", settings.source, "--parent", str(os.getpid()),
                    "--rate", f"{max(WRITER_RATE * args.events / EVENTS_OF_RATE, 0.02):.3f}"])]

    service = Service(settings, before=demo_first if args.demo else None)
    service.own_facts()
    service.start()
    import uvicorn  # like Dash, while the first numbers are being read

    config = uvicorn.Config(service.dash.server, host=settings.host, port=settings.port, log_level="warning",
                            access_log=False, proxy_headers=False, timeout_graceful_shutdown=2, lifespan="on")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"{settings.profile.city.title.zh}: http://{host}:{settings.port}/wall  (source {shown(settings.source)})", flush=True)
    note = Path(f"{_facts_file(settings.facts)}.server")
    note.touch(mode=0o600)      # who can read it is at the machine itself, and may see what faulty rows held
    note.write_text(f"http://{host}:{settings.port}\n{service.local_token}")
    server = uvicorn.Server(config)
    keeping = threading.Thread(target=keep_writing, name="writer", daemon=True)
    if args.demo:
        keeping.start()

    handle_exit = server.handle_exit

    def close_streams(signum: int, frame: FrameType | None) -> None:
        service.hub.closing = True
        handle_exit(signum, frame)

    server.handle_exit = close_streams  # type: ignore[method-assign, assignment]  # uvicorn puts it in the place of our own handlers
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, close_streams)
    try:
        server.run()
    finally:
        ended.set()
        if args.demo:
            keeping.join(5)         # so that it starts no writer that nobody would end
        note.unlink(missing_ok=True)
        for process in writers:
            process.terminate()
        service.stop()
        for process in writers:
            process.wait(15)
    return 0


def _open_files() -> None:
    """Every screen holds two connections; the usual limit of 1,024 files is met by five hundred of them."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 65_536 if most == resource.RLIM_INFINITY else min(65_536, most)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _free(host: str, port: int) -> None:
    """Raises SettingFault where the address cannot be listened on, before anything is loaded for it."""
    from dashboard.settings import SettingFault

    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        raise SettingFault(f"{host}:{port}: {error.strerror or error}; choose another with --port or --host (make run PORT=...)"
                           ) from None


def _demo_if_needed(settings: Any, events: int, progress: Any) -> None:
    from dashboard.app import now
    from dashboard.settings import sqlite_path

    path = sqlite_path(settings.source)
    if path is not None and path.exists():
        newest = _newest_change(settings.source)
        if newest is not None and (now() - newest).total_seconds() < DEMO_STALE_H * 3600:
            return
        print("the demo city ends too long ago; making it anew", file=sys.stderr)
    from data.demo.generate import generate  # what it stands on takes most of a second to import

    generate(settings.profile, settings.source, events=events, seed=1, regime="realistic", now=now(),
             progress=lambda what, done, total: progress("demo", done, total))


def _newest_change(url: str) -> datetime | None:
    """When the demo city was last written to; None where it holds nothing."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            newest: datetime | None = connection.execute(select(func.max(contract.TRANSITION.c.changed))).scalar()
            return newest.replace(tzinfo=UTC) if newest is not None else None
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def demo(args: Namespace) -> int:
    """Make the demo city, with a progress bar."""
    from tqdm import tqdm

    from dashboard.app import now
    from dashboard.settings import resolve, shown
    from data.demo.generate import generate

    settings = resolve(args)
    with tqdm(total=100, unit="%", bar_format="{desc:<24}{bar}{n:3.0f} % {elapsed}") as bar:
        def progress(what: str, done: int, total: int) -> None:
            bar.set_description_str(what)
            bar.n = 100 * done / max(total, 1)
            bar.refresh()

        started = time.perf_counter()
        generate(settings.profile, settings.source, events=args.events, seed=args.seed, regime=args.regime, now=now(),
                 progress=progress)
    print(f"{args.events:,} events in {shown(settings.source)}, {time.perf_counter() - started:.1f} s")
    return 0


def writer(args: Namespace) -> int:
    """Go on committing to the demo city until told to stop."""
    from dashboard.app import now
    from dashboard.settings import resolve
    from data.demo.writer import writer as write

    settings = resolve(args)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    if args.parent:
        threading.Thread(target=_end_with, args=(args.parent, stop), name="parent", daemon=True).start()
    write(settings.profile, settings.source, rate=args.rate, seed=args.seed, stop=stop, clock=now)
    return 0


def _end_with(parent: int, stop: threading.Event) -> None:
    """Set ``stop`` once the wall that started us is gone, be it killed: two walls' writers would crowd one city."""
    while os.getppid() == parent and not stop.wait(1):
        pass
    stop.set()


def read(args: Namespace) -> int:
    """Answer one metric: from the running server if it holds the facts, else from the file."""
    from dashboard.app import city_of, now, parse_at, reading
    from data.reader import metric_of
    from data.viewer import Viewer

    metric_of(args.metric)

    def own(settings: Any, facts: Any, sync: Any) -> dict[str, Any]:
        moment = parse_at(args.at, settings.profile.zone) if args.at else sync.clock_now(now())
        return reading(args.metric, facts, Viewer("wall", args.scope), city_of(settings, facts), moment, args.back)

    query = urllib.parse.urlencode({"scope": args.scope, "back": args.back, "at": args.at})
    answer = _answer(args, f"/api/read/{urllib.parse.quote(args.metric)}?{query}", own)
    print(json.dumps(answer, ensure_ascii=False, indent=1) if args.json else _table(answer))
    return 0


def faults(args: Namespace) -> int:
    """List the rows of the source that were set aside: how many for which reason, then the newest one by one."""
    from dashboard.app import set_aside

    answer = _answer(args, "/api/faults", lambda settings, facts, sync: set_aside(facts, True))
    if args.json:
        print(json.dumps(answer, ensure_ascii=False, indent=1))
        return 0
    print(f"{answer['total']:,} rows set aside")
    if answer.get("not_located"):       # a server of another version may not say it
        print(f"{answer['not_located']:,} events not located (in no cell of the grid): they count in every sum and are on no map")
    if answer["reasons"]:
        cells = [[str(r[k]) for k in ("source_table", "reason", "rows")] for r in answer["reasons"]]
        print("\n" + "\n".join(_lines([["source_table", "reason", "rows"], *cells])))
        for reason, name, remedy in dict.fromkeys((r["reason"], *_said(r)) for r in answer["reasons"] if r.get("remedy")):
            print(f"{reason}: {name} → {remedy}")
    if answer["rows"]:
        print("\n" + "\n".join(_lines([list(answer["rows"][0]), *([str(v) for v in r.values()] for r in answer["rows"])])))
    return 0


def _said(reason: dict[str, Any]) -> tuple[str, str]:
    """(name, remedy) of a reason in both languages; a reason of another version has its code alone."""
    name, remedy = reason["name"], reason["remedy"]
    return f"{name['zh']} · {name['en']}", f"{remedy['zh']} · {remedy['en']}"


def refit(args: Namespace) -> int:
    """Fit the early warning's baseline anew, and say what it stands on."""
    def own(settings: Any, facts: Any, sync: Any) -> dict[str, Any]:
        from dataclasses import asdict

        from dashboard.app import city_of, now
        from data import aside
        from data.warning.refit import refit as fit

        return asdict(fit(facts, city_of(settings, facts), sync.clock, sync.clock_now(now()), aside.here))

    answer = _answer(args, "/api/refit", own)
    if args.json:
        print(json.dumps(answer, ensure_ascii=False, indent=1))
        return 0
    print(f"{answer['series']:,} series ({answer['areas']} areas) from {answer['days']:,} whole days, {answer['seconds']:.1f} s")
    print("\n".join(_lines([["category", "alpha", "method"], *(
        [code, f"{alpha:.3f}", "ears" if code in answer["ears"] else "baseline"] for code, alpha in answer["alpha"].items())])))
    return 0


def _answer(args: Namespace, path: str, own: Callable[[Any, Any, Any], dict[str, Any]]) -> dict[str, Any]:
    """What the running server answers at ``path`` if it holds the facts, else ``own(settings, facts, sync)`` once they
    are up with the source."""
    from dashboard.app import now
    from dashboard.settings import resolve
    from data.calendar import clock_of
    from data.facts import Facts
    from data.source.reader import Source
    from data.sync.sync import Sync

    settings = resolve(args)
    server = args.server or _server_of(settings.facts)
    try:
        if not server:
            raise ConnectionError
        return _ask(server, path, args.key, "" if args.server else _local_token(settings.facts))
    except OSError:
        if args.server:
            raise FactsFault(f"server '{args.server}' does not answer; start it with 'make run' or leave --server out") from None
        facts = Facts.open(settings.facts)
        try:
            sync = Sync(Source.open(settings.source, settings.mapping), facts, settings.profile,
                        clock_of(settings.profile))
            if sync.stale():
                sync.load(now(), _progress_line)
            sync.tick(now())
            return own(settings, facts, sync)
        finally:
            facts.close()


def _progress_line(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what} {done:,}/{total:,}   ", end="", file=sys.stderr, flush=True)


def _facts_file(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).database or "var/facts"


def _server_of(facts: str) -> str:
    note = Path(f"{_facts_file(facts)}.server")
    return (note.read_text().splitlines() or [""])[0].strip() if note.exists() else ""


def _local_token(facts: str) -> str:
    note = Path(f"{_facts_file(facts)}.server")
    return (note.read_text().splitlines()[1:] or [""])[0].strip() if note.exists() else ""


def _ask(server: str, path: str, key: str, token: str = "") -> dict[str, Any]:
    url = server.rstrip("/") + path + (("&" if "?" in path else "?") + urllib.parse.urlencode({"key": key}) if key else "")
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={LOCAL: token} if token else {}), timeout=60) as answer:
            content: dict[str, Any] = json.load(answer)
            return content
    except urllib.error.HTTPError as error:
        with error, contextlib.suppress(ValueError):
            raise QueryFault(str(json.loads(error.read())["error"])) from None
        raise FactsFault(f"server '{server}': {error}; {_ADDRESS}") from None
    except ValueError:      # no URL at all, or an answer that is no JSON
        raise FactsFault(f"server '{server}' is no wall; {_ADDRESS}") from None


def _table(answer: dict[str, Any]) -> str:
    names = [c["name"] for c in answer["columns"]]
    heads = [f"{c['name']} ({c['unit']})" for c in answer["columns"]]
    lines = [["-" if row.get(n) is None else _cell(row[n]) for n in names] for row in answer["rows"]]
    head = f"{answer['metric']}  as of {answer['as_of']}  snapshot {answer['snapshot']}"
    return "\n".join([head, *_lines([heads, *lines])])


def _lines(rows: list[list[str]]) -> list[str]:
    """Rows of words as lines of columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in rows]


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


INDICATORS_PAGE = """# Indicators

Each is a metric of `data/metrics/`; `python -m dashboard metrics --json` says the same, `--markdown` is this page. Stocks are not
cut by a window.
"""


def metrics(args: Namespace) -> int:
    """List the metrics: id, unit, stock or flow, definition."""
    from data.metrics import METRICS

    if args.json:
        listed = [{"id": m.id, "unit": m.unit, "kind": m.kind, "standard": m.standard, "name": m.name.model_dump(),
                   "definition": m.definition.model_dump(), "columns": [{"name": c.name, "unit": c.unit} for c in m.columns]}
                  for m in METRICS.values()]
        print(json.dumps(listed, ensure_ascii=False, indent=1))
    elif args.markdown:
        print(INDICATORS_PAGE, end="")
        for m in METRICS.values():
            table = "".join(f"| {c.name} | {c.unit} |\n" for c in m.columns)
            standard = f"; {m.standard}" if m.standard else ""
            print(f"\n## {m.id}\n{m.name.zh} · {m.name.en} — {m.unit}, {m.kind}{standard}\n\n{m.definition.zh}\n\n"
                  f"{m.definition.en}\n\n| column | unit |\n|---|---|\n{table}", end="")
    else:
        for m in METRICS.values():
            print(f"{m.id:<22}{m.kind:<6}{m.unit:<10}{m.name.zh}: {m.definition.zh}")
    return 0


def reconcile(args: Namespace) -> int:
    """Compare source and facts day by day and mend what differs."""
    from dashboard.app import now
    from dashboard.settings import resolve
    from data.calendar import clock_of
    from data.facts import Facts
    from data.source.reader import Source
    from data.sync.sync import Sync

    settings = resolve(args)
    facts = Facts.open(settings.facts)
    try:
        source = Source.open(settings.source, settings.mapping)
        sync = Sync(source, facts, settings.profile, clock_of(settings.profile))
        if sync.stale():
            sync.load(now(), _progress_line)
        report = sync.reconcile(now())
        print(f"{report.days} days compared, {report.differing} differed: {report.reread} events read again, "
              f"{report.gone} removed ({report.took_ms / 1000:.1f} s)")
    finally:
        facts.close()
    return 0


def key(args: Namespace) -> int:
    """Add or revoke the key of a screen, or list the screens."""
    from dashboard.app import now
    from dashboard.settings import state_url
    from dashboard.user import os_user
    from data.audit import Audit
    from data.state import State

    if args.what != "list" and args.name is None:
        raise QueryFault(f"key {args.what}: name the screen, e.g. key {args.what} hall-left")
    state = State(state_url(args))
    try:
        if args.what == "list":
            for name, made, gone in state.screens():
                day, end = (datetime.fromtimestamp(t / 1000).isoformat(" ", "minutes") if t else "" for t in (made, gone))
                print(f"{name:<24}{day}  " + (f"revoked {end}" if end else "valid"))
        elif args.what == "add":
            print(f"open http://HOST:PORT/wall?key={state.add_key(args.name, now())}  (shown this once)")
            Audit(state).write(now(), os_user(), "key add", args.name)
        else:
            state.revoke_key(args.name, now())
            Audit(state).write(now(), os_user(), "key revoke", args.name)
            print(f"the key of '{args.name}' opens nothing any more")
    finally:
        state.close()
    return 0


__all__ = ["GridWallError", "check", "demo", "faults", "key", "metrics", "read", "reconcile", "serve", "writer"]


def user(args: Namespace) -> int:
    """Accounts of the desk."""
    from dashboard.app import now
    from dashboard.user import run

    return run(args, now())


def audit(args: Namespace) -> int:
    """Who did what."""
    from dashboard.app import now
    from dashboard.audit import run

    return run(args, now())
