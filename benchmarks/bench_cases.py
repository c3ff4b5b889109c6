"""Small inputs that once gave wrong results: ``cases.passed`` of ``cases.total``, each by the tests that assert its value."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.place import ROOT
from benchmarks.record import record

#: Input -> (file, what pytest's -k selects in it).
CASES: dict[str, tuple[str, str]] = {
    "crs as text": ("tests/geo/test_geojson.py", "degrees_are_taken"),
    "codes with a decimal point": ("tests/geo/test_geojson.py", "a_code_is_the_same_as_a_number"),
    "GBK GeoJSON": ("tests/geo/test_geojson.py", "names_are_read_in_the_encoding"),
    "GBK CSV": ("tests/data/sync/test_foreign_sources.py", "no_utf8"),
    "GBK text in SQLite": ("tests/data/sync/test_foreign_sources.py", "bytes_that_are_no_text"),
    "due on a day": ("tests/data/sync/test_foreign_sources.py", "a_limit_that_is_a_day or a_day_of_closing"),
    "flags in words": ("tests/data/sync/test_foreign_sources.py", "flags_in_words"),
    "a list in a column": ("tests/data/sync/test_foreign_sources.py", "a_list_in_a_column"),
    "dates that mean never": ("tests/data/sync/test_foreign_sources.py", "never"),
    "the newest record is a closing": ("tests/data/sync/test_foreign_sources.py", "newest_record"),
    "ids of mixed types": ("tests/data/sync/test_foreign_sources.py", "ids_of_several_types"),
    "ids that differ in case": ("tests/data/source/test_engine_identity.py", "one_case"),
    "zero dates and bits": ("tests/data/source/test_engine_values.py", "mysql"),
    "infinity and JSON": ("tests/data/source/test_engine_values.py", "postgresql"),
    "a night shift": ("tests/data/kiosk/test_shift.py", "night_shift or five_to_eight"),
    "a path behind a proxy": ("tests/callbacks/http/test_prefix.py", "test"),
    "a byte-order mark": ("tests/data/city/test_toml_files.py", "byte_order_mark"),
    "comments in a SELECT": ("tests/data/source/test_statement.py", "test"),
}


def run() -> None:
    passed = 0
    for name, (file, chosen) in CASES.items():
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", file, "-k", chosen],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        good = done.returncode == 0 and "skipped" not in done.stdout.splitlines()[-1]
        passed += good
        print(f"{'ok ' if good else 'NOT'} {name}: {done.stdout.strip().splitlines()[-1]}")
    record("cases.passed", [passed], "count")
    record("cases.total", [len(CASES)], "count")
