"""The command: what it writes and refuses, what it says, its exit codes."""

from __future__ import annotations

import csv
import json
import sqlite3
import tomllib
from pathlib import Path

import pytest

from dashboard.cli import main
from data.city.profile import load_profile
from data.draft import database
from tests.data.draft import counts, made, made_logs
from tests.data.draft.desk import drafted, loaded
from tests.data.draft.test_draft_numbers import differing

pytestmark = pytest.mark.slow


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty work orders in GBK, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return made.write_gbk(tmp_path / "orders.csv", made.work_orders(40))


def said(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main(["draft", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_it_says_what_it_read_wrote_doubts_checked_and_what_comes_next(orders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said("orders.csv", "--out", "out", "--lang", "en", capsys=capsys)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "read: encoding gb18030, delimiter comma, 40 rows"
    assert "about persons, not read: 诉求人姓名, 联系电话, 诉求内容" in out
    assert "--refresh" in out
    assert "verdict: look" in out
    assert lines[-2] == "next: make run MAPPING=out/mapping.toml"
    assert "python -m dashboard user add NAME --role analyst" in lines[-1]
    assert said("orders.csv", "--out", "out2", capsys=capsys)[1].splitlines()[-2] == "下一步：make run MAPPING=out2/mapping.toml"


def test_no_word_about_a_person_is_in_anything_that_is_written(orders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drafted(capsys, "orders.csv", "--out", "out")
    text = "".join(p.read_text(encoding="utf-8") for p in Path("out").iterdir())
    for row in made.work_orders(40):
        for column in ("诉求人姓名", "联系电话", "诉求内容"):
            assert row[column] not in text


def test_what_was_edited_is_kept_unless_it_is_forced(orders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city = Path("out/city.toml")
    assert drafted(capsys, "orders.csv", "--out", "out")[0] == 0
    assert drafted(capsys, "orders.csv", "--out", "out")[0] == 0, "nobody has edited it"
    city.write_text(
        city.read_text(encoding="utf-8").replace('city.title = { zh = "orders"', 'city.title = { zh = "我的城市"'),
        encoding="utf-8",
    )
    assert "起草后改过" in said("orders.csv", "--out", "out", capsys=capsys)[2]
    code, out, err = said("orders.csv", "--out", "out", "--lang", "en", capsys=capsys)
    assert (code, out) == (2, "")
    assert "city.toml: was edited" in err
    assert "--force" in err
    assert load_profile(city).city.title.zh == "我的城市"
    assert drafted(capsys, "orders.csv", "--out", "out", "--force")[0] == 0
    assert load_profile(city).city.title.zh == "orders"


def test_refresh_writes_the_copy_anew_and_leaves_the_edited_city(orders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drafted(capsys, "orders.csv", "--out", "out")
    city, mapping = Path("out/city.toml"), Path("out/mapping.toml")
    city.write_text(city.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = city.read_bytes(), mapping.read_bytes()
    made.write_gbk(orders, made.work_orders(60))
    code, told = drafted(capsys, "orders.csv", "--out", "out", "--refresh")
    assert code == 0
    assert told["written"] == ["out/cases.csv"]
    assert (city.read_bytes(), mapping.read_bytes()) == before
    with Path("out/cases.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 60
    code, _, err = said("orders.csv", "--out", "elsewhere", "--refresh", "--lang", "en", capsys=capsys)
    assert code == 2
    assert "nothing was drafted there" in err


def test_clean_csv_is_read_itself_and_no_copy_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.csv").write_text(
        "id,opened,closed,kind\n1,2026-08-01 08:00:00,2026-08-01 09:00:00,lamp\n2,2026-08-02 08:00:00,,lamp\n"
    )
    _, told = drafted(capsys, "plain.csv", "--out", "out")
    assert told["direct"]
    assert sorted(p.name for p in Path("out").iterdir()) == ["city.toml", "mapping.toml"]
    assert tomllib.loads(Path("out/mapping.toml").read_text())["mapping"]["source"] == "plain.csv"
    with loaded(Path("out/mapping.toml")) as desk:
        assert desk.headline()["open"] == 1


def test_log_that_says_no_end_must_be_told_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "".join(
        f"c{i},{step},2026-08-01 0{k}:0{i}:00\n"
        for i in range(9)
        for k, step in enumerate(("in", "work", "over"))
        if k < 2 or i % 3
    )
    Path("log.csv").write_text("case_id,activity,timestamp\n" + rows)
    _, told = drafted(capsys, "log.csv", "--out", "out")
    assert (told["edits"], [d["id"] for d in told["doubts"] if d["must"]]) == (1, ["no_ending"])
    assert told["doubts"][0]["examples"] == ["over 6", "work 3"] or any(
        d["examples"] == ["over 6", "work 3"] for d in told["doubts"]
    )
    _, told = drafted(capsys, "log.csv", "--out", "out", "--end", "over")
    assert told["edits"] == 0
    with loaded(Path("out/mapping.toml")) as desk:
        assert desk.headline()["open"] == 3


def test_day_and_month_that_cannot_be_told_apart_are_a_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("id,opened,closed\n1,03/04/2026 08:00,04/04/2026 08:00\n2,05/04/2026 08:00,\n")
    assert "day_or_month" in [d["id"] for d in drafted(capsys, "t.csv", "--out", "out")[1]["doubts"]]
    _, told = drafted(capsys, "t.csv", "--out", "out", "--day-first")
    assert "day_or_month" not in [d["id"] for d in told["doubts"]]
    assert "2026-04-05 08:00:00" in Path("out/cases.csv").read_text()


def test_rows_that_cannot_be_cases_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(
        "编号,上报时间,结案时间,状态\nA,2026/8/1 8:03:05,,处理中\nA,2026/8/2 8:03:05,2026/8/3,已办结\n,2026/8/2 9:00,,处理中\n"
        + "".join(f"B{i},2026/8/{i + 1} 10:00,{'soon' if i == 1 else ''},处理中\n" for i in range(12)),
        encoding="utf-8",
    )
    _, told = drafted(capsys, "t.csv", "--out", "out")
    doubts = {d["id"]: d for d in told["doubts"]}
    assert doubts["repeated_id"]["examples"] == ["A"]
    assert "empty_id" in doubts


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nothing.csv", None, "there is no such file"),
        ("empty.csv", b"", "is empty"),
        ("names.csv", b"id,name\n1,x\n2,y\n", "holds times"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 90, "save it as .xlsx"),
        ("broken.xlsx", b"PK\x03\x04broken", "no .xlsx workbook"),
        ("broken.xes", b"<log><trace>", "no XES"),
        ("broken.parquet", b"PAR1xxxxPAR1", "no Parquet"),
        ("sqlite:///gone.sqlite", None, "there is no file"),
        ("mysql+pymysql://nobody@127.0.0.1:1/none", None, "account may read it"),
        ("what://x/y", None, "what"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_line(
    name: str,
    content: bytes | None,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_bytes(content)
    code, out, err = said(name, "--out", "out", "--lang", "en", capsys=capsys)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    assert not Path("out").exists()


def test_wide_table_of_a_database_is_read_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("w.sqlite") as db:
        db.execute("CREATE TABLE 工单 (编号 TEXT, 上报时间 TEXT, 派遣时间 TEXT, 结案时间 TEXT, 承办单位 TEXT, 工单状态 TEXT)")
        db.executemany(
            "INSERT INTO 工单 VALUES (?, ?, ?, ?, ?, ?)",
            [
                ("A", "2026-08-01 08:00", "2026-08-01 09:00", "2026-08-02 08:00", "城管局", "已办结"),
                ("B", "2026-08-02 08:00", "", "", "", "处理中"),
                ("C", "2026-08-02 09:00", "2026-08-02 10:00", "2026-08-02 11:00", "住建局", "已撤销"),
            ],
        )
    code, told = drafted(capsys, "w.sqlite", "--out", "out")
    assert code == 0, told["check"]
    with loaded(Path("out/mapping.toml")) as desk:
        assert desk.headline()["open"] == 1
        assert desk.headline()["closed"] == 1, "the cancelled one is none"
        assert desk.departments() == {"": 1, "城管局": 1}
        assert desk.stages("entries") == {"上报": 3, "派遣": 2, "结案": 2}


def test_log_in_a_database_without_a_table_of_cases_is_drafted_as_a_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("log.sqlite") as db:
        db.execute("CREATE TABLE flow (flow_id INTEGER PRIMARY KEY, case_no TEXT, activity TEXT, operate_time TEXT)")
        steps = [
            (f"K{i}", step, f"2026-08-0{k + 1} 08:0{i}:00") for i in range(8) for k, step in enumerate(("Open", "Work", "Close"))
        ]
        db.executemany("INSERT INTO flow (case_no, activity, operate_time) VALUES (?, ?, ?)", steps[:-1])
    code, told = drafted(capsys, "log.sqlite", "--out", "out")
    assert (code, told["edits"]) == (0, 0), told["check"]
    with loaded(Path("out/mapping.toml")) as desk:
        assert desk.headline()["open"] == 1
        assert desk.stages("entries") == {"Open": 8, "Work": 8, "Close": 7}


def test_platform_larger_than_the_first_look_is_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(database, "FIRST", 20)
    path = made_logs.write_platform(tmp_path / "platform.sqlite", cases=60)
    code, told = drafted(capsys, "platform.sqlite", "--out", "out")
    assert (code, told["edits"]) == (0, 0), told["check"]
    assert "sampled" not in [d["id"] for d in told["doubts"]]
    with loaded(Path("out/mapping.toml")) as desk:
        assert differing(desk, counts.counted(counts.of_platform(path)), ("channel", "category")) == []


def test_nothing_of_a_copy_is_lost_and_what_was_decided_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Texts where a time should stand stay for the load to count, a day that means never stays that day, and the words of a
    judgement stand in the mapping."""
    rows = ["工单编号,受理时间,派单时间,办结时间,办理时限,承办单位,满意度"]
    for i in range(60):
        closed = "已办结" if i == 7 else "9999-12-31" if i == 8 else f"2026-11-{20 + i % 5} 15:{i:02d}:00"
        rows.append(f"GD{i:03d},2026-11-{10 + i % 9} 08:00:00,2026-11-{10 + i % 9} 09:00:00,{closed},5个工作日,市水务局,基本满意")
    source = tmp_path / "orders.csv"
    source.write_bytes("\n".join(rows).encode("gb18030"))
    main(["draft", str(source), "--out", str(tmp_path / "out"), "--json"])
    told = json.loads(capsys.readouterr().out)
    doubts = {d["id"]: d for d in told["doubts"]}
    assert {"odd_times", "never_times", "satisfaction", "no_due", "no_handle"} <= doubts.keys()
    assert doubts["odd_times"]["why"]["zh"].startswith("1 行不是时间")
    copy = (tmp_path / "out" / "cases.csv").read_text(encoding="utf-8")
    assert (copy.count("已办结"), copy.count("9999-12-31")) == (1, 1)
    assert '"基本满意" = 4' in (tmp_path / "out" / "mapping.toml").read_text(encoding="utf-8")
    assert 'report = "承办单位"' in (tmp_path / "out" / "mapping.toml").read_text(encoding="utf-8")
