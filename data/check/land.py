"""The layer under the map's cells that the city's file names: whether it can be drawn."""

from __future__ import annotations

from collections.abc import Iterator

from data.check.examined import Examined
from data.check.finding import Finding
from data.city.map_context import read_layer
from data.errors import FileError, GridWallError
from data.text import Text


def land(seen: Examined) -> Iterator[Finding]:
    """What is wrong with the file of ``map.context``, or which of its features are left out; nothing if the city has none."""
    setting = seen.profile.map.context
    if setting is None:
        return
    try:
        notes = read_layer(setting).notes
    except FileError as error:
        said = Text(
            zh="底层 map.context 用不了，地图照画而无它：" + "；".join(getattr(what, "zh", what) for _, what in error.faults),
            en="map.context cannot be used, and the map is drawn without it: " + "; ".join(what for _, what in error.faults),
        )
        yield Finding("map_context", "grid", "look", 1, 1, said, Text(zh=f"改正 {setting.file}", en=f"mend {setting.file}"))
        return
    except GridWallError as error:
        said = Text(zh=f"底层 map.context 读不了：{error}", en=f"map.context cannot be read: {error}")
        yield Finding("map_context", "grid", "look", 1, 1, said, Text(zh="再查一次", en="check again"))
        return
    if notes:
        said = Text(zh="底层 map.context：" + "；".join(n.zh for n in notes), en="map.context: " + "; ".join(notes))
        remedy = Text(
            zh="在 map.context.kinds 中对照，或从文件中去掉", en="name their words under map.context.kinds, or leave them out"
        )
        yield Finding("map_context", "grid", "look", len(notes), len(notes), said, remedy)
    else:
        yield Finding(
            "map_context",
            "grid",
            "good",
            0,
            1,
            Text(zh="底层 map.context 可用", en="map.context can be drawn"),
            Text(zh="", en=""),
        )
