"""The map: heat by grid cell, drawn by the canvas layer ``dashboard/assets/map`` from one small payload per tick.

Geometry and names are not sent with the values: they have immutable URLs, ``/geometry/<level>/<version>.bin``,
which follow from the city's ``geometry`` (level -> version; 0 = ``pack_outline`` of the first level; LABELS_AT = the
``labels`` of a language).  All arrays in the payload are by grid position, one byte per cell where possible.

Payload
-------
lang; scope {level, idx, code, name}; levels [names from level 1 down]
measures [{id, chip, head, top: {level: code}, legend: {level: [{code, label, color, kind}]}}]
                               kind: class | chance | few | none; top class first; of several for chance one is ``shown``
classes {measure: base64}      one byte per cell: 0 no value, 1..6 class, 7 small sample, class + 8: a signal that may be chance
counts {n, need, late: base64} one LEB128 varint per cell
hot {measure: [positions]}     conspicuous cells below town level, any level, hottest first
plates [{idx, name, values {measure: text}, watch [measures], few, worst {measure: 1..5 | 0}, badges [{mark, severity, late}]}]
own: a plate | None            that of the scope itself, for a scope whose places all have too few cases
words {back, note, texts of the tooltip ...}
geometry [{level, url}]; labels: url (the labels themselves if the page serves none); context: url of the land below, "" = none
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.city.city import City
from data.query.needs import not_mapped
from data.text import Lang, Text
from data.types.arrays import Ints
from data.types.records import Record
from geo.pack import varints
from layouts.panels.grid_heat_classes import Scale, classify, late_classes, legend_of, scale_of
from layouts.panels.grid_heat_plates import own_plate, plates
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import window

#: Keys of the labels by language among the versions in ``City.geometry``: beyond any level of a grid.
LABELS_AT: Mapping[Lang, int] = {"zh": 100, "en": 101}
#: Key of the land under the cells (``geo.context``) among them.
CONTEXT_AT = 110
HOTTEST = 30  # maximum outlines drawn per level: more is speckle, not a finding
MEASURES = ("late", "count", "rate")
NOT_LOCATED = Text(zh="未落格 {n} 件", en="{n} without a cell")
SYNTHETIC = Text(zh="合成示意底图，非真实边界", en="synthetic base map, not the real borders")
SKETCH = Text(zh="水系、道路为示意", en="rivers and roads are a sketch")
#: Text templates filled in by the browser; {city} and {span} are filled in here.
_WORDS = {
    "back": Text(zh="返回{city}", en="Back to the {city}"),
    "by": Text(zh="按{level}", en="by {level}"),
    "hot": Text(zh="突出小格", en="hot cells"),
    "n": Text(zh="{span}上报 {n} 件", en="{n} reported in the {span}"),
    "need": Text(zh="应结 {need} 件，其中超期 {late} 件", en="{need} due, {late} of them late"),
    "share": Text(zh="超期占比 {share}%", en="{share}% late"),
    "rate": Text(zh="每千人 {rate} 件", en="{rate} per 1,000 residents"),
    "none": Text(zh="近期没有应结案件", en="nothing was due lately"),
    "few": Text(zh="应结不足 20 件，占比不作比较", en="fewer than 20 due: share not compared"),
    "chips": Text(zh="地图指标", en="measure on the map"),
    "chance": Text(zh="高于全市，但未超出偶然", en="above the city's, but may be chance"),
    "coarse": Text(zh="各{finer}应结均不足 20 件，按{level}着色", en="under 20 due in each {finer}: by {level}"),
    "all_few": Text(zh="各{finer}应结均不足 20 件，占比不作比较", en="under 20 due in each {finer}: not compared"),
    "away": Text(zh="底图未取到，正在重试", en="base map not received, trying again"),
}
_CHIP = {
    "late": Text(zh="超期占比", en="late share"),
    "count": Text(zh="件数", en="count"),
    "rate": Text(zh="每千人率", en="per 1,000"),
}
_HEAD = {
    "late": Text(zh="超期占比 %", en="late %"),
    "count": Text(zh="上报 件", en="reported"),
    "rate": Text(zh="每千人 件", en="per 1,000"),
}


def figure(reading: Reading, city: City, lang: Lang) -> Record:
    """``{"map": payload}`` for ``window.gridwall.map.update``; a pure function of the reading.

    Raises ValueError if the reading's cells do not match the city's grid, position by position.
    """
    cells = _cells(reading.frame, city)
    level, at = city.scope_of(reading.scope)
    scale = scale_of(reading.also.get("map_scale"), np.unique(city.grid.level).tolist())
    classes = _classes(cells, city, scale)
    payload: Record = {
        "lang": lang,
        "scope": {
            "level": level,
            "idx": at,
            "code": city.grid.code[at] if at >= 0 else "",
            "name": city.scope_name(reading.scope)(lang),
        },
        "levels": [v.name(lang) for v in city.profile.levels],
        "measures": [
            {
                "id": m,
                "chip": _CHIP[m](lang),
                "head": _HEAD[m](lang),
                "top": {str(v): len(breaks) + 1 for (of, v), breaks in scale.items() if of == m and breaks},
                "legend": {str(v): legend_of(m, breaks, lang) for (of, v), breaks in scale.items() if of == m},
            }
            for m in _measures(cells)
        ],
        "classes": {m: _base64(classes[m].astype(np.uint8).tobytes()) for m in MEASURES},
        "counts": {c: _base64(varints(cells[c].to_numpy(np.int64))) for c in ("n", "need", "late")},
        "hot": _hot(cells, city),
        "plates": plates(cells, classes["late"], city, lang, reading),
        "own": own_plate(cells, classes["late"], city, lang, reading),
        "words": _words(reading, city, lang),
        "geometry": [
            {"level": v, "url": f"/geometry/{v}/{version}.bin"}
            for v, version in sorted(city.geometry.items())
            if v < min(LABELS_AT.values())
        ],
        "labels": _labels_url(city, lang),
        "context": f"/geometry/{CONTEXT_AT}/{land}.bin" if (land := city.geometry.get(CONTEXT_AT)) else "",
    }
    return {"map": payload}


def _measures(cells: pd.DataFrame) -> tuple[str, ...]:
    """Without any case that could be late (a city without limits) there is no late share, and the map opens on counts."""
    return MEASURES if cells["need"].to_numpy().any() else MEASURES[1:]


def geometry_version(binary: bytes) -> str:
    """The version in an immutable URL: other bytes, other URL."""
    return hashlib.sha256(binary).hexdigest()[:16]


def labels(city: City, lang: Lang) -> bytes:
    """JSON of the grid's static properties for the map: code, name, parent, level, population (-1 unknown)."""
    return json.dumps(_labels(city, lang), ensure_ascii=False, separators=(",", ":")).encode()


