"""Generated inputs of every kind that can enter: none may end in a traceback, and no delivered row may be lost.

``fuzz.inputs`` counts mappings, city files, GeoJSON files, rows (as loads of CSV and SQLite sources) and queries;
``fuzz.tracebacks`` those that ended in anything but an answer or a fault in words; ``fuzz.rows_unaccounted`` rows that were
read and are neither kept nor rejected.  Seeded: a run can be repeated.
"""

from __future__ import annotations

import contextlib
import csv
import json
import logging
import random
import sqlite3
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.record import record
from data.access.viewer import Viewer
from data.city.city import City
from data.city.profile import load_profile
from data.clock.calendar import BusinessClock
from data.drill.choice import choose
from data.errors import GridWallError
from data.facts.store import Facts
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.reconcile import reconcile
from data.sync.sync import Sync
from geo.features import GridFileError
from geo.grid_file import read_outlines
from tests.sync_harness import city

SEED = 20261130
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
#: Number of inputs of each kind.
MAPPINGS, CITIES, OUTLINES, LOADS, QUERIES = 2_500, 1_500, 2_500, 600, 3_500
Expected = (GridWallError, GridFileError)
ODD: tuple[Any, ...] = (
    None,
    "",
    " ",
    0,
    -1,
    -2,
    1,
    7,
    10**19,
    -(2**63),
    1.5,
    float("nan"),
    float("inf"),
    True,
    "null",
    "NULL",
    "9999-12-31",
    "0000-00-00",
    "infinity",
    "2026-11-20 08:00:00",
    "2026-11-20",
    "2026/8/1 8:03:05",
    "2026-03-29 02:30:00",
    "24:00:00",
    "2026-11-20 24:00:00",
    "lamp",
    "lamp ",
    "LAMP",
    "路灯",
    "\x00",
    "\ud800",
    "a" * 5_000,
    "'; DROP TABLE event; --",
    "1,234",
    "4.5",
    "Y",
    "是",
    "c1",
    "c9",
    b"\xff\xfe",
    b"\x01",
    "report",
    "handle",
    "enter",
    "settled",
    "１２",
    "1e400",
)


class Tally:
    def __init__(self) -> None:
        self.inputs, self.answered, self.unaccounted, self.broken = Counter[str](), Counter[str](), 0, Counter[str]()

    def tried(self, kind: str, ask: Callable[[], object]) -> None:
        self.inputs[kind] += 1
        try:
            ask()
            self.answered[kind] += 1
        except Expected:
            pass
        except Exception:
            self.broken[f"{kind}: {traceback.format_exc(limit=-3)[-700:]}"] += 1


def run() -> None:
    logging.disable(logging.WARNING)
    rng, tally = random.Random(SEED), Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, times, one in (
            ("mapping", MAPPINGS, _mapping),
            ("city", CITIES, _city),
            ("geojson", OUTLINES, _outlines),
            ("load", LOADS, _load),
        ):
            for _ in range(times):
                one(rng, folder, tally, kind)
        _queries(rng, tally)
    for said, n in tally.broken.most_common(10):
        print(f"{n} x {said}\n")
    print(f"tried {dict(tally.inputs)}, of which not refused {dict(tally.answered)}")
    record("fuzz.inputs", [tally.inputs.total()], "count")
    record("fuzz.tracebacks", [tally.broken.total()], "count")
    record("fuzz.rows_unaccounted", [tally.unaccounted], "count")


# -------------------------------------------------------------------- files
def _mutated(rng: random.Random, text: str) -> bytes:
    """A text file with some pieces cut, doubled, swapped or replaced by other bytes."""
    for _ in range(rng.choice((1, 1, 1, 2, 6))):
        i, j = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        j = min(j, i + rng.choice((1, 3, 40)))
        text = text[:i] + rng.choice(("", text[i:j] * 2, str(rng.choice(ODD)), "[", "}", '"', "\n", "=", "-- x", "🙂")) + text[j:]
    raw = text.encode("utf-8", "surrogatepass")
    return rng.choice(
        (
            raw,
            raw,
            raw,
            b"\xef\xbb\xbf" + raw,
            raw.decode("utf-8", "ignore").encode("gb18030", "ignore"),
            raw.decode("utf-8", "ignore").encode("utf-16"),
            raw[: rng.randrange(len(raw) + 1)],
        )
    )


def _written(folder: Path, rng: random.Random, original: str, suffix: str) -> Path:
    path = folder / f"odd{suffix}"
    path.write_bytes(_mutated(rng, original))
    return path


