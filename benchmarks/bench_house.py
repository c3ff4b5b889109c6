"""house.*: figures of the product's own code that should stay small (data, layouts, callbacks, dashboard, geo).

``files_over_300`` counts all long files, ``files_over_300_with_reason`` those of them that say in their docstring (a script: in
its first comment) why they are "longer than" others.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import grimp

from benchmarks.place import ROOT
from benchmarks.record import record

TOPS = ("data", "layouts", "callbacks", "dashboard", "geo")
MOST_LINES = 300


def run() -> None:
    graph = grimp.build_graph(*TOPS, cache_dir=None)
    found = {m: set(graph.find_modules_directly_imported_by(m)) for m in graph.modules}
    record("house.any_count", [any_lines(ROOT)], "lines")
    record("house.loose_files_in_data", [loose_files(ROOT / "data")], "files")
    record("house.import_cycles", [cycles(found)], "cycles")
    found_long = long_files(ROOT)
    record("house.files_over_300", [len(found_long)], "files")
    record("house.files_over_300_with_reason", [sum(says_why(path) for path in found_long)], "files")


def any_lines(root: Path) -> int:
    """Lines of Python with the word ``Any``, as counted by ``grep -rnw Any --include=*.py``."""
    return sum(bool(re.search(r"\bAny\b", line)) for path in _files(root, "*.py") for line in _lines(path))


def loose_files(folder: Path) -> int:
    """Python files directly in a folder of rooms, besides its ``__init__``."""
    return sum(path.name != "__init__.py" for path in folder.glob("*.py"))


def long_files(root: Path, most: int = MOST_LINES) -> list[Path]:
    """Python and JavaScript files of more than ``most`` lines."""
    return [path for kind in ("*.py", "*.js") for path in _files(root, kind) if len(_lines(path)) > most]


def says_why(path: Path) -> bool:
    """Whether a file's docstring, or a script's first comment, says why it is longer than others."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        said = ast.get_docstring(ast.parse(text)) or ""
    else:
        first = re.match(r"\s*(/\*.*?\*/|(//[^\n]*\n\s*)+)+", text, re.DOTALL)
        said = re.sub(r"[\s/*]+", " ", first[0]) if first else ""
    return "longer than" in " ".join(said.split()).lower()


def cycles(imports: Mapping[str, set[str]]) -> int:
    """Groups of modules that need each other: strongly connected components of more than one module (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    count = 0

    def visit(module: str) -> None:
        nonlocal count
        number[module] = low[module] = len(number)
        open_.append(module)
        for other in imports.get(module, ()):
            if other not in number:
                visit(other)
            if other in open_:
                low[module] = min(low[module], low[other])
        if low[module] == number[module]:
            at = open_.index(module)
            count += len(open_) - at > 1
            del open_[at:]

    for module in imports:
        if module not in number:
            visit(module)
    return count


def _files(root: Path, kind: str) -> Iterator[Path]:
    """The product's own files; fonts and other downloads are skipped."""
    return (path for top in TOPS for path in sorted((root / top).rglob(kind)))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()
