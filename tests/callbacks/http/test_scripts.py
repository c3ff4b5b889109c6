"""The browser's modules: one version of all of them in one folder, kept for ever; of another version nothing is there."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

import pytest

from callbacks.http.files import Files
from callbacks.http.scripts import Scripts
from dashboard.index import ASSETS, ENTRIES
from tests.callbacks.http.test_files import Behind, get

LIVE = (
    'import { a } from "./state.js";\nimport {\n  b,\n  c,\n} from "^/shared/clock.js";\nexport const d = "./none.js";\n'.replace(
        "^", ".."
    )
)


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    for path, text in {
        "wall/live.js": LIVE,
        "wall/state.js": 'import "^/shared/clock.js";\nexport { e } from "./deep.js";\n'.replace("^", ".."),
        "wall/deep.js": 'import { a } from "./state.js"; // back to where it came from\n',
        "shared/clock.js": "export const b = 1, c = 2;\n",
        "classic.js": "var x = 1;\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_module_lies_under_an_address_with_the_version_of_all_and_is_kept_for_ever(assets: Path) -> None:
    scripts = Scripts(assets)
    behind = Behind()
    files = Files(behind, scripts)
    status, headers, body = asyncio.run(get(files, f"/assets/js-{scripts.version}/wall/live.js", accept_encoding="gzip"))
    assert (status, headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(body).decode() == LIVE
    assert behind.asked == []


def test_after_an_update_no_module_is_found_under_the_address_of_another_version(assets: Path) -> None:
    before = Scripts(assets)
    (assets / "shared" / "clock.js").write_text("export const b = 1, c = 3;\n", encoding="utf-8")
    after = Scripts(assets)
    assert after.version != before.version, "a change of one is a change of all: each of them may import it"
    assert after.find(f"{before.base}wall/live.js") is None
    assert before.find(f"{before.base}shared/clock.js") == b"export const b = 1, c = 2;\n", "what was read at the start"
    assert after.find("/assets/classic.js") is None


def test_names_count_for_the_version_as_contents_do(assets: Path) -> None:
    before = Scripts(assets).version
    (assets / "wall" / "state.js").rename(assets / "wall" / "stated.js")
    assert Scripts(assets).version != before


def test_all_that_a_module_imports_is_asked_for_with_it(assets: Path) -> None:
    scripts = Scripts(assets)
    assert scripts.imported("wall/live.js") == ("wall/state.js", "shared/clock.js", "wall/deep.js")
    assert re.findall(r'(?:href|src)="([^"]+)"', scripts.tags(["wall/live.js", "shared/clock.js"])) == [
        f"{scripts.base}{path}" for path in ("wall/state.js", "wall/deep.js", "wall/live.js", "shared/clock.js")
    ]


def test_an_import_of_what_is_not_there_is_found_when_the_server_starts(assets: Path) -> None:
    (assets / "shared" / "clock.js").unlink()
    with pytest.raises(KeyError, match=r"shared/clock\.js"):
        Scripts(assets).tags(["wall/live.js"])


def test_a_server_without_versions_answers_with_the_files_as_they_lie(assets: Path) -> None:
    assert 'src="/assets/wall/live.js"' in Scripts(assets, versioned=False).tags(["wall/live.js"])


def test_every_module_of_the_product_belongs_to_an_entry() -> None:
    scripts = Scripts(ASSETS)
    used = {path for entries in ENTRIES.values() for entry in entries for path in (entry, *scripts.imported(entry))}
    there = {p.relative_to(ASSETS).as_posix() for p in ASSETS.glob("*/**/*.js")}
    assert there - used == {"wall/live-worker.js"}, "which the stream starts itself"
