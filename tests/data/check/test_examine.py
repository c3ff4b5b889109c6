"""Every defect is planted by hand and found with its exact count, in both languages, with what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely

from dashboard.check import as_text
from dashboard.cli import main
from data.check import Finding, Report, examine
from data.check.speed import base_of
from data.check.words import WORDS
from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from tests.conftest import ROOT
from tests.sync_harness import NOW, Platform, after, city, loosen, sync_of

pytestmark = pytest.mark.slow


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A sound platform of two events, each with its report."""
    platform = Platform(tmp_path)
    for id in (1, 2):
        platform.event(id)
        platform.log(id, id, "report", department="parks")
    return platform


def examined(platform: Platform, mapping: Mapping | None = None) -> Report:
    source = Source.open(platform.url, mapping or load_mapping("platform"))
    try:
        return examine(source, city(), after(hours=1))
    finally:
        source.close()


def found(report: Report, id: str, table: str = "", column: str = "") -> Finding:
    held = [f for f in report.findings if f.id == id and table in ("", f.table) and column in f.said.en]
    assert len(held) == 1, [(f.id, f.table, f.said.en) for f in held]
    return held[0]


def values(finding: Finding) -> dict[str, int]:
    return {v.value: v.count for v in finding.values}


def mapped(platform: Platform, table: str, **changes: Any) -> Mapping:
    mapping = load_mapping("platform")
    changed = mapping.tables[table].model_copy(update=changes)  # type: ignore[index]
    return mapping.model_copy(update={"tables": {**mapping.tables, table: changed}})


def naive(**delta: float) -> str:
    return str(after(**delta).replace(tzinfo=None))


# -------------------------------------------------------------------- a sound source
def test_a_sound_source_has_nothing_that_is_bad(platform: Platform) -> None:
    """To be looked at are a grid without outlines, columns without a value, a list of no department, the stages that two
    reports do not reach, and what these feed."""
    report = examined(platform)
    assert {f.id for f in report.findings if f.verdict == "look"} == {
        "no_rows",
        "no_shape",
        "empty_column",
        "unreached_stage",
        "feeds_not",
        "feeds_empty",
    }
    assert (report.verdict, report.counts()["bad"]) == ("look", 0)
    assert {t.table: t.rows for t in report.tables} == {
        "event": 2,
        "transition": 2,
        "grid": 4,
        "department": 0,
        "asset": 0,
        "sign": 0,
    }
    assert {t.table: t.nulls for t in report.tables}["event"]["closed_at"] == 2


def test_every_finding_speaks_both_languages_and_says_what_to_do() -> None:
    for id, words in WORDS.items():
        for text in (words.good, words.said, words.remedy):
            assert set(re.findall(r"{(\w+)}", text.zh)) == set(re.findall(r"{(\w+)}", text.en)), id
            bare = re.sub(r"{\w+}", "", text.zh)
            assert not bare or re.search("[一-鿿]", bare), id
            assert not re.search("[一-鿿]", text.en), id


def test_columns_that_are_delivered_and_never_filled_are_named(platform: Platform) -> None:
    finding = found(
        examined(
            platform, mapped(platform, "event", sql="SELECT id, due_at, category, reported_at, changed, closed_at FROM event")
        ),
        "empty_column",
        "event",
    )
    assert (finding.count, finding.of, finding.said.en) == (2, 6, "columns that are empty throughout: due_at, closed_at")


# -------------------------------------------------------------------- planted defects
Plant = Callable[[Platform], None]


def _codes(platform: Platform) -> None:
    for id, category in ((3, "lmap"), (4, "lmap"), (5, "zzz")):
        platform.event(id, category=category)
        platform.log(id, id, "report")


def _steps(platform: Platform) -> None:
    platform.log(10, 1, "handel")
    platform.log(11, 1, None)
    platform.log(12, 1, "handle", action="finish")


def _orphans(platform: Platform) -> None:
    platform.log(20, 77, "report")
    platform.log(21, 78, "report")


def _lone(platform: Platform) -> None:
    platform.event(3)


def _unknown_cells(platform: Platform) -> None:
    for id in (3, 4):
        platform.event(id, grid="c9")
        platform.log(id, id, "report")


def _twice(platform: Platform) -> None:
    loosen(platform)
    for _ in range(3):
        platform.event(1)
        platform.log(7, 1, "report")


