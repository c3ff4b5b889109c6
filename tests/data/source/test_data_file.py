"""A source that is a data file: named by the mapping or by --source, found in two places, read anew when it changes."""

from __future__ import annotations

import gzip
import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dashboard.settings import SettingError, resolve, shown
from data.city.profile import load_profile
from data.demo.generate import generate
from data.errors import FileError, SourceError
from data.secrets.masking import masked
from data.source.bulk import bulk
from data.source.files import SUFFIXES, is_data_file
from data.source.mapping import SOURCES, Mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

MAPPING = '''
[mapping]
id = "ours"
city = "qufu"
source = "log.csv"
[tables.event]
sql = "SELECT id, opened AS reported_at FROM read_csv({source}, header = true, all_varchar = true)"
[tables.transition]
sql = """
  SELECT id AS key, id AS event, 'report' AS stage, opened AS at
  FROM read_csv('{source}', header = true, all_varchar = true)"""
'''


def log(path: Path, *ids: str) -> Path:
    path.write_text("id,opened\n" + "".join(f"{i},2026-11-20 08:10\n" for i in ids), encoding="utf-8")
    return path


def mapped(folder: Path, *changes: tuple[str, str]) -> Mapping:
    text = MAPPING
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ours.toml").write_text(text, encoding="utf-8")
    return load_mapping(folder / "ours.toml")


def ids(source: Source) -> list[str]:
    """The ids as a tick reads them, which the bulk load reads likewise, from both SELECTs."""
    with source.reading() as reading:
        found = sorted(map(str, reading.rows(reading.sql_of("event")).column("id")))
    with bulk(source) as whole:
        for table, column in (("event", "id"), ("transition", "event")):
            assert sorted(map(str, whole(table)[column].to_pylist())) == found
    source.close()
    return found


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def test_a_file_is_found_in_the_working_directory_else_beside_the_mapping(tmp_path: Path, elsewhere: Path) -> None:
    mapping = mapped(tmp_path / "mappings")
    log(tmp_path / "mappings" / "log.csv", "1")
    assert ids(Source.open(None, mapping)) == ["1"]
    log(elsewhere / "log.csv", "2", "3")
    assert ids(Source.open(None, mapping)) == ["2", "3"]
    log(tmp_path / "mappings" / "other.csv", "4")
    assert ids(Source.open("other.csv", mapping)) == ["4"], "one that is named goes the same way"
    assert ids(Source.open(str(elsewhere / "log.csv"), mapping)) == ["2", "3"]


def test_the_users_home_may_be_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    log(tmp_path / "receipt.csv", "7")
    assert ids(Source.open("~/receipt.csv", mapped(tmp_path))) == ["7"]


@pytest.mark.parametrize(
    "name",
    [
        "O'Neil's.csv",
        "100%.csv",
        "a:since.csv",
        "$1.csv",
        "export [1].csv",
        "问题 导出.csv",
        "{0}.csv",
        "what?.csv",
        r"back\slash.csv",
    ],
)
def test_any_name_of_a_file_is_read(tmp_path: Path, name: str) -> None:
    log(tmp_path / "export 1.csv", "9")  # what a glob would take "export [1].csv" for
    log(tmp_path / "whatx.csv", "9")
    source = Source.open(str(log(tmp_path / name, "1")), mapped(tmp_path))
    assert ids(source) == ["1"]
    assert source.files() == [tmp_path / name]


def test_a_glob_is_all_its_files_and_a_new_one_is_a_change(tmp_path: Path) -> None:
    log(tmp_path / "2026-10.csv", "1")
    log(tmp_path / "2026-11.csv", "2", "3")
    source = Source.open(str(tmp_path / "2026-*.csv"), mapped(tmp_path))
    assert ids(source) == ["1", "2", "3"]
    before = source.file_state()
    log(tmp_path / "2026-12.csv", "4")
    assert source.file_state() != before
    assert ids(source) == ["1", "2", "3", "4"]
    log(tmp_path / "deep.csv", "5")
    assert ids(Source.open(str(tmp_path / "**" / "*.csv"), mapped(tmp_path))) == ["1", "2", "3", "4", "5"]


def test_a_file_that_was_written_anew_is_a_change(tmp_path: Path) -> None:
    source = Source.open(str(log(tmp_path / "log.csv", "1")), mapped(tmp_path))
    before = source.file_state()
    assert source.file_state() == before
    log(tmp_path / "log.csv", "1", "2")
    assert source.file_state() != before
    assert ids(source) == ["1", "2"]


