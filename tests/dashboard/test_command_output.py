"""What the commands print is for people: names beside codes, the city's time beside UTC, case numbers; and a pipe may close."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.cli import NO_READER, main
from dashboard.commands import faults, read
from dashboard.listing import lines, width
from dashboard.progress import LoadBar
from dashboard.times import both, zone_of
from data.city.areas import find_area
from data.errors import QueryError
from data.text import Text
from tests.conftest import ROOT, copy_of

pytestmark = pytest.mark.slow

SHANGHAI = ZoneInfo("Asia/Shanghai")


# -------------------------------------------------------------------- instants
@pytest.mark.parametrize(
    ("utc", "precise", "said"),
    [
        ("2026-11-23T07:40:05", True, "2026-11-23 15:40:05 +08:00 (07:40:05Z)"),
        ("2026-11-23T07:40:05", False, "2026-11-23 15:40 +08:00 (07:40Z)"),
        ("2026-11-22T23:40:05", False, "2026-11-23 07:40 +08:00 (2026-11-22 23:40Z)"),
    ],
)
def test_an_instant_is_said_in_the_citys_time_and_utc(utc: str, precise: bool, said: str) -> None:
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert both(at, SHANGHAI, precise) == said
    assert both(round(at.timestamp() * 1000), SHANGHAI, precise) == said


def test_a_city_that_cannot_be_read_keeps_nobody_from_the_accounts(capsys: pytest.CaptureFixture[str]) -> None:
    assert zone_of(Namespace(city="qfu", mapping=None, lang="en")).key == "UTC"
    assert "the city's time is not known" in capsys.readouterr().err
    assert zone_of(Namespace(city=None, mapping=None, lang="en")).key == "Asia/Shanghai"


def test_columns_stand_under_each_other_where_a_letter_is_two_wide() -> None:
    listed = lines([["环节", "n"], ["办理 (handle)", "12"], ["x\ny", "3"]])
    assert [width(line[: line.rindex(line.split()[-1])]) for line in listed] == [15, 15, 15]


# -------------------------------------------------------------------- areas by name
AREAS = {"1": Text(zh="防山镇", en="Fangshan"), "11": Text(zh="中心村", en="Centre"), "21": Text(zh="中心村", en="Centre B")}


@pytest.mark.parametrize(
    ("place", "code"), [("1", "1"), ("防山镇", "1"), ("fangshan", "1"), ("Centre b", "21"), (" 防山镇 ", "1")]
)
def test_an_area_is_found_by_code_or_name(place: str, code: str) -> None:
    assert find_area("scope", place, AREAS) == code


def test_a_name_that_several_areas_have_is_answered_with_all_of_them() -> None:
    with pytest.raises(QueryError, match=r"2 areas have this name; write the code of one: 11 \(in 1\), 21 \(in 2\)") as caught:
        find_area("scope", "中心村", AREAS, lambda code: f"in {code[0]}")
    assert "有 2 个网格名为“中心村”" in caught.value.zh


@pytest.mark.parametrize(
    ("place", "en", "zh"),
    [
        ("防山", "did you mean '防山镇' (1)?", "是否指“防山镇”（1）？"),
        ("12", "did you mean '1' (Fangshan)?", "是否指“1”（防山镇）？"),
        ("x", "known are: 1 (Fangshan), 11 (Centre), 21 (Centre B)", "已有：1（防山镇）、11（中心村）、21（中心村）"),
    ],
)
def test_an_unknown_area_is_answered_with_names_beside_codes(place: str, en: str, zh: str) -> None:
    with pytest.raises(QueryError) as caught:
        find_area("area", place, AREAS)
    assert en in str(caught.value)
    assert zh in caught.value.zh


# -------------------------------------------------------------------- the demo city, read from its file
@pytest.fixture(scope="module")
def place(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a small city, an unknown stage in one row of its log, and its facts."""
    folder = tmp_path_factory.mktemp("output")
    database = copy_of(demo_city, folder)
    with contextlib.closing(sqlite3.connect(database)) as source, source:
        source.execute(
            "UPDATE transition SET stage = 'handel' WHERE key = (SELECT min(key) FROM transition WHERE stage = 'handle')"
        )
    with contextlib.chdir(folder):
        yield folder


