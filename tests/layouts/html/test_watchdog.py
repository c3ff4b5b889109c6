"""What stands inline in every page is small, is what the content policy names, and says in both languages what is waited for."""

from __future__ import annotations

import base64
import hashlib
import re
import urllib.request
from pathlib import Path

import pytest

from layouts.desk.login import login_page
from layouts.html import watchdog
from tests.conftest import Running

INLINE = re.compile(r"<script(?: id=\"_dash-renderer\" type=\"application/javascript\")?>(.*?)</script>", re.S)


def digests(page: str) -> set[str]:
    """Of every script that runs and stands in a page itself, as a policy names it."""
    scripts = INLINE.findall(re.sub("<!--.*?-->", "", page, flags=re.DOTALL))
    return {f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts}


def test_the_watchdog_is_small_and_needs_no_library() -> None:
    assert len(watchdog.WATCHDOG.encode()) < 3000
    scripts = watchdog.WATCHDOG + watchdog.SENDING + watchdog.THEME + watchdog.LANGUAGE
    assert not re.search(r"=>|\b(?:let|const|class|async|await|import)\b|`", scripts)


@pytest.mark.parametrize("name", ["watchdog.js", "sending.js", "theme.js", "language.js"])
def test_taking_the_idle_spaces_out_takes_nothing_else(name: str) -> None:
    source = Path(watchdog.__file__).with_name(name).read_text(encoding="utf-8")
    code = "\n".join(line for line in source.splitlines() if not line.strip().startswith("//"))
    assert re.sub(r"\s", "", watchdog.inlined(name)) == re.sub(r"\s", "", code)
    assert re.findall(r'"[^"\n]*"', watchdog.inlined(name)) == re.findall(r'"[^"\n]*"', code)


def test_every_word_of_waiting_has_its_places_in_both_languages() -> None:
    for words in watchdog.WORDS.values():
        assert set(re.findall(r"{\w+}", words.zh)) == set(re.findall(r"{\w+}", words.en))


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/wall", "/kiosk", "/analyst", "/login", "/nowhere"])
def test_every_page_holds_it_first_and_its_policy_allows_it_by_digest_alone(wall: Running, path: str) -> None:
    with urllib.request.urlopen(f"{wall.base}{path}") if path != "/nowhere" else _missing(wall.base + path) as answer:
        page, policy = answer.read().decode(), answer.headers["content-security-policy"]
    assert page.index(watchdog.WATCHDOG) < min(page.find(mark) % len(page) for mark in ("<link", "<script src", "<script id"))
    assert page.index(watchdog.END) > page.rindex("</script>")
    scripts = re.search(r"script-src ([^;]*)", policy)
    assert scripts
    assert "'unsafe-inline'" not in scripts[1]
    assert digests(page) <= set(scripts[1].split())


def _missing(url: str) -> urllib.error.HTTPError:
    try:
        raise AssertionError(urllib.request.urlopen(url))
    except urllib.error.HTTPError as answer:
        return answer


@pytest.mark.slow
def test_the_tiny_file_is_there_for_everybody_and_kept_by_nobody(wall: Running) -> None:
    asked = urllib.request.Request(wall.base + "/alive", headers={"Host": "wall.city.example"})
    with urllib.request.urlopen(asked) as answer:
        assert (answer.status, answer.read(), answer.headers["cache-control"]) == (204, b"", "no-store")


def test_a_login_page_that_is_cut_short_shows_no_sign_that_it_stands() -> None:
    page = login_page("曲阜", "zh", "f" * 32)
    sign = page.index("data-up>")
    assert sign > page.index("</form>")
    assert watchdog.END not in page[:sign]
