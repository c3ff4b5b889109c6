"""The land under the map's cells: read from the file that the city's file names, by the worker process that has GDAL."""

from __future__ import annotations

import logging
from pathlib import Path

from data.city.map_setting import ContextLayer
from data.errors import FileError, GridWallError, Said
from data.jobs import worker
from geo.context import KINDS, Context, read_context
from geo.features import GridFileError, Told

log = logging.getLogger("gridwall")
#: Seconds that reading the file may take.
LONGEST_S = 120.0


def read_layer(setting: ContextLayer) -> Context:
    """The layer as bytes for the browser.  Raises FileError if the file as a whole cannot be used."""
    words = {**{k: k for k in KINDS}, **{word: kind for kind, own in setting.kinds.items() for word in own}}
    path = Path(setting.file)
    try:
        return worker.ask(read_context, path, setting.kind, words, setting.layer, setting.crs, limit_s=LONGEST_S)
    except GridFileError as error:
        raise FileError(
            error.path, [(place, Said(what, what.zh) if isinstance(what, Told) else what) for place, what in error.faults]
        ) from None
    except OSError as error:
        said = error.strerror or str(error)
        raise FileError(str(path), [("", Said(f"cannot be read: {said}", f"读不了：{said}"))]) from None


def layer_or_none(setting: ContextLayer | None) -> bytes | None:
    """The layer as bytes for the browser; None if the city's file names none, or its file cannot be used, which is logged."""
    if setting is None:
        return None
    try:
        found = read_layer(setting)
    except GridWallError as error:
        log.warning("map.context: %s; the map is drawn without it", error)
        return None
    for note in found.notes:
        log.warning("map.context: %s: %s", setting.file, note)
    return found.body
