"""A server of our own over one demo city at one hour, whose source, and which itself, can be taken away for a while."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType

from dashboard.look.plan import LookError, instant_of
from data.access.accounts import Accounts
from data.access.passwords import made_up
from data.access.store import State
from data.city.profile import Profile
from data.demo.generate import generate

#: Cases of the demo city: enough that departments are ranked and every channel has its usual.
EVENTS, SEED = 30_000, 1
#: The accounts of the pages that the demo's own user may not open.
ROLES = ("administrator", "auditor")
READY_S, GONE_S = 180.0, 30.0
ROOT = Path(__file__).resolve().parents[2]
#: (what, done, total) as the demo city is made
Progress = Callable[[str, int, int], None]


class Stage:
    """``with Stage(profile, hour, folder, progress) as stage``: ``stage.base`` answers when the block begins.

    The clock of the server runs from the hour's instant on, and nothing is written to its source.  Raises LookError if the
    server does not come up.
    """

    def __init__(self, profile: Profile, hour: str, folder: Path, progress: Progress, events: int = EVENTS) -> None:
        self.profile, self.hour, self.folder = profile, hour, folder
        self.instant: datetime = instant_of(profile, hour)
        self.password = made_up()
        self._progress, self._events = progress, events
        self._database = folder / f"{profile.city.id}-{hour}.sqlite"
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.base = f"http://127.0.0.1:{free.getsockname()[1]}"

    def __enter__(self) -> Stage:
        self.folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{self._database}"
        generate(self.profile, url, self._events, SEED, "realistic", self.instant, self._progress)
        name = f"{self.profile.city.id}-{self.hour}"
        state = f"sqlite:///{self.folder / name}-state.sqlite"
        self._accounts(state)
        facts = f"duckdb:///{self.folder / name}-facts.duckdb"
        words = ["serve", "--city", self.profile.city.id, "--source", url, "--facts", facts, "--state", state]
        words += ["--port", self.base.rpartition(":")[2], "--as-if", self.instant.isoformat()]
        with (self.folder / f"{name}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dashboard", *words],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        self._until(True, READY_S)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        for file in self.folder.glob(f"{self.profile.city.id}-{self.hour}*"):
            if file.suffix != ".log":
                shutil.rmtree(file, ignore_errors=True) if file.is_dir() else file.unlink(missing_ok=True)

    def _accounts(self, url: str) -> None:
        state = State(url)
        try:
            accounts = Accounts(state)
            for role in ROLES:
                accounts.add(role, role, self.password, self.instant)
        finally:
            state.close()

    @contextlib.contextmanager
    def source_away(self) -> Iterator[None]:
        """The source's file is gone; from the beginning of the block on, the server knows."""
        gone = self._database.with_suffix(".away")
        self._database.rename(gone)
        try:
            self._until(False, GONE_S)
            yield
        finally:
            gone.rename(self._database)
            self._until(True, GONE_S)

    @contextlib.contextmanager
    def server_away(self) -> Iterator[None]:
        """The server is stopped: connections stand open, and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)
            self._until(True, GONE_S)

    def _until(self, well: bool, wait_s: float) -> None:
        """Wait until the server says that all is (or is not) well.  Raises LookError."""
        assert self._process is not None
        end = time.monotonic() + wait_s
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError, ValueError):
                if self._well() is well:
                    return
            time.sleep(0.2)
        log = self.folder / f"{self.profile.city.id}-{self.hour}.log"
        said = log.read_text(errors="replace").strip().splitlines()[-1:] or [""]
        raise LookError(
            f"the server of {self.profile.city.id} did not answer within {wait_s:.0f} s; {log}: {said[0][:200]}",
            f"{self.profile.city.id} 的服务 {wait_s:.0f} 秒内没有应答；{log}：{said[0][:200]}",
        )

    def _well(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=3) as answer:
                return bool(json.load(answer)["ok"])
        except urllib.error.HTTPError as error:
            with error:
                return bool(json.load(error)["ok"])