def _early_end(platform: Platform) -> None:
    platform.event(3, reported_at=NOW, closed_at=after(hours=-1), outcome="settled", due_at=after(hours=-2))
    platform.log(3, 3, "report")


def _back(platform: Platform) -> None:
    platform.log(10, 1, "accept", at=after(minutes=9))
    platform.log(11, 1, "verify", at=after(minutes=5))
    platform.log(12, 1, "register", at=after(minutes=-30))  # before the report, too


def _future(platform: Platform) -> None:
    platform.event(3, reported_at=after(days=2))
    platform.event(4, reported_at=after(hours=1, seconds=30))  # the clocks of two machines
    platform.log(3, 3, "report", at=after(days=2))
    platform.log(4, 4, "report", at=after(hours=1, seconds=30))


def _no_time(platform: Platform) -> None:
    loosen(platform)
    platform.event(1)
    platform.log(1, 1, "report")
    platform.run("UPDATE event SET reported_at = NULL")
    platform.event(2, closed_at=NOW)
    platform.run("UPDATE event SET closed_at = '1820-01-01 00:00:00' WHERE id = 2")


def _lost_cells(platform: Platform) -> None:
    platform.run("INSERT INTO grid (code, parent, level, name) VALUES ('x1', 't9', 'cell', 'x'), ('x2', 't1', 'vilage', 'x')")


