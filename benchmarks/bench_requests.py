"""Generated requests over all our routes and Dash's own, as every account: none may end in a server error.

``fuzz.requests`` counts them, ``fuzz.5xx`` those answered with 500 or more, or not at all; a 503 with Retry-After, the answer
of a full queue, is counted as ``fuzz.refused``.  Nothing is listed by hand: pages, routes and callbacks are read from the
application itself.  Seeded: a run can be repeated.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from benchmarks.bench_access import ABROAD, NOBODY, SCREEN, Surface, surface
from benchmarks.place import BENCH, city, server
from benchmarks.record import record
from data.access.roles import ROLES
from data.access.screen_keys import add_key
from data.access.store import State
from data.metrics import METRICS
from tests.desk_people import PASSWORD, Person, people

SEED, REQUESTS, THREADS = 20261130, 21_000, 4
UP = ".."
_ODD = (
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "NaN",
    "9" * 400,
    "null",
    "[]",
    "{}",
    "true",
    "zh",
    "en",
    "fr",
    f"{UP}/{UP}",
    "..%2f..%2fetc/passwd",
    "\x00",
    "\n",
    "\r\nX: 1",
    "é",
    "路灯",
    "\ud800",
    "🙂" * 40,
    "a" * 3_000,
    "'; DROP TABLE event; --",
    "<svg onload=1>",
    "%",
    "%zz",
    "%00",
    "%0d%0a",
    "%ff%fe",
    "%ed%a0%80",
    "370881001",
    "370881001001",
    "overview",
    "2026-11-20",
    "2026-11-20T15:40",
    "9999-12-31T00:00",
    "24h",
    "0d",
    "999999999d",
    "-5m",
    "1,2,3",
    "csv",
    "xlsx",
    "svg",
    "1",
    "handle",
    "overdue",
    "areas",
    "cases",
    "http://evil.example",
    "//evil.example",
    "\\\\evil",
    "/wall",
)
_WORDS = (
    "scope",
    "lang",
    "page",
    "since",
    "back",
    "at",
    "key",
    "next",
    "tab",
    "stage",
    "dept",
    "place",
    "side",
    "more",
    "area",
    "win",
    "from",
    "to",
    "cat",
    "ch",
    "dep",
    "net",
    "sev",
    "state",
    "sort",
    "panel",
    "format",
    "snapshot",
    "id",
    "tables",
    "reader",
    "who",
    "what",
    "result",
    "until",
    "before",
    "kind",
    "subject",
    "note",
    "name",
    "role",
    "password",
    "code",
    "iss",
    "error",
    "__x__",
    "a[]",
)
_HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Accept-Encoding", ("gzip", "gzip;q=0", "br, gzip", "*", "")),
    ("Range", ("bytes=0-5", "bytes=-1", "bytes=9-1", "x")),
    ("If-None-Match", ("*", '"x"', "\xff")),
    ("If-Modified-Since", ("x", "Mon, 30 Nov 2026 00:00:00 GMT")),
    ("Cookie", ("gridwall_session=x", "gridwall_key=\xff\xfe", "gridwall_form=" + "a" * 300, ";;=;", "gridwall_oidc=x")),
    ("Origin", ("null", "https://evil.example", "\xff")),
    ("Sec-Fetch-Site", ("cross-site", "same-origin", "?")),
    ("X-Forwarded-For", ("10.0.0.1", "x", "\xff" * 60)),
    ("X-Forwarded-Prefix", ("/x", "/<b>")),
    ("X-Gridwall-Local", ("x", "\xff")),
    ("X-Gridwall-Quiet", ("1", "x")),
    ("Accept", ("text/html", "application/json", "\xff")),
    ("Host", ("evil.example", "[::1]x", "")),
    ("Connection", ("Upgrade", "close", "keep-alive")),
    ("Upgrade", ("websocket", "h2c")),
    ("Expect", ("100-continue", "x")),
)
#: Metrics that take seconds each, requested only now and then.
_SLOW = frozenset({"hotspots"})
_TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "\xff",
    "",
)
_VALUES: tuple[Any, ...] = (
    None,
    "",
    "/wall",
    "/analyst",
    "/kiosk",
    "/nowhere",
    "?lang=en",
    "?scope=370881001",
    "?tab=x&area=y",
    0,
    -1,
    1.5,
    10**30,
    True,
    [],
    {},
    [[]],
    [None],
    {"a": {"b": []}},
    "\x00",
    "路灯",
    "a" * 5_000,
    {"startRow": 0, "endRow": 5},
    {"startRow": "x", "endRow": None},
    {"startRow": -5, "endRow": 10**12},
    {"startRow": 0, "endRow": 5, "sortModel": [{"colId": "x", "sort": 1}]},
    {"startRow": 0, "endRow": 5, "sortModel": "x"},
    {"startRow": True, "endRow": 2.5, "sortModel": [None]},
    {"startRow": 0, "endRow": 5, "sortModel": [{"colId": []}]},
)


class Request(NamedTuple):
    """As written to the server; ``who`` sends it."""

    who: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def written(self, host: str, cookies: str) -> bytes:
        own = {name.lower() for name, _ in self.headers}
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{n}: {v}" for n, v in self.headers)]
        lines += [] if "host" in own else [f"Host: {host}"]
        lines += [f"Cookie: {cookies}"] if cookies and "cookie" not in own else []
        lines += [f"Content-Length: {len(self.body)}"] if self.body or self.method in ("POST", "PUT", "PATCH") else []
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.body


@dataclass
class Generator:
    """Endless requests; ``everybody`` are the names of their senders."""

    rng: random.Random
    found: Surface
    everybody: tuple[str, ...]
    scripts: tuple[str, ...] = ()

    def one(self) -> Request:
        rng = self.rng
        kind = rng.random()
        if kind < 0.25:
            return self._callback()
        if kind < 0.5:
            path, method, _ = rng.choice(self.found.routes)
        else:
            path, method = rng.choice(self._paths()), "GET"
        if rng.random() < 0.12:
            method = rng.choice(("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "GET", "PROPFIND"))
        who = rng.choice(self.everybody)
        if path == "/logout":  # do not end the session that the other requests use
            who = NOBODY
        body, kind_of = b"", ""
        if method in ("POST", "PUT", "PATCH"):
            body, kind_of = self._body()
        return Request(who, method, self._target(path), self._headers(kind_of), body)

    def _paths(self) -> tuple[str, ...]:
        rarely = self.rng.random() < 0.05
        read = tuple(f"/api/read/{m}" for m in (*METRICS, "none") if rarely or m not in _SLOW)
        own = (
            "/",
            "/wall",
            "/healthz",
            "/live",
            "/snapshot/",
            "/geometry/1/x.bin",
            "/geometry/x/y",
            "/api/faults",
            "/api/refit",
            "/desk/none",
            "/login",
            "/logout",
            "/session",
            "/oidc/start",
            "/oidc/callback",
            "/assets/none.js",
            "/favicon.ico",
            "/_dash-component-suites/dash/none.js",
            "/_dash-component-suites/none/none.js",
            "/_dash-component-suites/plotly/x",
            "/_dash-component-suites/dash/dcc/../../../etc/passwd",
        )
        scenes = tuple(f"/{kind}/{s}" for kind in ("wall", "snapshot") for s in self.found.scenes)
        return (*own, *scenes, *read, *self.found.paths, *(p for p, _ in self.found.pages), *self.scripts)

    def _target(self, path: str) -> str:
        rng = self.rng
        if rng.random() < 0.15:
            at = rng.randrange(len(path) + 1)
            path = (
                path[:at]
                + rng.choice(
                    (
                        "/",
                        "//",
                        "/..",
                        "%2e%2e/",
                        "%00",
                        "%0a",
                        "%ff",
                        "?",
                        "#",
                        ";x",
                        "é",
                        "a" * 300,
                        quote(rng.choice(_ODD), errors="replace"),
                    )
                )
                + path[at:]
            )
        words = [(rng.choice(_WORDS), rng.choice(_ODD)) for _ in range(rng.choice((0, 0, 1, 2, 4)))]
        written = "&".join(f"{w}={v if rng.random() < 0.1 else quote(v, errors='replace')}" for w, v in words)
        target = (path if path.startswith("/") or rng.random() < 0.5 else "/" + path) + ("?" + written if words else "")
        return re.sub(r"[\r\n\x00 ]", "", target)  # a line break there would start another request

    def _headers(self, kind: str) -> tuple[tuple[str, str], ...]:
        rng = self.rng
        some = [(name, rng.choice(values)) for name, values in rng.sample(_HEADERS, rng.choice((0, 0, 0, 1, 2)))]
        return (*some, *([("Content-Type", kind)] if kind else []))

    def _body(self) -> tuple[bytes, str]:
        rng = self.rng
        words = {rng.choice(_WORDS): rng.choice((*_ODD, *_VALUES)) for _ in range(rng.randint(0, 5))}
        if rng.random() < 0.25:
            return "&".join(f"{w}={quote(str(v), errors='replace')}" for w, v in words.items()).encode(), rng.choice(_TYPES)
        return self._mutated(json.dumps(words).encode()), "application/json" if rng.random() < 0.8 else rng.choice(_TYPES)

    def _mutated(self, raw: bytes) -> bytes:
        rng = self.rng
        if rng.random() < 0.7:
            return raw
        at = rng.randrange(len(raw) + 1)
        deep = b'{"a":' * 2_000 + b"1" + b"}" * 2_000
        return rng.choice(
            (
                raw[:at],
                raw[:at] + bytes([rng.randrange(256)]) + raw[at:],
                b"\xff\xfe" + raw,
                raw + raw,
                b"",
                b"null",
                b"[" * 60_000,
                b'"x"',
                b"[]",
                b"1",
                deep,
                b'{"x":"\\ud800"}',
                b"NaN",
            )
        )

    def _callback(self) -> Request:
        """A call of one of Dash's callbacks: as its page would send it with odd values, or with parts missing or swapped."""
        rng = self.rng
        output, inputs, states, _ = rng.choice(self.found.callbacks)

        def named(words: str) -> dict[str, Any]:
            of, _, prop = words.rpartition(".")
            return {"id": of, "property": prop, "value": rng.choice(_VALUES)}

        outputs = [{"id": o.rpartition(".")[0], "property": o.rpartition(".")[2]} for o in output.strip(".").split("...")]
        call: dict[str, Any] = {
            "output": output,
            "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": [named(i) for i in inputs],
            "state": [named(s) for s in states],
            "changedPropIds": [rng.choice(inputs)],
        }
        for _ in range(rng.choice((0, 0, 1, 2))):
            part = rng.choice(list(call) or ["output"])
            way = rng.random()
            if way < 0.25:
                call.pop(part, None)
            elif way < 0.6:
                call[part] = rng.choice(_VALUES)
            elif isinstance(call.get(part), list) and call[part]:
                rng.choice(
                    (
                        lambda p=part: call[p].append(call[p][0]),
                        lambda p=part: call[p].pop(),
                        lambda p=part: call[p].__setitem__(0, rng.choice(_VALUES)),
                    )
                )()
            else:
                call[rng.choice(("output", "cacheKey", "job", "parsedChangedPropsIds"))] = rng.choice((*_ODD, *_VALUES))
        body = self._mutated(json.dumps(call).encode())
        kind = "application/json" if rng.random() < 0.92 else rng.choice(_TYPES)
        target = "/_dash-update-component" + rng.choice(("", "", "", "?cacheKey=x&job=1", "?endId=x", "?__background=1"))
        return Request(rng.choice(self.everybody), "POST", target, self._headers(kind), body)


