"""Names, telephone and ID numbers, plates and addresses planted in the source, searched for in every answer of every surface.

They are in unmapped columns, and in mapped ones where a platform's hand-typed text may end up (``_TYPED``).
``privacy.leaks`` counts the answers that held one of them; ``privacy.answers`` how many were searched.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from benchmarks.bench_access import Surface, surface
from benchmarks.place import BENCH, city, server
from benchmarks.record import record
from data.access.accounts import Accounts
from data.access.roles import ROLES
from data.access.screen_keys import add_key
from data.access.store import State
from data.metrics import METRICS
from tests.desk_people import PASSWORD, Answer, Person, people

#: Belonging to nobody: an area code without telephones, an ID number with an impossible birthday.
PLANTED = ("欧阳娜木罕", "13800013878", "370881189913324517", "鲁H·9Q7X2", "幸福里小区七号楼三单元", "0537-9990137")
TEXT = "投诉人{}，电话{}，身份证{}，车牌{}，住{}，座机{}".format(*PLANTED)
#: Columns that no mapping names.
_EXTRA = {
    "event": ("petitioner", "telephone", "id_number", "plate", "address", "description", "remark"),
    "transition": ("opinion", "handler_name", "handler_phone"),
    "department": ("contact", "leader"),
    "grid": ("keeper", "keeper_phone"),
    "asset": ("owner",),
}
#: Mapped columns that should hold a code, and on some rows hold hand-typed text.
_TYPED = {
    "event": (
        "category",
        "network",
        "channel",
        "severity",
        "grid",
        "outcome",
        "satisfaction",
        "verified",
        "resolved",
        "duplicate_of",
        "due_at",
        "first_contact_at",
        "closed_at",
        "called_back_at",
    ),
    "transition": ("stage", "action", "department", "actor", "due_at", "at"),
}
#: Fragments of them long enough to be unique.
_PIECES = tuple(set(PLANTED) | {"138****3878", "欧阳**", "9Q7X2", "3708811899", "幸福里小区"})


@dataclass
class Looked:
    answers: int = 0
    leaks: list[str] = field(default_factory=list)
    said: dict[str, int] = field(default_factory=dict)  # answers by status

    def at(self, words: str, answer: Answer) -> None:
        self.answers += 1
        self.said[str(answer.status)] = self.said.get(str(answer.status), 0) + 1
        found = held(answer.body, str(answer.headers))
        if found:
            self.leaks.append(f"{words}: {answer.status} holds {found}")


def held(body: bytes, more: str = "") -> list[str]:
    """Which of the planted words are in an answer, however it is packed or encoded."""
    for packed in (b"PK\x03\x04",):  # a spreadsheet is a ZIP archive
        if body.startswith(packed):
            import io
            import zipfile

            with zipfile.ZipFile(io.BytesIO(body)) as folder:
                body = b"".join(folder.read(n) for n in folder.namelist())
    text = body.decode("utf-8", "replace") + more
    with contextlib.suppress(ValueError, RecursionError):
        text += json.dumps(json.loads(body), ensure_ascii=False)
    text += re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text) if "\\u" in text else ""
    return [p for p in _PIECES if p in text or quote(p) in text]


def plant(database: Path, every: int = 40) -> list[int]:
    """Write the words into a demo city's database; return the events with one in a mapped column of their own or of their log."""
    touched: set[int] = set()
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        tables = {str(n) for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, columns in _EXTRA.items():
            for column in columns if table in tables else ():
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT")
                db.execute(f"UPDATE {table} SET {column} = ?", (TEXT,))
        for table, columns in _TYPED.items():
            key, event = ("id", "id") if table == "event" else ("key", "event")
            for i, column in enumerate(columns):
                newest = f"SELECT {key}, {event} FROM {table} ORDER BY {key} DESC LIMIT 2 OFFSET ?"
                rows = db.execute(newest, (every + 2 * i,)).fetchall()
                db.executemany(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", [(TEXT, k) for k, _ in rows])
                touched |= {int(e) for _, e in rows}
    return sorted(touched)


def look(port: int, found: Surface, key: str, events: list[int], held_open: float = 3.0, every: int = 1) -> Looked:
    """Request everything, as every account; ``events`` are requested one by one by those who may see them.

    With ``every`` each account requests only every n-th address, shifted against the account before.
    """
    looked = Looked()
    who = {role: Person(port, "wall.city.example") for role in ROLES}
    for role, person in who.items():
        assert person.log_in(role, PASSWORD).status == 303, role
    who |= {"demo": Person(port), "nobody": Person(port, "wall.city.example"), "screen": Person(port, "wall.city.example")}
    who["screen"].cookies["gridwall_key"] = key
    for i, (name, person) in enumerate(who.items()):
        for path in _paths(found)[i % every :: every]:
            looked.at(f"{name} GET {path}", person.get(path))
        for path, _ in found.pages:
            for search in ("", "?lang=en"):
                looked.at(f"{name} callback {path}{search}", person.callback(path, search))
        for path, method, _ in found.routes:
            if method == "POST":
                looked.at(f"{name} POST {path}", person.post(path, {}))
                looked.at(f"{name} POST {path}", person.post(path, {"id": 1, "name": "x", "eid": 1, "subject": 1}))
        for path in _desk(events if name in ("analyst", "operator", "demo") else events[:1])[i % every :: every]:
            looked.at(f"{name} GET {path}", person.get(path))
    _pulses(looked, port, held_open)
    return looked


def _paths(found: Surface) -> list[str]:
    scenes = [p for s in found.scenes for p in (f"/wall/{s}", f"/snapshot/{s}", f"/snapshot/{s}?lang=en")]
    metrics = [f"/api/read/{m}{q}" for m in METRICS for q in ("", "?back=30d", "?scope=370881001")]
    faults = [
        "/api/faults",
        "/api/read/nosuch",
        "/snapshot/nosuch",
        "/snapshot/overview?scope=nosuch",
        "/nosuch",
        "/desk/nosuch",
        "/geometry/1/x.bin",
        "/api/read/headline?at=x",
        "/healthz",
        "/session",
        "/login",
        "/live/x",
    ]
    pages = [p + q for p, _ in found.pages for q in ("", "?lang=en")]
    ways = ("", "?lang=en", "?id=1&what=x&panel=x", "?scope=370881001")
    routes = [p + q for p, method, _ in found.routes if method == "GET" for q in ways]
    return [*scenes, *metrics, *faults, *pages, *routes, *found.paths]


def _desk(events: list[int]) -> list[str]:
    """Single cases, every view of the workbench and every file it exports."""
    from data.drill.view import DRILLS
    from layouts.analyst.tabs import TABS

    return [
        *(f"/desk/case?id={i}" for i in events),
        *(f"/desk/case?id={i}&lang=en" for i in events[:3]),
        *(f"/desk/analyst?tab={t}" for t in TABS),
        *(f"/desk/analyst/export?panel={p}&format={k}" for p in (*DRILLS, "cases") for k in ("csv", "xlsx", "svg")),
    ]


def _pulses(looked: Looked, port: int, seconds: float) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/live?page=overview", timeout=10) as stream:
        end, lines = time.monotonic() + seconds, []
        for line in stream:
            lines.append(line)
            if time.monotonic() > end:
                break
    looked.at("demo GET /live", Answer(200, [], b"".join(lines)))


def measure(database: Path, place: Path, every: int = 1) -> Looked:
    """Plant, serve, search; ``place`` holds the stores.  Accounts see the whole city, and sensitive categories if permitted."""
    place.mkdir(parents=True, exist_ok=True)
    events = plant(database)
    url = people(place)
    state = State(url)
    accounts, now = Accounts(state), datetime.now(UTC)
    for role in ROLES:
        accounts.set_role(role, role, now, sensitive=True)
    key = add_key(state, "looker", now)
    state.close()
    with server(database, "--state", url) as (base, _):
        return look(int(base.rsplit(":", 1)[1]), surface(f"sqlite:///{database}", place), key, events, every=every)


def run() -> None:
    place = BENCH / "privacy"
    shutil.rmtree(place, ignore_errors=True)
    looked = measure(city(4000), place)
    for line in looked.leaks:
        print(line)
    record("privacy.leaks", [len(looked.leaks)], "count")
    record("privacy.answers", [looked.answers], "count")