@pytest.mark.parametrize(
    ("plant", "id", "table", "column", "count", "verdict"),
    [
        (_codes, "unknown_code", "event", "category", 3, "bad"),
        (_steps, "unknown_step", "transition", "stage", 2, "bad"),
        (_steps, "unknown_step", "transition", "action", 1, "bad"),
        (_orphans, "orphan", "transition", "", 2, "bad"),
        (_lone, "event_without_log", "event", "", 1, "look"),
        (_unknown_cells, "unknown_grid", "event", "", 2, "look"),
        (_twice, "duplicate_key", "event", "", 2, "bad"),
        (_twice, "duplicate_key", "transition", "", 2, "bad"),
        (_early_end, "closes_before_report", "event", "", 1, "bad"),
        (_early_end, "due_before_report", "event", "", 1, "look"),
        (_back, "log_goes_back", "transition", "", 2, "look"),
        (_back, "log_before_report", "transition", "", 1, "look"),
        (_future, "future_time", "event", "reported_at", 1, "bad"),
        (_future, "future_time", "transition", "at", 1, "bad"),
        (_no_time, "needed_null", "event", "reported_at", 1, "bad"),
        (_no_time, "bad_time", "event", "closed_at", 1, "bad"),
        (_lost_cells, "lost_cell", "grid", "", 2, "bad"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_planted_defect_is_found_with_its_exact_count(
    platform: Platform, plant: Plant, id: str, table: str, column: str, count: int, verdict: str
) -> None:
    plant(platform)
    finding = found(examined(platform), id, table, column)
    assert (finding.count, finding.verdict) == (count, verdict)
    assert finding.remedy.zh
    assert finding.remedy.en


def test_unknown_codes_are_named_with_what_may_be_meant(platform: Platform) -> None:
    _codes(platform)
    _steps(platform)
    report = examined(platform)
    category = found(report, "unknown_code", "event", "category")
    assert values(category) == {"lmap": 2, "zzz": 1}
    assert (category.values[0].near.en, category.values[0].near.zh) == ("did you mean 'lamp'?", "是否指“lamp”？")
    assert category.values[1].near.en == "known are: lamp, family"
    stage = found(report, "unknown_step", "transition", "stage")
    assert values(stage) == {"handel": 1, "": 1}
    assert "codes.stage" in stage.remedy.zh


def test_what_it_counts_is_what_a_load_rejects(platform: Platform) -> None:
    for plant in (_codes, _steps, _orphans):
        plant(platform)
    platform.event(20, grid="c7", channel="fax", closed_at=after(hours=-1))
    platform.log(30, 20, "report", department="parc")
    report = examined(platform)
    with Facts.create("duckdb:///:memory:") as facts:
        sync_of(platform, facts).load(NOW)
        loaded = {(t, r): n for t, r, n in fault_counts(facts)}
    said = {
        ("event", "unknown_category"): found(report, "unknown_code", "event", "category").count,
        ("event", "unknown_channel"): found(report, "unknown_code", "event", "channel").count,
        ("event", "unknown_grid"): found(report, "unknown_grid").count,
        ("event", "closes_before_report"): found(report, "closes_before_report").count,
        ("transition", "orphan"): found(report, "orphan").count,
        ("transition", "unknown_action"): found(report, "unknown_step", "transition", "action").count,
        ("transition", "unknown_stage"): found(report, "unknown_step", "transition", "stage").count,
        ("transition", "unknown_department"): found(report, "unknown_code", "transition", "department").count,
    }
    assert said == loaded


def test_departments_that_the_city_does_not_list_are_named(platform: Platform) -> None:
    platform.run("INSERT INTO department (code, name) VALUES ('parks', 'Parks'), ('road', 'Roads')")
    finding = found(examined(platform), "unlisted_department")
    assert (finding.count, finding.of, finding.values[0].near.en) == (1, 2, "did you mean 'roads'?")


# -------------------------------------------------------------------- the grid
def draw(platform: Platform, **shapes: Any) -> None:
    with platform.engine.begin() as connection:
        for code, shape in shapes.items():
            connection.exec_driver_sql("UPDATE grid SET geometry = ? WHERE code = ?", (shapely.to_wkb(shape), code))


def test_outlines_overlaps_and_the_unlocated_are_counted(platform: Platform) -> None:
    # the two cells overlap in (10.4, 10) - (10.5, 11); the town's outline crosses itself
    draw(
        platform,
        c1=shapely.box(10, 10, 10.5, 11),
        c2=shapely.box(10.4, 10, 11, 11),
        t1=shapely.Polygon([(10, 10), (11, 11), (11, 10), (10, 11)]),
    )
    for id, lon, lat in ((3, 0, 0), (4, None, None), (5, 20, 20), (6, 10.2, 10.2)):
        platform.event(id, grid=None, lon=lon, lat=lat)
        platform.log(id, id, "report")
    report = examined(platform)
    assert found(report, "not_located").count == 3
    assert values(found(report, "repaired_outline")) == {"t1": 1}
    coverage = found(report, "coverage")
    assert coverage.verdict == "look"
    assert {"c1", "c2", "t1"} == set(values(coverage))
    assert found(report, "no_shape").count == 0


def test_a_perfect_tiling_of_the_leaves_alone_has_no_overlap_sliver_or_gap(platform: Platform) -> None:
    # three wedges of which the corners are rounded to five decimals: edges meet but for a hair, and no town is drawn
    platform.run("INSERT INTO grid (code, parent, level, name) VALUES ('c3', 't1', 'cell', 'c3'), ('c4', 't1', 'cell', 'c4')")
    draw(
        platform,
        c1=shapely.box(10, 10, 10.33333, 11),
        c2=shapely.box(10.33333, 10, 11, 10.66667),
        c3=shapely.Polygon([(10.33333, 10.66667), (10.77778, 10.66667), (10.33333, 11)]),
        c4=shapely.Polygon([(11, 10.66667), (11, 11), (10.33333, 11), (10.77777, 10.66667)]),
    )
    report = examined(platform)
    assert (found(report, "coverage").verdict, found(report, "coverage").count, found(report, "coverage").of) == ("good", 0, 5)
    assert [found(report, id).count for id in ("no_shape", "bad_geometry", "repaired_outline", "lost_cell")] == [0] * 4


def test_a_cell_that_is_not_drawn_is_counted_once_and_is_no_gap_beside(platform: Platform) -> None:
    draw(platform, t1=shapely.box(10, 10, 11, 11), c1=shapely.box(10, 10, 10.5, 11), c2=shapely.Point(10.7, 10.5))
    platform.run("UPDATE grid SET population = 99999999999 WHERE code = 'c2'")
    report = examined(platform)
    assert found(report, "coverage").count == 0
    assert values(found(report, "bad_geometry")) == values(found(report, "bad_number")) == {"c2": 1}
    draw(platform, c2=shapely.box(10.5, 10, 10.9, 11))
    assert values(found(examined(platform), "coverage")) == {"t1": 1}, "drawn, they leave a gap of the town"


def test_a_grid_in_which_nothing_is_located_is_bad(platform: Platform) -> None:
    platform.run("UPDATE event SET grid = NULL")
    assert found(examined(platform), "not_located").verdict == "bad"


# -------------------------------------------------------------------- SELECTs
def test_a_select_that_fails_is_said_in_the_databases_words_and_the_others_are_read(platform: Platform) -> None:
    mapping = mapped(platform, "grid", sql="SELECT code, level FROM gird")
    report = examined(platform, mapping)
    finding = found(report, "select_fails")
    assert (finding.table, finding.verdict, report.verdict) == ("grid", "bad", "bad")
    assert "no such table: gird" in finding.said.en
    assert "no such table: gird" in finding.said.zh
    assert {t.table for t in report.tables} == {"event", "transition", "department", "asset", "sign"}


def test_a_select_that_delivers_what_the_contract_does_not_know_fails_too(platform: Platform) -> None:
    report = examined(platform, mapped(platform, "department", sql="SELECT code, name AS nmae FROM department"))
    assert "delivers 'nmae', which is not in the contract; did you mean 'name'?" in found(report, "select_fails").said.en


def test_without_events_the_log_is_judged_by_itself(platform: Platform) -> None:
    report = examined(platform, mapped(platform, "event", sql="SELECT id, reported_at, changed FROM cases"))
    assert {f.id for f in report.findings if f.table == "event"} == {"select_fails"}
    assert found(report, "unknown_step", "transition", "stage").count == 0


@pytest.mark.parametrize(
    ("written", "options", "said"),
    [
        (
            "id,类别\n1,路灯\n".encode("gb18030"),
            "all_varchar = true",
            "Line: 1: Invalid unicode (byte sequence mismatch) detected",
        ),
        (b"id,who\n1,a\n", "all_varchar = true, encoding = 'gbk'", 'does not support the encoding: "gbk"'),
    ],
)
def test_a_file_of_another_encoding_says_so_and_how_to_convert_it(
    tmp_path: Path, written: bytes, options: str, said: str
) -> None:
    finding = found(examine(Source.open(None, file_mapping(tmp_path, written, options)), city(), NOW), "not_utf8", "event")
    assert finding.verdict == "bad"
    assert said in finding.said.en
    assert "iconv -f GB18030 -t UTF-8" in finding.remedy.en
    assert "iconv -f GB18030 -t UTF-8" in finding.remedy.zh


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"id,who\n1,a\n2,Zhang San,3,4\n", "CSV Error on Line: 3: Expected Number of Columns: 2 Found: 3"),
        (
            b"id,who\n1,a\nZhang San,b\n",
            "CSV Error on Line: 3: Error when converting column \"id\". Could not convert string '...'",
        ),
        (b'id,who\n1,a\n"Zhang ""San""",b\n', 'Error when converting column "id". Could not convert string'),
        (b'id,who\n1,a\n"Li\nZhang San",b\n', 'Error when converting column "id". Could not convert string'),
        (b'id,who\n1,"a\n2,Zhang San\n', "CSV Error on Line: 2: Value with unterminated quote found."),
    ],
)
def test_of_a_file_that_cannot_be_read_the_reason_is_said_and_no_row(tmp_path: Path, written: bytes, said: str) -> None:
    """DuckDB's first line tells only where; the row stands between it and the reason."""
    fixed = "auto_detect = false, columns = {'id': 'INT', 'who': 'VARCHAR'}"
    report = examine(Source.open(None, file_mapping(tmp_path, written, fixed)), city(), NOW)
    assert said in found(report, "select_fails", "event").said.en
    shown = json.dumps(report.as_json(), ensure_ascii=False) + as_text(report, "zh")
    assert not any(part in shown for part in ("Zhang", "San"))


