"""What stands before every answer: keys, names, headers; in process, without a server."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from pathlib import Path
from typing import Any, cast

import pytest

from callbacks.auth.authenticator import LocalAuthenticator
from callbacks.desk.router import Desk
from callbacks.router import LiveRoutes
from callbacks.wall.live import Hub
from callbacks.wall.page_cache import PageCache
from data.access.screen_keys import add_key
from data.city.city import City
from data.city.profile import load_profile
from data.reading.snapshot import Snapshot
from tests.callbacks.wall.test_page_cache import NOW


class Answers:
    """Admits while ``admitted`` is true."""

    admitted = True

    def now_ms(self) -> int:
        return 5

    def geometry(self, level: int, version: str) -> bytes | None:
        return None

    def read(self, *words: Any) -> dict[str, Any]:
        return {}

    def screen_with(self, key: str) -> str:
        return "hall" if key == "right" else ""

    def admits(self, headers: dict[bytes, bytes], query: dict[str, str]) -> bool:
        return self.admitted


async def behind(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"page"})


def routes() -> tuple[LiveRoutes, Answers]:
    page_cache = PageCache(City(load_profile("qufu")), {}, lambda: 0.0, 100, "build-1")
    page_cache.snapshot = Snapshot("S-1", NOW, {}, page_cache.city, {}, {}, {})
    answers = Answers()
    return LiveRoutes(
        behind,
        Hub(page_cache, answers.now_ms),
        cast(Any, answers),
        Desk(LocalAuthenticator(None, lambda headers: False)),
        "default-src 'self'",
    ), answers


def get(live: LiveRoutes, path: str, query: bytes = b"", **headers: str) -> tuple[int, dict[str, str]]:
    sent: list[Any] = []

    async def run() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            await asyncio.sleep(60)

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query,
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        }
        await live(scope, receive, send)
        live.hub.closing = True

    asyncio.run(run())
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/wall", 200), ("/healthz", 503), ("/snapshot/overview", 200), ("/snapshot/nowhere", 400), ("/geometry/1/x.bin", 404)],
)
def test_every_answer_forbids_what_is_foreign(path: str, status: int) -> None:
    live, _ = routes()
    found, headers = get(live, path)
    assert found == status
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    if (path, status) != ("/snapshot/overview", 200):  # data that nothing runs, sent a thousand times a second
        assert headers["content-security-policy"] == "default-src 'self'"


def test_a_page_that_is_held_already_says_which_snapshot_it_is_of() -> None:
    live, _ = routes()
    _, headers = get(live, "/snapshot/overview")
    status, again = get(live, "/snapshot/overview", if_none_match=headers["etag"])
    assert status == 304
    assert again["x-snapshot"] == "S-1", "the screen may have been told of a newer one meanwhile"
    assert again["x-build"] == "build-1"


def test_a_key_that_is_revoked_ends_the_stream_of_an_open_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callbacks.wall.live.ADMITTED_EVERY_S", 0.1)
    live, answers = routes()
    sent: list[Any] = []

    async def run() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            await asyncio.sleep(60)

        stream = asyncio.create_task(
            live(
                {"type": "http", "method": "GET", "path": "/live", "query_string": b"page=overview", "headers": []}, receive, send
            )
        )
        await asyncio.sleep(0.05)
        assert json.loads(sent[1]["body"][6:])["build"] == "build-1"
        answers.admitted = False
        await asyncio.wait_for(stream, 3)
        live.hub.closing = True

    asyncio.run(run())
    assert sent[-1].get("more_body") is False


@pytest.mark.parametrize(
    ("host", "key", "let_in"),
    [
        ("127.0.0.1:8050", "", True),
        ("localhost", "", True),
        ("[::1]:8050", "", True),
        ("", "", True),
        ("evil.example:8050", "", False),
        ("localhost.evil.example", "", False),
        ("evil.example", "wrong", False),
        ("wall.city.example", "right", True),
    ],
)
def test_on_loopback_another_name_needs_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, key: str, let_in: bool
) -> None:
    from dashboard.app import Service
    from dashboard.clock import now
    from dashboard.settings import resolve

    monkeypatch.chdir(tmp_path)
    settings = resolve(Namespace(source="sqlite:///none.sqlite", state="sqlite:///state.sqlite"), {})
    service = Service(settings)
    right = add_key(service.state, "hall", now())
    service.keys.refresh()
    query = {"key": right if key == "right" else key} if key else {}
    try:
        assert service.keys.admits({b"host": host.encode()} if host else {}, query) is let_in
    finally:
        service.state.close()
