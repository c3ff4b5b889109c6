"""The proxies' files of deploy/ as they stand, but for host ports and certificate: a real nginx and Caddy before a real wall.

Where one of the two is not installed its tests are skipped; ``apt-get install nginx-light caddy`` brings both.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.place import free_port, until_listening
from data.access.audit import Audit, Filter
from data.access.screen_keys import add_key
from data.access.store import State
from tests.conftest import ROOT, Running, copy_of
from tests.desk_people import PASSWORD, Answer, Person, people

pytestmark = pytest.mark.slow
NAME = "wall.city.example"
#: Where the browser of these tests calls from: not the proxy's own address.
BROWSER = "127.0.0.9"


class Browser(Person):
    """Calls the proxy by its public name over TLS."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        super().__init__(port, NAME)
        self.trust = trust

    def connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(BROWSER, 0))
        return self.trust.wrap_socket(plain, server_hostname=NAME)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(NAME)
        connection.sock = self.connect()
        sent = {"Host": NAME, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        with contextlib.closing(connection):
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            answer = Answer(got.status, got.getheaders(), got.read())
        for line in answer.set_cookies:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return answer


@pytest.fixture(scope="module")
def behind(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A wall that is told of its proxy, as docs/running.md says."""
    place = tmp_path_factory.mktemp("behind")
    running = Running(
        place,
        "--source",
        f"sqlite:///{copy_of(demo_city, place)}",
        "--state",
        people(place),
        "--url",
        f"https://{NAME}",
        "--trusted-proxy",
        "127.0.0.1",
    )
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture(scope="module")
def key(behind: Running) -> str:
    state = State(f"sqlite:///{behind.place}/state.sqlite")
    made = add_key(state, "hall", datetime.now(UTC))
    state.close()
    asker = Person(behind.port, NAME)
    asker.cookies["gridwall_key"] = made
    end = time.monotonic() + 20
    while asker.get("/snapshot/overview").status == 401 and time.monotonic() < end:
        time.sleep(0.2)  # keys are read every few seconds
    return made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, key) for ``NAME`` alone, for a day."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    place = tmp_path_factory.mktemp("certificate")
    private = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)]), datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), False)
        .sign(private, hashes.SHA256())
    )
    (place / "wall.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (place / "wall.key").write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return place / "wall.pem", place / "wall.key"


def put(text: str, *pairs: tuple[str, str]) -> str:
    """A proxy's file with some of its words exchanged; each must be there."""
    for old, new in pairs:
        assert old in text, f"the file no longer says {old!r}"
        text = text.replace(old, new)
    return text


def nginx(place: Path, upstream: int, tls: tuple[Path, Path]) -> tuple[list[str], int]:
    plain, port = free_port(), free_port()
    site = put(
        (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8"),
        ("127.0.0.1:8050", f"127.0.0.1:{upstream}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen [::]:80;", ""),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("listen [::]:443 ssl;", ""),
        ("/etc/ssl/certs/wall.city.example.pem", str(tls[0])),
        ("/etc/ssl/private/wall.city.example.key", str(tls[1])),
        ("/var/cache/nginx/gridwall", f"{place}/cache"),
    )
    (place / "gridwall.conf").write_text(site, encoding="utf-8")
    temporary = "".join(f"{kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\npid {place}/nginx.pid;\nworker_processes 1;\n"
        f"error_log {place}/error.log;\nevents {{ worker_connections 256; }}\n"
        f"http {{ access_log off;\n{temporary}include {place}/gridwall.conf; }}\n",
        encoding="utf-8",
    )
    return [_program("nginx"), "-e", f"{place}/error.log", "-c", f"{place}/nginx.conf"], port


def caddy(place: Path, upstream: int, tls: tuple[Path, Path]) -> tuple[list[str], int]:
    port = free_port()
    site = put(
        (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8"),
        ("127.0.0.1:8050", f"127.0.0.1:{upstream}"),
        ("\nwall.city.example {", f"\nhttps://{NAME}:{port} {{\n\tbind 127.0.0.1"),
        ("\n{\n", "\n{\n\tadmin off\n\tauto_https disable_redirects\n"),
        ("/etc/ssl/certs/wall.city.example.pem", str(tls[0])),
        ("/etc/ssl/private/wall.city.example.key", str(tls[1])),
    )
    (place / "Caddyfile").write_text(site, encoding="utf-8")
    return [_program("caddy"), "run", "--config", f"{place}/Caddyfile", "--adapter", "caddyfile"], port


def _program(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        pytest.skip(f"{name} is not installed: its file of deploy/ is not tried here (apt-get install nginx-light caddy)")
    return found


@contextlib.contextmanager
def proxy(
    made: Callable[[Path, int, tuple[Path, Path]], tuple[list[str], int]], place: Path, upstream: int, tls: tuple[Path, Path]
) -> Iterator[Browser]:
    """A proxy before whatever listens on ``upstream``, and a browser that calls it."""
    words, port = made(place, upstream, tls)
    with (place / "out.log").open("wb") as out:
        own = {"HOME": str(place), "XDG_DATA_HOME": str(place), "XDG_CONFIG_HOME": str(place)}
        process = subprocess.Popen(words, stdout=out, stderr=out, cwd=place, env={**os.environ, **own})
    try:
        try:
            until_listening(port, 15)
        except TimeoutError:
            raise AssertionError((place / "out.log").read_text()[-2000:]) from None
        yield Browser(port, ssl.create_default_context(cafile=str(tls[0])))
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def browser(
    request: pytest.FixtureRequest, behind: Running, certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    with proxy(request.param, tmp_path_factory.mktemp("proxy"), behind.port, certificate) as calling:
        yield calling


def fresh(browser: Browser, **cookies: str) -> Browser:
    other = Browser(browser.port, browser.trust)
    other.cookies.update(cookies)
    return other


def test_nobody_is_local_behind_a_proxy(browser: Browser, behind: Running, key: str) -> None:
    for headers in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "::1"}):
        assert browser.ask("GET", "/wall", headers=headers).status == 401
        assert browser.ask("GET", "/analyst", headers=headers).status == 303
    # what only commands on this machine may bring is not passed on
    token = next(behind.place.glob("var/*.server")).read_text().splitlines()[1]
    assert Person(behind.port).get("/api/faults", X_Gridwall_Local=token).status == 200
    assert browser.ask("GET", "/api/faults", headers={"X-Gridwall-Local": token}).status == 401
    assert fresh(browser, gridwall_key=key).get("/wall").status == 200


def test_the_audit_has_the_clients_own_address_and_cookies_are_secure(browser: Browser, behind: Running) -> None:
    someone = fresh(browser)
    answer = someone.log_in("analyst", PASSWORD, **{"X-Forwarded-For": "10.9.9.9", "X-Real-IP": "10.9.9.9"})
    assert answer.status == 303
    assert all("; Secure" in cookie for cookie in answer.set_cookies)
    assert someone.get("/analyst").status == 200
    state = State(f"sqlite:///{behind.place}/state.sqlite")
    newest = Audit(state).rows(Filter(what="login", who="analyst"))[0]
    state.close()
    assert newest.address == f"{BROWSER} via 127.0.0.1"


def test_pulses_come_as_they_are_sent(browser: Browser, key: str) -> None:
    with contextlib.closing(browser.connect()) as to:
        to.settimeout(10)
        to.sendall(
            f"GET /live?page=overview HTTP/1.1\r\nHost: {NAME}\r\nCookie: gridwall_key={key}\r\n"
            "Accept-Encoding: gzip, br\r\n\r\n".encode()
        )
        data, at = b"", time.monotonic()
        while data.count(b"data: {") < 3 and time.monotonic() - at < 10:
            data += to.recv(65_536)
    assert data.count(b"data: {") >= 3, data[:500]
    assert b"content-encoding" not in data.lower()


def test_limits_hold_and_versioned_files_are_kept(browser: Browser, key: str) -> None:
    screen = fresh(browser, gridwall_key=key)
    assert screen.ask("POST", "/login", b"x" * 300_000).status == 413
    assert browser.ask("GET", "/wall", headers={"X-Long": "a" * 40_000}).status in (400, 431)
    page = screen.get("/wall")
    assert page.headers["strict-transport-security"]
    assert "content-security-policy" in page.headers
    script = next(s for s in re.findall(r'src="(/_dash-component-suites/[^"]+)"', page.text) if re.search(r"\.v\d", s))
    for seen in ("first", "again"):
        file = screen.ask("GET", script, headers={"Accept-Encoding": "gzip"})
        assert file.status == 200
        assert file.headers["content-encoding"] == "gzip"
        assert "immutable" in file.headers["cache-control"]
        assert file.headers["strict-transport-security"]
        if "x-cache" in file.headers and seen == "again":
            assert file.headers["x-cache"] == "HIT"
    snapshot = screen.get("/snapshot/overview")
    assert snapshot.status == 200
    assert snapshot.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("made", [nginx, caddy])
def test_a_screen_that_comes_before_the_wall_runs_tries_again(made: Any, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    with proxy(made, tmp_path, free_port(), certificate) as browser:
        answer = browser.get("/wall")
    assert answer.status == 502
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'http-equiv="refresh"' in answer.text
    assert "暂无应答" in answer.text