def test_files_that_the_select_names_besides_are_watched_too(tmp_path: Path) -> None:
    more = log(tmp_path / "more.csv", "5")
    mapping = mapped(
        tmp_path,
        (
            "AS reported_at FROM read_csv({source}, header = true, all_varchar = true)",
            f"AS reported_at FROM read_csv({{source}}, all_varchar = true) UNION ALL FROM read_csv('{more}', all_varchar = true)",
        ),
    )
    source = Source.open(str(log(tmp_path / "log.csv", "1")), mapping)
    assert source.files() == [tmp_path / "log.csv", more]


def as_parquet(path: Path, options: str = "FORMAT parquet") -> None:
    duckdb.sql(f"COPY (SELECT '1' AS id, '2026-11-20 08:10' AS opened) TO '{path}' ({options})")


@pytest.mark.parametrize(
    ("name", "reader", "write"),
    [
        ("log.tsv", "read_csv({source})", lambda p: p.write_text("id\topened\n1\t2026-11-20 08:10\n")),
        ("log.txt", "read_csv({source})", lambda p: p.write_text("id;opened\n1;2026-11-20 08:10\n")),
        ("log.csv.gz", "read_csv({source})", lambda p: p.write_bytes(gzip.compress(b"id,opened\n1,2026-11-20 08:10\n"))),
        ("log.csv.zst", "read_csv({source})", lambda p: as_parquet(p, "FORMAT csv, COMPRESSION zstd")),
        ("LOG.CSV", "read_csv({source})", lambda p: p.write_text("id,opened\n1,2026-11-20 08:10\n")),
        ("log.json", "read_json({source})", lambda p: p.write_text(json.dumps([{"id": 1, "opened": "2026-11-20 08:10"}]))),
        ("log.jsonl", "read_json({source})", lambda p: p.write_text('{"id": 1, "opened": "2026-11-20 08:10"}\n')),
        ("log.ndjson.gz", "read_json({source})", lambda p: p.write_bytes(gzip.compress(b'{"id": 1, "opened": "2026-11-20"}\n'))),
        ("log.parquet", "read_parquet({source})", as_parquet),
        ("log2.parquet", "{source}", as_parquet),
    ],
)
def test_kinds_of_files(tmp_path: Path, name: str, reader: str, write: Callable[[Path], None]) -> None:
    write(tmp_path / name)
    mapping = mapped(
        tmp_path,
        ("read_csv({source}, header = true, all_varchar = true)", reader),
        ("read_csv('{source}', header = true, all_varchar = true)", reader),
    )
    assert ids(Source.open(str(tmp_path / name), mapping)) == ["1"]


def test_which_names_are_data_files() -> None:
    assert all(is_data_file(f"x.{suffix}{more}") for suffix in SUFFIXES for more in ("", ".gz", ".zst"))
    for other in ("x.sqlite", "x.xlsx", "csv", ".csv", "x.csv.bz2", "sqlite:///x.csv", "https://host/x.csv", ""):
        assert not is_data_file(other), other


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path, elsewhere: Path) -> None:
    source = Source.open("reciept.csv", mapped(tmp_path))
    for ask in (source.file_state, lambda: ids(source)):
        with pytest.raises(
            SourceError,
            match=r"^reciept\.csv: there is no file reciept\.csv, neither as seen from the working "
            r"directory nor beside the mapping; name yours with --source$",
        ):
            ask()
    with pytest.raises(SourceError, match=r"no file matches 2026-\*\.csv"):
        Source.open("2026-*.csv", mapped(tmp_path)).file_state()
    log(tmp_path / "reciept.csv", "1")
    assert ids(Source.open("reciept.csv", mapped(tmp_path))) == ["1"]


@pytest.mark.parametrize(
    ("mapping", "source", "said"),
    [
        ("ours", "sqlite:///x.sqlite", "is a database URL, and this mapping reads a data file"),
        ("ours", "x.sqlite", "is no data file; its name ends in .csv, .tsv"),
        ("ours", "export.xlsx", "is no data file"),
        ("platform", "export.csv", "is a data file, and this mapping reads a database"),
    ],
)
def test_a_source_that_the_mapping_was_not_written_for_is_refused(tmp_path: Path, mapping: str, source: str, said: str) -> None:
    read = mapped(tmp_path) if mapping == "ours" else load_mapping(mapping)
    with pytest.raises(SourceError) as fault:
        Source.open(source, read)
    assert str(fault.value).startswith(f"source '{source}' {said}")
    named = str(tmp_path / "ours.toml") if mapping == "ours" else mapping
    for given, env in (({"source": source}, {}), ({}, {"GRIDWALL_SOURCE": source})):
        with pytest.raises(SettingError) as refused:
            resolve(Namespace(mapping=named, **given), env)
        assert said in str(refused.value)


