"""Every command explains itself: its own options, two examples that work, in two languages; and the docs agree with it."""

from __future__ import annotations

import argparse
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import VERSION
from dashboard.cli import asked_language, main, parser, with_action
from dashboard.parser import PROG, Parser
from data.errors import QueryError
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

_DATA = {"--city", "--mapping", "--source", "--facts"}
_ASKED = _DATA | {"--server", "--key"}
#: What each command takes, beside --help and --lang, and nothing else.
OWN: dict[str, set[str]] = {
    "serve": _DATA
    | {
        "--state",
        "--host",
        "--port",
        "--url",
        "--trusted-proxy",
        "--tick",
        "--demo",
        "--events",
        "--yes",
        "--source-limit",
        "--load-limit",
    },
    "demo": {"--city", "--source", "--events", "--seed", "--regime"},
    "writer": {"--city", "--source", "--rate", "--seed"},
    "read": _ASKED | {"--scope", "--back", "--at", "--json"},
    "metrics": {"--json", "--markdown"},
    "look": {"--out", "--only", "--all", "--url", "--city"},
    "faults": _ASKED | {"--json"},
    "check": {"--city", "--mapping", "--source", "--json", "--fast", "--case", "--load-limit"},
    "draft": {"--out", "--title", "--timezone", "--sheet", "--shapes", "--day-first", "--end", "--refresh", "--force", "--json"},
    "reconcile": _DATA | {"--load-limit"},
    "refit": _ASKED | {"--json"},
    "key": set(),
    "key add": {"--state"},
    "key revoke": {"--state"},
    "key rotate": {"--state", "--overlap", "--city", "--mapping"},
    "key list": {"--state", "--city", "--mapping"},
    "user": set(),
    "user list": {"--state", "--city", "--mapping"},
    "user add": {
        "--state",
        "--role",
        "--area",
        "--city",
        "--mapping",
        "--source",
        "--sensitive",
        "--password-stdin",
        "--generate",
    },
    "user role": {"--state", "--role", "--area", "--city", "--mapping", "--source", "--sensitive"},
    "user area": {"--state", "--area", "--city", "--mapping", "--source"},
    "user limit": {"--state", "--rows-per-hour"},
    "user password": {"--state", "--password-stdin", "--generate"},
    "user disable": {"--state"},
    "user enable": {"--state"},
    "user unlock": {"--state"},
    "audit": set(),
    "audit verify": {"--state", "--seen"},
    "audit prune": {"--state"},
    "audit list": {"--state", "--city", "--mapping", "--since", "--who", "--action", "--result", "--limit", "--json"},
    "completion": set(),
}


def walk(own: Parser, path: str = "") -> Iterator[tuple[str, Parser]]:
    yield path, own
    for name, below in own.choices_of().items():
        yield from walk(below, f"{path} {name}".strip())


ALL = dict(walk(parser()))


def parses(typed: str) -> bool:
    """Whether what is typed behind ``python -m dashboard`` is understood whole."""
    words = shlex.split(typed.split(" > ")[0])
    try:
        _, more = parser().parse_known_args(with_action(words))
    except SystemExit as end:
        return end.code == 0
    return not more


@pytest.mark.parametrize("path", ALL)
def test_every_help_has_two_examples_that_are_understood_and_are_its_own(path: str) -> None:
    own = ALL[path]
    assert len(own.examples) >= 2
    for typed, does in own.examples:
        assert parses(typed), typed
        assert typed.startswith(path), "of this command, not of another"
        assert does
        assert f"{PROG} {typed}" in own.format_help()
    assert len({typed for typed, _ in own.examples}) == len(own.examples)


@pytest.mark.parametrize("path", OWN)
def test_every_help_shows_its_own_options_and_no_other(path: str) -> None:
    assert set(ALL[path].option_strings()) == OWN[path] | {"--help", "--lang"}


def test_no_command_is_left_out_of_these_tests() -> None:
    assert set(ALL) - {""} == set(OWN)


@pytest.mark.parametrize("path", ALL)
def test_every_help_speaks_chinese_where_chinese_is_asked_for(path: str) -> None:
    own = dict(walk(parser("zh")))[path]
    said = own.format_help()
    assert said.startswith("用法：python -m dashboard")
    for action in own._actions:
        if action.help and action.help != argparse.SUPPRESS and action.help != "JSON":
            assert re.search(r"[\u4e00-\u9fff]", action.help), action.help
    for typed, does in own.examples:
        assert re.search(r"[\u4e00-\u9fff]", does) or does == "JSON", typed


def test_the_version_stands_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"GridWall {VERSION}\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "dashboard.VERSION"}


def test_help_is_shown_for_a_command_and_for_an_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: python -m dashboard audit [-h]")
    assert {"list", "verify", "prune"} <= set(out.split())
    assert main(["user", "area", "--help", "--lang", "zh"]) == 0
    assert "改范围" in capsys.readouterr().out


