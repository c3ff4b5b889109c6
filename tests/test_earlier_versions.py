"""What an earlier version wrote opens under this one: accounts, sessions, screen keys, audit, acknowledgements, facts.

``tests/versions/<version>`` holds small stores as that version wrote them on 2026-11-30, and in facts.json all rows of its facts.
When a version is made, a folder is added; none is ever changed.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from data.access.accounts import Accounts, LoginRefusedError
from data.access.acknowledgements import Acknowledgements
from data.access.audit import Audit
from data.access.case_limits import CaseLimits
from data.access.screen_keys import screens
from data.access.sessions import Sessions
from data.access.store import State, digest
from data.alarms.lives import Lives
from data.city.profile import Alarms
from data.facts.store import Facts
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync
from tests.screens import valid_digests
from tests.sync_harness import NOW, _clock, city, everything

VERSIONS = sorted(p for p in (Path(__file__).parent / "versions").iterdir() if p.is_dir())
LOOKED = datetime(2026, 11, 30, 18, 50, tzinfo=UTC)
PASSWORD = "Old-Password-2026"
KEY = "fIKT9zZpNh7IpeiN3Pm4hh7k77Mqh_Ek"
SESSION = "omFwOWM3Ad4ycManipvLAH3_sMMcoO_bDTWAHLisfKE"
HEAD = "54ae6adaa0b9c1d7766b6fa4319f2d556b35c4ba75e5528e8ee7ea221693a8e3"


@pytest.fixture(params=VERSIONS, ids=lambda p: p.name)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the stores of an earlier version, to be opened and written to."""
    for packed in request.param.glob("*.gz"):
        (tmp_path / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    (tmp_path / "facts.json").write_text((request.param / "facts.json").read_text())
    return tmp_path


@pytest.fixture
def state(kept: Path) -> State:
    return State(f"sqlite:///{kept / 'state.sqlite'}")


def test_accounts_log_in_with_their_passwords_roles_and_areas(state: State) -> None:
    accounts = Accounts(state)
    assert {(a.name, a.role, a.area, a.sensitive, a.disabled_at is not None) for a in accounts.all()} == {
        ("wang", "analyst", "", True, False),
        ("li", "operator", "370881002", False, False),
        ("gone", "leader", "", False, True),
    }
    assert accounts.check("wang", PASSWORD, LOOKED).role == "analyst"
    with pytest.raises(LoginRefusedError):
        accounts.check("gone", PASSWORD, LOOKED)
    with pytest.raises(LoginRefusedError):
        accounts.check("wang", "another password", LOOKED)
    accounts.add("new", "auditor", PASSWORD, LOOKED)
    assert accounts.check("new", PASSWORD, LOOKED).role == "auditor"


def test_a_session_goes_on_and_ends_when_it_would_have(state: State) -> None:
    sessions = Sessions(state)
    assert sessions.live(LOOKED)[digest(SESSION)].name == "wang"
    assert digest(SESSION) not in sessions.live(LOOKED + timedelta(days=30))


def test_a_screen_opens_with_its_key_and_a_revoked_one_does_not(state: State) -> None:
    assert [(s.name, s.revoked_at is not None) for s in screens(state, LOOKED)] == [("hall", False), ("old-hall", True)]
    valid = valid_digests(state, LOOKED)
    assert [key.screen for key in valid.values()] == ["hall"]
    assert digest(KEY) in valid


def test_the_audits_chain_holds_and_goes_on(state: State) -> None:
    audit = Audit(state)
    assert audit.verify(HEAD)[0] == 9, "the eight that were verified there, and that somebody read them"
    audit.write(LOOKED, "cli", "key add", "another", "ok")
    assert audit.verify(HEAD)[0] == 10
    first = audit.rows(limit=100)[-1]
    assert (first.what, first.subject) == ("user add", "wang analyst city sensitive")


def test_limits_and_what_was_acknowledged_hold(state: State) -> None:
    assert CaseLimits(state).all()["analyst"] == 1234
    held = Acknowledgements(state, LOOKED)
    case, alarm = held.of("case", "17"), held.of("alarm", "stage:handle")
    assert case is not None
    assert (case.note, case.user, case.area) == ("两次上门，等配件", "wang", "370881002")
    assert alarm is not None
    assert alarm.note == "已派增援"
    held.close()


def test_alarms_begin_to_be_kept_beside_what_was_acknowledged(state: State) -> None:
    lives = Lives(state, Alarms(), ZoneInfo("Asia/Shanghai"), LOOKED)
    row = {"kind": "stage", "code": "handle", "severity": "watch", "raises": True, "observed": 60.0, "excess": 2.0}
    shown, _ = lives.follow("", pd.DataFrame([row]), LOOKED)
    assert shown["code"].tolist() == ["handle"]
    lives.close()
    again = Lives(state, Alarms(), ZoneInfo("Asia/Shanghai"), LOOKED + timedelta(minutes=5))
    assert again.subjects("") == {"stage:handle"}
    again.close()


def test_facts_hold_every_row_and_go_on(kept: Path) -> None:
    """Opened, and read on from the source that they were read from: a tick adds nothing, loses nothing, moves nothing."""
    rows = json.loads((kept / "facts.json").read_text())["rows"]
    source = Source.open(f"sqlite:///{kept / 'platform.sqlite'}", load_mapping("platform"))
    with Facts.open(f"duckdb:///{kept / 'facts.duckdb'}") as facts:
        assert everything(facts) == rows
        with facts.writing() as writer:
            writer.meta({"source": source.name})  # it lies in another folder here
        sync = Sync(source, facts, city(), _clock())
        if sync.stale():
            sync.load(NOW)
        else:
            sync.tick(NOW)
        assert everything(facts) == rows
