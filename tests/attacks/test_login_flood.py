"""attack.login_flood: 30 connections that try to log in without end, at a real server; who belongs there gets in."""

from __future__ import annotations

import contextlib
import http.client
import re
import secrets
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from itertools import count
from urllib.parse import urlencode

import pytest

from data.access.accounts import FREE
from data.access.audit import Audit, Filter
from tests.attacks.conftest import COSTLY, Hall

pytestmark = pytest.mark.slow
_NAMES, CONNECTIONS = count(), 30


class Flood:
    """``CONNECTIONS`` that post one login after another from ``source``, until they are cut off; ``answers`` are their statuses
    so far.  ``fresh``: each try is typed into a form of its own, else all into one."""

    def __init__(self, hall: Hall, source: str, name: str = "", fresh: bool = False) -> None:
        self.answers: list[int] = []
        self._ended, self._name, self._form = threading.Event(), name, "" if fresh else secrets.token_urlsafe(24)
        self._lines = [
            http.client.HTTPConnection("127.0.0.1", hall.running.port, timeout=120, source_address=(source, 0))
            for _ in range(CONNECTIONS)
        ]
        self._threads = [threading.Thread(target=self._go_on, args=(line,)) for line in self._lines]

    def _go_on(self, line: http.client.HTTPConnection) -> None:
        with contextlib.closing(line), contextlib.suppress(OSError, http.client.HTTPException):
            while not self._ended.is_set():
                token = self._form or secrets.token_urlsafe(24)
                words = {"form": token, "name": self._name or f"nobody{next(_NAMES)}", "password": "wrong"}
                line.request(
                    "POST",
                    "/login",
                    urlencode(words).encode(),
                    {
                        "Host": "wall.city.example",
                        "Cookie": f"gridwall_form={token}",
                        "Content-Type": "application/x-www-form-urlencoded",
                    },
                )
                answer = line.getresponse()
                answer.read()
                self.answers.append(answer.status)

    @contextlib.contextmanager
    def running(self, failures: int = 3) -> Iterator[Flood]:
        """Once so many tries have failed."""
        for thread in self._threads:
            thread.start()
        try:
            end = time.monotonic() + 90
            while self.answers.count(403) < failures and time.monotonic() < end:
                time.sleep(0.02)
            yield self
        finally:
            self._ended.set()
            for line in self._lines:
                with contextlib.suppress(OSError, AttributeError):  # it may be closing by itself
                    line.sock.shutdown(socket.SHUT_RDWR)
            for thread in self._threads:
                thread.join(30)


@pytest.mark.parametrize(
    ("flooding", "fresh", "most"),
    [("127.0.0.2", True, 8), ("127.0.0.9", False, 8), pytest.param("127.0.0.9", True, 3 * CONNECTIONS, marks=pytest.mark.soak)],
    ids=["elsewhere", "same address", "worst"],
)
def test_a_flood_of_made_up_names_keeps_nobody_out(hall: Hall, flooding: str, fresh: bool, most: int) -> None:
    with Flood(hall, flooding, fresh=fresh).running() as flood:
        honest = hall.person("127.0.0.9")
        page = honest.get("/login")
        token = re.search(r'name="form" value="([^"]+)"', page.text)
        assert token
        before = len(flood.answers)
        done = honest.form("/login", {"form": token[1], "name": "auditor", "password": "Right-horse-7"})
        overtaken = len(flood.answers) - before
    assert done.status == 303, done.text[:500]
    assert overtaken <= most, "tries of the flood that it waited for"
    assert set(flood.answers) == {403}, "the flood is answered as anybody is"


def test_a_name_under_attack_is_reachable_from_its_known_device_and_from_elsewhere(hall: Hall) -> None:
    owner = hall.person("127.0.0.3")
    first = owner.log_in("operator")
    (device,) = [c for c in first.set_cookies if c.startswith("gridwall_device_")]
    assert {"HttpOnly", "SameSite=Strict", "Path=/login"} <= {part.strip() for part in device.split(";")}
    assert "operator" not in device
    with Flood(hall, "127.0.0.3", "operator").running(FREE + 2):
        delayed = hall.person("127.0.0.3").log_in("operator")
        assert delayed.status == 429, "a stranger at the attacker's own address waits"
        assert int(delayed.headers["retry-after"]) >= 1
        assert owner.log_in("operator").status == 303, "the known device, at that very address"
        assert hall.person("127.0.0.4").log_in("operator").status == 303, "a stranger elsewhere"
    stolen = hall.person("127.0.0.3")
    stolen.cookies = {k: v for k, v in owner.cookies.items() if k.startswith("gridwall_device_")}
    assert stolen.get("/session").status == 401, "the device opens nothing"
    assert stolen.log_in("operator", "wrong").status in (403, 429)


def test_known_and_unknown_names_are_told_apart_by_nothing(hall: Hall) -> None:
    def told(name: str, source: str) -> dict[int, tuple[str, list[str]]]:
        """Words and headers by status, until the place has to wait."""
        person, found = hall.person(source), {}
        for _ in range(4 * FREE):
            answer = person.log_in(name, "wrong")
            text = re.sub(r'name="form" value="[^"]+"', "", answer.text).replace(name, "NAME")
            found[answer.status] = re.sub(r"请 \d+ 秒", "请 N 秒", text), sorted(answer.headers)
            if answer.status == 429:
                break
        return found

    known, unknown = told(COSTLY, "127.0.0.5"), told("nobody-at-all", "127.0.0.6")
    assert known == unknown
    assert set(known) == {403, 429}


def test_a_login_takes_as_long_for_a_known_name_as_for_an_unknown_one(hall: Hall) -> None:
    """In turns, so that what else the machine does falls on both; the median of the pairs' quotients."""

    def took(name: str, source: str) -> float:
        person = hall.person(source)
        began = time.perf_counter()
        assert person.log_in(name, "wrong").status == 403
        return time.perf_counter() - began

    quotients = [took(COSTLY, f"127.0.1.{i}") / took(f"nobody-{i}", f"127.0.2.{i}") for i in range(1, 6)]
    assert 0.6 < statistics.median(quotients) < 1.6, quotients


def test_a_place_that_has_to_wait_is_one_line_of_the_audit_however_often_it_asks(hall: Hall) -> None:
    person = hall.person("127.0.0.7")
    for _ in range(12):
        person.log_in("analyst", "wrong")
    time.sleep(0.5)
    lines = [e for e in Audit(hall.state).rows(Filter(what="login", who="analyst")) if e.address == "127.0.0.7"]
    assert [e.result for e in lines].count("failed") >= FREE
    assert 1 <= [e.result for e in lines].count("delayed") <= 4
