"""The files that people write by hand: saved by any editor, or not a file of ours at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.city import toml_files
from data.city.profile import load_profile
from data.errors import FileError

TEXT = 'name = "一网统管"  # 大屏\n'


def refused(path: Path) -> str:
    """The one line that says why, without the file's own name."""
    with pytest.raises(FileError) as fault:
        toml_files.read(path)
    lines = str(fault.value).splitlines()
    assert lines[0] == f"{path}: 1 fault"
    assert len(lines) == 2
    return lines[1].strip()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_saved_with_a_byte_order_mark_is_read_like_one_without(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "m.toml").write_text(TEXT, encoding=encoding)
    assert toml_files.read(tmp_path / "m.toml") == {"name": "一网统管"}


def test_a_city_saved_with_a_byte_order_mark_is_that_city(tmp_path: Path) -> None:
    shipped = Path(load_profile.__code__.co_filename).parents[1] / "cities" / "qufu.toml"
    (tmp_path / "town.toml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8-sig")
    ours, own = load_profile(tmp_path / "town.toml"), load_profile("qufu")
    assert ours.map.context is not None
    assert ours.map.context.file == str(tmp_path / "context" / "qufu.geojson"), "what it names lies beside it"
    assert ours.map.model_copy(update={"context": own.map.context}) == own.map
    assert ours.model_copy(update={"map": own.map}) == own


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-16", "cannot be read: it is in UTF-16, and TOML is UTF-8; convert it: iconv -f UTF-16 -t UTF-8 old > new"),
        ("utf-32", "cannot be read: it is in UTF-32, and TOML is UTF-8; convert it: iconv -f UTF-32 -t UTF-8 old > new"),
        ("gbk", "cannot be read: it is in GB18030, and TOML is UTF-8; convert it: iconv -f GB18030 -t UTF-8 old > new"),
    ],
)
def test_another_encoding_is_named_with_the_command_that_converts_it(tmp_path: Path, encoding: str, said: str) -> None:
    (tmp_path / "m.toml").write_text(TEXT, encoding=encoding)
    assert refused(tmp_path / "m.toml") == said


def test_what_is_no_file_of_ours_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    assert refused(tmp_path) == "is a folder; name a .toml file in it"
    assert refused(file) == "cannot be read: No such file or directory"
    assert "cannot be read" in refused(Path("a\0b.toml"))
    file.write_bytes(b"SQLite format 3\0" + bytes(100))
    assert refused(file) == "is no text but a binary file; name the .toml file"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    assert refused(file) == "is no text in UTF-8 (line 1, byte 0x89)"
    file.write_bytes(TEXT.encode() * 3 + b"# \xff\n")
    assert refused(file) == "is no text in UTF-8 (line 4, byte 0xff)"
    with file.open("wb") as large:
        large.truncate(toml_files.LARGEST + 1)
    assert refused(file) == "holds more than 8 MB and is no file of ours; name the .toml file"
    file.write_text("a = " + "[" * 5000, encoding="utf-8")
    assert refused(file).startswith("not TOML: ")
    file.write_text("a = " + "9" * 5000, encoding="utf-8")
    assert refused(file).startswith("not TOML: ")
