"""Classes, breaks and colours of the map: the meaning of each cell's byte."""

from __future__ import annotations

import numpy as np

from data.text import Lang, Text
from data.types.arrays import Floats, Ints
from data.types.records import Record

#: Late share, %: a class begins at its break.  The step from teal to amber (16) lies above a normal city's mean.
LATE_BREAKS: tuple[float, ...] = (6.0, 9.0, 12.0, 16.0, 22.0)
#: Roles of the classes (layouts/palette.py): the browser has their colours.
RAMP = tuple(f"--map-{k}" for k in range(1, 7))
FEW_CASES, NO_DATA = Text(zh="样本少", en="few"), Text(zh="无数据", en="no data")
NONE, FEW = 0, 7  # class bytes outside the ramp: no value, and a sample too small
_QUANTILES = (0.3, 0.6, 0.8, 0.95)
_STEPS = np.array([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10])


def classify(values: Floats, breaks: tuple[float, ...], top: int) -> Ints:
    """Class byte 1.. of each value; a value on a break belongs to the class above; NaN is NONE.

    The highest class is always ``top`` (5 = amber for counts and rates, 6 = red for late shares), even if rounding
    left fewer breaks; without breaks all values are class 1.
    """
    place = np.searchsorted(np.asarray(breaks), values, side="right")
    out = np.where(place == len(breaks), top, place + 1) if breaks else np.ones(len(values), np.int64)
    return np.where(np.isnan(values), NONE, out)


def rounded_breaks(values: Floats, whole: bool) -> tuple[float, ...]:
    """At most four rising breaks near the 30th, 60th, 80th and 95th percentile, rounded so that they rarely change.

    ``whole``: counts, so breaks are integers from 1 up.  Equal breaks are merged; no values give no breaks.
    """
    if not len(values):
        return ()
    found: list[float] = []
    for q in np.quantile(values, _QUANTILES).tolist():
        if q <= 0:
            continue
        scale = 10.0 ** np.floor(np.log10(q))
        near = float(_STEPS[np.argmin(np.abs(_STEPS - q / scale))] * scale)
        rounded = float(max(1, round(near))) if whole else float(f"{near:.6g}")
        if not found or rounded > found[-1]:
            found.append(rounded)
    return tuple(found)


def legend_of(measure: str, breaks: tuple[float, ...], lang: Lang) -> list[Record]:
    """Rows of the legend, highest class first; the map takes its colours from here, so the two cannot differ."""
    top = 6 if measure == "late" else 5
    rows = []
    for place in range(len(breaks), -1, -1):
        code = top if place == len(breaks) and breaks else place + 1
        rows.append({"code": code, "label": _range(breaks, place), "color": RAMP[code - 1], "kind": "class"})
    if measure == "late":
        rows.append({"code": FEW, "label": FEW_CASES(lang), "color": "--map-few", "kind": "few"})
    if measure == "rate":
        rows.append({"code": NONE, "label": NO_DATA(lang), "color": "--map-none", "kind": "none"})
    return rows


def _range(breaks: tuple[float, ...], place: int) -> str:
    if not breaks:
        return "≥ 0"
    if place == 0:
        return f"< {breaks[0]:,g}"
    return f"≥ {breaks[-1]:,g}" if place == len(breaks) else f"{breaks[place - 1]:,g}–{breaks[place]:,g}"
