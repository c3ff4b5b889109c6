"""``check`` says beforehand what the load then does: the same reasons as often, rows read = kept + rejected, one case."""

from __future__ import annotations

import ast
import csv
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from dashboard.check import as_text
from data.check import Report, examine
from data.check.load import codes_only
from data.errors import QueryError
from data.facts.fetch import only_row
from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.source.contract import EVENT, METADATA, TRANSITION
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.reasons import REASONS, sets_aside
from data.sync.sync import Sync
from tests.conftest import ROOT
from tests.sync_harness import NOW, Platform, _clock, after, city, loosen, sync_of

pytestmark = pytest.mark.slow

LONG = "they said it's broken, " * 5
STEPS = ("report", "accept", "handle", "close")
TIMES = (
    "2026-11-20 08:00:00",
    "2026-11-21 09:30:00",
    "2026-11-22 10:00:00",
    "1899-12-31 00:00:00",
    "2203-01-01 00:00:00",
    "next week",
    "",
    None,
)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    platform = Platform(tmp_path)
    for id in (1, 2):
        platform.event(id)
        platform.log(id, id, "report", department="parks")
    return platform


def examined(source: Source, **how: Any) -> Report:
    try:
        return examine(source, city(), after(hours=1), **how)
    finally:
        source.close()


def opened(platform: Platform, mapping: Mapping | None = None) -> Source:
    return Source.open(platform.url, mapping or load_mapping("platform"))


def reasons(report: Report) -> dict[tuple[str, str], int]:
    return {(r.table, r.reason): r.rows for r in report.rejected}


def kept(report: Report) -> dict[str, tuple[int, int]]:
    """Table -> (kept, rejected)."""
    return {a.table: (a.kept, a.aside) for a in report.accounts}


