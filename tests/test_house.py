"""What benchmarks/bench_house.py counts, on small trees whose counts are plain."""

from __future__ import annotations

from pathlib import Path

from benchmarks import bench_house


def test_modules_that_need_each_other_are_one_cycle_however_many_they_are() -> None:
    chain = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert bench_house.cycles(chain) == 0
    assert bench_house.cycles({**chain, "c": {"a"}}) == 1
    # d, e and f go round, so do g and h, which only look at the others
    rings = {"d": {"e"}, "e": {"f"}, "f": {"d"}, "g": {"h", "d"}, "h": {"g"}}
    assert bench_house.cycles({**chain, **rings}) == 2


def test_lines_and_files_are_counted_as_grep_and_wc_count_them(tmp_path: Path) -> None:
    for top in bench_house.TOPS:
        (tmp_path / top).mkdir()
    (tmp_path / "data" / "__init__.py").write_text("")
    (tmp_path / "data" / "loose.py").write_text("from typing import Any\n\nx: dict[Any, Any] = {}\nMany = AnyOne = 1\n")
    (tmp_path / "geo" / "long.py").write_text("x = 1\n" * 301)
    (tmp_path / "geo" / "full.py").write_text("x = 1\n" * 300)
    (tmp_path / "dashboard" / "long.js").write_text("//\n" * 301)
    assert bench_house.any_lines(tmp_path) == 2
    assert bench_house.loose_files(tmp_path / "data") == 1
    assert [path.name for path in bench_house.long_files(tmp_path)] == ["long.py", "long.js"]


def test_a_long_file_says_why_in_its_docstring_or_its_first_comment(tmp_path: Path) -> None:
    def says_why(name: str, text: str) -> bool:
        (tmp_path / name).write_text(text)
        return bench_house.says_why(tmp_path / name)

    assert says_why("list.py", '"""The list.\n\nOne list, and longer\nthan others for that.\n"""\n')
    assert not says_why("why.py", '"""The list."""\n\n# longer than others\nx = "longer than others"\n')
    assert not says_why("bare.py", "x = 1\n")
    assert says_why("list.js", "// @ts-check\n// One list, and longer\n// than others for that.\nconst x = 1;\n")
    assert says_why("block.js", "// @ts-check\n/**\n * Longer\n * than others.\n */\nconst x = 1;\n")
    assert not says_why("late.js", "// @ts-check\nconst x = 1;\n// longer than others\n")