def test_a_mapping_whose_own_source_does_not_fit_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"mapping\.source: 'duckdb:///:memory:' is a database URL, and this mapping reads a"):
        mapped(tmp_path, ('"log.csv"', '"duckdb:///:memory:"'))
    with pytest.raises(FileError, match=r"mapping\.source: 'log\.csv' is a data file, and this mapping reads a database"):
        mapped(
            tmp_path,
            ("read_csv({source}, header = true, all_varchar = true)", "cases"),
            ("read_csv('{source}', header = true, all_varchar = true)", "cases"),
        )


def test_a_password_is_not_repeated_in_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as fault:
        Source.open("postgresql+psycopg://reader:geheim@db/city", mapped(tmp_path))
    assert "geheim" not in str(fault.value)
    assert masked("postgresql://a:b@c/d") == "postgresql://a:***@c/d"


def test_a_demo_city_is_not_written_into_a_data_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a data file; a demo city needs a database"):
        generate(
            load_profile("qufu"),
            str(tmp_path / "log.csv"),
            events=10,
            seed=1,
            regime="realistic",
            now=None,  # type: ignore[arg-type]
            progress=lambda what, done, total: None,
        )


def test_the_settings_take_the_file_and_keep_facts_of_their_own(tmp_path: Path) -> None:
    mapped(tmp_path)
    named = str(tmp_path / "ours.toml")
    settings = resolve(Namespace(mapping=named), {})
    assert (settings.source, shown(settings.source)) == ("log.csv", "log.csv")
    assert resolve(Namespace(mapping=named), {"GRIDWALL_SOURCE": "b.csv"}).source == "b.csv"
    assert resolve(Namespace(mapping=named, source="a.csv"), {"GRIDWALL_SOURCE": "b.csv"}).source == "a.csv"
    assert resolve(Namespace(mapping=named, source="a.csv"), {}).facts != settings.facts
    assert resolve(Namespace(mapping=named, city="licheng"), {}).source == "log.csv", "no demo city's database in its place"


def test_which_file_it_is_does_not_change_the_mappings_fingerprint(tmp_path: Path) -> None:
    mapping = mapped(tmp_path)
    sources = [Source.open(str(log(tmp_path / name, "1")), mapping) for name in ("a.csv", "b.csv")]
    assert {s.mapping.fingerprint for s in sources} == {mapping.fingerprint}
    assert sources[0].file_state() != sources[1].file_state(), "this says that the facts must be loaded anew"


def test_outlines_and_the_citys_file_may_lie_beside_the_mapping(tmp_path: Path, elsewhere: Path) -> None:
    ring = [[116.0, 35.0], [116.1, 35.0], [116.1, 35.1], [116.0, 35.0]]
    cell = {"type": "Feature", "properties": {"code": "370881001"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    beside = tmp_path / "mappings"
    beside.mkdir()
    (beside / "grid.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [cell]}), encoding="utf-8")
    city = (ROOT / "data" / "cities" / "qufu.toml").read_text(encoding="utf-8")
    (beside / "theirs.toml").write_text(city.replace('id = "qufu"', 'id = "theirs"', 1), encoding="utf-8")
    mapping = mapped(beside, ('"qufu"', '"theirs.toml"'), ("[tables.event]", '[shapes]\nfile = "grid.geojson"\n[tables.event]'))
    assert list(mapping.outlines) == ["370881001"]
    assert resolve(Namespace(mapping=str(beside / "ours.toml")), {}).profile.city.id == "theirs"
    with pytest.raises(FileError, match=r"nowhere\.geojson"):
        mapped(beside, ("[tables.event]", '[shapes]\nfile = "nowhere.geojson"\n[tables.event]'))


@pytest.mark.parametrize("name", ["permit_receipt", "sf_311"])
def test_invented_cases_are_called_demo_data_and_the_users_own_are_not(name: str, tmp_path: Path) -> None:
    assert resolve(Namespace(mapping=name), {}).profile.city.demo
    assert not resolve(Namespace(mapping=name, source=str(tmp_path / "receipt.csv")), {}).profile.city.demo
    text = (SOURCES / f"{name}.toml").read_text(encoding="utf-8")
    assert ("doi:10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6" if name == "permit_receipt" else "vw6y-z8j6") in text