def _labels(city: City, lang: Lang) -> Record:
    grid = city.grid
    return {
        "code": list(grid.code),
        "name": [n(lang) for n in grid.name],
        "parent": grid.parent.tolist(),
        "level": grid.level.tolist(),
        "population": grid.population.tolist(),
    }


def _labels_url(city: City, lang: Lang) -> str | Record:
    version = city.geometry.get(LABELS_AT[lang])
    return f"/geometry/{LABELS_AT[lang]}/{version}.bin" if version else _labels(city, lang)


def _cells(frame: pd.DataFrame, city: City) -> pd.DataFrame:
    size = len(city.grid.code)
    cells = frame.iloc[:size]  # the rows after these are the whole and what lies in no cell
    if cells[["n", "need", "late"]].isna().to_numpy().any():  # not mapped: drawn as no value, and explained in words
        cells = cells.assign(unknown=cells["n"].isna(), **cells[["n", "need", "late"]].fillna(0))
    there = int((frame["level"].to_numpy() >= 1).sum())
    if there != size or not np.array_equal(cells["code"].to_numpy(object), city.grid.codes):
        raise ValueError(
            f"grid_heat: the reading has {there} cells that are not the city's {size} "
            "in grid order; read it again after the grid changed"
        )
    return cells


def _classes(cells: pd.DataFrame, city: City, scale: Scale) -> dict[str, Ints]:
    """Class of each cell per measure: of the value that is printed."""
    n, rate, late = (cells[c].to_numpy(float) for c in ("n", "rate", "late_share"))
    few, proven = cells["few"].to_numpy(bool), np.nan_to_num(cells["excess"].to_numpy(float)) > 0
    out = {m: np.zeros(len(cells), np.int64) for m in MEASURES}
    for v in np.unique(city.grid.level).tolist():
        here = np.flatnonzero(city.grid.level == v)
        out["late"][here] = late_classes(late[here], scale["late", v], few[here], proven[here])
        out["count"][here] = classify(n[here], scale["count", v], "count")
        out["rate"][here] = classify(rate[here], scale["rate", v], "rate")
    return out


