"""``python -m dashboard serve``: run the wall until stopped."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from dashboard.command import Command, Options, lang_of
from data.city.profile import Profile
from data.errors import DiskError
from data.secrets.private_files import tighten_folder, write_private
from data.text import Lang, Text

if TYPE_CHECKING:
    from dashboard.app import Service
    from dashboard.settings import Settings

#: Seconds between the first drawn wall and the start of the demo's writer.
WRITER_AFTER_S = 2.0
READY = Text(zh="{city}：{url}  （源 {source}）", en="{city}: {url}  (source {source})")


def declare(options: Options) -> None:
    options.shared("city", "mapping", "source", "facts", "state")
    options.add(
        "--host",
        said=Text(
            zh="缺省 127.0.0.1（只有本机）；其他地址须先有屏幕密钥",
            en="default 127.0.0.1 (this machine alone); another address needs a screen key",
        ),
    )
    options.add("--port", said=Text(zh="缺省 8050", en="default 8050"))
    options.add(
        "--url",
        said=Text(
            zh="浏览器所用的地址（经代理时），如 https://wall.city.example 或 https://portal.example/gridwall",
            en="the address that browsers use, if another: https://wall.city.example behind a proxy, or below a path: https://portal.example/gridwall",
        ),
    )
    options.add(
        "--trusted-proxy",
        action="append",
        metavar="ADDRESS",
        said=Text(
            zh="可信代理的地址或网段（可重复）：只相信它所说的客户端地址与协议",
            en="address or network of a proxy whose word on a client's address and scheme is believed (repeat it)",
        ),
    )
    options.add(
        "--tick",
        metavar="SECONDS",
        said=Text(zh="每隔几秒读一次源库，缺省 1", en="seconds between two reads of the source, default 1"),
    )
    options.shared("source-limit", "load-limit")
    options.add(
        "--demo",
        action="store_true",
        said=Text(
            zh="没有演示城市就生成，并让写入程序一直运行", en="make the demo city if it is not there, and keep its writer running"
        ),
    )
    options.add(
        "--events",
        type=int,
        default=200_000,
        said=Text(zh="演示城市的案件数，缺省 200000", en="events of the demo city, default 200000"),
    )
    options.add(
        "--yes",
        action="store_true",
        said=Text(zh="允许 --demo 写入数据库服务器，不再询问", en="let --demo write into a database server without asking"),
    )
    options.parser.add_argument("--as-if", default="", help=argparse.SUPPRESS)  # the instant from which a demo city's clock runs


def run(args: Namespace) -> int:
    """Serve the wall until stopped."""
    from dashboard.app import Service
    from dashboard.ask_server import facts_file
    from dashboard.commands.demo import ask_before_writing, make_if_needed
    from dashboard.ending import Ending
    from dashboard.progress import LoadBar
    from dashboard.settings import resolve, shown

    settings, lang = resolve(args), lang_of(args)
    if args.as_if:
        _set_clock(settings, args.as_if)
    tighten_folder()
    _warn_of_panels(settings.profile, lang)
    _free(settings.host, settings.port)
    if args.demo:
        ask_before_writing(settings, args.events, args.yes, lang)
    writers: list[subprocess.Popen[bytes]] = []

    ended = threading.Event()

    def demo_first(progress: Callable[[str, int, int], None]) -> None:
        make_if_needed(settings, args.events, progress, lang)

    def keep_writing() -> None:
        """Run the demo's writer once the wall is up: before that it would only take the wall's processor time."""
        while service.page_cache.snapshot is None or service.hub.listeners() == 0:
            if ended.wait(0.5) or (service.page_cache.snapshot is not None and ended.wait(WRITER_AFTER_S)):
                break
        while not ended.wait(WRITER_AFTER_S):  # restart it if it ended: its database may have been down when it started
            if not writers or writers[-1].poll() is not None:
                writers[:] = [
                    subprocess.Popen(
                        [
                            sys.executable,
                            "-m",
                            "dashboard",
                            "writer",
                            "--city",
                            args.city or settings.profile.city.id,
                            "--parent",
                            str(os.getpid()),
                        ],
                        env={**os.environ, "GRIDWALL_SOURCE": settings.source},
                    )
                ]  # the source is passed by environment: it must not show in the process list

    service = Service(settings, before=demo_first if args.demo else None, bar=LoadBar(lang))
    with contextlib.suppress(DiskError):  # the wall reports it and retries
        service.pipeline.own_facts()
    _read_grid_file(service)
    service.start()
    import uvicorn  # imported, like Dash, while the first numbers are being read

    from dashboard.connections.protocol import guarded

    config = uvicorn.Config(
        service.dash.server,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
        http=guarded(settings.proxies, _open_files()),
        ws="none",
        server_header=False,
    )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    # the city's own name, in Chinese unless English was requested
    title = settings.profile.city.title("en" if getattr(args, "asked", None) == "en" else "zh")
    url = f"http://{host}:{settings.port}/wall" + ("?lang=en" if getattr(args, "asked", None) == "en" else "")
    print(READY(lang).format(city=title, url=url, source=shown(settings.source)), flush=True)
    note = Path(f"{facts_file(settings.facts)}.server")
    with contextlib.suppress(OSError):  # a full or read-only disk: commands then name the server with --server
        # whoever can read it works on this machine, and may see the contents of rejected rows
        write_private(note, f"http://{host}:{settings.port}\n{service.keys.local_token}")
    server = uvicorn.Server(config)
    keeping = threading.Thread(target=keep_writing, name="writer", daemon=True)
    if args.demo:
        keeping.start()

    handle_exit = server.handle_exit
    ending = Ending(service.break_off, lambda: note.unlink(missing_ok=True))

    def close_streams(signum: int, frame: FrameType | None) -> None:
        service.hub.closing = True
        ending.begin()
        handle_exit(signum, frame)

    server.handle_exit = close_streams  # type: ignore[method-assign, assignment]  # uvicorn installs it over our own handlers
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, close_streams)
    gc.freeze()  # what is loaded by now stays: no collection of a later tick goes through it again
    try:
        server.run()
    finally:
        ended.set()
        if args.demo:
            keeping.join(1)  # so that it starts no writer that nobody would stop
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)
        for process in writers:
            process.terminate()
        service.stop()
        for process in writers:
            process.wait(2)
    return 0


def _set_clock(settings: Settings, instant: str) -> None:
    """Let a demo city's clock run from ``instant`` (ISO 8601 with its offset).  Raises SettingError."""
    from dashboard.clock import run_from
    from dashboard.settings import SettingError

    try:
        moment = datetime.fromisoformat(instant)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None or not settings.profile.city.demo:
        raise SettingError(
            f"as-if '{instant[:40]}': write an instant with its offset, 2026-11-24T10:30+08:00, of a demo city",
            f"as-if“{instant[:40]}”：请写带时差的时刻，如 2026-11-24T10:30+08:00，且只用于演示城市",
        )
    run_from(moment)


