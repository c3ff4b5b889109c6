"""Markup planted in every text of a city's file and of its source, there with control characters: nowhere does it become markup,
and no file that leaves the house holds a control character."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from data.access.screen_keys import add_key
from data.access.store import State
from data.city.profile import CITIES, load_profile
from tests.conftest import ROOT, Running, copy_of
from tests.desk_people import Answer, Person, people

pytestmark = pytest.mark.slow
ABROAD = "wall.city.example"
#: Breaks out of a text, of an attribute in either quotes, and of a script.
PLANTED = "</title></script><gwxss>\"'\x01\x1b\x9b onmouseover=gwxss() "
#: What a page of ours puts in as markup (``innerHTML`` and ``morph`` in the scripts), by its key in an answer.
AS_MARKUP = {"html", "svg", "table", "crumbs", "chips", "summary", "definitions", "parts"}
#: Where the scripts do so; whoever adds a place adds its key above.
PLACES = {"desk/cases.js": 1, "desk/forms.js": 1, "desk/views.js": 1, "desk/workbench.js": 6, "shared/morph.js": 1}
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def planted_city(place: Path) -> Path:
    """The demo's city with the words in each of its texts; control characters are refused there
    (tests/data/city/test_file_faults.py)."""
    own = json.dumps(CONTROL.sub("", PLANTED))[1:-1]
    text = (CITIES / "qufu.toml").read_text(encoding="utf-8")
    text = re.sub(r'\b(zh|en) = "((?:[^"\\]|\\.)*)"', lambda m: f'{m[1]} = "{m[2]}{own}"', text)
    path = place / "planted.toml"
    path.write_text(text, encoding="utf-8")
    assert CONTROL.sub("", PLANTED) in load_profile(path).city.title.zh
    return path


def plant(database: Path) -> None:
    with closing(sqlite3.connect(database)) as db, db:
        for table, column, where in (
            ("grid", "name", "1"),
            ("department", "name", "1"),
            ("transition", "actor", "key % 3 = 0"),
            ("event", "case_number", "id % 5 = 0"),
            ("event", "channel", "id % 97 = 0"),
            ("event", "category", "id % 89 = 0"),
            ("transition", "action", "key % 211 = 0"),
        ):
            db.execute(f"UPDATE {table} SET {column} = {column} || ? WHERE {where}", (PLANTED,))


@pytest.fixture(scope="module")
def city(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("planted")
    database = copy_of(demo_city, place)
    plant(database)
    running = Running(place, "--source", f"sqlite:///{database}", "--city", str(planted_city(place)), "--state", people(place))
    try:
        yield running.start()
    finally:
        running.kill()


class Markup(HTMLParser):
    """Collects what must not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "gwxss" or any(name.startswith("on") or "gwxss" in name for name in names):
            self.found.append(f"<{tag} {' '.join(sorted(names))}>")


def in_markup(markup: str) -> list[str]:
    parser = Markup()
    parser.feed(markup)
    parser.close()
    return parser.found


