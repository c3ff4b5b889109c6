"""What a draft makes of a file is right without an edit: every headline, stage and department figure, by the bare file."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.facts.row_faults import fault_counts
from tests.data.draft import counts, made, made_logs
from tests.data.draft.desk import Desk, drafted, loaded

#: name -> (writes the file, cases of the bare file, its name, the facts that it has)
FILES: dict[str, tuple[Callable[[Path], Path], Callable[[Path], list[counts.Case]], str, tuple[str, ...]]] = {
    "orders_xlsx": (
        lambda p: made.write_workbook(p, made.work_orders()),
        lambda p: counts.of_orders(counts.workbook_rows(p)),
        "工单导出.xlsx",
        ("channel", "category"),
    ),
    "orders_gbk": (
        lambda p: made.write_gbk(p, made.work_orders()),
        lambda p: counts.of_orders(counts.csv_rows(p, "gb18030")),
        "orders.csv",
        ("channel", "category"),
    ),
    "permits": (made_logs.write_permits, counts.of_permits, "permits.csv", ("channel",)),
    "requests": (made.write_requests, counts.of_requests, "requests.csv", ("channel", "category")),
    "dispatches": (made.write_dispatches, counts.of_dispatches, "calls.txt", ("category",)),
    "xes": (made_logs.write_xes, counts.of_xes, "log.xes.gz", ("channel",)),
    "platform": (made_logs.write_platform, counts.of_platform, "platform.sqlite", ("channel", "category")),
}


def differing(desk: Desk, bare: counts.Counted, facts: tuple[str, ...]) -> list[str]:
    """Every figure of the wall that is not the one counted in the file."""
    wrong: list[str] = []

    def same(what: str, shown: dict[str, Any], right: dict[str, Any]) -> None:
        for name in {*shown, *right}:
            a, b = shown.get(name, 0), right.get(name, 0)
            if not (a == b or math.isclose(a, b, abs_tol=1e-9)):
                wrong.append(f"{what} {name}: {a}, in the file {b}")

    same("headline", {k: v for k, v in desk.headline().items() if not math.isnan(v)}, bare.headline)
    same("entries", desk.stages("entries"), bare.entries)
    same("cohort", desk.stages("cohort"), bare.cohort)
    same("open", desk.stages("open"), bare.open)
    if desk.profile.departments:
        same("department", desk.departments(), bare.departments)
    for kind, metric, listed in (("channel", "channel_mix", "channels"), ("category", "category_top", "categories")):
        if kind in facts:
            same(kind, desk.tally(metric, kind, listed), bare.facts[kind])
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_drafted_wall_shows_what_a_count_of_the_bare_file_gives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write, cases, file, facts = FILES[name]
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / file)
    code, said = drafted(capsys, file, "--out", "out", *(("--timezone", "UTC") if name in ("permits", "xes") else ()))
    assert code == 0, said["check"]
    assert said["edits"] == 0
    with loaded(tmp_path / "out" / "mapping.toml") as desk:
        assert differing(desk, counts.counted(cases(path)), facts) == []
        assert fault_counts(desk.facts) == []