# -------------------------------------------------------------------- check and load agree on whatever comes
def dirty(seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(events, log): a few dozen rows, of which many cannot be used, or only in part."""
    some = random.Random(seed)

    def mostly(good: Any, *odd: Any) -> Any:
        return some.choice(odd) if some.random() < 0.15 else good

    events = [
        {
            "id": mostly(i, None, i - 1, "x7", ""),
            "case_number": mostly(f"K{i}", None),
            "category": mostly("lamp", "lmap", None, "路灯"),
            "network": mostly("n1", "n9"),
            "channel": mostly("phone", "fax", " phone "),
            "severity": mostly(some.randint(1, 4), 9, "high"),
            "grid": mostly("c1", "c9", None),
            "reported_at": mostly(TIMES[0], *TIMES),
            "due_at": mostly(None, *TIMES),
            "closed_at": mostly(None, *TIMES),
            "outcome": mostly(None, "settled", "gone"),
            "satisfaction": mostly(None, 5, 9, 0),
            "changed": TIMES[2],
        }
        for i in range(1, 41)
    ]
    log = [
        {
            "key": mostly(k, None, k - 1),
            "event": mostly(some.randint(1, 40), None, 77, "x7", "nobody"),
            "stage": mostly(some.choice(STEPS), "handel", None, ""),
            "action": mostly("enter", "start", "return", "finish", None),
            "department": mostly("parks", "parc", None),
            "at": mostly(TIMES[1], *TIMES),
            "due_at": mostly(None, *TIMES),
            "changed": TIMES[2],
        }
        for k in range(1, 121)
    ]
    return events, log


def in_sqlite(folder: Path, events: list[dict[str, Any]], log: list[dict[str, Any]]) -> Source:
    platform = Platform(folder)
    for table, rows in ((EVENT, events), (TRANSITION, log)):
        platform.run(f"DROP TABLE {table.name}")
        platform.run(f"CREATE TABLE {table.name} ({', '.join(chr(34) + c.name + chr(34) for c in table.columns)})")
        names, marks = ", ".join(f'"{c}"' for c in rows[0]), ", ".join("?" * len(rows[0]))
        with platform.engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", [tuple(r.values()) for r in rows])
    return opened(platform)


def in_csv(folder: Path, events: list[dict[str, Any]], log: list[dict[str, Any]]) -> Source:
    parts = {}
    for name, rows in (("event", events), ("transition", log)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        columns = ", ".join(f'"{c}"' for c in rows[0] if c != "changed")
        parts[name] = {"sql": f"SELECT {columns} FROM read_csv('{folder}/{name}.csv', header = true, all_varchar = true)"}
    return Source.open(
        None, Mapping.model_validate({"mapping": {"id": "m", "city": "qufu", "source": "duckdb:///:memory:"}, "tables": parts})
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("place", [in_sqlite, in_csv])
def test_whatever_the_rows_are_check_says_beforehand_what_the_load_rejects(tmp_path: Path, seed: int, place: Any) -> None:
    events, log = dirty(seed)
    source = place(tmp_path, events, log)
    report = examined(source)
    with Facts.create("duckdb:///:memory:") as facts:
        Sync(source, facts, city(), _clock()).load(after(hours=1))
        stored = {(table, reason): n for table, reason, n in fault_counts(facts)}
        with facts.cursor() as cursor:
            n, used = only_row(cursor.execute("SELECT count(*), sum(transitions) FROM event"))
    assert reasons(report) == stored
    assert len({table for table, _ in stored}) == 2, "the rows are dirty enough to say something"
    assert (kept(report)["event"], kept(report)["transition"]) == ((n, 40 - n), (used, 120 - used))
    assert {r.reason for r in report.rejected} <= set(REASONS)
    assert all(len(r.examples) == min(r.rows, 3) and r.whole <= r.rows for r in report.rejected)
    source.close()


def test_rows_that_are_rejected_and_rows_that_only_lose_a_value_are_told_apart(platform: Platform) -> None:
    """Event 3 has no time of its own and takes its two log rows along; event 4 loses its limit and its category alone."""
    platform.event(3)
    platform.event(4, category="zzz")
    for key, event in ((30, 3), (31, 3), (40, 4), (50, 77)):
        platform.log(key, event, "report")
    platform.run("UPDATE event SET reported_at = 'soon' WHERE id = 3")
    platform.run("UPDATE event SET due_at = 'soon' WHERE id = 4")
    report = examined(opened(platform))
    assert kept(report) == {"event": (3, 1), "transition": (3, 3), "grid": (4, 0)}
    assert {a.table: a.along for a in report.accounts}["transition"] == 2
    told = {(r.table, r.reason): (r.rows, r.whole, r.examples) for r in report.rejected}
    assert told == {
        ("event", "bad_time"): (2, 1, (("3", "reported_at: is no time"), ("4", "due_at: is no time"))),
        ("event", "unknown_category"): (1, 0, (("4", "category 'zzz'; known are: lamp, family"),)),
        ("transition", "orphan"): (1, 1, (("50", "there is no event 77"),)),
    }
    english, chinese = as_text(report, "en"), as_text(report, "zh")
    assert "  event: read 4 = kept 3 + rejected 1\n" in english
    assert "\n  transition: read 6 = kept 3 + rejected 3 (2 of them with their event)\n" in english
    assert "event, 2 rows: no usable time (bad_time); 1 of the rows rejected\n      3: reported_at: is no time" in english
    assert "  transition：读取 6 = 采用 3 + 搁置 3（其中 2 行随其事件搁置）" in chinese
    assert f"transition 1 行：{REASONS['orphan'].name.zh}（orphan）\n      50: there is no event 77\n    → " in chinese


def test_keys_are_told_as_the_source_spells_them_and_not_as_digests(tmp_path: Path) -> None:
    source = in_sqlite(
        tmp_path,
        [{"id": "GD-1", "reported_at": TIMES[0], "changed": TIMES[0], "channel": "fax"}],
        [
            {"key": "a", "event": "GD-1", "at": TIMES[0], "stage": "report", "action": "enter", "changed": TIMES[0]},
            {"key": "b", "event": "GD-2", "at": TIMES[0], "stage": "report", "action": "enter", "changed": TIMES[0]},
            {"key": None, "event": "GD-1", "at": TIMES[0], "stage": "report", "action": "enter", "changed": TIMES[0]},
        ],
    )
    assert {(r.reason, r.examples) for r in examined(source).rejected} == {
        ("unknown_channel", (("GD-1", "channel 'fax'; known are: phone, patrol"),)),
        ("orphan", (("b", "there is no event GD-2"),)),
        ("no_key", (("of GD-1", "a log row of event GD-1 has no key"),)),
    }


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("category 'lamps'; did you mean 'lamp'?", "category 'lamps'; did you mean 'lamp'?"),
        (f"category '{LONG}'; known are: lamp", f"category ({len(LONG)} characters); known are: lamp"),
        (f"its parent '{LONG}' is no cell of the grid", f"its parent ({len(LONG)} characters) is no cell of the grid"),
        ("stage '" + "it's a long story; " * 9, "stage (171 characters)"),
        ("at: is no time", "at: is no time"),
    ],
)
def test_a_detail_names_codes_and_only_measures_a_text(detail: str, said: str) -> None:
    assert codes_only(detail) == said


# -------------------------------------------------------------------- the table of reasons
def emitted() -> set[str]:
    """Every reason that the code of data/ gives a fault: the fourth argument of ``faults.add``, the third of a fault's tuple."""
    found: set[str] = set()
    for path in [p for room in ("data/sync", "data/source", "geo") for p in (ROOT / room).glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add" and len(node.args) > 3:
                found |= texts(node.args[3])
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rejected" and len(node.args) == 3:
                found |= texts(node.args[1])  # a feature of a file of outlines
            if (
                isinstance(node, ast.Tuple)
                and len(node.elts) == 4
                and texts(node.elts[0]) & set(METADATA.tables)
                and not isinstance(node.elts[1], ast.Constant)
            ):  # a row's key is none
                found |= texts(node.elts[2])
    return found


def texts(node: ast.expr) -> set[str]:
    """The texts that an expression can be; one that is put together ends in "*"."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in node.values)}
    return texts(node.body) | texts(node.orelse) if isinstance(node, ast.IfExp) else set()


def test_no_reason_is_given_that_has_neither_name_nor_remedy() -> None:
    given = emitted()
    assert {"bad_time", "orphan", "no_key", "duplicate_key", "unknown_*", "unknown_parent", "bad_value"} <= given
    known = {*REASONS, "unknown_*"}  # of the columns with a code; each stands in the table by its own name
    assert given <= known, f"add them to data/sync/reasons.py: {sorted(given - known)}"
    assert {f"unknown_{c}" for c in ("category", "network", "channel", "severity", "outcome", "department", "grid")} <= known


def test_every_reason_is_told_in_both_languages_and_stands_in_the_docs() -> None:
    page = (ROOT / "docs" / "rejected-rows.md").read_text(encoding="utf-8")
    for code, reason in REASONS.items():
        assert any("一" <= letter <= "鿿" for letter in reason.name.zh + reason.remedy.zh)
        for text in (reason.name, reason.remedy):
            assert text.zh in page, code
            assert text.en in page, code
        assert f"| `{code}` |" in page


def test_an_unusable_time_rejects_a_row_only_where_the_row_needs_it() -> None:
    assert sets_aside("event", "bad_time", "reported_at: is no time")
    assert not sets_aside("event", "bad_time", "due_at: is no time")
    assert sets_aside("transition", "bad_time", "at: is empty")
    assert not sets_aside("event", "unknown_category", "category 'x'")
    assert not sets_aside("event", "a_reason_of_another_version", "x: y")


def test_days_without_a_time_are_judged_as_the_load_reads_them(tmp_path: Path) -> None:
    """Reported at 10:00, closed and due "that day": neither is before the report; a row of the log of that day neither."""
    day = TIMES[2][:10]
    source = in_csv(
        tmp_path,
        [
            {"id": 1, "reported_at": TIMES[2], "closed_at": day, "due_at": day},
            {"id": 2, "reported_at": TIMES[2], "closed_at": TIMES[1], "due_at": TIMES[1]},
        ],
        [{"key": 1, "event": 1, "stage": "report", "at": day}, {"key": 2, "event": 2, "stage": "report", "at": TIMES[1]}],
    )
    report = examined(source)
    counts = {f.id: f.count for f in report.findings}
    assert [counts[i] for i in ("closes_before_report", "due_before_report", "log_before_report")] == [1, 1, 1], "those of case 2"
    assert reasons(report) == {("event", "closes_before_report"): 1}


def test_days_that_mean_never_are_counted_and_no_fault(tmp_path: Path) -> None:
    source = in_csv(
        tmp_path,
        [{"id": i, "reported_at": TIMES[0], "closed_at": "9999-12-31 00:00:00"} for i in (1, 2)],
        [{"key": 1, "event": 1, "stage": "report", "at": TIMES[0]}],
    )
    report = examined(source)
    never = next(f for f in report.findings if f.id == "never_time")
    assert (never.count, never.of, never.verdict, reasons(report)) == (2, 2, "look", {})
    assert "“从未”" in never.said.zh
    assert 'rows whose closed_at is a day that means "never"' in never.said.en


# -------------------------------------------------------------------- the limit
def test_a_mapping_whose_load_rejects_more_than_a_twentieth_is_bad(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    for id in range(1, 41):
        platform.event(id)
        platform.log(id, id, "report" if id > 2 else "handel")

    def verdict() -> tuple[int, str]:
        return next(
            (f.count, f.verdict) for f in examined(opened(platform)).findings if (f.id, f.table) == ("set_aside", "transition")
        )

    assert verdict() == (2, "look"), "2 of 40 are 5 %: not above the limit"
    platform.run("UPDATE transition SET stage = 'handel' WHERE key = 3")
    assert verdict() == (3, "bad")


def test_a_load_that_would_stop_is_told_and_the_other_looks_go_on(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> Any:
        raise OverflowError("Python integer 99999999999 out of bounds for int32")

    monkeypatch.setattr(sys.modules["data.check.examine"], "pass_events", stop)
    report = examined(opened(platform))
    said = next(f for f in report.findings if f.id == "load_stops")
    assert (said.verdict, said.table) == ("bad", "event")
    assert "out of bounds" in said.said.en
    assert "out of bounds" in said.said.zh
    assert (report.accounts, report.case) == ((), None)
    assert any(f.id == "unknown_code" for f in report.findings)


def test_a_grid_that_would_stop_the_load_is_named_and_the_codes_are_still_judged(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(sys.modules["data.check.examine"], "pass_grid", stop)
    report = examined(opened(platform))
    said = next(f for f in report.findings if f.id == "load_stops")
    assert (said.table, said.verdict, said.said.en) == ("grid", "bad", "the load would stop: MemoryError")
    assert any(f.id == "unknown_code" for f in report.findings)


def test_a_change_column_that_holds_no_times_is_told_without_what_it_holds(platform: Platform) -> None:
    loosen(platform)
    platform.event(1)
    platform.run("UPDATE event SET changed = 'called Mrs Wang'")
    report = examined(opened(platform))
    assert next(f for f in report.findings if f.id == "select_fails").said.en.endswith(
        "a change column holds a value that is no time; deliver e.g. '2026-11-23 08:00:00'"
    )
    assert "Wang" not in json.dumps(report.as_json())


def test_cells_that_are_rejected_and_the_row_of_the_city_itself_are_accounted_for(platform: Platform) -> None:
    """Of the four rows of the grid one is the city; x1 has no parent, x2 no known level, the second c1 stands twice."""
    platform.run(
        "CREATE VIEW cells AS SELECT * FROM grid UNION ALL SELECT 'x1', 't9', 'cell', 'x', NULL, NULL, NULL, NULL "
        "UNION ALL SELECT 'x2', 't1', 'vilage', 'x', NULL, NULL, NULL, NULL "
        "UNION ALL SELECT * FROM grid WHERE code = 'c1'"
    )
    mapping = load_mapping("platform")
    cells = mapping.tables["grid"].model_copy(update={"sql": "SELECT code, parent, level, name FROM cells"})
    report = examined(opened(platform, mapping.model_copy(update={"tables": {**mapping.tables, "grid": cells}})))
    assert kept(report)["grid"] == (4, 3)
    assert reasons(report) == {("grid", "duplicate_key"): 1, ("grid", "unknown_level"): 1, ("grid", "unknown_parent"): 1}
    assert next(f for f in report.findings if (f.id, f.table) == ("set_aside", "grid")).verdict == "bad"


def test_a_table_that_fails_leaves_the_accounts_of_the_others(platform: Platform) -> None:
    mapping = load_mapping("platform")
    broken = {**mapping.tables, "grid": mapping.tables["grid"].model_copy(update={"sql": "SELECT code, level FROM gird"})}
    report = examined(opened(platform, mapping.model_copy(update={"tables": broken})))
    assert kept(report) == {"event": (2, 0), "transition": (2, 0)}
    assert reasons(report) == {}, "that no cell is known is the grid's fault, and told there"


# -------------------------------------------------------------------- one case
def test_the_case_with_the_most_rows_is_shown_as_the_wall_sees_it(platform: Platform) -> None:
    """Reported at 17:00 in Shanghai (09:00 UTC), accepted 10 minutes later, in hand since 17:30 (when the day's work ends)."""
    platform.log(10, 2, "accept", at=after(minutes=10))
    platform.log(11, 2, "handle", at=after(minutes=30), department="roads", due_at=after(hours=5))
    platform.log(12, 2, "handel", at=after(minutes=40))
    platform.run("UPDATE event SET due_at = 'soon' WHERE id = 2")
    case = examined(opened(platform)).case
    assert case is not None
    assert (case.number, case.key, case.rows, case.on_wall) == ("K2", "2", 4, True)
    assert [(s.stage, f"{s.entered:%H:%M}", f"{s.left:%H:%M}" if s.left else "", s.minutes, s.open) for s in case.visits] == [
        ("report", "17:00", "17:10", 10, False),
        ("accept", "17:10", "17:30", 20, False),
        ("handle", "17:30", "", 0, True),
    ]
    assert case.visits[2].department.en == "roads"
    assert case.visits[2].due is not None
    assert case.visits[2].due.isoformat() == "2026-11-23T22:00:00+08:00"
    assert {(t, r) for t, r, _ in case.rejected} == {("event", "bad_time"), ("transition", "unknown_stage")}


def test_a_case_that_is_asked_for_is_shown_and_one_that_is_not_there_is_refused_in_a_line(platform: Platform) -> None:
    report = examined(opened(platform), case="K1")
    assert report.case is not None
    assert report.case.number == "K1"
    assert "大屏所见的一个案件：K1（流转 1 行）\n  上报 2026-11-23 17:00" in as_text(report, "zh")
    assert "one case as the wall sees it: K1 (1 log row)\n  reported 2026-11-23 17:00" in as_text(report, "en")
    assert "report (report) 2026-11-23 17:00 -> -" in as_text(report, "en")
    assert examined(opened(platform), case="2").case is not None, "its id will do"
    with pytest.raises(QueryError, match="case 'K9': no event that was read has that number; known are: K1, K2") as refused:
        examined(opened(platform), case="K9")
    assert "案件“K9”" in refused.value.zh


def test_a_case_that_is_rejected_is_said_to_be_on_no_wall(platform: Platform) -> None:
    loosen(platform)
    platform.event(5)
    platform.log(50, 5, "report")
    platform.run("UPDATE event SET reported_at = '1899-12-30 00:00:00'")
    report = examined(opened(platform), case="K5")
    assert report.case is not None
    assert (report.case.on_wall, report.case.visits, report.case.rejected[0][:2]) == (False, (), ("event", "bad_time"))
    assert "此案件整个被搁置" in as_text(report, "zh")
    assert "is rejected and on no wall" in as_text(report, "en")


# -------------------------------------------------------------------- a sample
def test_a_sample_takes_whole_events_and_says_of_how_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform(tmp_path)
    platform.run(
        "INSERT INTO event (id, case_number, category, network, channel, grid, reported_at, changed) "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) "
        "SELECT i, 'K' || i, 'lamp', 'n1', 'phone', 'c1', '2026-11-20 08:00:00', '2026-11-20 08:00:00' FROM n"
    )
    platform.run(
        "INSERT INTO transition (key, event, stage, action, at, changed) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
        "SELECT i + 1 FROM n WHERE i < 2700) SELECT i, (i + 2) / 3, "
        "CASE WHEN i % 3 = 0 THEN 'handel' ELSE 'report' END, 'enter', "
        "'2026-11-20 08:00:00', '2026-11-20 08:00:00' FROM n"
    )
    monkeypatch.setattr(sys.modules["data.check.examine"], "EVENTS", 100)
    report = examined(opened(platform), fast=True, case="K899")
    read = {t.table: (t.rows, t.whole) for t in report.tables}
    n = read["event"][0]
    assert 100 <= n <= 112, "every ninth event, some that the log names, and the one asked for"
    assert read["event"][1] == 900
    assert read["transition"] == (3 * n, 2_700), "each with all of its log"
    assert reasons(report) == {("transition", "unknown_stage"): n}
    assert kept(report)["transition"] == (2 * n, n)
    assert report.case is not None
    assert report.case.number == "K899"
    assert "以下各数为样本之数" in as_text(report, "zh")
    assert f"transition: a sample of {3 * n} rows of 2,700" in as_text(report, "en")
    assert json.loads(json.dumps(report.as_json()))["sample"] is True
    assert not any(f.id == "empty_column" and "lon" in f.said.en for f in report.findings), "points of coded events are not read"


def test_a_sample_sees_log_rows_whose_event_is_not_there(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(3, 31):
        platform.event(i)
    for i in range(60):
        platform.log(100 + i, 500 + i, "report")
    monkeypatch.setattr(sys.modules["data.check.examine"], "EVENTS", 20)
    report = examined(opened(platform), fast=True)
    assert report.sample
    assert reasons(report) == {("transition", "orphan"): 1}, "some events are those that the log names"


def test_a_small_source_is_read_whole_also_when_it_should_be_quick(platform: Platform) -> None:
    platform.log(9, 77, "report")
    report = examined(opened(platform), fast=True)
    assert (report.sample, reasons(report)) == (False, {("transition", "orphan"): 1})
    assert "样本" not in as_text(report, "zh")


def test_json_holds_the_whole_account(platform: Platform) -> None:
    platform.log(9, 77, "report", at=NOW)
    answer = json.loads(json.dumps(examined(opened(platform)).as_json(), ensure_ascii=False))
    assert answer["load"]["tables"][1] == {
        "table": "transition",
        "read": 3,
        "kept": 2,
        "set_aside": 1,
        "with_their_event": 0,
        "not_happened": 0,
    }
    (orphan,) = answer["load"]["reasons"]
    assert (orphan["reason"], orphan["rows"]) == ("orphan", 1)
    assert orphan["examples"] == [{"key": "9", "detail": "there is no event 77"}]
    assert set(orphan["name"]) == set(orphan["remedy"]) == {"zh", "en"}
    assert answer["case"]["stages"][0]["entered"] == "2026-11-23T17:00:00+08:00"
    with Facts.create("duckdb:///:memory:") as facts:
        sync_of(platform, facts).load(NOW)
        assert fault_counts(facts) == [("transition", "orphan", 1)]