def answer_to(port: int, written: bytes, reads: bool) -> tuple[int, dict[str, str]]:
    """(status, headers) of one request over a connection of its own; a body that has an end is read completely.  (0, {}) if the
    connection was closed without an answer."""
    data = b""
    with socket.create_connection(("127.0.0.1", port), timeout=90) as to:
        with contextlib.suppress(OSError):
            to.sendall(written)
        with contextlib.suppress(ConnectionError):
            while b"\r\n\r\n" not in data.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"):
                data += (more := to.recv(65_536))
                if not more:
                    break
        head, _, body = data.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
        if not head:
            return 0, {}
        lines = head.decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
        left = int(headers.get("content-length", 0)) - len(body)
        while reads and left > 0 and (more := to.recv(65_536)):
            left -= len(more)
        return int(lines[0].split()[1]), headers


@dataclass
class Told:
    """How the requests were answered; ``broken``: those with an inadmissible answer, by its text."""

    requests: int = 0
    refused: int = 0
    said: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def saw(self, request: Request, status: int, headers: dict[str, str]) -> None:
        self.requests += 1
        self.said[status] += 1
        if status == 503 and "retry-after" in headers:
            self.refused += 1
        elif status >= 500 or status == 0:
            self.broken.append(
                f"{status} {request.who} {request.method} {request.target[:200]!r} {dict(request.headers)} {request.body[:300]!r}"
            )


