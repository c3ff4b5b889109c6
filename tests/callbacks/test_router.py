"""The live road over real HTTP: pulses without end, ETags, keys, health; served by a real process."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import signal
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from tests.conftest import Running, copy_of

pytestmark = pytest.mark.slow


def ask(server: Running, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def pulses(server: Running, count: int, path: str = "/live?page=overview") -> tuple[dict[str, str], list[dict[str, Any]]]:
    with urllib.request.urlopen(server.base + path, timeout=20) as stream:
        found: list[dict[str, Any]] = []
        for line in stream:
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
                if len(found) == count:
                    return {k.lower(): v for k, v in stream.headers.items()}, found
    raise AssertionError("the stream ended")


@pytest.mark.alone
def test_a_pulse_comes_every_tick_also_when_nothing_changed(wall: Running) -> None:
    headers, found = pulses(wall, 5)
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["x-accel-buffering"] == "no"
    assert "no-transform" in headers["cache-control"]
    assert "content-encoding" not in headers
    first, *gaps = [b["now"] - a["now"] for a, b in itertools.pairwise(found)]
    assert first < 3000, "the first pulse answers the screen that comes, wherever the tick stands; the second is the tick's"
    assert all(300 < g < 3000 for g in gaps), gaps
    assert found[-1]["source"]["ok"] is True
    assert found[-1]["as_of"] >= found[0]["as_of"] > 0


def test_a_page_that_is_held_already_is_not_sent_again(wall: Running) -> None:
    for _ in range(5):  # a tick may fall between the two
        _, headers, _body = ask(wall, "/snapshot/overview?lang=en", **{"accept-encoding": "gzip"})
        assert headers["content-encoding"] == "gzip"
        status, again, nothing = ask(wall, "/snapshot/overview?lang=en", **{"if-none-match": headers["etag"]})
        if status == 304:
            break
    assert (status, nothing) == (304, b"")
    assert len(again["x-gridwall"].split(",")) == 4, "its age travels all the same"
    status, headers, plain = ask(wall, "/snapshot/overview?lang=en")
    assert "content-encoding" not in headers
    assert json.loads(plain)["page"] == "overview"


def test_geometry_is_immutable_and_an_unknown_version_is_not_found(wall: Running) -> None:
    payload = wall.get("/snapshot/overview")[1]["panels"]["grid_heat"]["map"]
    for level in payload["geometry"]:
        status, headers, body = ask(wall, level["url"])
        assert status == 200
        assert "immutable" in headers["cache-control"]
        assert len(body) > 100
    assert ask(wall, "/geometry/1/0000.bin")[0] == 404
    assert ask(wall, "/geometry/../../etc/passwd")[0] in (400, 404)
    assert ask(wall, "/geometry/%C2%B2/0000.bin")[0] == 404, "a digit that is no number"
    assert ask(wall, f"/geometry/{'9' * 5000}/0000.bin")[0] == 404


def test_a_faulty_page_address_has_the_status_of_a_fault(wall: Running) -> None:
    for path in (
        "/",
        "/wall",
        "/wall/",
        "/wall/overview",
        "/wall?colour=blue",
        "/wall?theme=auto",
        "/wall?scope=370881108&lang=en",
        "/_dash-layout",
    ):
        assert ask(wall, path)[0] == 200, path
    for path in ("/nosuch", "/wall/overview/x", "/favicon.ico", "/healthz/x", "/assets/nosuch.js"):
        assert ask(wall, path)[0] == 404, path
    for path in ("/wall?scope=999", "/wall?lang=xx", "/wall?theme=noon", "/wall/nosuch"):
        assert ask(wall, path)[0] == 400, path


def test_a_reading_over_http_and_its_faults(wall: Running) -> None:
    status, answer = wall.get("/api/read/stage_backlog?scope=370881001")
    assert status == 200
    assert len(answer["rows"]) == 9
    assert wall.get("/api/read/stage_baklog")[0] == 400
    assert "did you mean 'stage_backlog'" in wall.get("/api/read/stage_baklog")[1]["error"]
    assert wall.get("/api/read/headline?back=soon")[0] == 400
    assert wall.get("/api/read/headline?at=0001-01-01T00:00")[0] == 400
    assert wall.get("/api/read/headline?at=2031-01-01")[0] == 400, "the future would show what a wall may only show late"


def test_health_tells_age_ticks_and_screens(wall: Running) -> None:
    status, health = wall.get("/healthz")
    assert status == 200
    assert health["age_s"] < 5
    assert health["ticks"] > 0
    assert set(health) >= {"last_fault", "screens", "faulty_rows", "tick_ms", "as_of"}


def test_a_village_has_its_own_wall(wall: Running) -> None:
    village = wall.get("/api/read/grid_heat")[1]["rows"]
    code = next(r["code"] for r in village if r["level"] == 2)
    deadline = time.monotonic() + 15
    status = 202
    while status != 200 and time.monotonic() < deadline:
        status, page = wall.get(f"/snapshot/overview?scope={code}")
        time.sleep(0.3)
    assert status == 200
    assert page["scope"] == code


def test_another_address_needs_a_key_and_keeps_it_as_a_cookie(
    demo_city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = copy_of(demo_city, tmp_path)
    state = f"sqlite:///{tmp_path}/state.sqlite"
    assert main(["key", "add", "hall", "--state", state]) == 0
    key = capsys.readouterr().out.split("key=")[1].split()[0]
    server = Running(tmp_path, "--source", f"sqlite:///{database}", "--host", "0.0.0.0", "--state", state).start()
    try:
        for path in (
            "/wall",
            "/snapshot/overview",
            "/live?page=overview",
            "/api/read/headline",
            "/_dash-layout",
            "/assets/live.js",
        ):
            assert ask(server, path)[0] == 401, path
            assert ask(server, path, cookie="gridwall_key=wrong")[0] == 401, path
        status, headers, _ = ask(server, f"/wall?key={key}")
        assert (status, headers["location"]) == (303, "/wall")
        cookie = headers["set-cookie"]
        assert ask(server, "/wall", cookie=cookie.split(";")[0])[0] == 200
        assert ask(server, "/snapshot/overview", cookie=cookie.split(";")[0])[0] == 200
        assert main(["key", "revoke", "hall", "--state", state]) == 0
        time.sleep(6)
        assert ask(server, "/snapshot/overview", cookie=cookie.split(";")[0])[0] == 401
    finally:
        server.kill()


def test_a_screen_that_hangs_up_in_the_middle_leaves_nothing_behind(wall: Running) -> None:
    before = wall.get("/healthz")[1]["screens"]
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", wall.port)) as s:
            s.sendall(b"GET /live?page=overview HTTP/1.1\r\nHost: localhost\r\n\r\n")
            s.recv(100)
    deadline = time.monotonic() + 10
    while wall.get("/healthz")[1]["screens"] > before and time.monotonic() < deadline:
        time.sleep(0.5)
    assert wall.get("/healthz")[1]["screens"] <= before


def test_the_server_ends_promptly_while_screens_listen(demo_city: Path, tmp_path: Path) -> None:
    server = Running(tmp_path, "--source", f"sqlite:///{copy_of(demo_city, tmp_path)}").start()
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(b"GET /live?page=overview HTTP/1.1\r\nHost: localhost\r\n\r\n")
        s.recv(100)
        started = time.monotonic()
        server.kill(signal.SIGTERM)
        assert time.monotonic() - started < 10
    assert server.process is not None
    assert server.process.returncode == 0
    assert "ERROR" not in (tmp_path / "server.log").read_text(), "streams are closed, not cancelled"


@pytest.mark.soak
def test_a_damaged_facts_file_of_ours_is_built_anew_and_kept_aside(demo_city: Path, tmp_path: Path) -> None:
    server = Running(tmp_path, "--source", f"sqlite:///{copy_of(demo_city, tmp_path)}").start()
    before = server.get("/api/read/headline")[1]["rows"][2]["value"]
    server.kill()
    (file,) = (tmp_path / "var").glob("facts-*.duckdb")
    size = file.stat().st_size
    with file.open("r+b") as torn:
        for percent in (5, 30, 70, 90):
            torn.seek(size * percent // 100)
            torn.write(random.Random(percent).randbytes(65_536))
    try:
        server.start()
        assert server.get("/api/read/headline")[1]["rows"][2]["value"] == before
        assert file.with_name(file.name + ".damaged").stat().st_size == size
        health = server.health()
        assert f"{file.name}.damaged; built anew from the source" in health["last_fault"]
        assert "由源库重建" in health["last_fault_zh"]
        assert health["last_fault"] in (tmp_path / "server.log").read_text()
    finally:
        server.kill()
    named = Running(tmp_path, "--source", f"sqlite:///{tmp_path / 'qufu.sqlite'}", "--facts", "duckdb:///named.duckdb")
    (tmp_path / "named.duckdb").write_text("somebody's notes")
    with pytest.raises(AssertionError, match="remove it and it is built anew"):
        named.start()
    assert (tmp_path / "named.duckdb").read_text() == "somebody's notes"