def _warn_of_panels(profile: Profile, lang: Lang) -> None:
    """Warn of an unknown panel: it leaves a gap but the wall runs; ``check`` refuses it."""
    from data.check import panel_faults
    from data.errors import FileError
    from layouts.panels import PANELS

    faults = panel_faults(profile, PANELS)
    if faults:
        fault = FileError(f"city '{profile.city.id}'", faults)
        print(fault.said_in(lang), file=sys.stderr)


def _read_grid_file(service: Service) -> None:
    """If the mapping's outline file is read late and the facts lack its cells, read it now, so that an invalid one is refused
    at once.  Raises FileError."""
    from data.jobs import worker

    mapping, facts = service.settings.mapping, service.pipeline.facts
    if mapping.shapes is None or not mapping.shapes.reads_late:
        return
    if facts is not None and facts.meta().get("fingerprint.mapping") == mapping.fingerprint:
        return
    worker.through(service.statistics_worker)
    try:
        _ = mapping.outline_file
    except BaseException:
        worker.through(None)
        service.statistics_worker.close()
        raise


def _open_files() -> int:
    """Raise the limit of open files and return it: every screen holds two connections, and five hundred screens reach the
    usual 1,024."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 65_536 if most == resource.RLIM_INFINITY else min(65_536, most)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _free(host: str, port: int) -> None:
    """Raises SettingError if the address cannot be listened on, before anything is loaded."""
    from dashboard.settings import SettingError

    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        said = error.strerror or str(error)
        raise SettingError(
            f"{host}:{port}: {said}; choose another with --port or --host (make run PORT=...)",
            f"{host}:{port}：{said}；请用 --port 或 --host 另选（make run PORT=...）",
        ) from None


COMMAND = Command(
    "serve",
    Text(zh="打开大屏服务", en="serve the wall"),
    (
        (
            "serve --demo --events 20000",
            Text(zh="演示城市，http://127.0.0.1:8050/wall", en="the demo city at http://127.0.0.1:8050/wall"),
        ),
        ("serve --mapping ours.toml --port 9000", Text(zh="自己的数据，另一端口", en="your own data, on another port")),
    ),
    declare,
    run,
)
