"""Classes, breaks and colours of the map: the meaning of each cell's byte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from data.text import Lang, Text
from data.types.arrays import Flags, Floats, Ints
from data.types.records import Record
from layouts.text.formats import decimal
from layouts.text.rows import records

#: Roles of the classes' colours (layouts/palette.py; the browser has them), lowest first.  A late share ends in the two signals;
#: a workload is neither good nor bad: blue alone.
RAMPS: Mapping[str, tuple[str, ...]] = {
    "late": tuple(f"--map-{k}" for k in range(1, 7)),
    **dict.fromkeys(("count", "rate"), ("--map-1", "--map-2", "--map-3", "--map-4", "--load-5")),
}
#: Digits after the point, as values are printed and classed.
DIGITS = {"late": 1, "count": 0, "rate": 1}
#: Late share, %, where no city is known: a class begins at its break.
LATE_BREAKS: tuple[float, ...] = (6.0, 9.0, 12.0, 16.0, 22.0)
#: The first class of late shares that is a signal (amber); it and those above need proof.
SIGNAL = 5
FEW_CASES, NO_DATA = Text(zh="样本少", en="few"), Text(zh="无数据", en="no data")
BY_CHANCE = Text(zh="未超出偶然", en="may be chance")
#: Class bytes outside the ramp: no value, and a sample too small; ``CHANCE`` is added to a signal that chance could make.
NONE, FEW, CHANCE = 0, 7, 8
#: (measure, level of the grid) -> rising breaks.
Scale = Mapping[tuple[str, int], tuple[float, ...]]


def scale_of(frame: pd.DataFrame | None, levels: Iterable[int]) -> Scale:
    """The breaks of every measure at every level, from the answer of ``map_scale``; None: the default for late shares alone.
    Breaks of level 0 are those of every level."""
    found: dict[tuple[str, int], tuple[float, ...]] = {}
    for r in records(frame.dropna(subset=["least"]).sort_values("place")) if frame is not None else ():
        key = str(r["measure"]), int(r["level"])
        found[key] = (*found.get(key, ()), float(r["least"]))
    late = found.get(("late", 0), LATE_BREAKS)
    out = {("late", v): late for v in levels}
    return {**out, **{(m, v): found.get((m, v), ()) for m in ("count", "rate") for v in levels}}


def printed(values: Floats, measure: str) -> Floats:
    """The values as they are printed: halves away from zero, as ``layouts.text.formats.decimal`` and the browser round."""
    unit = 10.0 ** DIGITS[measure]
    return np.asarray(np.floor(values * unit + 0.5) / unit, np.float64)


def classify(values: Floats, breaks: tuple[float, ...], measure: str) -> Ints:
    """Class byte 1.. of each value as it is printed; a value on a break belongs to the class above; NaN is NONE."""
    place = np.searchsorted(np.asarray(breaks, float), printed(values, measure), side="right") + 1
    return np.where(np.isnan(values), NONE, place).astype(np.int64)


def late_classes(share: Floats, breaks: tuple[float, ...], few: Flags, proven: Flags) -> Ints:
    """Class bytes of late shares: ``few`` has no class, a signal that is not ``proven`` beyond chance is marked as such."""
    out = classify(share, breaks, "late")
    out = np.where((out >= SIGNAL) & ~proven, out + CHANCE, out)
    return np.where(few, FEW, out)


def legend_of(measure: str, breaks: tuple[float, ...], lang: Lang) -> list[Record]:
    """Rows of the legend, highest class first; the map takes its colours from here, so the two cannot differ."""
    ramp = RAMPS[measure]
    rows: list[Record] = [
        {"code": place + 1, "label": _range(breaks, place, measure), "color": ramp[place], "kind": "class"}
        for place in range(len(breaks), -1, -1)
    ]
    if measure == "late":
        signals = [r for r in rows if r["code"] >= SIGNAL]
        if signals:
            hatched = {"kind": "chance", "label": BY_CHANCE(lang)}
            rows += [{**r, **hatched, "code": r["code"] + CHANCE, "shown": r is signals[-1]} for r in signals]
        rows.append({"code": FEW, "label": FEW_CASES(lang), "color": "--map-few", "kind": "few"})
    if measure == "rate":
        rows.append({"code": NONE, "label": NO_DATA(lang), "color": "--map-none", "kind": "none"})
    return rows


def _range(breaks: tuple[float, ...], place: int, measure: str) -> str:
    if not breaks:
        return "≥ 0"
    low, high = (_said(breaks[k], measure) if 0 <= k < len(breaks) else "" for k in (place - 1, place))
    return f"< {high}" if not low else f"≥ {low}" if not high else f"{low}–{high}"


def _said(value: float, measure: str) -> str:
    return decimal(value, 0 if value == int(value) else DIGITS[measure])
