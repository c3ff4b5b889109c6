"""A page with nothing but the map, over a synthetic city: what the map's browser tests (and eyes) look at."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from dash import Dash, html
from flask import Response
from werkzeug.serving import make_server

from callbacks.http.scripts import RENDERER, Scripts
from data.city.city import City, Grid
from data.city.profile import load_profile
from data.demo.places import lay_out
from data.statistics import outlying
from data.statistics.empirical_bayes import shrunken_share
from data.statistics.map_breaks import count_breaks
from data.text import Text
from geo.pack import pack, pack_outline
from layouts.panels.grid_heat import LABELS_AT, figure, geometry_version, labels
from layouts.panels.panel import Reading
from layouts.wall.map_shell import shell
from tests.conftest import ROOT

_PAGE = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><link rel="icon" href="data:,">{%css%}
<style>html,body{margin:0;height:100%;background:var(--ground);
font-family:var(--sans)}
#react-entry-point,#react-entry-point>div{height:100%}
#place{position:absolute;left:26%;top:19%;width:44%;height:54%}
@media(min-aspect-ratio:24/10){#place{left:33%;top:14%;width:25.5%;height:80%}}
</style></head><body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>"""


@dataclass
class Harness:
    """The city, its shapes by grid position, the binaries behind their URLs, and a server while one runs."""

    city: City
    shapes: Any
    binaries: dict[str, bytes]
    port: int = 0
    _server: Any = field(default=None, repr=False)

    def payload(self, seed: int = 1, scope: str = "", **frames: pd.DataFrame) -> dict[str, Any]:
        reading = Reading(heat(self.city, seed, scope), {"map_scale": scale(self.city), **frames}, 0, scope)
        answer: dict[str, Any] = figure(reading, self.city, "zh")["map"]
        return answer

    def serve(self) -> None:
        app = Dash(__name__, assets_folder="../dashboard/assets", assets_ignore=r"^(?!gridmap|tokens).*")
        scripts = Scripts(ROOT / "dashboard" / "assets", versioned=False)
        app.index_string = _PAGE.replace("{%scripts%}", scripts.tags(["map/map.js"]) + "{%scripts%}")
        app.renderer = RENDERER
        app.layout = html.Div([html.Div(shell(self.city, "zh"), id="place")])

        @app.server.route("/geometry/<level>/<name>")
        def geometry(level: str, name: str) -> Response:
            return Response(self.binaries[f"/geometry/{level}/{name}"], mimetype="application/octet-stream")

        @app.server.route("/payload/<int:seed>/<scope>")
        def payload(seed: int, scope: str) -> Response:
            return Response(
                json.dumps(self.payload(seed, scope.strip("-"), exceptions=exceptions(self.city))), mimetype="application/json"
            )

        self._server = make_server("127.0.0.1", 0, app.server, threaded=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()


def build(seed: int = 5) -> Harness:
    profile = load_profile("qufu")
    lay = lay_out(profile, seed)
    index = {c: i for i, c in enumerate(lay.code)}
    grid = Grid(
        tuple(lay.code),
        tuple(Text(zh=z, en=e) for z, e in zip(lay.zh, lay.en, strict=True)),
        np.array(lay.level, np.int16),
        np.array([-1 if p is None else index[p] for p in lay.parent], np.int32),
        lay.population.astype(np.int32),
    )
    city = City(profile, grid)
    wkb = shapely.to_wkb(lay.geometry)
    packed = {v: pack([(i, wkb[i]) for i in lay.at(v).tolist()]) for v in (1, 2, 3)}
    packed[0] = pack_outline([(i, wkb[i]) for i in lay.at(1).tolist()])
    packed[LABELS_AT["zh"]] = labels(city, "zh")
    versions = {v: geometry_version(b) for v, b in packed.items()}
    binaries = {f"/geometry/{v}/{versions[v]}.bin": b for v, b in packed.items()}
    return Harness(City(profile, grid, versions), lay.geometry, binaries)


def heat(city: City, seed: int, scope: str = "") -> pd.DataFrame:
    """A reading of grid_heat: about 16,000 reports, most villages near 11 % late, one town far above."""
    rng = np.random.default_rng(seed)
    grid = city.grid
    size, path = len(grid.code), grid.ancestors
    cells = grid.at_level(3)
    weight = rng.gamma(1.2, 1.0, len(cells))
    n = rng.poisson(16_000 * weight / weight.sum())
    need = rng.binomial(n, 0.75)
    village_mood = np.random.default_rng(7).beta(6, 52, size)
    hot_town = grid.index["370881108"]
    share = village_mood[path[cells, 1]] * np.where(path[cells, 0] == hot_town, 1.9, 1.0)
    late = rng.binomial(need, np.clip(share, 0, 1))
    if scope:
        inside = (path[cells] == grid.index[scope]).any(axis=1)
        n, need, late = n * inside, need * inside, late * inside
    sums = np.zeros((3, size), np.int64)
    for column in path.T:
        has = column[cells] >= 0
        for k, values in enumerate((n, need, late)):
            np.add.at(sums[k], column[cells][has], values[has])
    return frame(city, sums[0], sums[1], sums[2], lost=37)


def frame(city: City, n: Any, need: Any, late: Any, lost: int = 0) -> pd.DataFrame:
    """The promised columns of grid_heat from counts by grid position."""
    towns = city.grid.level == 1
    counts = [
        np.append(a, [a[towns].sum() + (lost if k == 0 else 0), lost if k == 0 else 0])
        for k, a in enumerate((np.asarray(n), np.asarray(need), np.asarray(late)))
    ]
    people = np.append(city.grid.population, [-1, -1]).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.DataFrame(
            {
                "code": [*city.grid.code, "", "?"],
                "level": np.append(city.grid.level, [0, -1]),
                "n": counts[0],
                "need": counts[1],
                "late": counts[2],
                "late_share": np.where(counts[1] > 0, 100 * counts[2] / counts[1], np.nan),
                "rate": np.where(people > 0, 1000 * counts[0] / people, np.nan),
                "few": counts[1] < 20,
                **_beyond(city, *(np.asarray(v, float) for v in (need, late))),
            }
        )


def _beyond(city: City, need: Any, late: Any) -> dict[str, Any]:
    """``excess`` of the cells, as if all had the same mix of cases, and their ``shrunk`` shares."""
    excess, shrunk = np.zeros(len(need) + 2), np.full(len(need) + 2, np.nan)
    for level in np.unique(city.grid.level).tolist():
        here = np.flatnonzero(city.grid.level == level)
        excess[here] = outlying.find(late[here], need[here], np.ones(len(here))).excess
        shrunk[here] = shrunken_share(late[here], need[here], city.grid.parent[here].astype(np.int64) + 1)
    return {"excess": excess, "shrunk": shrunk}


def scale(city: City) -> pd.DataFrame:
    """The breaks of such a city, whatever the seed and the scope."""
    known = heat(city, 1).iloc[: len(city.grid.code)]
    found: list[tuple[str, int, tuple[float, ...]]] = [("late", 0, (6.0, 9.0, 12.0, 16.0, 22.0))]
    for v in np.unique(city.grid.level).tolist():
        rows = known[(known.level == v) & (known.n > 0)]
        found += [("count", v, count_breaks(rows.n, 0)), ("rate", v, count_breaks(rows.rate.dropna(), 1))]
    return pd.DataFrame(
        [(m, v, place, least) for m, v, breaks in found for place, least in enumerate(breaks, 1)],
        columns=["measure", "level", "place", "least"],
    )


def exceptions(city: City) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rank": [1, 2, 3],
            "kind": ["stage", "area", "area"],
            "severity": ["act", "act", "watch"],
            "code": ["inspect", "370881002", "370881108"],
        }
    )


if __name__ == "__main__":  # look at it: python -m tests.map_harness
    h = build()
    h.serve()
    print(f"http://127.0.0.1:{h.port}/")
    threading.Event().wait()
