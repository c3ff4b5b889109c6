"""Sources as they are met: each of these inputs once stood on a wall with wrong numbers, or stopped it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.access.viewer import Viewer
from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.errors import SourceError
from data.facts.store import Facts
from data.reading.answer import answer
from data.source.mapping import Mapping
from data.source.reader import Source
from data.sync.reconcile import reconcile
from data.sync.sync import Sync
from tests.frame_cells import cell
from tests.sync_harness import city, column

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REPORT = "SELECT id AS key, id AS event, 'report' AS stage, opened AS \"at\" FROM r"


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.create("duckdb:///:memory:") as store:
        yield store


def mapping(event: str, transition: str = REPORT, source: str = "duckdb:///:memory:", changed: str = "", **head: Any) -> Mapping:
    return Mapping.model_validate(
        {
            "mapping": {"id": "m", "city": "c", "source": source, "timezone": "Asia/Shanghai", **head},
            "tables": {
                "event": {"sql": event, "key": "id", "changed": changed},
                "transition": {"sql": transition, "key": "key", "changed": changed},
            },
        }
    )


def csv(folder: Path, *lines: str, name: str = "r.csv", encoding: str = "utf-8") -> str:
    path = folder / name
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return f"read_csv('{path}', header = true, all_varchar = true)"


def loaded(facts: Facts, source: Mapping, profile: Profile | None = None, now: datetime = NOW) -> Sync:
    profile = profile or city()
    sync = Sync(Source.open(None, source), facts, profile, BusinessClock.of(profile))
    sync.load(now)
    return sync


def faults(facts: Facts) -> list[tuple[str, str, str]]:
    with facts.cursor() as cursor:
        return sorted(cursor.execute("SELECT source_table, row_key, reason FROM fault").fetchall())


def headline(facts: Facts, sync: Sync, kpi: str, now: datetime = NOW) -> int:
    frame = answer("headline", facts, Viewer(), sync.city, sync.clock_now(now))[1].set_index("kpi")
    return int(cell(frame, kpi, "value"))


# -------------------------------------------------------------------- never, days, yes and no
def test_a_date_that_says_never_is_no_end(facts: Facts, tmp_path: Path) -> None:
    rows = csv(
        tmp_path,
        "id,opened,closed",
        *(
            f"{i},2026-11-20 08:{i}0:00,{closed}"
            for i, closed in enumerate(
                ("2026-11-20 15:00:00", "", "9999-12-31 00:00:00", "0000-00-00 00:00:00", "1900-01-01", "infinity")
            )
        ),
    )
    sync = loaded(
        facts,
        mapping(f"SELECT id, opened AS reported_at, closed AS closed_at FROM {rows}", REPORT.replace("FROM r", f"FROM {rows}")),
    )
    assert column(facts, "event", "is_open") == [0, 1, 1, 1, 1, 1]
    assert faults(facts) == []
    assert facts.meta()["never"] == '{"event.closed_at": 4}'
    assert headline(facts, sync, "open") == 5


def test_an_end_that_is_no_time_says_nothing_about_the_end(facts: Facts, tmp_path: Path) -> None:
    rows = csv(tmp_path, "id,opened,closed", "1,2026-11-20 08:10:00,soon", "2,2026-11-20 08:20:00,1820-01-01")
    loaded(
        facts,
        mapping(f"SELECT id, opened AS reported_at, closed AS closed_at FROM {rows}", REPORT.replace("FROM r", f"FROM {rows}")),
    )
    assert column(facts, "event", "is_open") == [1, 1]
    assert faults(facts) == [("event", "1", "bad_time"), ("event", "2", "bad_time")]


def test_a_mapping_names_its_own_never(facts: Facts, tmp_path: Path) -> None:
    rows = csv(tmp_path, "id,opened,closed", "1,2026-11-20 08:10:00,2099-01-01", "2,2026-11-20 08:20:00,9999-12-31")
    loaded(
        facts,
        mapping(
            f"SELECT id, opened AS reported_at, closed AS closed_at FROM {rows}",
            REPORT.replace("FROM r", f"FROM {rows}"),
            never=["2099-01-01"],
        ),
    )
    assert column(facts, "event", "is_open") == [1, 1]
    assert faults(facts) == [("event", "2", "bad_time")]


def test_a_limit_that_is_a_day_ends_with_it_and_an_end_of_that_day_is_in_time(facts: Facts, tmp_path: Path) -> None:
    rows = csv(
        tmp_path,
        "id,opened,due,closed",
        "1,2026-11-18 08:10:00,2026-11-20,2026-11-20",
        "2,2026-11-18 09:10:00,2026-11-20,",
        "3,2026-11-20 09:30:00,2026-11-20,2026-11-20",
        "4,2026-11-20 14:00:00,2026-11-25,",
    )
    sync = loaded(
        facts,
        mapping(
            f"SELECT id, opened AS reported_at, due AS due_at, closed AS closed_at FROM {rows}",
            REPORT.replace("FROM r", f"FROM {rows}"),
            as_of="newest",
        ),
    )
    at = sync.clock_now(NOW)
    assert at == datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
    assert faults(facts) == []
    assert (headline(facts, sync, "overdue"), headline(facts, sync, "open")) == (0, 2)
    with facts.cursor() as cursor:
        late = cursor.execute("SELECT count(*) FROM event WHERE closed_at > due_at OR closed_at < reported_at").fetchone()
    assert late == (0,)


def test_a_day_of_closing_is_not_before_the_log_of_that_day(facts: Facts, tmp_path: Path) -> None:
    rows = csv(tmp_path, "id,opened,closed", "1,2026-11-20 08:10:00,2026-11-20")
    loaded(
        facts,
        mapping(
            f"SELECT id, opened AS reported_at, closed AS closed_at FROM {rows}",
            "SELECT 1 AS key, 1 AS event, 'report' AS stage, '2026-11-20 08:10:00' AS \"at\" "
            "UNION ALL SELECT 2, 1, 'handle', '2026-11-20 15:00:00'",
        ),
    )
    assert column(facts, "event", "closed_at") == [round(datetime(2026, 11, 20, 7, tzinfo=UTC).timestamp() * 1000)]


def test_flags_in_words_count_as_what_they_say(facts: Facts, tmp_path: Path) -> None:
    rows = csv(
        tmp_path,
        "id,opened,ok,stars",
        "1,2026-11-20 08:10:00,true,5",
        "2,2026-11-20 08:20:00,Y,4.5",
        "3,2026-11-20 08:30:00,是,3.0",
        "4,2026-11-20 08:40:00,否,9",
        "5,2026-11-20 08:50:00,perhaps,",
    )
    loaded(
        facts,
        mapping(
            f"SELECT id, opened AS reported_at, ok AS resolved, ok AS verified, stars AS satisfaction FROM {rows}",
            REPORT.replace("FROM r", f"FROM {rows}"),
        ),
    )
    assert column(facts, "event", "resolved") == column(facts, "event", "verified") == [1, 1, 1, 0, None]
    assert column(facts, "event", "satisfaction") == [5, None, 3, None, None]
    assert faults(facts) == [
        ("event", "2", "bad_number"),
        ("event", "4", "bad_satisfaction"),
        ("event", "5", "bad_yes_no"),
        ("event", "5", "bad_yes_no"),
    ]


def test_a_step_whose_time_means_never_has_not_happened(facts: Facts, tmp_path: Path) -> None:
    rows = csv(tmp_path, "key,stage,at", "1,report,2026-11-20 08:00:00", "2,handle,9999-12-31 00:00:00", "3,inspect,soon")
    loaded(
        facts,
        mapping(
            "SELECT 1 AS id, '2026-11-20 08:00:00' AS reported_at",
            f'SELECT CAST(key AS INT) AS key, 1 AS event, stage, "at" FROM {rows}',
        ),
    )
    assert column(facts, "visit", "stage") == [0]
    assert faults(facts) == [("transition", "3", "bad_time")]
    assert facts.meta()["never"] == '{"transition.at": 1}'


# -------------------------------------------------------------------- nothing stops the others, nothing is lost
def test_an_id_of_minus_one_is_a_case_like_any_other(facts: Facts, tmp_path: Path) -> None:
    rows = csv(tmp_path, "id,opened", "-1,2026-11-20 08:10:00", "-2,2026-11-20 08:20:00", "0,2026-11-20 08:30:00")
    loaded(
        facts,
        mapping(
            f"SELECT CAST(id AS BIGINT) AS id, opened AS reported_at FROM {rows}",
            REPORT.replace("id AS", "CAST(id AS BIGINT) AS").replace("FROM r", f"FROM {rows}"),
        ),
    )
    assert (len(column(facts, "event", "eid")), sum(column(facts, "visit", "entries")), faults(facts)) == (3, 3, [])


def test_a_list_in_a_column_is_rejected_with_row_and_column(facts: Facts, tmp_path: Path) -> None:
    rows = csv(tmp_path, "id,opened,kind", "1,2026-11-20 08:10:00,lamp;litter", "2,2026-11-20 08:20:00,lamp")
    loaded(
        facts,
        mapping(
            f"SELECT id, opened AS reported_at, string_split(kind, ';') AS category FROM {rows}",
            REPORT.replace("FROM r", f"FROM {rows}"),
        ),
    )
    assert column(facts, "event", "eid") == [1, 2]
    with facts.cursor() as cursor:
        assert cursor.execute("SELECT DISTINCT detail FROM fault").fetchall() == [("category: is a list; deliver one value",)]


def test_bytes_that_are_no_text_cost_one_value_and_not_the_load(facts: Facts, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript("""
            CREATE TABLE r (id INTEGER PRIMARY KEY, num TEXT, opened TEXT, changed TEXT);
            INSERT INTO r VALUES (1, 'A-1', '2026-11-20 08:10:00', '2026-11-20 08:10:00'),
                                 (2, CAST(x'C2B7B5C62D32' AS TEXT), '2026-11-20 08:20:00', '2026-11-20 08:20:00');""")
    sync = loaded(
        facts,
        mapping(
            "SELECT id, num AS case_number, opened AS reported_at, changed FROM r",
            "SELECT id AS key, id AS event, 'report' AS stage, opened AS \"at\", changed FROM r",
            f"sqlite:///{path}",
            "changed",
        ),
    )
    before = column(facts, "event", "case_number")
    assert (before, faults(facts)) == (["A-1", "·\\xb5\\xc6-2"], [("event", "2", "bad_text")])
    with sqlite3.connect(path) as db:
        db.execute("UPDATE r SET changed = '2026-11-20 09:00:00'")
    sync.tick(NOW)
    assert (column(facts, "event", "case_number"), faults(facts)) == (before, [("event", "2", "bad_text")])


def test_ids_of_several_types_in_one_column_are_told_alike_by_load_and_tick(facts: Facts, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript("""
            CREATE TABLE cases (id NUMERIC, kind TEXT, opened TEXT, changed TEXT);
            CREATE TABLE log (k INTEGER PRIMARY KEY, event NUMERIC, at_ TEXT, changed TEXT);
            INSERT INTO cases VALUES (1001, 'lamp', '2026-11-20 08:10:00', '2026-11-20 08:10:00'),
              ('1002-A', 'lamp', '2026-11-20 08:20:00', '2026-11-20 08:20:00'),
              (7.5, 'lamp', '2026-11-20 08:30:00', '2026-11-20 08:30:00');
            INSERT INTO log SELECT rowid, id, opened, changed FROM cases;""")
    sync = loaded(
        facts,
        mapping(
            "SELECT id, kind AS category, opened AS reported_at, changed FROM cases",
            "SELECT k AS key, event, 'report' AS stage, at_ AS \"at\", changed FROM log",
            f"sqlite:///{path}",
            "changed",
        ),
    )
    for minute, touched in enumerate(("1001", "'1002-A'", "7.5")):
        with sqlite3.connect(path) as db:
            db.execute(f"UPDATE cases SET kind = 'family', changed = '2026-11-20 09:0{minute}:00' WHERE id = {touched}")
        sync.tick(NOW)
    assert (len(column(facts, "event", "eid")), set(column(facts, "event", "category")), faults(facts)) == (3, {1}, [])
    assert sorted(column(facts, "event", "case_number")) == ["1001", "1002-A", "7.5"]
    assert reconcile(sync, NOW).differing == 0


# -------------------------------------------------------------------- the order of a log, the end of a case
def _tied(facts: Facts, tmp_path: Path, order: str) -> list[tuple[int, int]]:
    """(stage, rework) of a case whose two last steps, at one instant, have the keys ID-9 (handle) and ID-10 (inspect)."""
    rows = csv(
        tmp_path,
        "key,stage,at",
        "ID-8,dispatch,2026-11-20 08:00:00",
        "ID-10,inspect,2026-11-20 09:00:00",
        "ID-9,handle,2026-11-20 09:00:00",
    )
    source = mapping("SELECT 1 AS id, '2026-11-20 08:00:00' AS reported_at", f'SELECT key, 1 AS event, stage, "at" FROM {rows}')
    tables = {**source.tables, "transition": source.tables["transition"].model_copy(update={"order": order})}
    loaded(facts, source.model_copy(update={"tables": tables}))
    with facts.cursor() as cursor:
        return [tuple(r) for r in cursor.execute("SELECT stage, rework FROM visit ORDER BY seq").fetchall()]


@pytest.mark.parametrize("order", ["", "key"])
def test_steps_of_one_instant_follow_the_stages_or_the_logs_own_order(facts: Facts, tmp_path: Path, order: str) -> None:
    assert _tied(facts, tmp_path, order) == [(4, 0), (5, 0), (6, 0)]


def test_the_logs_own_order_beats_that_of_the_stages(facts: Facts, tmp_path: Path) -> None:
    """The inspection failed in the same second: it is in hand again."""
    rows = csv(
        tmp_path, "key,stage,at", "1,handle,2026-11-20 08:00:00", "2,inspect,2026-11-20 09:00:00", "3,handle,2026-11-20 09:00:00"
    )
    source = mapping(
        "SELECT 1 AS id, '2026-11-20 08:00:00' AS reported_at",
        f'SELECT CAST(key AS INT) AS key, 1 AS event, stage, "at" FROM {rows}',
    )
    tables = {**source.tables, "transition": source.tables["transition"].model_copy(update={"order": "key"})}
    loaded(facts, source.model_copy(update={"tables": tables}))
    assert column(facts, "visit", "stage", "seq") == [5, 6, 5]


def test_a_case_ends_by_its_log_where_no_closing_is_delivered(facts: Facts, tmp_path: Path) -> None:
    rows = csv(
        tmp_path,
        "id,stage,at",
        "1,report,2026-11-20 08:00:00",
        "1,close,2026-11-20 09:00:00",
        "2,report,2026-11-20 08:00:00",
        "2,close,2026-11-20 09:00:00",
        "2,handle,2026-11-20 10:00:00",
        "3,report,2026-11-20 08:00:00",
        "3,handle,2026-11-20 09:00:00",
        "3,revisit,2026-11-20 10:00:00",
    )
    sync = loaded(
        facts,
        mapping(
            f"SELECT DISTINCT id, '2026-11-20 08:00:00' AS reported_at FROM {rows}",
            f'SELECT 10 * CAST(id AS INT) + row_number() OVER () AS key, id AS event, stage, "at" FROM {rows}',
        ),
    )
    assert column(facts, "event", "is_open") == [0, 1, 0]
    assert headline(facts, sync, "open") == 1


def test_a_reopened_case_stands_in_one_stage_and_in_the_headline(facts: Facts, tmp_path: Path) -> None:
    """Its closing was taken back after the call-back: it is in hand, not in a stage of closed cases."""
    rows = csv(
        tmp_path,
        "id,stage,at",
        "1,report,2026-11-20 08:00:00",
        "1,handle,2026-11-20 09:00:00",
        "1,revisit,2026-11-20 10:00:00",
        "2,revisit,2026-11-20 10:00:00",
    )
    sync = loaded(
        facts,
        mapping(
            f"SELECT DISTINCT id, '2026-11-20 08:00:00' AS reported_at, NULL AS closed_at FROM {rows}",
            f'SELECT row_number() OVER () AS key, id AS event, stage, "at" FROM {rows}',
        ),
    )
    page_cache = answer("stage_backlog", facts, Viewer(), sync.city, NOW)[1].set_index("stage")["open"]
    assert {k: int(v) for k, v in page_cache.items() if v} == {"report": 1, "handle": 1}
    assert headline(facts, sync, "open") == 2
    assert column(facts, "event", "stage") == [5, 0]


# -------------------------------------------------------------------- the clock of a closed log
def test_the_newest_record_may_be_a_closing(facts: Facts, tmp_path: Path) -> None:
    rows = csv(
        tmp_path,
        "id,opened,closed",
        "1,2026-09-30 08:10:00,2026-10-20 09:00:00",
        "2,2026-09-30 09:10:00,2026-10-22 09:00:00",
        "3,2026-09-30 10:10:00,",
    )
    sync = loaded(
        facts,
        mapping(
            f"SELECT id, opened AS reported_at, closed AS closed_at FROM {rows}",
            REPORT.replace("FROM r", f"FROM {rows}"),
            as_of="newest",
        ),
    )
    assert sync.clock_now(NOW) == datetime(2026, 10, 22, 1, 0, tzinfo=UTC)
    assert headline(facts, sync, "open") == 1


def test_the_clock_of_an_export_stands_where_the_mapping_says(facts: Facts, tmp_path: Path) -> None:
    rows = csv(tmp_path, "id,opened,closed", "1,2026-09-30 08:10:00,2026-10-20 09:00:00")
    sync = loaded(
        facts,
        mapping(
            f"SELECT id, opened AS reported_at, closed AS closed_at FROM {rows}",
            REPORT.replace("FROM r", f"FROM {rows}"),
            as_of="2026-10-01 08:00",
        ),
    )
    assert sync.clock_now(NOW) == datetime(2026, 10, 1, 0, 0, tzinfo=UTC)
    assert headline(facts, sync, "open") == 1


@pytest.mark.parametrize("as_of", ["soon", "2026-13-01", "", "9999"])
def test_a_clock_that_is_no_instant_is_refused(as_of: str) -> None:
    with pytest.raises(ValueError, match="is no instant"):
        mapping("SELECT 1 AS id", as_of=as_of)


# -------------------------------------------------------------------- files
def test_a_pattern_of_files_is_a_source_that_reloads(facts: Facts, tmp_path: Path) -> None:
    for i in (1, 2):
        csv(tmp_path, "id,opened", f"{i},2026-11-20 08:1{i}:00", name=f"part-{i}.csv")
    rows = f"read_csv('{tmp_path}/part-*.csv', header = true, all_varchar = true)"
    sync = loaded(
        facts,
        mapping(
            f"SELECT id, opened AS reported_at FROM {rows} -- see 'old.csv'; not here", REPORT.replace("FROM r", f"FROM {rows}")
        ),
    )
    assert not sync.tick(NOW).loaded
    csv(tmp_path, "id,opened", "3,2026-11-20 08:13:00", name="part-3.csv")
    assert sync.tick(NOW).loaded
    assert column(facts, "event", "eid") == [1, 2, 3]


@pytest.mark.parametrize("more", ["", ", encoding = 'gbk'"])
def test_a_file_that_is_no_utf8_says_so_and_what_to_do(facts: Facts, tmp_path: Path, more: str) -> None:
    rows = csv(tmp_path, "id,类别,opened", "1,路灯,2026-11-20 08:10:00", encoding="gb18030").replace(")", f"{more})")
    with pytest.raises(SourceError, match=r"(?i)(utf-8|encoding).*iconv -f GB18030 -t UTF-8"):
        loaded(facts, mapping(f"SELECT id, opened AS reported_at FROM {rows}", REPORT.replace("FROM r", f"FROM {rows}")))


def test_the_line_that_tells_the_reason_is_kept(facts: Facts, tmp_path: Path) -> None:
    columns = "auto_detect = false, columns = {'id': 'INT', 'opened': 'TIMESTAMP'}"
    rows = csv(tmp_path, "id,opened", "1,2026-11-20 08:10:00", "2,2026,3,4").replace("all_varchar = true", columns)
    with pytest.raises(SourceError, match=r"CSV Error on Line: 3.*Expected Number of Columns: 2 Found: 3"):
        loaded(facts, mapping(f"SELECT id, opened AS reported_at FROM {rows}", REPORT.replace("FROM r", f"FROM {rows}")))
