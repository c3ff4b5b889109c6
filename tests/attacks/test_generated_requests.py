"""A slice of the generated requests (``python -m benchmarks --only requests``): none ends in a fault of the server."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.bench_access import NOBODY, Surface, surface
from benchmarks.bench_requests import Generator, Told, generated, scripts_of, send, tracebacks
from tests.conftest import Running
from tests.desk_people import Person

pytestmark = pytest.mark.slow
SEED, REQUESTS = 7, 150


@pytest.fixture(scope="module")
def found(wall: Running, tmp_path_factory: pytest.TempPathFactory) -> Surface:
    return surface(f"sqlite:///{wall.place}/qufu.sqlite", tmp_path_factory.mktemp("own"))


def test_no_generated_request_ends_in_a_fault_of_the_server(wall: Running, found: Surface) -> None:
    log, told = Path(wall.place) / "server.log", Told()
    before = tracebacks(log)
    who = {"demo": Person(wall.port), NOBODY: Person(wall.port, "wall.city.example")}
    generator = Generator(random.Random(SEED), found, ("demo", "demo", "demo", NOBODY), scripts_of(who["demo"]))
    send(wall.port, generated(REQUESTS, generator.one), who, told)
    assert told.broken == []
    assert told.requests == REQUESTS
    assert {200, 400, 401, 404, 405} <= set(told.said), "hardly anything was tried"
    assert tracebacks(log) == before
    assert wall.get("/healthz")[0] == 200


def call(person: Person, **changed: object) -> tuple[int, dict[str, str]]:
    """The page's callback, with parts of it exchanged; a part that is None is left out."""
    whole = {
        "output": "root.children",
        "outputs": {"id": "root", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": "/wall"}, {"id": "url", "property": "search", "value": ""}],
        "state": [],
        "changedPropIds": ["url.pathname"],
        **changed,
    }
    answer = person.post("/_dash-update-component", {k: v for k, v in whole.items() if v is not None})
    return answer.status, answer.json()


@pytest.mark.parametrize(
    "changed",
    [
        {"output": "none.children"},
        {"output": None},
        {"output": ["root.children"]},
        {"output": "pulse.data"},
        {"outputs": None},
        {"outputs": {"id": "x", "property": "children"}},
        {"outputs": [{"id": "root", "property": "children"}]},
        {"inputs": None},
        {"inputs": []},
        {"inputs": [{"id": "url", "property": "pathname"}]},
        {"inputs": ["x", "y"]},
        {"inputs": [{"id": "url", "property": "search", "value": ""}, {"id": "url", "property": "pathname", "value": "/"}]},
        {"inputs": [{"id": "url", "property": "pathname", "value": 5}, {"id": "url", "property": "search", "value": ""}]},
        {"inputs": [{"id": "url", "property": "pathname", "value": "/wall"}, {"id": "url", "property": "search", "value": {}}]},
        {"state": [{"id": "x", "property": "y", "value": 1}]},
        {"state": "x"},
        {"changedPropIds": ["root.children"]},
        {"changedPropIds": "url.pathname"},
        {"changedPropIds": [["url.pathname"]]},
    ],
)
def test_a_malformed_call_is_answered_400_with_words(wall: Running, changed: dict[str, object]) -> None:
    assert call(Person(wall.port))[0] == 200
    status, said = call(Person(wall.port), **changed)
    assert status == 400
    assert said["error"].startswith("malformed call")
    assert said["error_zh"].startswith("回调请求有误")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"output":"\\ud800"}', "application/json", 400),
        (b"{}", "text/plain", 400),
        (b"{}", "", 400),
        (b"[" * 300_000, "application/json", 413),
    ],
)
def test_a_call_that_is_no_json_is_answered_400(wall: Running, body: bytes, kind: str, status: int) -> None:
    answer = Person(wall.port).ask("POST", "/_dash-update-component", body, {"content-type": kind} if kind else {})
    assert answer.status == status
    assert answer.json()["error_zh"]


@pytest.mark.parametrize(
    "path",
    [
        "/_dash-component-suites/none/none.js",
        "/_dash-component-suites/dash/none.js",
        f"/_dash-component-suites/dash{2 * '/..'}/x",
        "/_dash-component-suites/os/path.py",
        "/_dash-component-suites/sys/x.js",
        "/assets/none.js",
        "/assets/../app.py",
        "/assets/%2e%2e/app.py",
        "/_dash-none",
        "/geometry/1/none.bin",
        "/snapshot",
        "/nowhere",
    ],
)
def test_an_unknown_file_or_page_is_not_there(wall: Running, path: str) -> None:
    assert Person(wall.port).get(path).status == 404


def test_a_client_that_names_itself_is_not_believed_without_a_trusted_proxy(wall: Running) -> None:
    someone = Person(wall.port)
    assert someone.get("/wall").status == 200
    assert someone.get("/wall", X_Forwarded_For="127.0.0.1").status == 401
    assert someone.get("/analyst", Via="1.1 x").status == 303


def test_a_fault_of_ours_reaches_the_log_once_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    import asyncio
    from typing import Any

    from dashboard.backend import Spoken
    from data.errors import FactsError, QueryError

    async def failing(error: Exception) -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/_dash-update-component", "headers": []}
        await Spoken(None, None, None, [])._handle_error(error, scope, None, send)  # type: ignore[arg-type]
        return sent

    for error, status, logged in (
        (ZeroDivisionError("by nothing"), 500, 1),
        (FactsError("no facts at /secret"), 503, 1),
        (QueryError("odd", "有误"), 400, 0),
    ):
        caplog.clear()
        sent = asyncio.run(failing(error))
        assert sent[0]["status"] == status
        assert len([r for r in caplog.records if r.levelname == "ERROR"]) == logged
        if status >= 500:
            assert str(error) in caplog.text
            assert str(error).encode() not in sent[1]["body"], "what names files is for the log alone"