# -------------------------------------------------------------------- what was typed wrongly
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sreve"], "did you mean 'serve'?"),
        (["user", "lsit"], "did you mean 'list'?"),
        (["key"], "ACTION is missing"),
        ([], "COMMAND is missing"),
        (["read"], "name a metric, e.g. read stage_backlog"),
        (["user", "area"], "name the account"),
        (["read", "headline", "--sorce", "x"], "'--sorce' is not known here; did you mean '--source'?"),
        (["key", "add", "hall", "--source", "x"], "'--source' is not known here"),
        (["read", "headline", "more"], "'more' is not known"),
        (["demo", "--events", "many"], "--events 'many': write a whole number"),
        (["demo", "--seed"], "--seed needs a value"),
        (["metrics", "--json", "--markdown"], "not both"),
        (["completion", "powershell"], "known are: bash, zsh"),
        (["metrics", "--lang", "fr"], "--lang 'fr'"),
        (["demo", "--regime", "realstic"], "did you mean 'realistic'?"),
        (["writer", "--rate", "fast"], "write a number"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_typed_wrongly_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str, lang: str
) -> None:
    assert main(["--lang", lang, *words] if lang == "zh" and "--lang" not in words else words) == 2
    out = capsys.readouterr()
    assert (out.out, out.err.count("\n")) == ("", 1)
    assert "--help" in out.err
    if lang == "en":
        assert said in out.err
    elif "--lang" not in words:
        assert re.search(r"[\u4e00-\u9fff]", out.err)


def test_the_language_may_stand_anywhere_and_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked_language(["read", "headline"], {}) is None
    assert asked_language(["--lang", "zh", "read"], {}) == "zh"
    assert asked_language(["read", "--lang=en"], {"GRIDWALL_LANG": "zh"}) == "en"
    assert asked_language(["read"], {"GRIDWALL_LANG": "zh"}) == "zh"
    with pytest.raises(QueryError, match="write zh or en"):
        asked_language(["read"], {"GRIDWALL_LANG": "de"})
    monkeypatch.setenv("GRIDWALL_LANG", "de")
    assert main(["metrics"]) == 2
    assert "GRIDWALL_LANG 'de': write zh or en" in capsys.readouterr().err
    monkeypatch.setenv("GRIDWALL_LANG", "en")
    assert main(["metrics"]) == 0
    assert "Backlog by stage" in capsys.readouterr().out


def test_the_metrics_speak_the_language_asked_for_and_chinese_where_nobody_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics"]) == 0
    assert "各环节积压" in capsys.readouterr().out
    assert main(["metrics", "--lang", "en"]) == 0
    assert not re.search(r"[\u4e00-\u9fff]", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["read", "headlin"], "没有指标“headlin”，是否指“headline”？"),
        (["read", "headline", "--city", "qfu"], "没有这个城市，是否指“qufu”？"),
        (["serve", "--port", "abc"], "请写 1 至 65535 的数"),
        (["key", "add", "x", "--state", "nowhere"], "不是数据库地址"),
        (["audit", "--since", "last week"], "请写 7d、24h"),
        (["user", "add", "wang", "--role", "analist"], "没有角色“analist”"),
    ],
)
def test_a_fault_is_said_in_the_language_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--lang", "zh"]) == 2
    assert said in capsys.readouterr().err


def test_an_action_that_is_not_named_is_the_usual_one() -> None:
    assert with_action(["audit", "--since", "7d"]) == ["audit", "list", "--since", "7d"]
    assert with_action(["audit"]) == ["audit", "list"]
    assert with_action(["--lang", "zh", "audit", "--json"]) == ["--lang", "zh", "audit", "list", "--json"]
    assert with_action(["audit", "--help"]) == ["audit", "--help"]
    assert with_action(["audit", "verify"]) == ["audit", "verify"]
    assert with_action(["user", "--help"]) == ["user", "--help"]


# -------------------------------------------------------------------- the docs
def documented() -> list[tuple[str, str]]:
    """(file, what stands behind ``python -m dashboard``) of every command in the README and the docs."""
    found = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        block = [line.split(" #")[0].strip() for line in text.splitlines() if line.startswith("python -m dashboard ")]
        plain = re.sub(r"^python -m dashboard .*$", "", text, flags=re.M)
        inline = re.findall(r"`(python -m dashboard [^`<]+)`", plain)
        within = re.findall(r"<\((python -m dashboard [^)]+)\)", plain)
        found += [(path.name, typed.removeprefix("python -m dashboard ")) for typed in (*block, *inline, *within)]
    return found


@pytest.mark.parametrize(("file", "typed"), documented())
def test_every_command_in_the_docs_is_one_that_there_is(file: str, typed: str) -> None:
    if "|" in typed:  # a list of commands in the change log's manner
        assert {w.strip() for w in typed.split("|")} <= set(ALL)
    elif " " in typed:
        assert parses(typed), f"{file}: {typed}"
    else:
        assert typed in ALL, f"{file}: {typed}"


def test_the_docs_show_every_action_of_an_account() -> None:
    text = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    for name in ALL["user"].choices_of():
        assert re.search(rf"\b{name}\b", text), name
    assert len(documented()) > 20
    assert "GRIDWALL_LANG" in (ROOT / "README.md").read_text(encoding="utf-8")
