"""A running desk with an account of every role, and somebody to walk through its door: for the tests of the desk."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher

from data.access import passwords
from data.access.accounts import Accounts
from data.access.roles import ROLES
from data.access.store import State

PASSWORD = "Right-horse-7"
TOWN = "370881001"


class Answer:
    """Status, headers (lower case; ``cookies`` apart) and body of one request."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.body = status, body
        self.headers = {k.lower(): v for k, v in headers}
        self.set_cookies = [v for k, v in headers if k.lower() == "set-cookie"]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


class Person:
    """A browser without a screen: keeps cookies, follows nothing; ``source`` is the address that it calls from."""

    def __init__(self, port: int, host: str = "", source: str = "") -> None:
        self.port, self.host, self.source = port, host or f"127.0.0.1:{port}", source
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=60, source_address=(self.source, 0) if self.source else None
        )
        sent = {"Host": self.host, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        try:
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            answer = Answer(got.status, got.getheaders(), got.read())
        finally:
            connection.close()
        for line in answer.set_cookies:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, words: Mapping[str, Any], **headers: str) -> Answer:
        """As a page of the desk sends it."""
        return self.ask("POST", path, json.dumps(words).encode(), {"content-type": "application/json", **headers})

    def form(self, path: str, words: Mapping[str, str], **headers: str) -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(words).encode(), kind | {k.replace("_", "-"): v for k, v in headers.items()})

    def log_in(self, name: str, password: str = PASSWORD, to: str = "", **headers: str) -> Answer:
        page = self.get("/login")
        found = re.search(r'name="form" value="([^"]+)"', page.text)
        assert found, page.text[:300]
        return self.form("/login", {"form": found[1], "name": name, "password": password, "next": to}, **headers)

    def callback(self, path: str, search: str = "") -> Answer:
        """Dash's page callback, as its renderer calls it."""
        return self.post(
            "/_dash-update-component",
            {
                "output": "root.children",
                "outputs": {"id": "root", "property": "children"},
                "inputs": [
                    {"id": "url", "property": "pathname", "value": path},
                    {"id": "url", "property": "search", "value": search},
                ],
                "changedPropIds": ["url.pathname"],
            },
        )


def people(place: Path, areas: Mapping[str, str] | None = None) -> str:
    """A state store with one account of each role, named as the role; its URL.  Their digests cost little."""
    url = f"sqlite:///{place}/state.sqlite"
    state, strong = State(url), passwords.HASHER
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    try:
        accounts = Accounts(state)
        for role in ROLES:
            accounts.add(role, role, PASSWORD, datetime.now(UTC), (areas or {}).get(role, ""))
    finally:
        passwords.HASHER = strong
        state.close()
    return url