def _hot(cells: pd.DataFrame, city: City) -> dict[str, list[int]]:
    """Conspicuous cells below town level, hottest first, at most HOTTEST per level.

    late: cells that the reading marks as deviating from their level (possible with few cases, though the own share says little);
    count, rate: the highest, from 5 up.
    """
    n, deep = cells["n"].to_numpy(float), city.grid.level >= 2
    score = {
        "late": np.nan_to_num(cells["excess"].to_numpy(float)),
        "count": np.where(n >= 5, n, 0.0),
        "rate": np.where(n >= 5, np.nan_to_num(cells["rate"].to_numpy(float)), 0.0),
    }
    least = {"late": 1e-9, "count": 5.0, "rate": 1e-9}
    hot: dict[str, list[int]] = {}
    for m in MEASURES:
        found: list[int] = []
        for v in np.unique(city.grid.level[deep]).tolist():
            here = np.flatnonzero((city.grid.level == v) & (score[m] >= least[m]))
            found += here[np.argsort(-score[m][here], kind="stable")][:HOTTEST].tolist()
        hot[m] = found
    return hot


def _words(reading: Reading, city: City, lang: Lang) -> Record:
    notes = []
    lost = reading.frame.loc[reading.frame["level"] == -1, "n"]
    if len(lost) and int(lost.iloc[0]) > 0:
        notes.append(NOT_LOCATED(lang).format(n=f"{int(lost.iloc[0]):,}"))
    context = city.profile.map.context
    if city.profile.city.demo:
        notes.append(SYNTHETIC(lang))
    elif context is not None and context.sketch and CONTEXT_AT in city.geometry:
        notes.append(SKETCH(lang))
    put_in = {"{city}": city.profile.city.whole(lang), "{span}": window(city, "grid_heat")(lang)}
    told = {key: words(lang) for key, words in _WORDS.items()}
    for key, mark in (("back", "{city}"), ("n", "{span}")):
        told[key] = told[key].replace(mark, put_in[mark])
    for r in reading.lacks:
        for word in ("n", "rate") if r.rows else ("none", "need", "share"):
            told[word] = not_mapped(r.needs, lang)
    return {**told, "note": " · ".join(notes)}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


PANEL = Panel(
    id="grid_heat",
    title=Text(zh="网格热图", en="Heat by grid cell"),
    unit=Text(zh="{window} · 按上报网格", en="{window} · by reporting cell"),
    definition=Text(
        zh="超期占比 = 窗口内上报且须办结的事件中，超期办结与超期未结之和所占百分比;在办而期限未到的不计超期。"
        "着色、标牌与悬停同为此值，不作收缩；应结不足 20 件画斜线，不着色。琥珀、红为高出全市者，"
        "实色须明显多于自身案件构成（类别×等级）所应有、已计入各格本来的差异（贝塔二项，Benjamini-Hochberg 4.5%，至少 3 件），"
        "否则画同色斜纹：未超出偶然；描边为下一级网格中如此者。分级界限全市一套，每周一重定；件数与每千人率只用蓝阶。",
        en="Late share: of the events reported in the window that need archiving, those archived late or open past "
        "their limit; open events within their limit are not late. Colour, plate and pointer give this same value, not shrunk; "
        "fewer than 20 due is hatched, not coloured. Amber and red lie above the city's; solid only where clearly more are "
        "late than the cell's own mix of categories and severities lets expect, beyond how cells differ anyway (beta-binomial, "
        "Benjamini-Hochberg 4.5 %, at least 3), else in stripes: may be chance. Outlines: such cells of the next finer level. "
        "One table of breaks for the city, set on Mondays; counts and rates are blue alone.",
    ),
    metric="grid_heat",
    figure=figure,
    also=("exceptions", "map_scale"),
)