def asked(place: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    os.chdir(place)
    given = [] if words[0] in ("metrics",) else ["--source", f"sqlite:///{place}/qufu.sqlite"]
    assert main([*words, *given]) == 0
    return capsys.readouterr().out


def test_a_reading_names_stages_and_areas_beside_their_codes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "2026-11-20T12:00")
    zh = asked(place, capsys, "read", "stage_backlog", "--scope", "防山镇", *at, "--lang", "zh")
    assert "防山镇 (370881111)" in zh.splitlines()[0]
    assert [line.split("  ")[0] for line in zh.splitlines()[2:5]] == ["上报 (report)", "受理 (accept)", "核实 (verify)"]
    en = asked(place, capsys, "read", "stage_backlog", "--scope", "370881111", *at)
    assert "Fangshan (370881111)" in en.splitlines()[0]
    assert [line.split()[2:] for line in zh.splitlines()[2:11]] == [line.split()[2:] for line in en.splitlines()[2:11]]
    assert [text.splitlines()[11:] for text in (zh, en)] == [["", "不含敏感类别"], ["", "without sensitive categories"]]


def test_the_name_of_an_area_gives_the_same_numbers_as_its_code(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "2026-11-20T12:00")
    by_name, by_code = (
        json.loads(asked(place, capsys, "read", "stage_backlog", *at, "--scope", scope, "--json"))
        for scope in ("防山镇", "370881111")
    )
    assert by_name == by_code
    assert by_name["scope"] == "370881111"
    assert by_name["names"]["stage"]["handle"] == {"zh": "办理", "en": "Handle"}
    assert (by_name["as_of"], by_name["as_of_local"]) == ("2026-11-20T04:00:00+00:00", "2026-11-20T12:00:00+08:00")


