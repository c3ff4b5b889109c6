"""The wall's server under a service manager: restarted a second after it ended, unless a fault holds it down."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.place import command, free_port

RESTART_S = 1.0


class Wall:
    """One server process in ``folder``, on a port of its own."""

    def __init__(self, folder: Path, options: list[str], env: dict[str, str]) -> None:
        self.folder, self.options, self.env, self.port = folder, options, env, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.held_down = False
        self._ended_at = 0.0

    def start(self) -> None:
        setpriv = shutil.which("setpriv")
        before = [setpriv, "--pdeathsig=TERM"] if setpriv else []
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*before, *command("serve", "--port", str(self.port), *self.options)],
                cwd=self.folder,
                env=self.env,
                stdout=log,
                stderr=log,
            )
        self.held_down = False

    def keep(self) -> None:
        """Called now and then: restart it if it ended by itself."""
        if self.held_down or self.process is None or self.process.poll() is None:
            self._ended_at = 0.0
        elif not self._ended_at:
            self._ended_at = time.monotonic()
        elif time.monotonic() - self._ended_at > RESTART_S:
            self._ended_at = 0.0
            self.start()

    def end(self, how: int = signal.SIGTERM) -> None:
        """End it, and hold it down until ``start``."""
        self.held_down = True
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def signal(self, what: int) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def until_answers(self, wait_s: float) -> None:
        """Wait until it answers a request in any way; restart it if it ended by itself."""
        self._until(wait_s, lambda status: status > 0)

    def until_ready(self, wait_s: float) -> None:
        self._until(wait_s, lambda status: status == 200)

    def _until(self, wait_s: float, good: object) -> None:
        end = time.monotonic() + wait_s
        while time.monotonic() < end:
            if good(self.health()[0]):  # type: ignore[operator]
                return
            self.keep()
            time.sleep(0.05)
        log = (self.folder / "server.log").read_text(errors="replace")[-1500:]
        raise TimeoutError(f"the server did not come within {wait_s:.0f} s:\n{log}")

    def health(self) -> tuple[int, str]:
        """(status, text) of /healthz; (0, "") without an answer."""
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
        except (OSError, ValueError):
            return 0, ""

    @property
    def facts(self) -> Path:
        return next(p for p in sorted((self.folder / "var").glob("facts-*.duckdb")))

    @property
    def state(self) -> Path:
        return self.folder / "var" / "state.sqlite"


class HealthWatch:
    """Polls /healthz in a thread of its own, because a stopped server would block the caller."""

    def __init__(self, wall: Wall) -> None:
        self.wall, self.newest, self._end = wall, (0, "", 0.0), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._end.wait(0.3):
            asked = time.monotonic()
            status, text = self.wall.health()
            self.newest = (status, text, asked)

    def said_since(self, began: float) -> str:
        """What it reported of a fault, if polled after ``began``; "" if all was well."""
        status, text, asked = self.newest
        if asked < began or not text:
            return ""
        with contextlib.suppress(ValueError):
            held = json.loads(text)
            troubles = ("fault", "last_fault", "rejected", "loading") if status != 200 else ()
            told = {k: v for k, v in held.items() if k in troubles and v}
            # a part with a fault of its own reports it even while the numbers are right
            # (a state store that was replaced since then is named although it is in use again at once)
            struck_ms = 1000 * (time.time() - (time.monotonic() - began))
            parts = {k: v for k, v in held.items() if isinstance(v, dict)}
            told |= {k: v for k, v in parts.items() if v.get("fault") or (v.get("replaced_at") or 0) >= struck_ms}
            return f"{status} {json.dumps(told, ensure_ascii=False)}" if told else ""
        return f"{status} {text}" if status != 200 else ""

    def close(self) -> None:
        self._end.set()
        self._thread.join(5)
