"""The map settings of the city's file: attribution of the outlines, an optional basemap and layer of the land below the cells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from data.errors import FieldError, did_you_mean, did_you_mean_zh
from data.text import Text
from geo.context import KINDS
from geo.coordinates import EXAMPLES, EXAMPLES_ZH, known_crs

#: Maximum attribution length (characters in each language): two of them fit in a corner of the map.
LONGEST = 60
#: The deepest zoom level at which any server offers tiles.
DEEPEST = 22
_EXAMPLE = '"http://tiles.example.lan/{z}/{x}/{y}.png"'
# goes into a content policy verbatim: a host name or IPv4 address, without characters that could end the directive
_ADDRESS = re.compile(r"(https?://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?)(/[\x21-\x7e]*)", re.ASCII)
_COUNTED = ({"z", "x", "y"}, {"z", "x", "-y"})  # {-y}: rows counted from the south (TMS)
#: Hosts whose tiles are offset, and their coordinate system.
_DISPLACED = {
    "amap.com": "GCJ-02",
    "autonavi.com": "GCJ-02",
    "gtimg.com": "GCJ-02",
    "qq.com": "GCJ-02",
    "google.cn": "GCJ-02",
    "baidu.com": "BD-09",
    "bdimg.com": "BD-09",
}
PROJECTION = "EPSG:3857"


def _tiles(value: str) -> str:
    match = _ADDRESS.fullmatch(value)
    if match is None:
        raise FieldError(
            f"'{value[:120]}' is no address of tiles; write it whole, in ASCII, with its host in lower case and no password, "
            f"e.g. {_EXAMPLE}",
            f"“{value[:120]}”不是瓦片地址；请写全，只用 ASCII，主机小写、不带口令，如 {_EXAMPLE}",
        )
    path = match[2]
    named = re.findall(r"\{([^{}]*)\}", path)
    if set(named) not in _COUNTED or len(named) != 3 or path.count("{") + path.count("}") != 6:
        raise FieldError(
            f"'{value[:120]}' must hold {{z}}, {{x}} and {{y}} (or {{-y}}, rows from the south) once each, and no other "
            f"braces; e.g. {_EXAMPLE}",
            f"“{value[:120]}”须各含一次 {{z}}、{{x}}、{{y}}（或 {{-y}}，行号自南起），不得有别的花括号；如 {_EXAMPLE}",
        )
    host = match[1].split("//")[1].split(":")[0]
    for known, system in _DISPLACED.items():
        if host == known or host.endswith("." + known):
            raise FieldError(f"the tiles of {known} are in {system}; {_BESIDE}", f"{known} 的瓦片为 {system}；{_BESIDE_ZH}")
    return value


_BESIDE = (
    f"streets would lie some hundred metres beside the outlines: only {PROJECTION} tiles of WGS 84 or CGCS2000 are drawn; "
    "have the tiles cut in it"
)
_BESIDE_ZH = f"道路将偏离边界数百米：只绘制 WGS 84 或 CGCS2000 的 {PROJECTION} 瓦片；请按此切片"


def _projection(value: str) -> str:
    if value in ("GCJ-02", "BD-09"):
        raise FieldError(f"tiles in {value} are not drawn: {_BESIDE}", f"不绘制 {value} 的瓦片：{_BESIDE_ZH}")
    if value != PROJECTION:
        raise FieldError(
            f"'{value[:40]}' tiles are not drawn; only {PROJECTION} (Web Mercator) of WGS 84 or CGCS2000 is; "
            "have the tiles cut in it",
            f"不绘制“{value[:40]}”的瓦片，只绘制 WGS 84 或 CGCS2000 的 {PROJECTION}（Web 墨卡托）；请按此切片",
        )
    return value


def _opacity(value: float) -> float:
    if not 0.05 <= value <= 1:
        raise FieldError(
            f"{value:g} is no opacity; write a number from 0.05 to 1, e.g. 0.4",
            f"{value:g} 不是不透明度；请写 0.05 至 1 的数，如 0.4",
        )
    return value


def _zoom(value: int) -> int:
    if not 1 <= value <= DEEPEST:
        raise FieldError(
            f"{value} is no zoom level; write the deepest that the server has tiles of, from 1 to {DEEPEST}, e.g. 18",
            f"{value} 不是缩放级；请写服务器所切的最深一级，1 至 {DEEPEST}，如 18",
        )
    return value


def _attribution(value: Text) -> Text:
    if not (value.zh.strip() and value.en.strip()) or max(len(value.zh), len(value.en)) > LONGEST:
        raise FieldError(
            f"an attribution has 1 to {LONGEST} characters in each language, "
            'e.g. { zh = "示例测绘院 2026", en = "Example Survey 2026" }',
            f'署名每种语言 1 至 {LONGEST} 字，如 {{ zh = "示例测绘院 2026", en = "Example Survey 2026" }}',
        )
    return value


def _crs(value: str) -> str:
    if value and not known_crs(value):
        raise FieldError(f"'{value}' is no system of coordinates; write {EXAMPLES}", f"“{value}”不是坐标系；请写{EXAMPLES_ZH}")
    return value


def _kinds(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for kind in value:
        if kind not in KINDS:
            raise FieldError(
                f"'{kind[:40]}' is nothing that is drawn{did_you_mean(kind, KINDS)}; there are: {', '.join(KINDS)}",
                f"“{kind[:40]}”不是可绘的种类{did_you_mean_zh(kind, KINDS)}；有：{'、'.join(KINDS)}",
            )
    return value


Attribution = Annotated[Text, AfterValidator(_attribution)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Basemap(_Part):
    """Tiles that browsers load from an intranet server and draw below the cells."""

    tiles: Annotated[str, AfterValidator(_tiles)]  # tile URL with {z}, {x} and {y} or {-y}
    attribution: Attribution
    opacity: Annotated[float, AfterValidator(_opacity)] = 0.4
    max_zoom: Annotated[int, AfterValidator(_zoom)] = 18  # the deepest level that the server has; beyond it tiles are enlarged
    crs: Annotated[str, AfterValidator(_projection)] = PROJECTION

    @property
    def origin(self) -> str:
        """Scheme, host and port, which a content policy must allow."""
        match = _ADDRESS.fullmatch(self.tiles)
        assert match is not None  # validated when the file was read
        return match[1]


class ContextLayer(_Part):
    """Rivers, roads and the like under the cells: a GeoJSON file or a layer of a GeoPackage (``geo.context``).

    ``kind`` is the property that says what a feature is; ``kinds``: one of ``geo.context.KINDS`` -> the file's own words for it.
    ``crs``: the coordinate system, as for grid files.  ``sketch``: drawn for orientation alone (示意).
    """

    file: str = Field(min_length=1)  # relative to the city's file
    layer: str = ""
    crs: Annotated[str, AfterValidator(_crs)] = ""
    kind: str = "kind"
    kinds: Annotated[dict[str, tuple[str, ...]], AfterValidator(_kinds)] = {}
    sketch: bool = False


class MapSetting(_Part):
    """``attribution`` credits the source of the outlines; without ``basemap`` nothing is loaded from elsewhere."""

    attribution: Attribution | None = None
    basemap: Basemap | None = None
    context: ContextLayer | None = None

    def beside(self, folder: Path) -> MapSetting:
        """The same with the path of the context layer's file, which is relative to the city's file in ``folder``."""
        if self.context is None:
            return self
        return self.model_copy(update={"context": self.context.model_copy(update={"file": str(folder / self.context.file)})})


__all__ = ["Basemap", "ContextLayer", "MapSetting"]
