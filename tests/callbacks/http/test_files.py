"""The browser's files from memory: packed once, the same bytes as before, told apart by their digest."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from starlette.requests import Request

from callbacks.http.files import Files

SCRIPT = b"window.x = 1; // " + b"the wall " * 500


class Behind:
    """What stands behind: counts how often it is asked for a file, and how."""

    def __init__(self) -> None:
        self.asked: list[dict[bytes, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(dict(scope["headers"]))
        await asyncio.sleep(0.02)
        found = "missing" not in scope["path"]
        kind = b"font/woff2" if scope["path"].endswith("woff2") else b"text/javascript; charset=utf-8"
        cache = [(b"cache-control", b"public, max-age=31536000")] if "suites" in scope["path"] else []
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": [(b"content-type", kind), *cache]})
        await send({"type": "http.response.body", "body": SCRIPT[:100] if found else b"no", "more_body": True})
        await send({"type": "http.response.body", "body": SCRIPT[100:] if found else b"ne"})


async def get(files: Files, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    given = {k.replace("_", "-").encode(): v.encode() for k, v in headers.items()}
    request = Request({"type": "http", "method": "GET", "path": path, "headers": list(given.items())})
    await (await files.answer(request))(request.scope, request.receive, send)
    return (
        sent[0]["status"],
        {k.decode(): v.decode() for k, v in sent[0]["headers"]},
        b"".join(m.get("body", b"") for m in sent[1:]),
    )


def test_a_thousand_screens_at_once_have_a_file_packed_once() -> None:
    behind = Behind()
    files = Files(behind)

    async def run() -> list[tuple[int, dict[str, str], bytes]]:
        return await asyncio.gather(*(get(files, "/assets/live.js", accept_encoding="gzip, br") for _ in range(1000)))

    answers = asyncio.run(run())
    assert len(behind.asked) == 1
    for status, headers, body in answers:
        assert (status, headers["content-encoding"], headers["content-length"]) == (200, "gzip", str(len(body)))
        assert gzip.decompress(body) == SCRIPT
        assert len(body) < len(SCRIPT) / 10


def test_the_whole_file_is_read_whatever_the_first_screen_asked_for() -> None:
    behind = Behind()
    files = Files(behind)
    asyncio.run(get(files, "/assets/live.js", range="bytes=0-3", if_none_match='"old"', accept_encoding="gzip"))
    assert not {b"range", b"if-none-match", b"accept-encoding"} & set(behind.asked[0])


def test_who_cannot_unpack_gets_it_plain_and_what_is_packed_stays_as_it_is() -> None:
    files = Files(Behind())
    _, headers, body = asyncio.run(get(files, "/assets/live.js"))
    assert "content-encoding" not in headers
    assert body == SCRIPT
    _, headers, body = asyncio.run(get(files, "/assets/fonts/a.woff2", accept_encoding="gzip"))
    assert "content-encoding" not in headers
    assert body == SCRIPT


def test_a_file_that_is_held_already_is_not_sent_again() -> None:
    files = Files(Behind())
    _, headers, _body = asyncio.run(get(files, "/assets/live.js"))
    status, again, body = asyncio.run(get(files, "/assets/live.js", if_none_match=headers["etag"]))
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])
    assert headers["cache-control"] == "no-cache", "its name stays while its content may change: the browser asks"
    _, headers, _body = asyncio.run(get(files, "/_dash-component-suites/a.v1.js"))
    assert "immutable" in headers["cache-control"]


def test_a_file_that_is_missing_is_asked_for_again() -> None:
    behind = Behind()
    files = Files(behind)
    for _ in range(2):
        status, _headers, body = asyncio.run(get(files, "/assets/missing.js"))
        assert (status, body) == (404, b"none")
    assert len(behind.asked) == 2
    assert not files._kept


def test_a_screen_that_leaves_while_a_file_is_packed_does_not_end_it_for_the_others() -> None:
    behind = Behind()
    files = Files(behind)

    async def run() -> tuple[int, dict[str, str], bytes]:
        first = asyncio.create_task(get(files, "/assets/live.js"))
        await asyncio.sleep(0.005)
        second = asyncio.create_task(get(files, "/assets/live.js"))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(run())[2] == SCRIPT
    assert len(behind.asked) == 1


def test_a_file_under_many_names_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callbacks.http.files.MOST", 3 * len(SCRIPT))
    files = Files(Behind())
    for i in range(20):
        asyncio.run(get(files, f"/assets/{i}.woff2"))
    assert list(files._kept) == ["/assets/17.woff2", "/assets/18.woff2", "/assets/19.woff2"]


def test_what_a_browser_holds_may_stand_in_a_list_and_be_weak() -> None:
    files = Files(Behind())
    _, headers, _body = asyncio.run(get(files, "/assets/live.js"))
    assert headers["etag"].startswith("W/"), "one tag for two codings"
    strong = headers["etag"].removeprefix("W/")
    for held in (f'"x", {headers["etag"]}', strong, "*"):
        status, again, body = asyncio.run(get(files, "/assets/live.js", if_none_match=held))
        assert (status, body) == (304, b"")
        assert {"etag", "cache-control", "vary"} <= set(again), "what a 200 would say of its keeping (RFC 9110, 15.4.5)"
    assert asyncio.run(get(files, "/assets/live.js", if_none_match='"x"'))[0] == 200


@pytest.mark.parametrize(
    ("admitted", "status", "coding"),
    [("gzip;q=0", 200, None), ("identity;q=0, gzip", 200, "gzip"), ("*;q=0", 406, None), ("gzip;q=0.2, identity", 200, None)],
)
def test_a_coding_that_is_not_wanted_is_not_sent(admitted: str, status: int, coding: str | None) -> None:
    found, headers, body = asyncio.run(get(Files(Behind()), "/assets/live.js", accept_encoding=admitted))
    assert (found, headers.get("content-encoding"), headers["vary"]) == (status, coding, "accept-encoding")
    if status == 200:
        assert (gzip.decompress(body) if coding else body) == SCRIPT
