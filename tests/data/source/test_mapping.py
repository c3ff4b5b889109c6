"""A mapping file is refused where it enters, with every fault, its place and what to write instead."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from data.city.profile import load_profile
from data.errors import FileError
from data.source.contract import METADATA
from data.source.mapping import SOURCES, check_mapping
from data.source.mapping_file import load_mapping

GOOD = """
[mapping]
id = "m"
city = "qufu"
source = "sqlite:///x.sqlite"
[tables.event]
sql = "SELECT id, reported_at, changed FROM cases"
key = "id"
changed = "changed"
[tables.transition]
sql = "SELECT key, event, at, changed FROM steps"
changed = "changed"
[codes.stage]
open = "report"
"""


def fault(tmp_path: Path, old: str, new: str) -> str:
    """What is said in English; in Chinese every line has to say it too."""
    path = tmp_path / "m.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(FileError) as caught:
        load_mapping(path)
    for line in caught.value.told("zh").splitlines():
        assert re.search("[一-鿿]", line), line
    return str(caught.value)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(GOOD, encoding="utf-8")
    mapping = load_mapping(path)
    assert (mapping.mapping.overlap, mapping.zone.key, mapping.static) == (timedelta(seconds=60), "UTC", False)
    assert (mapping.code("stage", "open"), mapping.code("stage", "closed")) == ("report", "closed")


@pytest.mark.parametrize("name", sorted(p.stem for p in SOURCES.glob("*.toml")))
def test_every_mapping_that_comes_along_fits_its_city(name: str) -> None:
    mapping = load_mapping(name)
    check_mapping(mapping, load_profile(mapping.mapping.city))


def test_the_platforms_mapping_delivers_every_column_of_the_contract() -> None:
    for name, table in load_mapping("platform").tables.items():
        for column in METADATA.tables[name].columns:
            assert column.name in table.sql or column.name == "seq"  # its log is in the order of its keys


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('city = "qufu"', 'city = "qufu"\ntimezon = "UTC"', "mapping.timezon: unknown key; did you mean 'timezone'?"),
        ('city = "qufu"', 'city = "qufu"\ntimezone = "Asia/Shangai"', "'Asia/Shangai' is not a time zone"),
        ('city = "qufu"', 'city = "qufu"\noverlap = "soon"', "mapping.overlap: 'soon' is not a duration; write e.g."),
        ('"sqlite:///x.sqlite"', '"x.sqlite"', "mapping.source: 'x.sqlite' is not a URL"),
        ("[tables.event]", "[tables.events]", "tables.events: unknown table; did you mean 'event'?"),
        ('key = "id"', 'kee = "id"', "tables.event.kee: unknown key; did you mean 'key'?"),
        ('key = "id"', 'key = "ident"', "tables.event.key: no column of event is called 'ident'"),
        ("[codes.stage]", "[codes.stages]", "codes.stages: unknown code map; did you mean 'stage'?"),
        ("[codes.stage]", "[codes.action]", "codes.action.open: no action is called 'report'"),
        ("[codes.stage]", "[codes.severity]", "codes.severity.open: 'report' is no severity"),
        ('"SELECT id', '"DELETE FROM cases; SELECT id', "tables.event.sql:"),
        ("FROM cases", "FROM cases; DROP TABLE cases", "more than one statement"),
        ("[mapping]", "[mapping", "not TOML"),
    ],
)
def test_each_fault_has_its_place_and_its_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in fault(tmp_path, old, new)


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    found = fault(tmp_path, 'key = "id"', 'kee = "id"\nchangd = "x"')
    assert found.splitlines()[0].endswith("2 faults")


def test_a_mapping_without_its_log_is_refused(tmp_path: Path) -> None:
    head, _, tail = GOOD.partition("[tables.transition]")
    assert "tables.transition: is missing" in fault(tmp_path, GOOD, head + tail[tail.index("[codes") :])


def test_an_unknown_id_names_the_known_ones() -> None:
    with pytest.raises(FileError, match="did you mean 'platform'"):
        load_mapping("platfrom")


def test_where_the_source_stands_and_how_far_a_tick_reaches_back_do_not_ask_for_a_load(tmp_path: Path) -> None:
    mapping = load_mapping("platform")
    head = mapping.mapping
    moved = mapping.model_copy(
        update={"mapping": head.model_copy(update={"source": "sqlite:///other.sqlite", "overlap": timedelta(minutes=5)})}
    )
    zoned = mapping.model_copy(update={"mapping": head.model_copy(update={"timezone": "Asia/Shanghai"})})
    assert type(mapping).model_validate(moved.model_dump()).fingerprint == mapping.fingerprint
    assert type(mapping).model_validate(zoned.model_dump()).fingerprint != mapping.fingerprint
