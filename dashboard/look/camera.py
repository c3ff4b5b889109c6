"""A real Chromium: opens a page in its shape, light and state, audits its texts and takes its picture."""

from __future__ import annotations

import base64
import contextlib
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dashboard.look.plan import LookError, Picture, rules_of
from data.types.records import Record

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")
#: Width of a thumbnail (px), and the greatest height of a page of the desk that is pictured whole.
THUMB, TALLEST = 480, 6000
#: How long (ms) a page may take until it shows its figures; how long it then takes to settle.
READY_MS, SETTLE_MS = 90_000, 900
#: How long (s) a page must have been without its source or server until it says so in all its panels.
AWAY_S = 14.0
#: What a page shows its figures by.
READY = {
    "wall": "() => { const p = [...document.querySelectorAll('.panel')]; return p.length > 2 "
    "&& p.every((x) => x.dataset.state !== 'loading') && !document.querySelector('#gw-wait.on'); }",
    "live": "() => { const p = [...document.querySelectorAll('.panel')]; return p.length > 2 "
    "&& p.every((x) => ['live', 'empty'].includes(x.dataset.state)) && !document.querySelector('#gw-wait.on'); }",
    "kiosk": "() => document.querySelector('#k-stages .k-chip') && document.querySelector('#k-list > *')",
    "analyst": "() => document.body.dataset.settled",
    "desk": "() => document.querySelector('#desk-place table, #desk-place p, #name, .desk-text')",
}
#: What a page shows while its figures have not come: its frame.
FRAME = {"wall": ".panel", "kiosk": "#kiosk", "desk": "#an-grid"}
#: The requests that bring the figures.
FIGURES = ("**/snapshot/**", "**/desk/analyst?*", "**/desk/kiosk?*", "**/desk/kiosk/queue*")


@dataclass
class Shot:
    """What became of one picture: its findings, texts seen, seconds taken; ``fault`` = it did not come to its state."""

    picture: Picture
    texts: int = 0
    seconds: float = 0.0
    fault: str = ""
    findings: list[Record] = field(default_factory=list)

    @property
    def wrong(self) -> list[Record]:
        """The findings that are not meant so."""
        return [found for found in self.findings if not found["intended"]]


def script() -> str:
    """``audit.js`` as an expression whose value is its ``audit``: the pages' policy lets them import nothing of others."""
    text = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")
    return "(() => {" + re.sub(r"^export ", "", text, flags=re.M) + "\nreturn audit; })()"


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium.  Raises LookError, with what to install, if playwright or Chromium is missing."""
    if find_spec("playwright") is None:
        raise LookError(
            "look drives a browser through playwright, which is not installed: make test installs it, or "
            "pip install -r tests/requirements.lock",
            "look 通过 playwright 驱动浏览器，此处没有安装：make test 会装，或 pip install -r tests/requirements.lock",
        )
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as play:
        try:
            chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        except Error as fault:
            raise LookError(
                "look found no Chromium that starts: make browser installs it (apt-get install chromium fonts-noto-cjk), or "
                f"playwright install chromium ({str(fault).splitlines()[0][:120]})",
                "没有能启动的 Chromium：make browser 会装（apt-get install chromium fonts-noto-cjk），"
                f"或 playwright install chromium（{str(fault).splitlines()[0][:120]}）",
            ) from None
        try:
            yield chromium
        finally:
            chromium.close()


class Camera:
    """Takes pictures of the server at ``base`` into ``folder`` (``folder``/thumbs for the small ones).

    password : of the accounts named as their roles, for the pages that only these may open
    """

    def __init__(self, chromium: Any, base: str, folder: Path, password: str = "") -> None:
        self._chromium, self._base, self._folder, self._password = chromium, base, folder, password
        self._audit = script()
        (folder / "thumbs").mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def opened(self, picture: Picture) -> Iterator[tuple[Any, Shot]]:
        """The picture's page, opened and showing its figures (or, for ``loading``, none), and what is known of it so far."""
        wide, high = picture.size
        context = self._chromium.new_context(viewport={"width": wide, "height": high}, reduced_motion="reduce", locale="zh-CN")
        shot = Shot(picture)
        started = time.perf_counter()
        try:
            page = context.new_page()
            if picture.page.role and picture.page.role != "nobody":
                self._log_in(page, picture)
            if picture.state == "loading":
                for address in FIGURES:
                    context.route(address, lambda route: None)  # asked, and never answered
            page.goto(self._base + picture.address)
            self._wait(page, picture, shot)
            page.evaluate("(light) => { if (light === 'day') document.documentElement.dataset.theme = light; }", picture.light)
            shot.seconds = time.perf_counter() - started
            yield page, shot
        finally:
            context.close()

    def take(self, page: Any, shot: Shot) -> Shot:
        """Audit the page as it stands and picture it."""
        started, picture = time.perf_counter(), shot.picture
        wide, high = picture.size
        if picture.page.surface == "desk":  # it scrolls: all of it is looked at
            tall = min(page.evaluate("() => document.documentElement.scrollHeight"), TALLEST)
            if tall > high:
                high = tall
                page.set_viewport_size({"width": wide, "height": high})
                page.wait_for_timeout(SETTLE_MS)
        page.wait_for_timeout(SETTLE_MS)
        found = page.evaluate(f"(rules) => ({self._audit})(rules)", rules_of(picture.page, picture.shape))
        shot.texts, shot.findings = found["texts"], found["findings"]
        # not playwright's own screenshot: that waits for fonts, which a server that is away will not send
        devtools = page.context.new_cdp_session(page)
        for file, kind, scale in ((f"{picture.name}.png", "png", 1.0), (f"thumbs/{picture.name}.jpg", "jpeg", THUMB / wide)):
            clip = {"x": 0, "y": 0, "width": wide, "height": high, "scale": scale}
            made = devtools.send("Page.captureScreenshot", {"format": kind, "clip": clip})
            (self._folder / file).write_bytes(base64.b64decode(made["data"]))
        shot.seconds += time.perf_counter() - started
        return shot

    def _wait(self, page: Any, picture: Picture, shot: Shot) -> None:
        from playwright.sync_api import TimeoutError as TooLongError

        surface = picture.page.surface
        analyst, live = picture.page.path.startswith("/analyst"), surface == "wall" and picture.state == "live"
        ready = READY["analyst" if analyst else "live" if live else surface]
        try:
            if picture.state == "loading":
                page.wait_for_selector(FRAME[surface], state="attached", timeout=READY_MS)
                page.wait_for_timeout(2 * SETTLE_MS)
            else:
                page.wait_for_function(ready, timeout=READY_MS)
        except TooLongError:
            shot.fault = f"no figures within {READY_MS // 1000} s"

    def _log_in(self, page: Any, picture: Picture) -> None:
        page.goto(f"{self._base}/login")
        page.fill("#name", picture.page.role)
        page.fill("#password", self._password)
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
