"""One request of a page fails once: its connection is broken off, or it is answered 503."""

from __future__ import annotations

import time
from collections.abc import Generator
from functools import partial

from benchmarks.faults.fault import add
from benchmarks.faults.stage import Stage

#: Name -> pattern of the path.
REQUESTS = {
    "page": r"^/wall",
    "layout": r"^/_dash-layout",
    "dependencies": r"^/_dash-dependencies",
    "callback": r"^/_dash-update-component",
    "dash_renderer": r"dash_renderer",
    "react": r"react@",
    "react_dom": r"react-dom",
    "components": r"dash_core_components",
    "plotly": r"plotly",
    "leaflet": r"dash_leaflet",
    "live_js": r"/wall/live\.js",
    "morph_js": r"/shared/morph\.js",
    "gridmap_js": r"/map/map\.js",
    "gridmap_draw_js": r"/map/draw\.js",
    "live_worker": r"/wall/live-worker",
    "style_sheet": r"/assets/wall\.css",
    "stream": r"^/live\?",
    "snapshot": r"^/snapshot/",
    "geometry": r"^/geometry/",
}
#: How long after the start of a load the request is waited for: some are sent late.
_ASKED_S = 6.0


def _failing(stage: Stage, path: str, how: str) -> Generator[None]:
    stage.proxy.forget()
    rule = stage.proxy.fail(path, how)
    yield
    end = time.monotonic() + _ASKED_S
    while rule.left and time.monotonic() < end:
        time.sleep(0.02)
    stage.never_met = bool(rule.left)
    stage.proxy.forget()


for _name, _path in REQUESTS.items():
    for _how in ("close", "503"):
        if _name != "page":  # then no page of ours is there yet to recover by itself; a proxy's is in deploy/
            add(
                f"request_{_name}_{'broken' if _how == 'close' else '503'}",
                partial(_failing, path=_path, how=_how),
                first=True,
                apart=True,
                hold_s=0.0,
                at_ms=0,
            )
