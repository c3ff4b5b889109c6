"""What a file declares is known by its being there; what is none, or stands twice, is named."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from data.discovery import registry
from data.drill.view import DRILLS
from data.metrics import METRICS
from data.query.metric import Metric
from layouts.analyst.drawings import DRAWINGS
from layouts.panels import PANELS
from tests.conftest import ROOT

GOOD = "from tests.data.test_discovery import Thing\nTHING = Thing('{}')\n"


class Thing:
    def __init__(self, id: str) -> None:
        self.id = id


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str]], ModuleType]]:
    monkeypatch.syspath_prepend(tmp_path)

    def make(files: dict[str, str]) -> ModuleType:
        for name, text in {"__init__": "", **files}.items():
            path = tmp_path / "things" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return __import__("things")

    yield make
    for name in [n for n in sys.modules if n.partition(".")[0] == "things"]:
        del sys.modules[name]


def test_files_of_any_depth_are_found_in_the_order_of_their_names(package: Callable[[dict[str, str]], ModuleType]) -> None:
    several = "from tests.data.test_discovery import Thing\nTHINGS = (Thing('c'), Thing('d'))\n"
    found = package({"b": GOOD.format("b"), "a": GOOD.format("z"), "helper": "X = 1\n", "in/__init__": "", "in/c": several})
    assert list(registry(Thing, "THING", found)) == ["z", "b", "c", "d"]


@pytest.mark.parametrize(
    ("files", "error", "named"),
    [
        ({"a": "THING = 1\n"}, TypeError, r"things\.a\.THING is no Thing"),
        ({"a": GOOD.format("x"), "b": GOOD.format("x")}, ValueError, r"things\.b: a second Thing is called 'x'"),
    ],
)
def test_what_is_none_or_stands_twice_is_named_with_its_file(
    package: Callable[[dict[str, str]], ModuleType], files: dict[str, str], error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        registry(Thing, "THING", package(files))


@pytest.mark.parametrize(
    ("folder", "constant", "known"),
    [
        ("data/metrics", "METRIC", METRICS),
        ("layouts/panels", "PANEL", PANELS),
        ("data/drill/views", "DRILL", DRILLS),
        ("layouts/analyst/drawings", "DRAWING", DRAWINGS),
    ],
)
def test_every_file_that_declares_one_is_registered(folder: str, constant: str, known: dict[str, object]) -> None:
    """Read as text, so that a file that is not imported is missed."""
    declaring = 0
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            declaring += any(isinstance(t, ast.Name) and t.id == constant for t in targets)
    assert declaring <= len(known)
    assert declaring > 5


def test_a_drawing_s_file_is_called_as_the_drawing() -> None:
    assert {p.stem for p in (ROOT / "layouts/analyst/drawings").glob("*.py")} - {"__init__"} == set(DRAWINGS)


def test_a_metric_s_file_is_called_as_the_metric() -> None:
    single = {p.stem for p in (ROOT / "data/metrics").rglob("*.py") if "\nMETRIC = Metric(" in p.read_text(encoding="utf-8")}
    assert single <= set(METRICS)
    assert all(isinstance(m, Metric) for m in METRICS.values())