def send(port: int, requests: Iterator[Request], who: dict[str, Person], told: Told, threads: int = THREADS) -> None:
    """Send them all, on several threads."""
    taking, counting = threading.Lock(), threading.Lock()

    def work() -> None:
        while True:
            with taking:
                request = next(requests, None)
            if request is None:
                return
            person = who[request.who]
            cookies = "; ".join(f"{k}={v}" for k, v in person.cookies.items())
            reads = request.method != "HEAD" and not request.target.startswith("/live")
            status, headers = answer_to(port, request.written(person.host, cookies), reads)
            with counting:
                told.saw(request, status, headers)
                if told.requests % 2_000 == 0:
                    print(f"{told.requests:,} requests, {len(told.broken)} broken", flush=True)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def scripts_of(person: Person) -> tuple[str, ...]:
    """The script files that a page loads, by the names in it."""
    return tuple(re.findall(r'(?:src|href)="(/[^"]+)"', person.get("/wall").text))


def generated(times: int, one: Callable[[], Request]) -> Iterator[Request]:
    return (one() for _ in range(times))


def run() -> None:
    place = BENCH / "requests"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    database, url = city(4000), people(place)
    state = State(url)
    from dashboard.clock import now

    key = add_key(state, "fuzz", now())
    state.close()
    found, told = surface(f"sqlite:///{database}", place), Told()
    log = place / "server.log"
    with server(database, "--state", url, log=log) as (base, _):
        port = int(base.rsplit(":", 1)[1])
        who = {role: Person(port, ABROAD) for role in (*ROLES, NOBODY, SCREEN)} | {"demo": Person(port)}
        who[SCREEN].cookies["gridwall_key"] = key
        for role in ROLES:
            _log_in(who[role], role)
        generator = Generator(random.Random(SEED), found, tuple(who), scripts_of(who["demo"]))
        send(port, generated(REQUESTS, generator.one), who, told)
        still_in = [role for role in ROLES if who[role].get("/session").status != 200]
    for line in told.broken[:20]:
        print(line)
    print(f"answered {dict(sorted(told.said.items()))}; no longer logged in: {still_in or 'nobody'}")
    print(f"tracebacks in the server's log: {tracebacks(log)}")
    record("fuzz.requests", [told.requests], "count")
    record("fuzz.5xx", [len(told.broken)], "count")
    record("fuzz.refused", [told.refused], "count")


def _log_in(person: Person, role: str) -> None:
    """Log in as soon as the store has time: on a busy machine it may be locked at first."""
    for _ in range(10):
        if person.log_in(role, PASSWORD).status == 303:
            return
        time.sleep(2)
    raise AssertionError(f"{role} cannot log in")


def tracebacks(log: Path) -> int:
    return log.read_text(encoding="utf-8", errors="replace").count("Traceback (most recent call last)")