def test_a_value_that_cannot_be_converted_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,at,who\n1,2026-01-01,a\nZhang San,2026-01-02,b\n", encoding="utf-8")
    mapping = csv_mapping(tmp_path, "CAST(id AS BIGINT)")
    report = examine(Source.open(None, mapping), city(), NOW)
    said = json.dumps(report.as_json(), ensure_ascii=False) + as_text(report, "zh")
    assert found(report, "select_fails", "event").verdict == "bad"
    assert "onver" in said
    assert "Zhang San" not in said


def file_mapping(tmp_path: Path, written: bytes, options: str) -> Mapping:
    (tmp_path / "c.csv").write_bytes(written)
    return csv_mapping(tmp_path, "id", "2026-01-01", options)


def csv_mapping(tmp_path: Path, id: str, at: str = "", options: str = "all_varchar = true") -> Mapping:
    path = tmp_path / "m.toml"
    file, at = f"read_csv('{tmp_path}/c.csv', header = true, {options})", f"'{at}'" if at else '"at"'
    path.write_text(
        f'''
[mapping]
id = "m"
city = "qufu"
source = "duckdb:///:memory:"
[tables.event]
sql = """SELECT {id} AS id, who AS category, {at} AS reported_at FROM {file}"""
[tables.transition]
sql = """SELECT 1 AS key, id AS event, 'report' AS stage, {at} AS "at" FROM {file}"""
''',
        encoding="utf-8",
    )
    return load_mapping(path)