def markup_of(value: Any, key: str = "") -> Iterator[str]:
    """The strings of an answer that a page puts in as markup."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield from markup_of(v, key if key == "parts" else k)
    elif isinstance(value, list):
        for v in value:
            yield from markup_of(v, key)
    elif isinstance(value, str) and key in AS_MARKUP:
        yield value


def wrong(answer: Answer) -> list[str]:
    """What became markup, or is a control character in a file."""
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        return in_markup(answer.text)
    if kind.startswith("application/json"):
        return [f for markup in markup_of(answer.json()) for f in in_markup(markup)]
    if "svg" in kind:
        elements = list(ET.fromstring(answer.body).iter())
        made = [e.tag for e in elements if "gwxss" in e.tag or any(name.startswith("on") for name in e.attrib)]
        return [*CONTROL.findall(answer.text), *made]
    if "spreadsheet" in kind:
        with zipfile.ZipFile(io.BytesIO(answer.body)) as folder:
            texts = [folder.read(n).decode("utf-8", "replace") for n in folder.namelist()]
        return [f for text in texts for f in CONTROL.findall(text)] + [t for t in texts if ET.fromstring(t) is None]
    if kind.startswith("text/csv"):
        return CONTROL.findall(answer.text)
    return []


def everything(running: Running) -> Iterator[tuple[str, Answer]]:
    from data.drill.view import DRILLS
    from layouts.analyst.drawings import DRAWINGS
    from layouts.analyst.tabs import TABS

    charts = {d.id for d in DRAWINGS.values() if d.kind == "chart"}
    lang = ("", "&lang=en")
    who = {role: Person(running.port, ABROAD) for role in ("analyst", "operator", "administrator", "auditor", "leader")}
    yield "login", who["analyst"].get("/login?next=%22%3Egwxss")
    for role, person in who.items():
        assert person.log_in(role).status == 303
    who["auditor"].get('/desk/kiosk/queue?"><gwxss>')
    saved = who["analyst"].post("/desk/views/save", {"name": '"><gwxss>', "view": {"win": "7d"}, "lang": "zh"})
    assert saved.status == 200
    assert "gwxss" in saved.json()["html"]
    paths = {
        "analyst": [
            *(f"/desk/analyst?tab={t}&tables={','.join(TABS[t][1])}" for t in TABS),
            "/desk/analyst?tab=queues&lang=en",
            *(f"/desk/analyst/export?panel={p}&format={'figure' if p in charts else 'svg'}" for p in DRILLS),
            *(
                f"/desk/analyst/export?panel={p}&format={k}"
                for p in ("cases", "breaches", "areas", "stage_department")
                for k in ("xlsx", "csv")
            ),
            *(f"/desk/case?id={i}{q}" for i in (5, 10, 89, 97, 970) for q in lang),
            "/desk/views",
            "/wall",
            "/analyst",
            "/wall?lang=en",
        ],
        "operator": [
            *(f"/desk/kiosk/queue?tab={t}{q}" for t in ("soon", "overdue", "returned") for q in lang),
            "/desk/kiosk/handover",
            *(f"/desk/alarms?{q}" for q in lang),
            "/alarms",
            "/desk/case?number=%22%3E%3Cgwxss%3E",
            "/kiosk",
            "/snapshot/overview",
            "/snapshot/overview?lang=en",
            "/snapshot/overview?scope=370881001",
        ],
        "administrator": ["/desk/accounts", "/desk/screens?lang=en", "/accounts"],
        "auditor": ["/desk/audit", "/desk/audit?lang=en&who=%22%3E%3Cgwxss%3E", "/desk/audit/export", "/audit"],
        "leader": ["/kiosk", "/nosuch/%22%3E%3Cgwxss%3E", "/wall?scope=%3Cgwxss%3E"],
    }
    for role, asked in paths.items():
        for path in asked:
            yield f"{role} {path}", who[role].get(path)


@pytest.mark.soak
def test_what_is_planted_becomes_markup_nowhere_and_files_hold_no_control_character(city: Running) -> None:
    with closing(State(f"sqlite:///{city.place}/state.sqlite")) as state:
        add_key(state, '"><gwxss>', datetime.now(UTC))
    seen: dict[str, int] = {}
    found: list[str] = []
    for words, answer in everything(city):
        kind = answer.headers.get("content-type", "").split(";")[0]
        seen[kind] = seen.get(kind, 0) + (answer.status == 200)
        found += [f"{words}: {f!r}" for f in wrong(answer)[:3]]
    assert found == []
    for kind, least in (("text/html", 4), ("application/json", 25), ("image/svg+xml", 10), ("text/csv", 5)):
        assert seen[kind] >= least, seen


def test_the_check_finds_what_is_not_escaped() -> None:
    assert in_markup(f"<p>{PLANTED}</p>") == ["<gwxss >"]
    assert in_markup(f'<p title="{PLANTED}">') != []
    assert in_markup("<p>&lt;gwxss&gt;</p>") == []


def test_every_place_where_a_script_puts_markup_in_is_known() -> None:
    ways = re.compile(r"innerHTML|insertAdjacentHTML|outerHTML|document\.write")
    assets = ROOT / "dashboard" / "assets"
    scripts = assets.rglob("*.js")
    places = {path.relative_to(assets).as_posix(): len(ways.findall(path.read_text(encoding="utf-8"))) for path in scripts}
    assert {name: n for name, n in places.items() if n} == PLACES


@pytest.mark.browser
@pytest.mark.soak
@pytest.mark.parametrize("path", ["/wall", "/wall?lang=en", "/analyst?tab=queues", "/analyst?tab=heat", "/kiosk"])
def test_no_element_of_a_page_is_what_was_planted(city: Running, open_page: Callable[..., Any], path: str) -> None:
    page = open_page(f"{city.base}{path}")
    page.wait_for_selector(".panel, .an-panel, .k-row, [id^=an-]", timeout=30_000)
    page.wait_for_timeout(3_000)
    assert page.locator("gwxss").count() == 0
    assert page.evaluate("[...document.querySelectorAll('*')].some(e => e.hasAttribute('onmouseover'))") is False
    assert "gwxss" in page.content(), "it is there, as text"