def _mapping(rng: random.Random, folder: Path, tally: Tally, kind: str) -> None:
    original = Path(f"data/sources/{rng.choice(('platform', 'permit_receipt', 'sf_311'))}.toml").read_text("utf-8")
    path = _written(folder, rng, original, ".toml")
    tally.tried(kind, lambda: load_mapping(path))


def _city(rng: random.Random, folder: Path, tally: Tally, kind: str) -> None:
    original = Path(f"data/cities/{rng.choice(('qufu', 'licheng', 'permit'))}.toml").read_text("utf-8")
    path = _written(folder, rng, original, ".toml")
    tally.tried(kind, lambda: load_profile(path))


def _outlines(rng: random.Random, folder: Path, tally: Tally, kind: str) -> None:
    def number() -> Any:
        return rng.choice(
            (116.9, 117.0, 35.6, 35.7, 0, 181, -200, 1e9, "x", None, [1], float("nan"))
            if rng.random() < 0.2
            else (116.9, 117.0, 35.6, 35.7)
        )

    def ring() -> Any:
        corners = [[number() for _ in range(rng.choice((2, 2, 2, 3, 4, 1)))] for _ in range(rng.randint(0, 6))]
        return rng.choice((corners, corners + corners[:1], None, "ring"))

    def geometry() -> Any:
        shape = rng.choice(("Polygon", "Polygon", "MultiPolygon", "Point", "GeometryCollection", "Nothing", None))
        held = [ring() for _ in range(rng.randint(0, 3))]
        return rng.choice(({"type": shape, "coordinates": held if shape != "MultiPolygon" else [held]}, None, {}, "text", 5))

    features = [
        {"type": "Feature", "geometry": geometry(), "properties": rng.choice(({"code": rng.choice(ODD[:20])}, {}, None, []))}
        for _ in range(rng.randint(0, 4))
    ]
    content = {
        "type": rng.choice(("FeatureCollection", "FeatureCollection", "Feature", None)),
        "crs": rng.choice((None, "EPSG:4326", {"type": "name", "properties": {"name": "EPSG:3857"}}, 4326, [], {})),
        "features": rng.choice((features, features, features, None, {})),
    }
    path = folder / "odd.geojson"
    text = json.dumps(content)
    path.write_bytes(_mutated(rng, text) if rng.random() < 0.3 else text.encode())
    tally.tried(kind, lambda: read_outlines(path, "code"))


# -------------------------------------------------------------------- rows
EVENT = (
    "id",
    "case_number",
    "category",
    "channel",
    "severity",
    "grid",
    "lon",
    "lat",
    "reported_at",
    "due_at",
    "closed_at",
    "outcome",
    "verified",
    "resolved",
    "satisfaction",
    "linked_to",
)
LOG = ("key", "event", "stage", "action", "department", "at", "due_at")


def _load(rng: random.Random, folder: Path, tally: Tally, kind: str) -> None:
    """Load, touch and reconcile a source of up to 40 rows, many unusable; every row must be kept or rejected."""
    cases = [_row(rng, EVENT, i) for i in range(rng.randint(0, 12))]
    log = [_row(rng, LOG, i) for i in range(rng.randint(0, 28))]
    as_csv = rng.random() < 0.5
    source = _as_csv(folder, cases, log) if as_csv else _as_sqlite(folder, cases, log)
    profile = city()

    def load() -> None:
        with Facts.create("duckdb:///:memory:") as facts:
            sync = Sync(Source.open(None, source), facts, profile, BusinessClock.of(profile))
            try:
                sync.load(NOW)
                if not as_csv:
                    with contextlib.closing(sqlite3.connect(folder / "odd.sqlite")) as db, db:
                        db.execute("UPDATE event SET changed = '2026-11-23 08:59:59' WHERE rowid % 2 = 0")
                        db.execute("UPDATE log SET changed = '2026-11-23 08:59:59' WHERE rowid % 3 = 0")
                    sync.tick(NOW)
                    reconcile(sync, NOW)
                tally.unaccounted += _unaccounted(facts, len(cases), len(log))
            finally:
                sync.source.close()

    tally.tried(kind, load)


def _row(rng: random.Random, columns: tuple[str, ...], i: int) -> dict[str, Any]:
    usual = {
        "id": i,
        "event": rng.randrange(12),
        "key": i,
        "reported_at": "2026-11-20 08:00:00",
        "at": "2026-11-20 09:00:00",
        "stage": rng.choice(("report", "handle", "inspect")),
        "action": "enter",
    }
    return {c: rng.choice(ODD) if rng.random() < 0.2 else usual.get(c) for c in columns}


