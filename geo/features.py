"""The cells of a grid file of any format: drawable features are taken, the others are rejected with a reason.

A reader (``geo.geojson``, ``geo.vector_file``) supplies the features, ``outlines_of`` makes cells of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from geo.repair import cleaned
from geo.shapes import Properties, Shape


class Told(str):
    """A sentence in English that carries its Chinese translation."""

    zh: str

    def __new__(cls, en: str, zh: str) -> Told:
        told = super().__new__(cls, en)
        told.zh = zh
        return told

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # for pickle
        return str(self), self.zh


class GridFileError(ValueError):
    """A file that cannot be used as a whole; ``faults`` are (place, what is wrong and how to fix it)."""

    def __init__(self, path: str, faults: list[tuple[str, str]]) -> None:
        self.path, self.faults = path, faults
        super().__init__(f"{path}: " + "; ".join(f"{place}: {what}" if place else what for place, what in self.faults))

    def __reduce__(self) -> tuple[type[GridFileError], tuple[str, list[tuple[str, str]]]]:
        return type(self), (self.path, self.faults)


class Outline(NamedTuple):
    """A cell as drawn by a file: WKB of a valid polygon or multipolygon, None = it cannot be drawn; its name and parent's
    code, "" if the file gives none; what was repaired in it, "" = nothing."""

    wkb: bytes | None
    name: str = ""
    parent: str = ""
    mended: str = ""


class Rejected(NamedTuple):
    """A feature that is not drawn: its cell's code, or its position if it has none; the reason (``no_key``, ``bad_geometry``)."""

    key: str
    reason: str
    detail: str


class Outlines(NamedTuple):
    """``cells`` by code; of the features ``drawn`` were used and the others ``rejected``, each with its reason.  ``notes`` are
    remarks for the operator about the file as a whole."""

    cells: dict[str, Outline]
    drawn: int = 0
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Told, ...] = ()


class Feature(NamedTuple):
    """``properties`` as in the file; ``shape`` as drawn there (even if invalid), in degrees of WGS 84 or CGCS2000; None =
    it has no polygon, and ``wrong`` says why."""

    properties: Properties
    shape: Shape = None
    wrong: str = ""


class Keys(NamedTuple):
    """The properties that hold a cell's code, its name and its parent's code ("" = none does)."""

    code: str
    name: str = ""
    parent: str = ""


def outlines_of(path: str | Path, features: Sequence[Feature], keys: Keys) -> Outlines:
    """The cells of the features of a file.

    Features with the same code are parts of one cell, named by the first; overlapping parts are kept as drawn.
    Raises GridFileError if no feature has a code, none has a requested property, or none is in degrees.
    """
    if not features:
        raise refused(path, "features", "is empty; give one feature a cell")
    codes = [code_of(f.properties.get(keys.code)) for f in features]
    for asked in keys:
        if (asked and not any(asked in f.properties for f in features)) or (asked == keys.code and not any(codes)):
            raise refused(path, "features.0", _without(features[0].properties, asked, asked == keys.code))
    parts: dict[str, list[Shape]] = {}
    first: dict[str, tuple[str, str]] = {}
    mended: dict[str, str] = {}
    rejected: list[Rejected] = []
    afield = 0
    for i, (code, feature) in enumerate(zip(codes, features, strict=True)):
        words = feature.properties
        if not code:
            rejected.append(Rejected(f"features.{i}", "no_key", _without(words, keys.code, True)))
            continue
        first.setdefault(code, (_word(words, keys.name), _word(words, keys.parent)))
        try:
            shape, why = _drawn(feature)
        except ValueError as error:
            afield += "are not degrees" in str(error)
            rejected.append(Rejected(code, "bad_geometry", str(error)))
            continue
        parts.setdefault(code, []).append(shape)
        mended[code] = why or mended.get(code, "")
    if afield and not parts:
        raise refused(path, "features", next(r.detail for r in rejected if "are not degrees" in r.detail))
    cells = {
        code: Outline(bytes(shapely.to_wkb(_joined(parts[code]))) if code in parts else None, *words, mended.get(code, ""))
        for code, words in first.items()
    }
    return Outlines(cells, sum(map(len, parts.values())), tuple(rejected))


def _drawn(feature: Feature) -> tuple[Shape, str]:
    if feature.shape is None:
        raise ValueError(feature.wrong)
    return cleaned(feature.shape)


def _word(properties: Properties, asked: str) -> str:
    return code_of(properties.get(asked)) if asked else ""


def code_of(value: Any) -> str:
    """A property as a code or name: integers without a decimal point (110.0 is "110"), blanks stripped; "" = none."""
    if isinstance(value, float):
        value = None if not math.isfinite(value) else int(value) if value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    try:
        text = str(value)
    except ValueError:  # an integer of thousands of digits
        return ""
    # a lone surrogate is no character, and no store accepts a NUL
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()


def _without(properties: Properties, asked: str, key: bool) -> str:
    known = ", ".join(code_of(p)[:40] for p in list(properties)[:12]) or "none"
    held = shown(properties.get(asked))
    return (
        f"its property '{asked}' holds no code ({held})" if key else f"it has no property '{asked}'"
    ) + f"; its properties are: {known}"


def shown(value: Any) -> str:
    """A value for use in a one-line message."""
    if isinstance(value, (dict, list)) and value:
        return f"a {type(value).__name__}"
    return repr(value) if len(str(value)) <= 60 else f"{str(value)[:57]!r}..."


def refused(path: str | Path, place: str, what: str) -> GridFileError:
    """The error for an unusable file, with one fault."""
    return GridFileError(str(path), [(place, what)])


def _joined(shapes: list[Shape]) -> Shape:
    return shapes[0] if len(shapes) == 1 else shapely.multipolygons(np.concatenate([shapely.get_parts(s) for s in shapes]))


__all__ = [
    "Feature",
    "GridFileError",
    "Keys",
    "Outline",
    "Outlines",
    "Rejected",
    "Told",
    "code_of",
    "outlines_of",
    "refused",
    "shown",
]
