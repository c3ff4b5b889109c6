"""``python -m dashboard user`` and ``audit``: one line with the remedy on faulty input; every change is a line of the audit."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.cli import main
from data.access import passwords

GOOD = "Hall-left 9"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from argon2 import PasswordHasher

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, password: str = GOOD) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add"], "name the account"),
        (["add", "wang"], "give it a role, --role leader | analyst"),
        (["add", "wang", "--role", "analist"], "did you mean 'analyst'"),
        (["disable", "wang"], "there is no such account"),
        (["add", "demo", "--role", "leader", "--generate"], "not 'demo'"),
        (["add", "wang", "--role", "leader"], "give --password-stdin or --generate"),
    ],
)
def test_faulty_input_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    typed(monkeypatch)
    assert main(["user", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_an_account_from_the_first_word_to_the_last(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed(monkeypatch, "short")
    assert main(["user", "add", "wang", "--role", "analyst", "--password-stdin"]) == 2
    typed(monkeypatch)
    assert main(["user", "add", "Wang", "--role", "analyst", "--password-stdin", "--sensitive"]) == 0
    assert main(["user", "role", "wang", "--role", "leader"]) == 0
    assert main(["user", "password", "wang", "--generate"]) == 0
    made_up = capsys.readouterr().out.split("password: ")[1].split()[0]
    passwords.check_rules(made_up, "wang")
    assert main(["user", "disable", "wang"]) == 0
    capsys.readouterr()
    assert main(["user", "list"]) == 0
    listed = capsys.readouterr().out.split()
    assert (listed[0], listed[1], listed[2], listed[-2], listed[-1]) == ("wang", "leader", "city", "disabled", "sensitive")
    assert main(["audit", "--json", "--action", "user"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(e["what"], e["subject"]) for e in found] == [
        ("user disable", "wang"),
        ("user password", "wang"),
        ("user role", "wang leader"),
        ("user add", "wang analyst city sensitive"),
    ]
    assert all(e["who"].startswith("cli") for e in found)
    assert made_up.encode() not in Path("var/state.sqlite").read_bytes()


def test_an_area_is_looked_up_in_the_grid_and_one_that_cannot_be_is_said(
    monkeypatch: pytest.MonkeyPatch, demo_city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add = ["user", "add", "wang", "--role", "operator", "--password-stdin", "--area"]
    typed(monkeypatch)
    assert main([*add, "37088100", "--source", f"sqlite:///{demo_city}"]) == 2
    assert "did you mean '370881" in capsys.readouterr().err
    typed(monkeypatch)
    assert main([*add, "370881001", "--source", "sqlite:///away.sqlite"]) == 0
    assert "is taken as it is, since the grid cannot be read" in capsys.readouterr().err


def test_the_audit_is_verified_by_command_and_a_lost_row_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("left", "right"):
        assert main(["key", "add", name]) == 0
    capsys.readouterr()
    assert main(["audit", "verify"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 rows, none missing or altered")
    head = said.split("digest ")[1].split()[0]
    with closing(sqlite3.connect("var/state.sqlite")) as db, db:
        db.execute("DROP TRIGGER audit_kept")
        db.execute("DELETE FROM audit WHERE seq = 2")
    assert main(["audit", "verify"]) == 0
    assert main(["audit", "verify", "--seen", head]) == 2
    assert main(["audit", "--since", "last week"]) == 2
    assert "write 7d, 24h or an instant" in capsys.readouterr().err
