"""The repository stands alone: nothing in it points outside, and a copy in an empty folder imports and collects."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import fonts
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

#: What a checkout holds beside what is tracked.
MADE_HERE = {
    ".git",
    ".venv",
    "var",
    "tmp",
    "node_modules",
    "fonts",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
}
UPWARDS = re.compile(r"(?<![\w/])(?:[\w.-]+/)*\.\./[\w./-]*")
#: Folders that are somebody's own; what every Debian has (/tmp, /etc, /usr) may be named.
MACHINE = re.compile(r"(?<![\w.}*/])/(?:work|home|root|mnt|media|srv|Users|workspace|data)/[\w.-]")
BEYOND = re.compile(r"\bROOT\.parent\b|\bparents\[(\d+)\](\.parent)?")


def tracked() -> list[Path]:
    """The files of the repository, relative to its root; where git is not, those that are not made here."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = [Path(name) for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = []
    if Path("Makefile") not in found:
        found = [p.relative_to(ROOT) for p in ROOT.rglob("*") if p.is_file() and not MADE_HERE & set(p.relative_to(ROOT).parts)]
    return [p for p in found if (ROOT / p).is_file()]


def texts() -> Iterator[tuple[Path, int, str]]:
    """(file, number, line) of every text."""
    for path in tracked():
        try:
            lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        yield from ((path, i, line) for i, line in enumerate(lines, 1))


def leaves(path: Path, named: str) -> bool:
    """Whether ``named`` is outside of the project, or nothing in it as seen from the file's own folder (a path that is meant
    from where a command runs leads out, whichever folder the file is in)."""
    meant = Path(os.path.normpath(ROOT / path.parent / named))
    return not (meant.is_relative_to(ROOT) and meant.exists())


def faults_of(path: Path, line: str) -> list[str]:
    found = [named for named in UPWARDS.findall(line) if leaves(path, named)]
    found += [m[0] for m in MACHINE.finditer(line)]
    for m in BEYOND.finditer(line):
        if m[1] is None or int(m[1]) + bool(m[2]) >= len(path.parts):
            found.append(m[0])
    return found


@pytest.mark.parametrize(
    ("path", "line", "fault"),
    [
        ("data/sources/x.toml", "FROM read_csv('../elsewhere/log.csv')", "../elsewhere/log.csv"),
        ("data/sources/x.toml", "FROM read_csv('../../../other/log.csv')", "../../../other/log.csv"),
        ("data/sources/x.toml", 'file = "../cities/qufu.toml"', ""),
        ("tests/test_x.py", 'Path(__file__).parents[2] / "oracles.json"', "parents[2]"),
        ("tests/test_x.py", 'Path(__file__).resolve().parents[1].parent / "oracles.json"', "parents[1].parent"),
        ("tests/test_x.py", 'ROOT.parent / "oracles.json"', "ROOT.parent"),
        ("tests/test_x.py", "ROOT = Path(__file__).resolve().parents[1]", ""),
        ("data/source/x.py", 'SOURCES = Path(__file__).parents[1] / "sources"', ""),
        ("docs/x.md", "[a](../data/sources/sf_311.toml)", ""),
        ("Makefile", "cp /home/somebody/x .", "/home/s"),
        ("README.md", "see /analyst and data/cities/x.toml", ""),
    ],
)
def test_what_leaves_the_project_would_be_found(path: str, line: str, fault: str) -> None:
    assert faults_of(Path(path), line) == ([fault] if fault else [])


def test_no_file_names_a_path_outside_of_the_project() -> None:
    ours, made = Path("tests") / Path(__file__).name, Path("dashboard/plotly/plotly.min.js")  # by its own makers, of their files
    found = [
        f"{path}:{i}: {fault}"
        for path, i, line in texts()
        if path not in (ours, made)
        for fault in faults_of(path, line)
        if "/etc/passwd" not in line
    ]  # what an attacker asks the server for
    assert found == []
    assert len(tracked()) > 300


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's files and nothing else, alone in a folder."""
    place = tmp_path_factory.mktemp("alone") / "gridwall"
    for path in tracked():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, place / path)
    return place


def run(place: Path, *words: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": path, "HOME": str(place.parent), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
    )