def _unaccounted(facts: Facts, cases: int, log: int) -> int:
    """Rows that were read and are neither kept nor rejected, according to the facts: rows kept, ledger entries, and faults that
    reject a whole row."""
    with facts.cursor() as cursor:
        kept = cursor.execute("SELECT count(*), coalesce(sum(transitions), 0) FROM event").fetchone() or (0, 0)
        read = cursor.execute("SELECT count(*) FILTER (tkey = -1), count(*) FILTER (tkey <> -1) FROM ledger").fetchone() or (0, 0)
        said = dict(
            cursor.execute(
                "SELECT source_table, count(*) FROM fault WHERE reason IN ('no_key', 'duplicate_key', 'bad_time', 'orphan', "
                "'unknown_stage', 'unknown_action') GROUP BY 1"
            ).fetchall()
        )
    lost = abs(cases - int(read[0])) + abs(log - int(read[1]))
    lost += max(cases - int(kept[0]) - int(said.get("event", 0)), 0)
    unhappened = json.loads(facts.meta()["never"]).get("transition.at", 0)
    # log rows of a rejected case are rejected with it, without faults of their own
    if not said.get("event"):
        lost += max(log - int(kept[1]) - int(said.get("transition", 0)) - unhappened, 0)
    return lost


def _as_csv(folder: Path, cases: list[dict[str, Any]], log: list[dict[str, Any]]) -> Mapping:
    for name, columns, rows in (("event", EVENT, cases), ("log", LOG, log)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
            out = csv.writer(file)
            out.writerow(columns)
            out.writerows(["" if r[c] is None else str(r[c]).replace("\x00", "") for c in columns] for r in rows)
    read = "read_csv('{}', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', strict_mode = false)"
    return _mapped("duckdb:///:memory:", read.format(folder / "event.csv"), read.format(folder / "log.csv"), "")


def _as_sqlite(folder: Path, cases: list[dict[str, Any]], log: list[dict[str, Any]]) -> Mapping:
    path = folder / "odd.sqlite"
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for name, columns, rows in (("event", EVENT, cases), ("log", LOG, log)):
            quoted = ", ".join(f'"{c}"' for c in columns)
            db.execute(f"CREATE TABLE {name} ({quoted}, changed)")
            db.executemany(
                f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))}, '2026-11-23 08:00:00')",
                [[_storable(r[c]) for c in columns] for r in rows],
            )
    return _mapped(f"sqlite:///{path}", "event", "log", "changed")


def _storable(value: Any) -> Any:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _mapped(url: str, event: str, log: str, changed: str) -> Mapping:
    def select(table: str, columns: tuple[str, ...]) -> str:
        names = [f'q."{c}"' for c in (*columns, *([changed] if changed else []))]
        return f"SELECT {', '.join(names)} FROM {table} AS q"

    return Mapping.model_validate(
        {
            "mapping": {"id": "odd", "city": "test", "source": url},
            "tables": {
                "event": {"sql": select(event, EVENT), "key": "id", "changed": changed},
                "transition": {"sql": select(log, LOG), "key": "key", "changed": changed},
            },
        }
    )


# -------------------------------------------------------------------- questions
def _reported(of: City, asked: dict[str, str], at: datetime) -> None:
    choose(Viewer("desk"), of, asked, at).reported()


def _queries(rng: random.Random, tally: Tally) -> None:
    """URLs of the workbench, composed of its own words and of odd ones."""
    profile = city()
    with Facts.create("duckdb:///:memory:") as facts:
        sync = Sync(
            Source.open("duckdb:///:memory:", _mapped("duckdb:///:memory:", "x", "y", "")),
            facts,
            profile,
            BusinessClock.of(profile),
        )
        words = ("area", "win", "from", "to", "cat", "ch", "dep", "net", "stage", "sev", "state", "sort", "page", "x")
        held = ("7d", "30d", "open", "overdue", "lamp", "phone", "parks", "handle", "1,2", "2026-11-20", "c1", "lamp,family")
        for _ in range(QUERIES):
            asked = {rng.choice(words): str(rng.choice((*held, *map(str, ODD)))) for _ in range(rng.randint(0, 5))}
            at = NOW + timedelta(days=rng.randint(-4_000, 4_000))
            tally.tried("query", partial(_reported, sync.city, asked, at))
