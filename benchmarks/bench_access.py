"""Access control: every page, route and callback with every role and with none, over real HTTP.

Nothing is listed by hand: the desk's pages and routes, the server's own and Dash's callbacks are read from the application
itself, so that later additions are tested too.  ``access.routes_tried`` counts the requests, ``access.let_in_wrongly``
those that were answered but should not have been.
"""

from __future__ import annotations

import inspect
import re
import shutil
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.place import BENCH, city, server
from benchmarks.record import record
from callbacks.http.access import denied
from data.access.roles import ROLES
from data.access.screen_keys import add_key
from data.access.store import State
from tests.desk_people import PASSWORD, TOWN, Answer, Person, people

#: Under this host name nobody is admitted as the demo user, nor is a screen without its key.
ABROAD = "wall.city.example"
ELSEWHERE = "370881002"
NOBODY, SCREEN = "nobody", "screen"
#: Arguments of a callback: truthy, so that it does not return before it has checked its caller.
_VALUE = {"startRow": 0, "endRow": 5, "sortModel": [], "filterModel": {}}
#: Answered to everybody: the health check and the login pages.
_OPEN = frozenset({"/healthz", "/login", "/logout", "/session", "/oidc/start", "/oidc/callback"})


@dataclass
class Tried:
    """``wrong``: admitted, but should not have been; ``shut_out``: refused, but should have been admitted."""

    requests: int = 0
    wrong: list[str] = field(default_factory=list)
    shut_out: list[str] = field(default_factory=list)

    def saw(self, words: str, answer: Answer, let_in: bool, right: bool) -> None:
        self.requests += 1
        if let_in and not right:
            self.wrong.append(f"{words}: {answer.status} {answer.text[:120]}")
        if right and not let_in:
            self.shut_out.append(f"{words}: {answer.status} {answer.text[:120]}")


@dataclass(frozen=True)
class Surface:
    """The application's endpoints, as listed by the application itself."""

    pages: tuple[tuple[str, str], ...]  # path, right
    routes: tuple[tuple[str, str, str], ...]  # path, method, right
    callbacks: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...]  # output, inputs, states, right ("" = the page's)
    paths: tuple[str, ...]  # the server's own, behind the wall's routes
    scenes: tuple[str, ...]


def surface(source: str, place: Path) -> Surface:
    """Raises ValueError for a callback that does not begin with ``require(...)``: nothing would protect it."""
    from dashboard.app import Service
    from dashboard.settings import resolve

    stores = {"state": f"sqlite:///{place}/own.sqlite", "facts": f"duckdb:///{place}/own.duckdb"}
    service = Service(resolve(Namespace(source=source, **stores), {}))
    try:
        app = service.dash
        callbacks = []
        for output, known in app.callback_map.items():
            function = known.get("callback")
            if function is None:
                continue
            inputs, states = (tuple(f"{i['id']}.{i['property']}" for i in known.get(part, ())) for part in ("inputs", "state"))
            asked = re.search(r'require\("(\w+)"\)', inspect.getsource(inspect.unwrap(function)))
            if asked is None and output != "root.children":
                raise ValueError(f"callback {output}: it does not begin with require(...)")
            callbacks.append((output, inputs, states, asked[1] if asked else ""))
        paths = {re.sub(r"{[^}]*}", "x", str(getattr(r, "path", ""))) for r in app.server.routes}
        return Surface(
            tuple((p.path, p.right) for p in service.desk.pages.values()),
            tuple((r.path, r.method, r.right) for r in service.desk.routes.values()),
            tuple(callbacks),
            tuple(sorted(p for p in paths if p.startswith("/") and p not in _OPEN)),
            tuple(s.id for s in service.settings.profile.scenes),
        )
    finally:
        service.state.close()


def matrix(port: int, found: Surface, key: str) -> Tried:
    """Try everything at the server on ``port``, whose accounts are those of ``people`` (each limited to one town)."""
    tried = Tried()
    who = {role: Person(port, ABROAD) for role in (*ROLES, NOBODY, SCREEN)}
    who[SCREEN].cookies["gridwall_key"] = key
    for role in ROLES:
        done = who[role].log_in(role, PASSWORD)
        assert done.status == 303, (role, done.status, done.text[-900:])
    for name, person in who.items():
        rights = ROLES.get(name, frozenset())
        _pages(tried, found, name, person, rights)
        _routes(tried, found, name, person, rights)
        _callbacks(tried, found, name, person, rights)
        _wall(tried, found, name, person)
    return tried


def _pages(tried: Tried, found: Surface, name: str, person: Person, rights: frozenset[str]) -> None:
    for path, right in found.pages:
        for asked in (path, path + "?lang=en", path + "/", path + "/x"):
            answer = person.get(asked)
            tried.saw(f"{name} GET {asked}", answer, answer.status == 200, right in rights)
            login = "/login?next=" + quote(asked, safe="") + ("&lang=en" if "lang=en" in asked else "")
            if name not in ROLES and answer.headers.get("location") != login:
                tried.shut_out.append(f"{name} GET {asked}: not led to the login")


