"""The wall below a path of another site: a real nginx with the file of deploy/, a real browser, and nothing of ours elsewhere.

Where nginx is not installed its tests are skipped; ``apt-get install nginx-light`` brings it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from benchmarks.place import free_port, until_listening
from data.access.screen_keys import add_key
from data.access.store import State
from tests.conftest import ROOT, Running, copy_of
from tests.desk_people import PASSWORD, Person, people
from tests.test_deploy import put

pytestmark = [pytest.mark.slow, pytest.mark.browser]
BELOW = "/gridwall"
#: Every address that a page holds.
ADDRESSES = """() => [...document.querySelectorAll('*')].flatMap((node) =>
  ['href', 'src', 'action', 'data-post', 'data-desk-load'].filter((name) => node.hasAttribute(name))
    .map((name) => node.getAttribute(name)))"""


class Site(NamedTuple):
    """``base`` is the wall's address; ``log`` has what came to the host, path and status a line."""

    base: str
    server: Running
    key: str
    log: Path


def nginx(place: Path, port: int, upstream: int) -> list[str]:
    """The file of deploy/ as it stands, but for ports and TLS, and a log."""
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        pytest.skip("nginx is not installed: a wall below a path is not tried here (apt-get install nginx-light)")
    site = put(
        (ROOT / "deploy" / "nginx-below-a-path.conf").read_text(encoding="utf-8"),
        ("127.0.0.1:8050", f"127.0.0.1:{upstream}"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("listen [::]:443 ssl;", ""),
        ("ssl_certificate     /etc/ssl/certs/portal.example.pem;", ""),
        ("ssl_certificate_key /etc/ssl/private/portal.example.key;", ""),
        ("ssl_protocols       TLSv1.2 TLSv1.3;", ""),
    )
    (place / "gridwall.conf").write_text(site, encoding="utf-8")
    temporary = "".join(f"{kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\npid {place}/nginx.pid;\nworker_processes 1;\n"
        f"error_log {place}/error.log;\nevents {{ worker_connections 256; }}\n"
        f"http {{ log_format asked '$request_uri $status'; access_log {place}/access.log asked;\n{temporary}"
        f"include {place}/gridwall.conf; }}\n",
        encoding="utf-8",
    )
    return [found, "-e", f"{place}/error.log", "-c", f"{place}/nginx.conf"]


@pytest.fixture(scope="module")
def site(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place, port = tmp_path_factory.mktemp("below"), free_port()
    base = f"http://127.0.0.1:{port}{BELOW}"
    url = people(place)
    state = State(url)
    key = add_key(state, "hall", datetime.now(UTC))
    state.close()
    source = f"sqlite:///{copy_of(demo_city, place)}"
    server = Running(place, "--source", source, "--state", url, "--url", base, "--trusted-proxy", "127.0.0.1")
    words = nginx(place, port, server.port)
    with (place / "nginx.log").open("wb") as out:
        proxy = subprocess.Popen(words, stdout=out, stderr=out, cwd=place)
    try:
        until_listening(port, 15)
        server.start()
        yield Site(base, server, key, place / "access.log")
    finally:
        proxy.terminate()
        proxy.wait(10)
        server.kill()


@pytest.fixture
def opened(site: Site, chromium: Any) -> Iterator[Callable[..., Any]]:
    """``opened(path)`` -> a page of a browser of its own; ``page.faults`` lists errors and requests that left the path."""
    contexts = []

    def go(path: str) -> Any:
        context = chromium.new_context(viewport={"width": 1920, "height": 1080}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        own = (site.base + "/", "data:", f"blob:{site.base.removesuffix(BELOW)}/")
        page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: page.faults.append(str(e)))
        page.on("request", lambda r: None if r.url.startswith(own) else page.faults.append(r.url))
        page.goto(site.base + path)
        return page

    yield go
    for context in contexts:
        context.close()


def nothing_elsewhere(page: Any, site: Site) -> None:
    """Addresses in the page, requests, cookies, and whatever came to the host: all below the path."""
    found = page.evaluate(ADDRESSES)
    assert found
    outside = [a for a in found if not re.match(rf"(?:{BELOW}/|#|data:|blob:|\?)", a)]
    assert outside == []
    assert page.faults == []
    assert page.url.startswith(site.base + "/")
    cookies = page.context.cookies()
    assert [c["name"] for c in cookies if not c["path"].startswith(BELOW)] == []
    came = site.log.read_text().splitlines()
    assert [line for line in came if not line.startswith(BELOW) or line.endswith((" 400", " 404"))] == []


def logged_in(opened: Callable[..., Any], role: str, path: str) -> Any:
    page = opened(path)
    assert page.url.split("?")[0].endswith(f"{BELOW}/login")
    page.fill("#name", role)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BELOW}{path}")
    return page


def test_the_wall_lives_below_the_path(site: Site, opened: Callable[..., Any]) -> None:
    page = opened(f"/wall?key={site.key}")
    assert page.url == f"{site.base}/wall", "the key has left the address"
    page.wait_for_function("() => window.gridwall?.held?.id", timeout=60_000)
    before = page.evaluate("() => window.gridwall.held.lastPulse")
    page.wait_for_function("(then) => window.gridwall.held.lastPulse > then", arg=before, timeout=15_000)
    page.wait_for_selector(".panel[data-state=live]", timeout=30_000)
    nothing_elsewhere(page, site)
    asked = site.log.read_text()
    for path in (
        "/live?",
        "/snapshot/overview?",
        "/geometry/",
        "/assets/js-",
        "/wall/live-worker.js",
        "/_dash-component-suites/",
        "/alive",
    ):
        if path not in ("/live?", "/alive"):  # a stream is logged at its end; a wall that stands soon asks nothing
            assert re.search(rf"{BELOW}\S*{re.escape(path)}", asked), path
    page.close()
    end = time.monotonic() + 10
    while f"{BELOW}/live?" not in site.log.read_text() and time.monotonic() < end:
        time.sleep(0.2)
    assert f"{BELOW}/live?" in site.log.read_text()


def test_workbench_and_export(site: Site, opened: Callable[..., Any]) -> None:
    page = logged_in(opened, "analyst", "/analyst")
    page.wait_for_selector(".an-panel svg", timeout=60_000)
    nothing_elsewhere(page, site)
    page.locator(".an-panel a[href*='=']").first.click()  # a mark leads on without the page being loaded anew
    page.wait_for_function("() => location.search.length > 1")
    page.wait_for_selector(".an-chip", timeout=30_000)
    page.locator(".an-panel:not([hidden]) .an-export summary").first.click()
    with page.expect_download(timeout=60_000) as got:
        page.locator(".an-export[open] [data-format=csv]").click()
    assert got.value.path().read_bytes()[:3] == b"\xef\xbb\xbf"
    nothing_elsewhere(page, site)
    page.goto(f"{site.base}/methods")
    page.wait_for_selector("[data-up=methods] img")
    page.wait_for_function("() => [...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    nothing_elsewhere(page, site)


def test_kiosk_and_the_way_out(site: Site, opened: Callable[..., Any]) -> None:
    page = logged_in(opened, "operator", "/kiosk")
    page.wait_for_selector("#k-list > *", timeout=60_000)
    for path, button in (("refresh", "#k-refresh"), ("source", "")):
        with page.expect_request(f"{site.base}/desk/kiosk/{path}"):
            if button:
                page.click(button)
    nothing_elsewhere(page, site)
    page.locator(f"form[action='{BELOW}/logout'] button").first.click()
    page.wait_for_url(f"**{BELOW}/login*")
    assert "gridwall_session" not in {c["name"] for c in page.context.cookies()}
    nothing_elsewhere(page, site)


@pytest.mark.parametrize(("role", "path"), [("administrator", "/accounts"), ("administrator", "/screens"), ("auditor", "/audit")])
def test_the_plain_pages_and_their_forms(site: Site, opened: Callable[..., Any], role: str, path: str) -> None:
    page = logged_in(opened, role, path)
    page.wait_for_selector("#desk-place table")
    nothing_elsewhere(page, site)
    if path == "/screens":
        form = page.locator(f"form[data-post='{BELOW}/desk/screens/add']")
        form.locator("input[name=name]").fill("side")
        form.locator("button").click()
        page.wait_for_function("() => document.getElementById('desk-says').textContent.includes('/wall?key=')")
        assert f"{site.base}/wall?key=" in page.text_content("#desk-says")
    if path == "/audit":
        with page.expect_download() as got:
            page.locator(f"a[href^='{BELOW}/desk/audit/export']").click()
        assert got.value.suggested_filename.startswith("audit-")
        page.locator(f"a[href='{BELOW}/desk/audit/verify']").click()
        page.wait_for_function("() => document.getElementById('desk-says').textContent.length > 20")
    nothing_elsewhere(page, site)


def test_a_proxy_that_takes_the_path_away_gets_the_same_addresses(site: Site) -> None:
    """What nginx asks for behind ``proxy_pass http://gridwall/;``: the server is called without the path."""
    host = site.base.split("/")[2]
    for path, prefix in (("/wall", {}), ("/wall", {"X-Forwarded-Prefix": BELOW}), (f"{BELOW}/wall", {})):
        screen = Person(site.server.port, host)
        led = screen.ask("GET", f"{path}?key={site.key}", headers=prefix)
        assert (led.status, led.headers["location"]) == (303, f"{BELOW}/wall")
        assert f"Path={BELOW};" in led.set_cookies[0]
        page = screen.ask("GET", path, headers=prefix)
        assert page.status == 200
        scripts = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', page.text)
        assert len(scripts) > 10
        assert all(s.startswith(f"{BELOW}/") for s in scripts)
    other = Person(site.server.port, host).ask("GET", "/wall", headers={"X-Forwarded-Prefix": "/other"})
    assert other.status == 404
    assert "--url https://portal.example/other" in other.text


@pytest.mark.parametrize(
    "to",
    [
        "/audit",
        "/gridwalls/audit",
        f"{BELOW}/../audit",
        f"{BELOW}/%2e%2E/audit",
        f"{BELOW}//evil.example",
        f"{BELOW}/..",
        "https://evil.example/",
        "//evil.example",
    ],
)
def test_a_login_leads_to_no_other_place_of_the_site(site: Site, to: str) -> None:
    someone = Person(site.server.port, site.base.split("/")[2])
    page = someone.get(f"{BELOW}/login")
    form = re.search(r'name="form" value="([^"]+)"', page.text)
    assert form
    done = someone.form(f"{BELOW}/login", {"form": form[1], "name": "auditor", "password": PASSWORD, "next": to})
    assert (done.status, done.headers["location"]) == (303, f"{BELOW}/audit")