def test_a_text_that_is_no_code_is_only_measured(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,at,who\n1,2026-01-01," + "a long complaint of a person " * 4 + "\n", encoding="utf-8")
    report = examine(Source.open(None, csv_mapping(tmp_path, "id")), city(), NOW)
    assert values(found(report, "unknown_code", "event", "category")) == {"(115 characters)": 1}
    assert "complaint" not in json.dumps(report.as_json()) + as_text(report, "en")


def test_an_empty_table_of_events_is_bad_and_an_empty_list_of_departments_is_not(tmp_path: Path) -> None:
    report = examined(Platform(tmp_path))
    assert found(report, "no_rows", "event").verdict == "bad"
    assert found(report, "no_rows", "department").verdict == "look"


# -------------------------------------------------------------------- speed
def test_a_change_column_without_an_index_is_told_with_the_statement_that_makes_one(platform: Platform) -> None:
    assert found(examined(platform), "no_change_index", "event").count == 0
    platform.run("DROP INDEX event_changed")
    platform.run("DROP INDEX transition_event")
    report = examined(platform)
    finding = found(report, "no_change_index", "event")
    assert (finding.verdict, finding.count) == ("look", 1)
    assert "CREATE INDEX event_changed ON" in finding.remedy.en
    assert "CREATE INDEX transition_event ON" in found(report, "no_lookup_index", "transition").remedy.zh
    assert found(report, "no_change_index", "transition").count == 0


def test_a_view_is_looked_through_to_the_table_that_lacks_the_index(platform: Platform) -> None:
    platform.run("CREATE VIEW cases AS SELECT * FROM event")
    view = mapped(platform, "event", sql="SELECT id, reported_at, changed FROM cases")
    finding = found(examined(platform, view), "no_change_index", "event")
    assert (finding.verdict, finding.said.en) == ("good", "every table behind changed is reached by an index (EXPLAIN)")
    platform.run("DROP INDEX event_changed")
    platform.run(
        "INSERT INTO event (id, reported_at, changed) WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 1200) SELECT i, reported_at, changed FROM n JOIN event ON event.id = 1"
    )
    finding = found(examined(platform, view), "read_whole", "event")
    assert (finding.verdict, values(finding)) == ("look", {"event": 1_103})


def test_a_server_that_does_not_say_what_changed_is_to_be_looked_at(platform: Platform) -> None:
    report = examined(platform, mapped(platform, "event", changed=""))
    assert found(report, "no_change_column", "event").verdict == "look"


@pytest.mark.parametrize(
    ("sql", "base"),
    [
        ("SELECT id, changed FROM cases", (None, "cases", "changed")),
        ("SELECT c.id, c.touched AS changed FROM app.cases AS c WHERE c.kind = 1", ("app", "cases", "touched")),
        ('SELECT coalesce(a, b) AS x, "Last" changed FROM "Cases"', (None, "Cases", "Last")),
        ("SELECT * FROM cases ORDER BY id", (None, "cases", "changed")),
        ("SELECT id, max(changed) AS changed FROM cases", None),
        ("SELECT id, changed FROM cases JOIN log ON log.case = cases.id", None),
        ("SELECT id, changed FROM cases, log", None),
        ("SELECT id, changed FROM (SELECT * FROM cases) AS c", None),
        ("WITH c AS (SELECT 1) SELECT id, changed FROM c", None),
        ("SELECT id, changed FROM cases WHERE true UNION SELECT id, changed FROM old", None),
        ("SELECT id, changed FROM cases UNION ALL SELECT id, changed FROM old", None),
    ],
)
def test_the_table_behind_a_plain_select(sql: str, base: Any) -> None:
    assert base_of(sql, "changed") == base


def test_the_slowest_queries_are_named_with_their_time(platform: Platform) -> None:
    report = examined(platform)
    assert report.queries == tuple(sorted(report.queries, key=lambda q: -q[1]))
    assert report.queries[0][0] in found(report, "slowest_query").said.zh
    assert re.search(r"takes [\d.e-]+ s \((event|transition): ", found(report, "slow_tick").said.en)


# -------------------------------------------------------------------- the command
def run(*options: str) -> int:
    return main(["check", *options])


def test_the_command_answers_in_chinese_english_and_json_and_writes_nothing(
    platform: Platform, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place = tmp_path / "mapping.toml"
    ours = (ROOT / "data/sources/platform.toml").read_text(encoding="utf-8")
    place.write_text(ours.replace('"qufu"', f'"{_little(tmp_path)}"'), encoding="utf-8")
    before = platform.path.read_bytes()
    asked = ("--mapping", str(place), "--source", platform.url)
    assert run(*asked) == 0
    zh = capsys.readouterr().out
    assert zh.splitlines()[-1].startswith("总评：留意（好 ")
    assert run(*asked, "--lang", "en") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("verdict: look (")
    assert run(*asked, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["mapping"], answer["tables"][0]["rows"]) == ("look", "platform", 2)
    assert all(set(f["said"]) == {"zh", "en"} and all(f["said"].values()) for f in answer["findings"])
    assert all(all(f["remedy"].values()) for f in answer["findings"] if f["verdict"] != "good")
    _orphans(platform)
    assert run(*asked) == 1
    assert "不可用  2 条流转" in capsys.readouterr().out
    platform.run("DELETE FROM transition WHERE event > 70")
    assert len(platform.path.read_bytes()) == len(before)
    assert not list(tmp_path.glob("*.duckdb"))


def _little(folder: Path) -> Path:
    """The harness's city as a file."""
    profile = city()
    lists = {
        kind: [
            item.model_dump(mode="json", exclude_none=True, include={"code", "name", "role", "network"})
            for item in getattr(profile, kind)
        ]
        for kind in ("levels", "stages", "networks", "channels", "departments", "categories")
    }
    path = folder / "little.toml"
    words = re.sub(r'"(\w+)": ', r"\1 = ", json.dumps(lists)[1:-1]).replace("], ", "]\n")
    path.write_text(
        words
        + """
city = { id = "test", code = "999", name = { zh = "test", en = "test" }, title = { zh = "test", en = "test" } }
scenes = [{ id = "s", name = { zh = "s", en = "s" }, areas = ["headline"] }]
""",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--mapping", "platfrom", "--lang", "en"), "there is no such mapping; did you mean 'platform'?"),
        (("--mapping", "platfrom"), "没有这个映射，是否指“platform”？"),
        (("--source", "sqlite:///nowhere.sqlite", "--lang", "en"), "there is no file nowhere.sqlite"),
        (("--source", "sqlite:///nowhere.sqlite"), "没有文件 nowhere.sqlite"),
    ],
)
def test_what_cannot_be_examined_is_one_line_and_exit_2(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*options) == 2
    out = capsys.readouterr()
    assert (out.out, said in out.err) == ("", True)


@pytest.mark.parametrize("mapping", [pytest.param("permit_receipt", marks=pytest.mark.soak), "sf_311"])
def test_samples_are_looked_at_and_not_refused(mapping: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--mapping", mapping, "--json") == 0
    found = {(f["id"], f["table"]): f["count"] for f in json.loads(capsys.readouterr().out)["findings"]}
    expected = {
        "permit_receipt": {("closes_before_report", "event"): 2, ("no_grid", "grid"): 1},
        "sf_311": {("closes_before_report", "event"): 3, ("not_located", "event"): 202, ("repaired_outline", "grid"): 3},
    }
    assert expected[mapping].items() <= found.items()


def test_the_verdict_of_a_report_is_its_worst(platform: Platform) -> None:
    _orphans(platform)
    report = examined(platform)
    assert report.verdict == "bad"
    assert sum(report.counts().values()) == len(report.findings)
    assert report.at - NOW == timedelta(hours=1)
    assert isinstance(as_text(report, "en"), str)
