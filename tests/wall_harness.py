"""A wall page from hand-made frames, without a database: for looking at the panels and for their tests.

``python -m tests.wall_harness PORT [lang] [state]`` serves it; ``readings()`` gives the frames of one snapshot.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
from dash import Dash, dcc, html

from callbacks.http.scripts import Scripts
from data.text import Lang
from layouts.panels import PANELS
from layouts.panels.panel import Reading
from layouts.text.browser_words import block
from layouts.wall.wall import CHARTS, page
from tests.wall_frames import AS_OF, city, frames


def reading(panel_id: str, given: dict[str, pd.DataFrame] | None = None) -> Reading:
    held = frames() if given is None else given
    panel = PANELS[panel_id]
    return Reading(held[panel.metric], {m: held[m] for m in panel.also if m in held}, AS_OF, "")


def filled(lang: Lang = "zh", state: str = "live", scene: str = "overview", given: dict[str, pd.DataFrame] | None = None) -> Any:
    """The page with every body drawn and every frame in ``state``, as the browser's script would leave it."""
    there = city()
    wanted = there.profile.scene(scene)
    assert wanted is not None
    whole = page(wanted, there, lang)
    words = (
        {"late": "迟到", "stale": "陈旧", "faulty": "故障"}
        if lang == "zh"
        else {"late": "late", "stale": "stale", "faulty": "fault"}
    )
    tops = {
        "top-snapshot": "S-1123-104207",
        "top-age": "11 秒前" if lang == "zh" else "11 s ago",
        "top-clock": "10:42:18",
        "top-date": "2026-11-23 周一" if lang == "zh" else "Mon 23 Nov 2026",
    }
    for node in whole._traverse():
        which = getattr(node, "id", None)
        if isinstance(which, str) and which in tops:
            node.children = tops[which]
        if not isinstance(which, dict) or which["panel"] not in PANELS:
            continue
        panel = which["panel"]
        if which["type"] == "panel":
            setattr(node, "data-state", state)
        elif which["type"] == "panel-time":
            node.children = "10:42:07"
        elif which["type"] == "panel-state":
            node.children = words.get(state, "")
        elif which["type"] == "panel-wrong" and state == "faulty":
            node.children = (
                "图表尚未画出，将自动重新载入" if lang == "zh" else "the chart is not drawn yet; loading again by itself"
            )
        elif panel in CHARTS and which["type"] == "panel-graph":
            figure = PANELS[panel].figure(reading(panel, given), there, lang)["chart"]
            node.children = dcc.Graph(figure=figure, className="panel-graph", responsive=True, config={"staticPlot": True})
        elif which["type"] == "panel-body" and state != "loading":
            node.children = PANELS[panel].figure(reading(panel, given), there, lang)
    return whole


def app(lang: Lang = "zh", state: str = "live") -> Dash:
    assets = Path(__file__).parent.parent / "dashboard" / "assets"
    out = Dash("wall_harness", assets_folder=str(assets), assets_ignore=r".*\.js$", backend="fastapi")
    modules = Scripts(assets, versioned=False).tags(["shared/ages.js", "wall/ticker.js"])
    # the browser's clock stands at the snapshot's, so that ages are those of the frames
    out.index_string = out.index_string.replace(
        "{%config%}", f"<script>window.gridwall = {{serverNow: () => {AS_OF + 11_000}}};</script>{block()}{modules}{{%config%}}"
    )
    out.layout = html.Div([filled(lang, state)])
    return out


if __name__ == "__main__":
    import uvicorn

    chosen: Lang = "en" if "en" in sys.argv[2:] else "zh"
    mode = next((a for a in sys.argv[2:] if a not in ("zh", "en")), "live")
    uvicorn.run(app(chosen, mode).server, port=int(sys.argv[1]), log_level="warning")
