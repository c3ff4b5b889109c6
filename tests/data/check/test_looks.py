"""What ``check`` sees beside the load: ids that do not compare alike, joined SELECTs without an index, every unknown code, and
the exit codes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from dashboard.check import as_text
from dashboard.cli import main
from data.check import Finding, Report, examine
from data.check.code_block import code_block
from data.check.finding import Value, listed
from data.check.id_columns import cast, family
from data.check.identity import loosened
from data.check.joins import _joins, _owner, _real
from data.source.dialects import duckdb, mysql, postgresql, sqlite
from data.source.mapping import Mapping
from data.source.reader import Source
from data.text import Text
from tests.sync_harness import NOW, Platform, after, city

pytestmark = pytest.mark.slow

AT = "2026-11-20 08:00:00"


def examined(mapping: Mapping) -> Report:
    source = Source.open(None, mapping)
    try:
        return examine(source, city(), NOW)
    finally:
        source.close()


def found(report: Report, id: str, table: str = "") -> Finding:
    held = [f for f in report.findings if f.id == id and table in ("", f.table)]
    assert len(held) == 1, [(f.id, f.table, f.said.en) for f in held]
    return held[0]


def database(folder: Path, *statements: str) -> str:
    url = f"sqlite:///{folder}/source.sqlite"
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
    return url


def mapping(url: str, event: str, log: str, changed: str = "") -> Mapping:
    return Mapping.model_validate(
        {
            "mapping": {"id": "ours", "city": "qufu", "source": url},
            "tables": {"event": {"sql": event, "changed": changed}, "transition": {"sql": log, "changed": changed}},
        }
    )


# -------------------------------------------------------------------- ids that do not compare alike
def ids(folder: Path, kinds: tuple[str, str], events: list[Any], named: list[Any]) -> Report:
    """A source whose events have the ids ``events`` and whose log names ``named``, in columns of these types."""
    folder.mkdir(exist_ok=True)
    url = database(
        folder, f"CREATE TABLE cases (id {kinds[0]})", f"CREATE TABLE steps (k INTEGER PRIMARY KEY, case_id {kinds[1]})"
    )
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO cases VALUES (?)", [(e,) for e in events])
        connection.exec_driver_sql("INSERT INTO steps (case_id) VALUES (?)", [(e,) for e in named])
    engine.dispose()
    return examined(
        mapping(
            url,
            f"SELECT id, '{AT}' AS reported_at FROM cases",
            f"SELECT k AS \"key\", case_id AS event, 'report' AS stage, '{AT}' AS \"at\" FROM steps",
        )
    )


def test_ids_of_one_type_and_spelling_are_good(tmp_path: Path) -> None:
    report = ids(tmp_path, ("TEXT", "TEXT"), ["A-1", "A-2"], ["A-1", "A-2"])
    assert [found(report, i).verdict for i in ("id_types", "ids_differ")] == ["good", "good"]
    assert found(report, "loose_ids").verdict == "good"


def test_a_text_beside_a_number_is_named_with_both_types_and_how_to_cast(tmp_path: Path) -> None:
    report = ids(tmp_path, ("INTEGER", "TEXT"), [1, 2], ["1", "2"])
    types = found(report, "id_types")
    assert types.said.en == ("event.id is integer and transition.event is text: source and load may compare them differently")
    assert types.said.zh == "event.id 是 integer，transition.event 是 text：源库与装载可能比得不一样"
    assert [v.value for v in types.values] == ["event.id: 1", "transition.event: '1'"]
    assert types.remedy.en.endswith(": CAST(event AS BIGINT) AS event"), "numbers stay numbers"


@pytest.mark.parametrize(
    ("events", "named", "lost", "how", "to"),
    [
        (["ab-1", "c"], ["AB-1", "c"], "'AB-1' ≠ 'ab-1'", "upper and lower case", "lower(trim(CAST(id AS TEXT))) AS id"),
        (["A", "B"], ["A ", "B"], "'A ' ≠ 'A'", "blanks around them", "trim(CAST(event AS TEXT)) AS event"),
        (["07", "8"], ["7", "8"], "'7' ≠ '07'", "leading zeros or decimals", "CAST(id AS TEXT) AS id"),
        (["ＧＤ1", "8"], ["gd1", "8"], "'gd1' ≠ 'ＧＤ1'", "width, accents or hyphens", "lower(trim(CAST(id AS TEXT))) AS id"),
    ],
)
def test_ids_that_differ_in_spelling_alone_are_told_with_an_example(
    tmp_path: Path, events: list[str], named: list[str], lost: str, how: str, to: str
) -> None:
    finding = found(ids(tmp_path, ("TEXT", "TEXT"), events, [*named, "Z"]), "ids_differ")
    assert (finding.count, finding.of, finding.verdict, finding.values[0].value) == (1, 3, "bad", lost)
    assert f"only by {how}" in finding.said.en
    assert "只差" in finding.said.zh
    assert to in finding.remedy.en
    assert to in finding.remedy.zh


def test_a_column_of_numbers_and_texts_is_named_as_that(tmp_path: Path) -> None:
    types = found(ids(tmp_path, ("", ""), [1, "A"], [1, "A"]), "id_types")
    assert (types.verdict, "integer+text" in types.said.en) == ("look", True)


def test_ids_that_the_source_takes_for_the_same_are_counted(tmp_path: Path) -> None:
    """Only one of the two columns is without case, so that a join of both would tell the ids apart, and the load does."""
    loose = found(ids(tmp_path, ("TEXT COLLATE NOCASE", "TEXT"), ["ab-1", "AB-1", "c"], ["ab-1"]), "loose_ids")
    assert (loose.count, loose.of, loose.verdict) == (1, 3, "bad")
    assert "源库视为与别的相同" in loose.said.zh
    both = ids(tmp_path / "both", ("TEXT COLLATE NOCASE", "TEXT COLLATE NOCASE"), ["ab-1", "AB-1", "c"], ["ab-1"])
    assert found(both, "loose_ids").verdict == "good", "then they are one id for the load, too"


def test_types_that_compare_as_they_are_belong_together() -> None:
    assert family("bigint") == family("integer") == family("INT") == "integer"
    assert family("character varying") == family("text") == family("VARCHAR(20)") == "text"
    apart = [
        family(k)
        for k in (
            "bigint",
            "numeric",
            "uuid",
            "character",
            "text",
            "double precision",
            "bytea",
            "text COLLATE utf8mb4_general_ci",
            "text COLLATE utf8mb4_bin",
            "integer+text",
        )
    ]
    assert len(set(apart)) == len(apart)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("6F9619FF-8B86-D011-B42D-00CF4FC964FF", "{6f9619ff8b86d011b42d00cf4fc964ff}"),
        ("Ü-1 ", "u-1"),
        ("7.0", "007"),
        (b"A", "a"),
    ],
)
def test_the_loosest_comparison_meets_what_any_database_would(first: Any, second: Any) -> None:
    assert loosened(first) == loosened(second)
    assert loosened("A-007") != loosened("A-7"), "zeros within a text are letters"


def test_each_database_is_told_to_cast_in_its_own_words() -> None:
    assert cast("mysql", "id") == "CAST(id AS CHAR) COLLATE utf8mb4_bin AS id"
    assert cast("mariadb", "event", "number") == "CAST(event AS SIGNED) AS event"
    assert cast("postgresql", "event", "trimmed") == "trim(CAST(event AS VARCHAR)) AS event"


# -------------------------------------------------------------------- joined SELECTs and their indexes
JOINED = (
    "SELECT c.no AS id, s.code AS grid, c.rep AS reported_at, c.upd AS changed FROM cases c JOIN streets AS s ON s.id = c.street"
)
STEPS = (
    'SELECT p.k AS "key", p.no AS event, p.st AS stage, p.dt AS "at", p.dt AS changed FROM steps p, cases WHERE cases.no = p.no'
)


def joined(folder: Path, streets: int, *more: str) -> Report:
    url = database(
        folder,
        "CREATE TABLE cases (no TEXT PRIMARY KEY, street INT, rep TEXT, upd TEXT)",
        "CREATE TABLE streets (id INT, code TEXT)",
        "CREATE TABLE steps (k INTEGER PRIMARY KEY, no TEXT, st TEXT, dt TEXT)",
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {streets}) "
        "INSERT INTO streets SELECT i, 'c1' FROM n",
        f"INSERT INTO cases VALUES ('A', 1, '{AT}', '{AT}')",
        f"INSERT INTO steps VALUES (1, 'A', 'report', '{AT}')",
        *more,
    )
    return examined(mapping(url, JOINED, STEPS, "changed"))


def test_each_table_of_a_join_that_a_tick_reads_whole_is_named_with_the_index_that_it_lacks(tmp_path: Path) -> None:
    report = joined(tmp_path, 1_500)
    event, lookup = (f for f in report.findings if (f.id, f.table) == ("read_whole", "event"))
    assert {v.value: v.count for v in event.values} == {"cases": 1, "streets": 1_500}
    assert event.said.en == "every tick reads cases, streets whole to find what changed (changed)"
    assert event.said.zh == "每次读数取变更的行（changed）都要整读 cases, streets"
    assert event.remedy.en == (
        'ask for an index: CREATE INDEX cases_upd ON cases ("upd"); CREATE INDEX streets_id ON streets ("id")'
    )
    assert "CREATE INDEX cases_upd ON cases" in event.remedy.zh
    assert [v.value for v in lookup.values] == ["streets"], "a case is found by its primary key"
    log = [f for f in report.findings if (f.id, f.table) == ("read_whole", "transition")]
    assert [f.remedy.en for f in log] == [
        'ask for an index: CREATE INDEX steps_dt ON steps ("dt")',
        'ask for an index: CREATE INDEX steps_no ON steps ("no")',
    ]


def test_a_small_table_may_be_joined_without_an_index_and_with_indexes_all_is_good(tmp_path: Path) -> None:
    report = joined(tmp_path, 7, "CREATE INDEX a ON cases (upd)", "CREATE INDEX b ON steps (dt)", "CREATE INDEX c ON steps (no)")
    assert not [f for f in report.findings if f.id == "read_whole"]
    good = [f for f in report.findings if f.id in ("no_change_index", "no_lookup_index")]
    assert [f.verdict for f in good] == ["good"] * 4
    assert good[0].said.en == "every table behind changed is reached by an index (EXPLAIN)"


def test_the_text_of_a_select_tells_tables_owners_and_joins() -> None:
    sql = 'SELECT c.no AS id, greatest(c.a, s.b) AS changed FROM app.cases c LEFT JOIN "Streets" AS s ON s."id" = c.street'
    assert (_real(sql, "c"), _real(sql, "s"), _real(sql, "base")) == ("app.cases", '"Streets"', "base")
    assert (_owner(sql, "id"), _owner(sql, "changed")) == (("c", "no"), ("", ""))
    assert (list(_joins(sql, "s")), list(_joins(sql, "c"))) == (["id"], ["street"])


def test_plans_of_each_database_tell_what_is_read_whole() -> None:
    """As the databases wrote them: SQLite, PostgreSQL 15, MariaDB 10.11, DuckDB 1.5."""
    assert list(
        sqlite.scanned(
            [
                "SCAN c",
                "SEARCH s USING AUTOMATIC COVERING INDEX (id=?)",
                "SEARCH t USING INDEX x (upd>?)",
                "SCAN TABLE old AS o",
                "USE TEMP B-TREE FOR ORDER BY",
            ]
        )
    ) == ["c", "s", "o"]
    plan = {
        "Node Type": "Nested Loop",
        "Plans": [
            {"Node Type": "Seq Scan", "Relation Name": "cases", "Alias": "c"},
            {"Node Type": "Index Scan", "Relation Name": "streets", "Alias": "s", "Index Cond": "(id = c.street)"},
            {"Node Type": "Index Only Scan", "Relation Name": "old", "Alias": "o"},
        ],
    }
    assert list(postgresql.scanned(plan)) == ["c", "o"]
    assert list(
        mysql.scanned(
            [
                {"table": "c", "type": "ALL", "possible_keys": None},
                {"table": "s", "type": "ALL", "possible_keys": "PRIMARY"},
                {"table": "<derived2>", "type": "ALL", "possible_keys": None},
                {"table": "t", "type": "ref", "possible_keys": "a4"},
                {"table": "i", "type": "index", "possible_keys": None},
            ]
        )
    ) == ["c", "i"]
    read = {"name": "FILTER", "children": [{"name": "READ_CSV", "children": [], "extra_info": {"Function": "READ_CSV"}}]}
    table = {"name": "SEQ_SCAN", "children": [], "extra_info": {"Table": "memory.main.e"}}
    assert (list(duckdb.scanned([read])), list(duckdb.scanned([table]))) == (["read_csv"], [])


def test_a_file_with_a_change_column_is_said_to_be_read_whole_by_every_tick(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"id,at\n1,{AT}\n2,{AT}\n", encoding="utf-8")
    file = f"read_csv('{tmp_path}/c.csv', header = true)"
    tables = (
        f'SELECT id, "at" AS reported_at, "at" AS changed FROM {file}',
        f'SELECT id AS key, id AS event, \'report\' AS stage, "at", "at" AS changed FROM {file}',
    )
    report = examined(mapping("duckdb:///:memory:", *tables, "changed"))
    finding = found(report, "file_reread", "event")
    assert (finding.verdict, "(read_csv)" in finding.said.en, "read_csv" in finding.said.zh) == ("look", True, True)
    assert not [f for f in examined(mapping("duckdb:///:memory:", *tables)).findings if f.id == "file_reread"]


# -------------------------------------------------------------------- unknown codes
def test_json_holds_every_unknown_code_and_the_text_the_most_frequent_with_a_block_to_paste(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    for i in range(30):
        platform.event(i + 1, category=f"kind{i:02}" if i > 2 else "lmap")
        platform.log(i + 1, i + 1, "report")
    source = Source.open(
        platform.url,
        Mapping.model_validate(
            {
                "mapping": {"id": "p", "city": "qufu", "source": platform.url},
                "tables": {"event": {"sql": "SELECT * FROM event"}, "transition": {"sql": "SELECT * FROM transition"}},
            }
        ),
    )
    report = examine(source, city(), after(hours=1))
    source.close()
    (told,) = (f for f in report.as_json()["findings"] if f["id"] == "unknown_code" and f["count"])
    assert (len(told["values"]), told["values"][0]["value"], told["values"][0]["count"]) == (28, "lmap", 3)
    assert (told["values"][0]["known"], told["values"][1]["known"]) == ("lamp", "")
    assert tomllib.loads(told["block"]) == {"codes": {"category": {"lmap": "lamp"}}}
    assert told["block"].count('\n# "kind') == 27
    text = as_text(report, "zh")
    assert "……另有 16 个，见 --json" in text
    assert '\n[codes.category]\n"lmap" = "lamp"  # 3\n# "kind03" = ""  # 1\n' in text
    assert "kind20" not in text
    assert "... and 16 more, see --json" in as_text(report, "en")


def test_a_block_is_toml_whatever_the_codes_hold() -> None:
    odd = ['say "hi"', "back\\slash", "环节 1", "tab\t", "\x7f", "new\nline"]
    values = tuple(Value(v, 1, known="lamp") for v in odd) + listed(["x" * 80, ""])
    none = Text(zh="", en="")
    held = Finding("unknown_code", "event", "look", 8, 8, none, none, values, "category")
    assert tomllib.loads(code_block(held))["codes"]["category"] == dict.fromkeys(odd, "lamp")
    assert "80 characters" not in code_block(held)
    severity = Finding("unknown_code", "event", "look", 1, 1, none, none, (Value("33", 1, known="3"),), "severity")
    assert tomllib.loads(code_block(severity)) == {"codes": {"severity": {"33": 3}}}, "severities are numbers"
    assert code_block(Finding("unknown_grid", "event", "look", 1, 1, none, none, (Value("c9", 1),))) == ""


def test_what_may_be_meant_is_looked_for_while_it_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.check.finding.COMPARED", 4)
    told = listed(["lmap", "lmap", "lmp", "lampp"], ("lamp", "family"))
    assert [(v.value, v.known) for v in told] == [("lmap", "lamp"), ("lampp", "lamp"), ("lmp", "")]


# -------------------------------------------------------------------- exit codes
def run(folder: Path, *options: str, **tables: str) -> int:
    event = tables.get("event", f"SELECT id, '370881001' AS grid, '{AT}' AS reported_at FROM cases")
    log = tables.get("log", f'SELECT id AS "key", id AS event, stage, \'{AT}\' AS "at" FROM cases')
    path = folder / "ours.toml"
    path.write_text(
        f"[mapping]\nid = 'ours'\ncity = 'qufu'\nsource = 'sqlite:///{folder}/source.sqlite'\n"
        f"[tables.event]\nsql = '''{event}'''\n[tables.transition]\nsql = '''{log}'''\n",
        encoding="utf-8",
    )
    return main(["check", "--mapping", str(path), *options])


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    rows = ", ".join(f"({i}, 'report')" for i in range(1, 41))
    database(tmp_path, "CREATE TABLE cases (id INTEGER PRIMARY KEY, stage TEXT)", f"INSERT INTO cases VALUES {rows}")
    return tmp_path


def test_exit_0_where_nothing_is_bad(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cases) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("总评：留意")


def test_exit_1_where_more_than_a_twentieth_would_be_rejected(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database(cases, "UPDATE cases SET stage = 'handel' WHERE id <= 3")
    assert run(cases, "--lang", "en") == 1
    out = capsys.readouterr().out
    assert "bad   rows that the load would reject: 3 (7.5 %); read 40, kept 37" in out
    assert "transition, 3 rows: an unknown stage, or none; the log row is not used (unknown_stage)" in out


def test_exit_1_where_one_select_fails_and_the_others_are_read(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cases, "--json", log='SELECT id AS "key", id AS event, stage, t AS "at" FROM caces') == 1
    answer = json.loads(capsys.readouterr().out)
    assert ([t["table"] for t in answer["tables"]], answer["case"]) == (["event"], None)


def test_exit_2_where_nothing_can_be_read_at_all(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    away = 'SELECT id AS "key", id AS event, t AS "at" FROM caces'
    assert run(cases, event="SELECT id, at AS reported_at FROM caces", log=away) == 2
    assert capsys.readouterr().out.count("no such table: caces") == 2, "each says why"
    (cases / "source.sqlite").unlink()
    assert run(cases) == 2
    assert "没有文件" in capsys.readouterr().err


def test_exit_2_where_the_data_file_is_away_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ours.toml"
    file = "read_csv({source}, header = true)"
    path.write_text(
        f"[mapping]\nid = 'ours'\ncity = 'qufu'\nsource = 'cases.csv'\n"
        f'[tables.event]\nsql = "SELECT id, at AS reported_at FROM {file}"\n'
        f'[tables.transition]\nsql = "SELECT id AS key, id AS event, \'report\' AS stage, \\"at\\" FROM {file}"\n',
        encoding="utf-8",
    )
    assert main(["check", "--mapping", str(path)]) == 2
    out = capsys.readouterr()
    assert (out.out, "Traceback" in out.err) == ("", False)
    assert "cases.csv" in out.err.splitlines()[-1]


def test_exit_2_for_a_case_that_is_not_there_in_one_line(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cases, "--case", "77", "--fast", "--lang", "en") == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.splitlines()[-1].startswith("case '77': no event that was read has that number;")
    assert run(cases, "--case", "7", "--fast", "--lang", "en") == 0
    assert "one case as the wall sees it: 7 (1 log row)" in capsys.readouterr().out
