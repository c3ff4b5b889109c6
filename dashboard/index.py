"""The HTML skeleton of every Dash page: the watchdog first, then the scripts of its own surface and their words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dash import Dash

from callbacks.http.access import path
from callbacks.http.prefix import STUCK
from callbacks.http.scripts import RENDERER, Scripts
from layouts.html import watchdog
from layouts.text import browser_words

ASSETS = Path(__file__).parent / "assets"
#: Entry scripts by the first word of a page's path; they import what they need.
ENTRIES = {
    "kiosk": ("shared/ages.js", "kiosk/kiosk.js", "desk/forms.js", "desk/source.js"),
    "analyst": ("shared/ages.js", "desk/workbench.js", "desk/forms.js", "desk/source.js"),
    "": ("shared/ages.js", "wall/live.js", "wall/ticker.js", "map/map.js", "desk/forms.js"),
}


class PagedDash(Dash):
    """Dash whose pages load the modules of their own surface (``modules``) and start once these have run.

    ``below``: the path below which a proxy serves the wall, "" = none; ``root``: further attributes of ``<html>``.
    """

    def __init__(self, name: str, below: str = "", root: str = "", **settings: Any) -> None:
        folders = [r"^(desk|kiosk|map|shared|wall)$"]
        prefixes = {"routes_pathname_prefix": "/", "requests_pathname_prefix": f"{below}/"}
        super().__init__(name, **{"assets_folder": str(ASSETS), "assets_path_ignore": folders, **prefixes, **settings})
        self.modules = Scripts(ASSETS, below=below)
        self.renderer = RENDERER
        self._tags = {surface: self.modules.tags(entries) for surface, entries in ENTRIES.items()}
        for mark, text in (
            ("<html>", f'<html lang="zh-CN" data-drawn data-below="{below}"{root}>'),
            ("{%metas%}", "{%metas%}" + watchdog.HEAD),
            ("{%app_entry%}", "{%app_entry%}" + watchdog.WAIT + STUCK + browser_words.block()),
            ("</body>", watchdog.END + "</body>"),
        ):
            self.index_string = self.index_string.replace(mark, text)

    def interpolate_index(self, *args: Any, **parts: Any) -> str:
        """As Dash's own, with the tags of the page's modules after its style sheets."""
        surface = path().strip("/").split("/")[0]
        tags = self._tags.get(surface, self._tags[""])
        return str(Dash.interpolate_index(self, *args, **{**parts, "css": parts["css"] + tags}))
