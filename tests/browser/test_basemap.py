"""A basemap on a real wall: its tiles under the cells, whose they are in the corner, and a tile server that is away."""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from data.city.profile import CITIES
from tests.browser.test_wall import LIVE, wait_live
from tests.conftest import Running, copy_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETTING = """
[map]
attribution = {{ zh = "示例边界", en = "Example borders" }}
[map.basemap]
tiles = "{base}/{{z}}/{{x}}/{{y}}.png"
attribution = {{ zh = "示例测绘院 <2026>", en = "Example Survey <2026>" }}
"""
TILES = "document.querySelectorAll('.leaflet-tile-pane img.leaflet-tile-loaded').length"


def png(side: int = 256) -> bytes:
    """A pale tile of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes((230, 225, 210)) * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class TileServer:
    """Tiles on this machine; ``asked`` are the paths and Referers of all requests."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.begin()
        self.base = f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """At the same port again, where it had one."""
        tile, asked = png(), self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers.get("Referer", "")))
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(tile)))
                self.end_headers()
                self.wfile.write(tile)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture(scope="module")
def tiles() -> Iterator[TileServer]:
    server = TileServer()
    yield server
    server.end()


@pytest.fixture(scope="module")
def based(demo_city: Path, tiles: TileServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A wall whose city's file names the tile server."""
    place = tmp_path_factory.mktemp("based")
    file = place / "qufu.toml"
    file.write_text((CITIES / "qufu.toml").read_text("utf-8") + SETTING.format(base=tiles.base), "utf-8")
    running = Running(place, "--city", str(file), "--source", f"sqlite:///{copy_of(demo_city, place)}")
    try:
        yield running.start()
    finally:
        running.kill()


def test_tiles_lie_under_the_cells_and_the_corner_says_whose_they_are(
    based: Running, tiles: TileServer, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"{based.base}/wall?lang=en")
    wait_live(page, 60)
    page.wait_for_function(f"{TILES} > 3")
    assert page.inner_text(".leaflet-control-attribution").split("\n") == ["Example borders", "Example Survey <2026>"]
    layers = "['tile', 'gridwall'].map((name) => +getComputedStyle(document.querySelector(`.leaflet-${name}-pane`)).zIndex)"
    under, over = page.evaluate(layers)
    assert under < over
    assert page.evaluate("getComputedStyle(document.querySelector('.gw-fill')).opacity") == "0.8"
    assert page.evaluate("window.gridwall.map.state().ready")
    assert {fault.split("/")[2] for fault in page.faults} == {tiles.base.split("/")[2]}, "nothing but tiles, and no error"
    assert {referer for _, referer in tiles.asked} == {""}, "the tile server is not told which wall asks"


@pytest.mark.soak
def test_a_tile_server_that_is_away_leaves_map_and_numbers_and_is_asked_once(
    based: Running, tiles: TileServer, open_page: Callable[..., Any]
) -> None:
    tiles.end()
    page = open_page(f"{based.base}/wall", 3840, 2160)
    wait_live(page, 60)
    page.wait_for_function("window.gridwall.map.state().ready && window.gridwall.map.state().fill > 0")
    page.wait_for_timeout(3000)
    assert page.evaluate(LIVE.removeprefix("() => ")), "no panel is faulty"
    assert page.evaluate("[...document.querySelectorAll('.gw-plate')].filter((p) => p.innerText.includes('%')).length") > 5
    assert page.evaluate(TILES) == 0
    assert "示例测绘院" in page.inner_text(".leaflet-control-attribution")
    errors = [fault for fault in page.faults if not fault.startswith("foreign")]
    assert len(errors) == 1, errors
    assert "ERR_CONNECTION_REFUSED" in errors[0]
    tiles.begin()
    page.wait_for_function(f"{TILES} > 3", timeout=45_000)
