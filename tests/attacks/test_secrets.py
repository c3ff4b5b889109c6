"""attack.secrets: what others on the machine, in the logs or at /healthz may see of passwords and of our files."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.place import command, environment, free_port
from dashboard.cli import main
from dashboard.logs import MaskingFormatter
from data.access.store import State
from data.errors import FileError, SourceError
from data.secrets import masking
from data.secrets.masking import HIDDEN, masked, remember, secrets_of
from data.secrets.private_files import create_private, tighten, tighten_folder, write_private
from tests.conftest import Running

SECRET = "Ge-heim/7@x?y"  # with what ends a password for whoever looks no further
TELLING = (
    "password",
    "passwd",
    "PWD",
    "sslpassword",
    "sslkey",
    "ssl_key",
    "motherduck_token",
    "api_key",
    "client_secret",
    "passphrase",
    "pass%77ord",
    "key",
)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    before = dict(masking._remembered)
    masking._remembered.clear()
    yield
    masking._remembered.clear()
    masking._remembered.update(before)


# -------------------------------------------------------------------- one function, over the shapes of URLs
SCHEMES = st.sampled_from(["postgresql+psycopg", "postgresql", "mysql+pymysql", "mariadb", "mssql+pyodbc", "oracle", "https"])
WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=8)
#: A secret that is in nothing else; what may stand in a URL as it is, the rest percent-encoded.
SECRETS = st.text("ABCXYZ019!$*+,;:@/?#&=%~ .密", min_size=0, max_size=10).map(lambda s: f"Zq{s}Qz")


@st.composite
def urls(draw: st.DrawFn) -> tuple[str, list[str]]:
    """(a URL, the secrets in it as they are written there)."""
    held: list[str] = []

    def secret(raw: bool) -> str:
        plain = draw(SECRETS)
        spelled = plain if raw else draw(st.sampled_from([quote(plain, safe=""), quote_plus(plain)]))
        held.append(spelled)
        return spelled

    user, host = draw(WORDS), draw(st.sampled_from(["db.city.example", "10.0.0.7", "[2001:db8::1]", "localhost"]))
    userinfo = draw(st.sampled_from(["", "name", "both", "raw"]))
    text = draw(SCHEMES) + "://"
    if userinfo:
        raw = secret(True).replace("?", "").replace("&", "").replace("#", "") if userinfo == "raw" else ""
        if raw:
            held[-1] = raw
        text += user + (":" + (raw or secret(False)) if userinfo != "name" else "") + "@"
    text += host + draw(st.sampled_from(["", ":5432"])) + "/" + draw(WORDS)
    pairs = [f"{draw(WORDS)}={draw(WORDS)}"] * draw(st.integers(0, 1))
    for name in draw(st.lists(st.sampled_from(TELLING), max_size=3)):
        pairs.append(f"{name}={secret(False)}")
    if draw(st.booleans()):
        odbc = f"DRIVER=x;UID={user};PWD={draw(SECRETS).replace(';', '').replace(' ', '')};Encrypt=yes"
        held.append(odbc.split("PWD=")[1].split(";")[0])
        pairs.append(f"odbc_connect={quote_plus(odbc)}")
    pairs = draw(st.permutations(pairs))
    return text + ("?" + "&".join(pairs) if pairs else ""), held


@pytest.mark.slow
@given(urls())
@settings(deadline=None, max_examples=150)
def test_no_shape_of_url_shows_its_secret_and_what_is_none_visits(found: tuple[str, list[str]]) -> None:
    url, held = found
    shown = masked(url)
    for secret in held:
        assert secret not in shown, (url, shown)
    assert shown.partition("://")[0] == url.partition("://")[0]
    assert masked(shown) == shown, "once is enough"
    if not held:
        assert shown == url


@given(
    urls(),
    st.sampled_from(["{}", "cannot connect to '{}': refused", "invalid dsn: {}\nnext line", '{{"url": "{}"}}', "at {} and {}"]),
)
@settings(deadline=None, max_examples=80)
def test_no_sentence_around_a_url_shows_its_secret(found: tuple[str, list[str]], said: str) -> None:
    url, held = found
    if any(set(s) & set(" '\"") for s in held):
        remember(url)  # as the program does with every address that it is given
    shown = masked(said.format(url, url))
    for secret in held:
        assert secret not in shown, shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:geheim@host/db", "postgresql://u:***@host/db"),
        ("postgresql://:geheim@host/db", "postgresql://:***@host/db"),
        ("postgresql://u:a/b?c#d@h:5/db?x=1", "postgresql://u:***@h:5/db?x=1"),
        ("mysql+pymysql://u:a b@h/db", "mysql+pymysql://u:***@h/db"),
        ("postgresql://h/db?user=u&password=geheim&a=b", "postgresql://h/db?user=u&password=***&a=b"),
        ("postgresql://h/db?sslcert=/c&sslkey=/k&sslpassword=x", "postgresql://h/db?sslcert=/c&sslkey=***&sslpassword=***"),
        ("host=h user=u password='it''s' dbname=d", "host=h user=u password=*** dbname=d"),
        ("Server=h;Uid=u;Pwd=geheim;", "Server=h;Uid=u;Pwd=***;"),
        ("{'user': 'u', 'password': 'a\\'b'}", "{'user': 'u', 'password': ***}"),
        ('connect(host="h", password="geheim")', 'connect(host="h", password=***)'),
        ("GET /wall?key=abc&lang=en", "GET /wall?key=***&lang=en"),
    ],
)
def test_what_tells_of_a_secret_is_hidden_wherever_it_stands(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///var/state.sqlite",
        "duckdb:///:memory:",
        "postgresql://reader@host/platform",
        "export.csv",
        "http://127.0.0.1:8050/wall",
        "Access denied for user 'u'@'localhost' (using password: YES) (error 1045)",
        'password authentication failed for user "u"',
        "password: 10 to 128 characters, this has 9",
        "key 'hall': no screen of this name has a valid key; 'key list' names them",
        "http://127.0.0.1:8050 is no wall; write to a@b",
        "2 faults\n  stages.1.limit: '2 hours' is not a time limit",
        "",
    ],
)
def test_what_tells_of_none_visits_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_a_password_that_a_driver_repeats_bare_or_in_part_is_hidden_once_its_address_is_known() -> None:
    url = f"postgresql+psycopg://reader:{quote(SECRET, safe='')}@db/platform?sslpassword=Zweit-9"
    assert {SECRET, quote(SECRET, safe=""), "Zweit-9"} <= secrets_of(url)
    remember(url, "postgresql://reader:Ge-heim@ss@db/x")
    for said in (
        f"invalid password {SECRET}",
        f"conn = ('db', {SECRET!r})",
        f"%{quote(SECRET)}",
        'could not translate host name "ss@db"',
        "Zweit-9 is no key",
    ):
        shown = masked(said)
        assert HIDDEN in shown, said
        assert SECRET not in shown
    assert str(SourceError(f"no: {SECRET}", f"不行：{SECRET}")) == f"no: {HIDDEN}"
    assert SourceError("x", f"不行：{SECRET}").zh == f"不行：{HIDDEN}"
    assert SECRET not in str(FileError("city.toml", [("mapping.source", f"'{SECRET}' is no URL")]))


def test_a_traceback_in_the_log_is_masked() -> None:
    url = f"mysql://reader:{SECRET}@db/x"
    remember(url)
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(MaskingFormatter("%(message)s"))
    log = logging.Logger("test")
    log.addHandler(handler)
    try:
        raise OSError(f"cannot reach {url}")
    except OSError as error:
        log.exception("tick failed: %s (%s)", error, {"password": SECRET})
    assert "Traceback" in out.getvalue()
    assert "mysql://reader:***@db/x" in out.getvalue()
    assert SECRET not in out.getvalue()


def test_what_ends_the_program_unforeseen_is_masked(tmp_path: Path) -> None:
    program = (
        "from dashboard.logs import mask_tracebacks; mask_tracebacks(); import threading\n"
        f"def fail(): raise OSError('postgresql://u:{SECRET}@h/db')\n"
        "t = threading.Thread(target=fail); t.start(); t.join(); fail()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("OSError: postgresql://u:***@h/db") == 2
    # the line of source that a traceback shows is the program's own
    assert SECRET not in re.sub(r"^ .*$", "", done.stderr, flags=re.M)


# -------------------------------------------------------------------- files
def modes(place: Path) -> dict[str, int]:
    return {str(p.relative_to(place)): p.stat().st_mode & 0o777 for p in [place, *place.rglob("*")] if not p.is_symlink()}


def test_what_is_there_already_is_tightened_and_nothing_of_others(tmp_path: Path) -> None:
    var, outside = tmp_path / "var", tmp_path / "outside.txt"
    (var / "draft-x").mkdir(parents=True)
    for name in (
        "state.sqlite",
        "facts.duckdb",
        "facts.duckdb.wal",
        "facts.duckdb.damaged",
        "server.log",
        "draft-x/mapping.toml",
    ):
        (var / name).write_text("x")
        (var / name).chmod(0o664)
    (var / "run.sh").write_text("x")
    (var / "run.sh").chmod(0o755)
    outside.write_text("x")
    outside.chmod(0o644)
    (var / "link").symlink_to(outside)
    var.chmod(0o755)
    tighten_folder(var)
    found = modes(var)
    assert found.pop(".") == 0o700
    assert found.pop("draft-x") == 0o700
    assert set(found.values()) == {0o600}
    assert outside.stat().st_mode & 0o777 == 0o644
    tighten_folder(tmp_path / "nowhere")
    (tmp_path / "named.duckdb").write_text("x")
    (tmp_path / "named.duckdb").chmod(0o666)
    tighten(tmp_path / "named.duckdb")
    assert (tmp_path / "named.duckdb").stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 != 0o600, "a folder that is named may be somebody else's"


def test_a_note_is_private_from_its_first_byte_and_follows_no_link(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (tmp_path / "kept").write_text("kept")
        (tmp_path / "note").symlink_to(tmp_path / "kept")
        write_private(tmp_path / "note", "token")
        create_private(tmp_path / "empty")
    finally:
        os.umask(before)
    assert (tmp_path / "kept").read_text() == "kept"
    assert modes(tmp_path)["note"] == modes(tmp_path)["empty"] == 0o600


@contextlib.contextmanager
def loose_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.slow
def test_a_running_wall_keeps_its_files_and_its_secrets_to_itself(tmp_path: Path) -> None:
    """The demo with its writer, started with the loosest umask over a ``var/`` that everybody may read."""
    var = tmp_path / "var"
    var.mkdir()
    with loose_umask():
        State(f"sqlite:///{var}/state.sqlite").close()
        for name in ("state.sqlite", "old.log"):
            (var / name).touch()
            (var / name).chmod(0o644)
        var.chmod(0o755)
        running = Running(tmp_path, "--demo", "--events", "600")
        try:
            running.start()
            main(["key", "add", "hall", "--state", f"sqlite:///{var}/state.sqlite"])
            with socket.create_connection(("127.0.0.1", running.port)) as screen:  # the writer begins once somebody looks on
                screen.sendall(b"GET /live?page=overview HTTP/1.1\r\nHost: localhost\r\n\r\n")
                writer = until_child(running, "writer")
            loose = {name: oct(mode) for name, mode in modes(var).items() if mode & 0o077}
            assert loose == {}
            assert {"state.sqlite", "qufu.sqlite", "old.log"} <= set(modes(var))
            assert any(name.endswith(".duckdb") for name in modes(var))
            assert any(name.endswith(".duckdb.wal") for name in modes(var)), "and what the database writes beside it"
            assert any(name.endswith(".server") for name in modes(var))
            assert "--source" not in writer
            assert "qufu.sqlite" not in writer
        finally:
            running.kill()
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def until_child(running: Running, word: str) -> str:
    """The command line of the server's child that has ``word`` in it."""
    assert running.process is not None
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and f"\nPPid:\t{running.process.pid}\n" in (entry / "status").read_text():
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if word in line.split():
                        return line
        time.sleep(0.1)
    raise AssertionError(f"no child '{word}'")


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://reader:{q}@127.0.0.1:1/platform?sslpassword={q}",
        pytest.param("mysql+pymysql://reader:{q}@127.0.0.1:1/platform", marks=pytest.mark.soak),
        pytest.param("postgresql+psycopg://127.0.0.1:1/platform?user=reader&password={q}", marks=pytest.mark.soak),
    ],
    ids=["postgresql", "mysql", "query"],
)
def test_a_source_that_is_away_is_named_without_its_password_everywhere(tmp_path: Path, address: str) -> None:
    url = address.format(q=quote(SECRET, safe=""))
    port = free_port()
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command("serve", "--port", str(port)),
            cwd=tmp_path,
            stdout=log,
            stderr=log,
            env={**environment(), "GRIDWALL_SOURCE": url},
        )
    running = Running(tmp_path)
    running.port, running.base, running.process = port, f"http://127.0.0.1:{port}", process
    try:
        end, health = time.monotonic() + 60, dict[str, Any]()
        while not health.get("last_fault") and time.monotonic() < end:
            with contextlib.suppress(OSError):
                health = running.health()
            time.sleep(0.1)
        assert "127.0.0.1" in health["last_fault"]
        command_line = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
    finally:
        running.kill()
    told = (tmp_path / "server.log").read_text() + json.dumps(health, ensure_ascii=False) + command_line
    for spelled in (SECRET, quote(SECRET, safe=""), quote_plus(SECRET), SECRET.partition("@")[2]):
        assert spelled not in told
    assert "reader" in told
    assert "在进程列表中" not in told
    assert "list of processes" not in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["serve", "--port", "abc", "--source", "postgresql://u:geheim@h/db"], "GRIDWALL_SOURCE"),
        (["check", "--source", "mysql+pymysql://h/db?password=geheim", "--city", "qfu"], "GRIDWALL_SOURCE"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_password_on_the_command_line_is_said_with_the_way_around_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str, lang: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--lang", lang]) == 2
    err = capsys.readouterr().err
    assert said in err.splitlines()[0]
    assert ("进程列表" in err) == (lang == "zh")
    assert "geheim" not in err
