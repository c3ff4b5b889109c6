"""A callback that waits keeps nobody else waiting; one that fails is said once, and its reason to the log alone."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from dash import Dash, Input, Output, html

from dashboard.backend import WallBackend
from tests.desk_people import Answer


async def ask(app: Any, method: str, path: str, body: bytes = b"") -> Answer:
    """One request to an ASGI application."""
    sent: list[Any] = []
    asked = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return asked.pop() if asked else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "http_version": "1.1",
        "root_path": "",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 5000),
        "headers": [(b"host", b"x"), (b"content-type", b"application/json")],
    }
    await app(scope, receive, send)
    return Answer(sent[0]["status"], [], b"".join(m.get("body", b"") for m in sent[1:]))


CALL = (
    b'{"output": "out.children", "outputs": {"id": "out", "property": "children"}, '
    b'"inputs": [{"id": "in", "property": "children", "value": 1}], "changedPropIds": ["in.children"]}'
)


def test_a_callback_that_waits_keeps_no_other_request_waiting() -> None:
    app, go_on = Dash("waits", backend=WallBackend), threading.Event()
    app.layout = html.Div(id="in")

    @app.callback(Output("out", "children"), Input("in", "children"))
    def wait(_: Any) -> str:
        return "let go" if go_on.wait(20) else "waited in vain"

    app._setup_server()

    async def both() -> tuple[Answer, Answer]:
        waiting = asyncio.ensure_future(ask(app.server, "POST", "/_dash-update-component", CALL))
        await asyncio.sleep(0.1)
        layout = await ask(app.server, "GET", "/_dash-layout")
        go_on.set()
        return layout, await waiting

    layout, waited = asyncio.run(both())
    assert layout.status == 200
    assert (waited.status, b"let go" in waited.body) == (200, True)


def test_a_callback_that_fails_is_answered_in_words_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    app = Dash("fails", backend=WallBackend)
    app.layout = html.Div(id="in")

    @app.callback(Output("out", "children"), Input("in", "children"))
    def fail(_: Any) -> str:
        raise ZeroDivisionError("a reason for the log")

    app._setup_server()
    answer = asyncio.run(ask(app.server, "POST", "/_dash-update-component", CALL))
    assert answer.status == 500
    assert answer.json() == {"error": "this failed; the log says why", "error_zh": "处理出错，原因见日志"}
    said = [r for r in caplog.records if r.levelname in ("WARNING", "ERROR", "CRITICAL")]
    assert len(said) == 1
    assert "a reason for the log" in caplog.text