def _routes(tried: Tried, found: Surface, name: str, person: Person, rights: frozenset[str]) -> None:
    for path, method, right in found.routes:
        ways: tuple[Callable[[], Answer], ...] = (
            (partial(person.post, path, {}),)
            if method == "POST"
            else (partial(person.get, path), partial(person.get, f"{path}?scope={ELSEWHERE}&id=1&lang=en"))
        )
        for way in ways:
            answer = way()
            let_in = answer.status not in (401, 403)
            if right in rights and not let_in and ELSEWHERE in answer.text:
                let_in = True  # rightly refused, because of the area, not the role
            tried.saw(f"{name} {method} {path}", answer, let_in, right in rights)
            if answer.status == 200 and _other_towns(answer.text):
                tried.wrong.append(f"{name} {method} {path}: names {_other_towns(answer.text)} outside the area")


def _callbacks(tried: Tried, found: Surface, name: str, person: Person, rights: frozenset[str]) -> None:
    for output, inputs, states, right in found.callbacks:
        if output == "root.children":
            for path, needed in found.pages:
                answer = person.callback(path)
                tried.saw(
                    f"{name} callback {path}",
                    answer,
                    answer.status == 200 and denied(needed).zh not in answer.text,
                    needed in rights,
                )
            continue
        answer = call(person, output, inputs, states)
        let_in = answer.status == 200 and denied(right).zh not in answer.text
        tried.saw(f"{name} callback {output}", answer, let_in, right in rights)


def call(person: Person, output: str, inputs: tuple[str, ...], states: tuple[str, ...]) -> Answer:
    """Call one of Dash's callbacks as its renderer does."""

    def named(words: str, **value: Any) -> dict[str, Any]:
        return {**dict(zip(("id", "property"), words.rsplit(".", 1), strict=True)), **value}

    outputs = [named(o) for o in output.strip(".").split("...")]
    return person.post(
        "/_dash-update-component",
        {
            "output": output,
            "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": [named(i, value=_VALUE) for i in inputs],
            "state": [named(s, value="") for s in states],
            "changedPropIds": [inputs[0]],
        },
    )


def _wall(tried: Tried, found: Surface, name: str, person: Person) -> None:
    """The wall's routes: open to everybody who was admitted at all, within their area; to nobody else."""
    inside = name != NOBODY
    paths = [
        "/wall",
        "/api/read/headline",
        "/api/read/stage_backlog?back=24h",
        "/snapshot/overview",
        *(f"/wall/{s}" for s in found.scenes),
        *(f"/snapshot/{s}" for s in found.scenes),
        *found.paths,
    ]
    for path in paths:
        answer = person.get(path)
        # an unknown page is "not found" for those admitted; others learn nothing at all
        tried.saw(f"{name} GET {path}", answer, answer.status not in (401, 403, 303), inside)
        if name in ROLES and path.startswith(("/api/", "/snapshot/")) and answer.status == 200 and _other_towns(answer.text):
            tried.wrong.append(f"{name} GET {path}: names {_other_towns(answer.text)} outside the area")
    for path in (
        f"/wall?scope={ELSEWHERE}",
        f"/snapshot/overview?scope={ELSEWHERE}",
        f"/api/read/headline?scope={ELSEWHERE}",
        f"/live?page=overview&scope={ELSEWHERE}" if name in ROLES or name == NOBODY else "/wall",
        "/api/faults",
    ):
        answer = person.get(path)
        tried.saw(f"{name} GET {path}", answer, answer.status not in (401, 403), name == SCREEN)


def _other_towns(text: str) -> set[str]:
    """Codes of grid cells in towns other than the accounts' own."""
    return {c for c in re.findall(r"(?<!\d)(370881\d{3,9})(?!\d)", text) if not c.startswith(TOWN)} - {"370881000"}


def measure(source: str, place: Path) -> Tried:
    """Serve ``source`` to accounts of every role and try everything; ``place`` holds the stores."""
    place.mkdir(parents=True, exist_ok=True)
    url = people(place, dict.fromkeys(ROLES, TOWN))
    state = State(url)
    from dashboard.clock import now

    key = add_key(state, "matrix", now())
    state.close()
    with server(Path(source.removeprefix("sqlite:///")), "--state", url) as (base, _):
        return matrix(int(base.rsplit(":", 1)[1]), surface(source, place), key)


def run() -> None:
    place = BENCH / "access"
    shutil.rmtree(place, ignore_errors=True)
    tried = measure(f"sqlite:///{city(4000)}", place)
    for line in (*tried.wrong, *tried.shut_out):
        print(line)
    record("access.routes_tried", [tried.requests], "count")
    record("access.let_in_wrongly", [len(tried.wrong)], "count")
