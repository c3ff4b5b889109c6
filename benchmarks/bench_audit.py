"""Every disclosure of single cases is in the audit log, row by row: all routes and callbacks are called, and their answers are
searched for case numbers.

Nothing is listed by hand: the routes, metrics, panels and callbacks are read from the application itself.
``audit.lines_missing`` counts the answers that named more cases than the audit log records; ``audit.rows`` the cases named.
"""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.bench_access import SCREEN, Surface, call, surface
from benchmarks.place import BENCH, city, server
from benchmarks.record import record
from data.access.roles import ROLES
from data.access.screen_keys import add_key
from data.access.store import State
from data.metrics import METRICS
from tests.desk_people import PASSWORD, Answer, Person, people

#: Case numbers of the demo city.
_NUMBER = re.compile(r"QF-\d{6}-\d{3,6}")
ABROAD = "wall.city.example"
#: A wall's page is logged after the answer, within this time (s).
_BEHIND_S = 5.0


@dataclass
class Told:
    """``named``: case numbers in the answers; ``missing``: answers that named more than the audit log has."""

    answers: int = 0
    named: int = 0
    by_path: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def numbers_in(answer: Answer) -> set[str]:
    """The case numbers in an answer, including inside a spreadsheet."""
    body = answer.body
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as folder:
            body = b"".join(folder.read(n) for n in folder.namelist())
    return set(_NUMBER.findall(body.decode("utf-8", "replace")))


def rows_of(store: Path, who: str) -> int:
    """Cases that the audit log records as disclosed to ``who``, including those still being added up."""
    with closing(sqlite3.connect(store, timeout=10)) as db:
        return sum(
            db.execute(f"SELECT coalesce(sum(case_rows), 0) FROM {table} WHERE who = ?", (who,)).fetchone()[0]
            for table in ("audit", "audit_open")
        )


def ask_all(port: int, found: Surface, key: str, store: Path, events: list[int], whole: bool = True) -> Told:
    """Request everything readable, as every account that may read anything; ``whole`` False skips mere variants of form."""
    told = Told()
    for role in (*(r for r in ROLES if ROLES[r] & ({"analyse", "cases", "kiosk"} if whole else {"cases"})), SCREEN):
        who = Person(port, ABROAD)
        if role == SCREEN:
            who.cookies["gridwall_key"] = key
        else:
            assert who.log_in(role, PASSWORD).status == 303, role
        name = f"screen:{SCREEN}" if role == SCREEN else role
        for words, ask in _questions(who, found, events, whole):
            _look(told, store, name, words, ask)
    return told


def _questions(who: Person, found: Surface, events: list[int], whole: bool) -> Iterator[tuple[str, Callable[[], Answer]]]:
    for path in _paths(found, events, whole):
        yield path, partial(who.get, path)
    for path, method, _ in found.routes:
        if method == "POST" and path.startswith("/desk/kiosk"):
            yield f"POST {path}", partial(who.post, path, {"kind": "case", "subject": str(events[0]), "tab": "overdue"})
    for output, inputs, states, _ in found.callbacks:
        if output != "root.children":
            yield f"callback {output}", partial(call, who, output, inputs, states)


def _look(told: Told, store: Path, who: str, words: str, ask: Callable[[], Answer]) -> None:
    before = rows_of(store, who)
    answer = ask()
    told.answers += 1
    named = len(numbers_in(answer))
    if not named:
        return
    told.named += named
    place = words.partition("?")[0]
    told.by_path[place] = told.by_path.get(place, 0) + named
    end = time.monotonic() + (_BEHIND_S if words.startswith("/snapshot") else 0)
    while (grown := rows_of(store, who) - before) < named and time.monotonic() < end:
        time.sleep(0.05)
    if grown < named:
        told.missing.append(f"{who} {words}: {named} cases named, {grown} written down")


def _paths(found: Surface, events: list[int], whole: bool) -> list[str]:
    from data.drill.view import DRILLS
    from layouts.analyst.tabs import TABS

    return [
        *(f"/snapshot/{s}" for s in found.scenes),
        "/api/faults",
        *(f"/api/read/{m}{q}" for m in METRICS for q in ("", "?back=7d")[: 1 + whole]),
        *(f"/desk/analyst?tab={t}&tables={','.join(TABS[t][1])}" for t in TABS if whole or t in ("overview", "queues")),
        *(
            f"/desk/analyst/export?panel={p}&format={k}"
            for p in (*DRILLS, "cases")
            for k in ("csv", "xlsx", "svg")
            if whole or (k == "csv" and p in ("cases", "breaches", "trend"))
        ),
        *(f"/desk/kiosk/queue?tab={t}&more=400" for t in ("soon", "today", "overdue", "returned")),
        *(f"/desk/case?id={i}" for i in events),
        *(p for p, method, _ in found.routes if method == "GET"),
        *(p for p, _ in found.pages),
        *found.paths,
    ]


def open_events(database: Path, n: int) -> list[int]:
    with closing(sqlite3.connect(database)) as db:
        return [
            int(i) for (i,) in db.execute("SELECT id FROM event WHERE closed_at IS NULL ORDER BY reported_at DESC LIMIT ?", (n,))
        ]


def measure(database: Path, place: Path, whole: bool = True) -> Told:
    """Serve ``database`` to accounts that see the whole city, and request everything; ``place`` holds the stores."""
    place.mkdir(parents=True, exist_ok=True)
    url = people(place)
    with closing(State(url)) as state:
        from dashboard.clock import now

        key = add_key(state, SCREEN, now())
    with server(database, "--state", url) as (base, _):
        return ask_all(
            int(base.rsplit(":", 1)[1]),
            surface(f"sqlite:///{database}", place),
            key,
            place / "state.sqlite",
            open_events(database, 3),
            whole,
        )


def run() -> None:
    place = BENCH / "audit"
    shutil.rmtree(place, ignore_errors=True)
    told = measure(city(4000), place)
    for line in told.missing:
        print(line)
    record("audit.lines_missing", [len(told.missing)], "count")
    record("audit.rows", [told.named], "count")
    record("audit.answers", [told.answers], "count")