def test_a_case_is_named_by_its_number_and_its_limit_in_the_citys_time(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = asked(place, capsys, "read", "oldest_overdue")
    head, *rows = out.splitlines()[1:]
    assert "eid" not in head
    assert head.startswith("case_number")
    assert rows[0].startswith("QF-")
    assert "+08:00 (" in rows[0]
    assert "eid" in json.loads(asked(place, capsys, "read", "oldest_overdue", "--json"))["rows"][0], "a program may ask for it"


def test_a_rejected_row_is_told_with_the_number_of_its_case(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(asked(place, capsys, "faults", "--json"))
    with contextlib.closing(sqlite3.connect(place / "qufu.sqlite")) as source:
        numbers = {str(i): n for i, n in source.execute("SELECT id, case_number FROM event")}
        (event,) = source.execute("SELECT event FROM transition WHERE stage = 'handel'").fetchone()
    odd = next(r for r in found["rows"] if r["reason"] == "unknown_stage")
    assert (odd["event"], odd["case_number"]) == (event, numbers[str(event)]), "a row of the log leads to its event"
    early = next(r for r in found["rows"] if r["reason"] == "closes_before_report")
    assert early["case_number"] == numbers[early["row_key"]]
    said = asked(place, capsys, "faults", "--lang", "zh")
    assert said.startswith("搁置行 ")
    assert f"{numbers[str(event)]} ({event})" in said
    assert "+08:00 (" in said


def test_a_table_drops_no_id_where_a_case_has_no_number() -> None:
    found = {
        "metric": "oldest_overdue",
        "scope": "",
        "as_of": "2026-11-23T07:40:00+00:00",
        "snapshot": "D-1",
        "columns": [{"name": "eid", "unit": "id"}, {"name": "case_number", "unit": "text"}],
        "rows": [{"eid": 7, "case_number": ""}],
    }
    out = read.as_text(found, SHANGHAI, "en").splitlines()
    assert out[1].split() == ["eid", "(id)", "case_number", "(text)"]
    assert out[2].split() == ["7", "-"]
    assert out[0].endswith("snapshot D-1")


def test_a_server_of_another_version_that_tells_no_names_is_understood() -> None:
    found = {
        "metric": "stage_backlog",
        "scope": "370881111",
        "as_of": "2026-11-23T07:40:00+00:00",
        "snapshot": "D-1",
        "columns": [{"name": "stage", "unit": "code"}],
        "rows": [{"stage": "handle"}],
    }
    assert read.as_text(found, SHANGHAI, "zh").splitlines()[-1] == "handle"


# -------------------------------------------------------------------- a progress bar
class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_far_it_is_and_a_file_sees_nothing() -> None:
    seen, silent = Terminal(), io.StringIO()
    for stream in (seen, silent):
        with LoadBar("zh", stream) as bar:
            bar("read", 1, 4)
            bar("odd word", 3, 4)
    assert "读取源库" in seen.getvalue()
    assert " 25 %" in seen.getvalue()
    assert "odd word" in seen.getvalue()
    assert silent.getvalue() == ""


def test_a_bar_is_drawn_while_facts_load_and_not_afterwards(
    demo_city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["read", "stage_backlog", "--source", f"sqlite:///{copy_of(demo_city, tmp_path)}"]
    for drawn in (True, False):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        assert main(words) == 0
        assert ("working out the facts" in terminal.getvalue()) is drawn
    capsys.readouterr()


# -------------------------------------------------------------------- a pipe whose reader goes away
@contextlib.contextmanager
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """stdout is a pipe that was closed at its other end."""
    end, start = os.pipe()
    os.close(end)
    with monkeypatch.context() as patched, contextlib.suppress(BrokenPipeError), os.fdopen(start, "w") as out:
        patched.setattr(sys, "stdout", out)
        yield


@pytest.mark.parametrize(
    "words",
    [
        ["metrics"],
        ["metrics", "--json"],
        ["metrics", "--markdown"],
        ["--help"],
        ["user", "add", "--help"],
        ["--version"],
        ["completion", "bash"],
        ["key", "list"],
        ["user", "list"],
        ["audit"],
        ["audit", "--json"],
        ["audit", "verify"],
        ["audit", "prune"],
        ["key", "add", "left"],
    ],
)
def test_a_command_whose_reader_went_away_ends_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with nobody_reads(monkeypatch):
        assert main(words) == NO_READER
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "words", [["read", "stage_backlog"], ["read", "stage_backlog", "--json"], ["faults"], ["check"], ["reconcile"]]
)
def test_neither_does_one_that_asks_the_city(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: list[str]
) -> None:
    os.chdir(place)
    with nobody_reads(monkeypatch):
        assert main([*words, "--source", f"sqlite:///{place}/qufu.sqlite"]) == NO_READER
    assert "Traceback" not in capfd.readouterr().err


def test_the_interpreter_itself_says_nothing_as_it_ends(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "metrics", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    with process.stderr:
        said = process.stderr.read().decode()
    assert (process.wait(60), said) == (NO_READER, "")


# -------------------------------------------------------------------- completion
def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last of ``words``."""
    asks = (
        f"source {script}; COMP_WORDS=({' '.join(w or chr(39) * 2 for w in words)}); COMP_CWORD={len(words) - 1}; _gridwall; "
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "--norc", "-c", asks], capture_output=True, text=True, timeout=20, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("completion") / "bash"
    with path.open("w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        assert main(["completion", "bash"]) == 0
    return str(path)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["gridwall", "re"], ["read", "reconcile", "refit"]),
        (["python", "-m", "dashboard", "se"], ["serve"]),
        (
            ["/x/.venv/bin/python3", "-m", "dashboard", "user", ""],
            ["add", "list", "role", "area", "limit", "password", "disable", "enable", "unlock"],
        ),
        (["gridwall", "user", "add", "wang", "--ro"], ["--role"]),
        (["gridwall", "user", "add", "wang", "--role", "a"], ["analyst", "administrator", "auditor"]),
        (["gridwall", "read", "stage_b"], ["stage_backlog"]),
        (["gridwall", "read", "headline", "--sc"], ["--scope"]),
        (["gridwall", "metrics", "--lang", ""], ["zh", "en"]),
        (["gridwall", "serve", "--city", "q"], ["qufu"]),
        (["gridwall", "completion", ""], ["bash", "zsh"]),
        (["gridwall", "demo", "--regime", "rea"], ["realistic"]),
        (["python", "other.py", ""], []),
        (["gridwall", "key", "add", "--so"], []),
    ],
)
def test_bash_completes_commands_options_and_values(bash: str, words: list[str], offered: list[str]) -> None:
    assert completed(bash, *words) == offered


def test_zsh_is_given_the_same_tables(bash: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "zsh"]) == 0
    zsh = capsys.readouterr().out
    ours = Path(bash).read_text(encoding="utf-8")
    start = "_gridwall_below() {"
    assert zsh[zsh.index(start) : zsh.index("_gridwall() {")] == ours[ours.index(start) : ours.index("_gridwall() {")]
    assert "compdef _gridwall gridwall python python3" in zsh
    assert "COMP_WORDS" not in zsh, "that is bash's"


def test_nothing_that_is_printed_is_left_to_a_typed_word(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of a list in Chinese and in English say the same rows."""
    monkeypatch.chdir(tmp_path)
    assert main(["key", "add", "hall"]) == 0
    said: dict[str, Any] = {}
    for lang in ("zh", "en"):
        capsys.readouterr()
        assert main(["key", "list", "--lang", lang]) == 0
        said[lang] = capsys.readouterr().out.split()
    assert said["zh"][:-1] == said["en"][:-1]
    assert (said["zh"][-1], said["en"][-1]) == ("有效", "valid")


def test_faults_says_how_many_dates_mean_never() -> None:
    found = {"total": 0, "not_located": 0, "never": {"event.closed_at": 5}, "reasons": [], "rows": []}
    assert "5 rows say with a date that event.closed_at has not happened" in faults.as_text(found, ZoneInfo("UTC"), "en")
    assert "event.closed_at 有 5 行" in faults.as_text(found, ZoneInfo("UTC"), "zh")