@pytest.mark.soak
def test_a_copy_in_an_empty_folder_collects_every_test(copy: Path) -> None:
    told = run(copy, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
    assert told.returncode == 0, told.stdout[-2000:]
    collected = {line.split("::")[0] for line in told.stdout.splitlines() if "::" in line}
    assert collected == {str(p) for p in tracked() if p.parts[0] == "tests" and p.name.startswith("test_")}


def test_a_copy_without_a_single_program_beside_python_answers_from_its_samples(copy: Path) -> None:
    """No node, npm, chromium, fc-list: PATH is empty."""
    script = (
        "import sys; from dashboard.cli import main; "
        "sys.exit(sum(main(['read', 'throughput', '--mapping', m, '--json']) for m in ('permit_receipt', 'sf_311')))"
    )
    told = run(copy, "-c", script, path="")
    assert told.returncode == 0, told.stderr[-2000:]
    assert re.findall(r'"cases": (\d+)', told.stdout) == ["110", "500"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("", "npm is not installed; the wall uses the fonts of this machine (Debian: fonts-noto-cjk)"),
        ("echo 'npm ERR! network' >&2; exit 1", "could not be fetched (npm ERR! network)"),
        ("exit 0", "could not be fetched (no answer)"),
        ("exec /bin/sleep 60", "could not be fetched (no answer within 0.2 s)"),
    ],
)
def test_without_npm_or_network_the_fonts_are_those_of_the_machine_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], script: str, said: str
) -> None:
    if script:
        (tmp_path / "npm").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(fonts, "WAIT_S", 0.2 if "sleep" in script else 20)
    assert fonts.install(tmp_path / "fonts") is False
    assert said in capsys.readouterr().out
    assert not (tmp_path / "fonts").exists()


def test_the_readmes_test_command_is_what_ci_runs_in_its_clone() -> None:
    assert re.search(r"^make test\b", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert re.search(r"^\s*make test$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.M)


# ---------------------------------------------------------------- .ci/run, over a project whose make does little
MAKEFILE = """
lint:
\t@echo "linted in $$(pwd) with $$(ls -A | tr '\\n' ' ')"
test:
\t@sleep {seconds} & echo $$! > {note}
\t@{test}
"""


def project(place: Path, test: str = "true", seconds: int = 60) -> Path:
    """A folder with .ci/run and a Makefile whose test leaves a process behind; its number is in ``note``."""
    home = place / "project"
    (home / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", home / ".ci" / "run")
    (home / "Makefile").write_text(MAKEFILE.format(note=place / "note", test=test, seconds=seconds), encoding="utf-8")
    (home / ".venv").mkdir()
    (home / ".venv" / "big").write_text("x")
    return home


def commit(home: Path) -> None:
    (home / ".gitignore").write_text(".venv/\n")
    name = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], [*name, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=home, check=True, capture_output=True)
    (home / "not_committed").write_text("x")


def ci(home: Path) -> subprocess.Popen[str]:
    (home.parent / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [home / ".ci" / "run"],
        cwd=home.parent,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(home.parent / "tmp")},
    )


def nothing_is_left(place: Path) -> bool:
    """No process that the test left behind, and no folder."""
    number = int((place / "note").read_text())
    ended = not Path(f"/proc/{number}").exists() or "(sleep) Z" in Path(f"/proc/{number}/stat").read_text()
    return ended and not list((place / "tmp").iterdir())


@pytest.mark.parametrize("history", [True, False])
def test_ci_tests_what_is_committed_in_a_folder_of_its_own_and_leaves_nothing(tmp_path: Path, history: bool) -> None:
    home = project(tmp_path)
    if history:
        commit(home)
    with ci(home) as run:
        said, _ = run.communicate(timeout=30)
    assert run.returncode == 0, said
    linted = next(line for line in said.splitlines() if line.startswith("linted in "))
    assert str(home) not in linted
    assert ".ci Makefile" in linted.replace(".git ", "").replace(".gitignore ", "")
    assert "not_committed" not in linted
    assert ".venv" not in linted
    assert nothing_is_left(tmp_path)


def test_ci_fails_where_a_test_fails_and_leaves_nothing(tmp_path: Path) -> None:
    with ci(project(tmp_path, test="false")) as run:
        said, _ = run.communicate(timeout=30)
    assert run.returncode != 0, said
    assert nothing_is_left(tmp_path)


def test_ci_that_is_told_to_stop_stops_its_tests(tmp_path: Path) -> None:
    with ci(project(tmp_path, test="echo now; sleep 60")) as run:
        assert run.stdout is not None
        assert any(line == "now\n" for line in run.stdout)
        run.terminate()
        run.communicate(timeout=30)
    assert run.returncode == 143
    assert nothing_is_left(tmp_path)
