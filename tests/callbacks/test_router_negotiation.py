"""HEAD, If-None-Match and Accept-Encoding on every route that they concern; in process, without a server."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any, cast

import pytest

from callbacks.router import LiveRoutes
from tests.callbacks.test_router_guards import Answers, routes

LEVEL = b"outlines " * 100


class WithLevel(Answers):
    def from_command(self, headers: Any) -> bool:
        return False

    def geometry(self, level: int, version: str) -> bytes | None:
        return gzip.compress(LEVEL) if (level, version) == (1, "aa") else None


def live() -> LiveRoutes:
    made, _ = routes()
    answers = WithLevel()
    return LiveRoutes(made.app, made.hub, cast(Any, answers), made.desk, "default-src 'self'")


def ask(method: str, path: str, *fields: tuple[str, str], query: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Status, headers, body of one whole answer."""
    sent: list[Any] = []

    async def run() -> None:
        there = live()

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            await asyncio.sleep(60)

        raw = [(k.encode(), v.encode()) for k, v in fields]
        scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw}
        await asyncio.wait_for(there(scope, receive, send), 20)
        there.hub.closing = True

    asyncio.run(run())
    assert not sent[-1].get("more_body")
    headers = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:])


@pytest.mark.parametrize(
    "path", ["/wall", "/nosuch", "/healthz", "/snapshot/overview", "/geometry/1/aa.bin", "/api/read/headline"]
)
def test_head_is_answered_as_get_without_the_body(path: str) -> None:
    for coding in ("gzip", ""):
        status, headers, body = ask("GET", path, ("accept-encoding", coding))
        assert body
        assert ask("HEAD", path, ("accept-encoding", coding)) == (status, headers, b"")


def test_head_of_the_stream_ends() -> None:
    status, headers, body = ask("HEAD", "/live", query=b"page=overview")
    assert (status, body, headers["content-type"]) == (200, b"", "text/event-stream; charset=utf-8")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_snapshot_that_is_held_is_told_by_lists_weak_tags_and_the_star(method: str) -> None:
    _, headers, _body = ask("GET", "/snapshot/overview")
    etag = headers["etag"]
    assert etag.startswith("W/"), "one tag for two codings is a weak one (RFC 9110, 8.8.3.3)"
    same = ("etag", "cache-control", "vary", "x-snapshot", "x-build")
    for held in ([etag], [etag.removeprefix("W/")], [f'"x", W/"y",{etag}'], ['"x"', etag], ["*"]):
        status, again, body = ask(method, "/snapshot/overview", *(("if-none-match", line) for line in held))
        assert (status, body) == (304, b"")
        assert {k: again[k] for k in same} == {k: headers[k] for k in same}
    for other in ('"x"', etag.removeprefix("W/").strip('"'), 'W/""'):
        assert ask(method, "/snapshot/overview", ("if-none-match", other))[0] == 200


@pytest.mark.parametrize("path", ["/snapshot/overview", "/geometry/1/aa.bin"])
@pytest.mark.parametrize(
    ("admitted", "status", "coding"),
    [
        ("gzip, deflate, br, zstd", 200, "gzip"),
        ("*", 200, "gzip"),
        ("gzip;q=0", 200, None),
        ("gzip;q=0, *", 200, None),
        ("br", 200, None),
        ("", 200, None),
        ("identity;q=0, gzip;q=0.1", 200, "gzip"),
        ("identity;q=0", 406, None),
        ("*;q=0", 406, None),
    ],
)
def test_what_is_packed_follows_accept_encoding(path: str, admitted: str, status: int, coding: str | None) -> None:
    plain = ask("GET", path)[2]
    found, headers, body = ask("GET", path, ("accept-encoding", admitted))
    assert (found, headers.get("content-encoding"), headers["vary"]) == (status, coding, "accept-encoding")
    if status == 200:
        assert headers["content-length"] == str(len(body))
        assert (gzip.decompress(body) if coding else body) == plain
    else:
        assert json.loads(body)["error_zh"]
    if path.startswith("/geometry") and status == 200:
        assert plain == LEVEL


@pytest.mark.parametrize("path", ["/live", "/snapshot/overview", "/geometry/1/aa.bin", "/api/faults", "/assets/live.js"])
def test_another_method_is_told_which_there_are(path: str) -> None:
    status, headers, body = ask("POST", path)
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert json.loads(body) == {"error": "use GET", "error_zh": "请用 GET"}
