"""The locks hold what is asked for, pinned and hashed, and agree with each other."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import npm
from tests.conftest import ROOT

ASKED = {"requirements.lock": ROOT / "requirements.txt", "tests/requirements.lock": ROOT / "tests" / "requirements.txt"}
HASHED = re.compile(r"(?P<what>[^\\]+?)(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


def requirements(path: Path) -> list[Requirement]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def locked(path: Path) -> dict[str, Requirement]:
    """By name, those that this Python takes; fails where a line of the file is anything but a pin with its hashes."""
    text = path.read_text(encoding="utf-8")
    entries = list(HASHED.finditer(text))
    assert "".join(m[0] for m in entries) == text, "a line that is neither a pin nor a hash of one"
    found = [r for m in entries if (r := Requirement(m["what"].strip())).marker is None or r.marker.evaluate()]
    by_name: dict[str, Requirement] = {canonicalize_name(r.name): r for r in found}
    assert len(by_name) == len(found), "a package that stands twice"
    return by_name


def pin(requirement: Requirement) -> str:
    (only,) = requirement.specifier
    assert only.operator == "==", requirement
    return only.version


@pytest.mark.parametrize("lock", ASKED)
def test_what_is_asked_for_is_locked_at_its_version_with_hashes(lock: str) -> None:
    held = locked(ROOT / lock)
    asked = {canonicalize_name(r.name): pin(r) for r in requirements(ASKED[lock])}
    assert {name: pin(held[name]) for name in asked} == asked
    assert all(r.url is None for r in held.values()), "a package from an address of its own"


def test_the_tests_run_on_what_the_wall_runs_on() -> None:
    run, tests = (locked(ROOT / lock) for lock in ASKED)
    both = run.keys() & tests.keys() - {"urllib3"}  # selenium asks for 1.26; nothing of the product imports it
    assert {n: pin(run[n]) for n in both} == {n: pin(tests[n]) for n in both}


def test_what_is_installed_here_is_what_is_locked() -> None:
    held = locked(ROOT / "requirements.lock") | locked(ROOT / "tests" / "requirements.lock")
    assert {name: version(name) for name in held} == {name: pin(r) for name, r in held.items()}


def test_the_packages_of_the_scripts_tests_are_pinned_with_a_digest_and_name_no_registry() -> None:
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    held = json.loads(text)["packages"]
    assert asked.keys() & {"dependencies", "scripts"} == set(), "the product takes nothing from npm"
    assert {n: held[f"node_modules/{n}"]["version"] for n in asked["devDependencies"]} == asked["devDependencies"]
    assert [n for n, p in held.items() if n and not (p["integrity"].startswith("sha512-") and p["dev"])] == []
    assert '"resolved"' not in text


def test_the_registry_is_the_one_that_npm_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        monkeypatch.delenv(name, raising=False)
    assert npm.registry(tmp_path / "none") == npm.PUBLIC
    (tmp_path / "npmrc").write_text("fund=false\n registry = http://mirror.city.example/npm\n", encoding="utf-8")
    assert npm.registry(tmp_path / "npmrc") == "http://mirror.city.example/npm/"
    monkeypatch.setenv("npm_config_registry", "http://other.city.example/")
    assert npm.registry(tmp_path / "npmrc") == "http://other.city.example/"
