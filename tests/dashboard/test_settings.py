"""Settings: what is given wins over the environment, which wins over the defaults; faults say what to write instead."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from dashboard.settings import SettingError, resolve, shown
from data.errors import FileError
from tests.conftest import ROOT


def test_the_mapping_alone_names_city_and_source() -> None:
    settings = resolve(Namespace(mapping="permit_receipt"), {})
    assert settings.profile.city.id == "permit"
    assert settings.source == "samples/permit_receipt.csv"


def test_one_facts_file_per_source_mapping_and_city() -> None:
    urls = {
        resolve(Namespace(source="sqlite:///var/a.sqlite"), {}).facts,
        resolve(Namespace(source="sqlite:///var/b.sqlite"), {}).facts,
        resolve(Namespace(mapping="permit_receipt"), {}).facts,
    }
    assert len(urls) == 3
    assert resolve(Namespace(), {}).facts == resolve(Namespace(), {}).facts


def test_an_option_wins_over_the_environment() -> None:
    assert resolve(Namespace(port="9001"), {"GRIDWALL_PORT": "9002"}).port == 9001
    assert resolve(Namespace(), {"GRIDWALL_PORT": "9002"}).port == 9002
    assert resolve(Namespace(), {}).host == "127.0.0.1"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"port": "80a"}, "write a number from 1 to 65535"),
        ({"port": "0"}, "write a number"),
        ({"tick": "soon"}, "write seconds"),
        ({"source": "qufu.sqlite"}, "is not a database URL"),
    ],
)
def test_a_faulty_setting_is_refused_with_a_remedy(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        resolve(Namespace(**given), {})


def test_an_unknown_city_is_answered_with_the_nearest() -> None:
    with pytest.raises(FileError, match="did you mean 'qufu'"):
        resolve(Namespace(city="qfu"), {})


def test_a_password_is_never_shown() -> None:
    assert "geheim" not in shown("postgresql+psycopg://reader:geheim@db/city")


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("10.1.2.3", False)]
)
def test_which_addresses_are_our_own(host: str, loopback: bool) -> None:
    assert resolve(Namespace(host=host), {}).loopback is loopback


def test_a_mapping_that_names_its_city_by_the_path_of_a_file_keeps_its_own_source(tmp_path: Path) -> None:
    ours = ROOT / "data"
    mapping = tmp_path / "ours.toml"
    text = (ours / "sources" / "platform.toml").read_text(encoding="utf-8")
    mapping.write_text(text.replace('"qufu"', f'"{ours}/cities/qufu.toml"').replace("var/qufu", "var/theirs"), encoding="utf-8")
    assert resolve(Namespace(mapping=str(mapping)), {}).source == "sqlite:///var/theirs.sqlite"
