"""Reads a Shapefile (also in a .zip) or a layer of a GeoPackage with geopandas (pyogrio, which loads GDAL).

Importing them takes a quarter of a second and 40 MB, so it is done only where a file is read.
"""

from __future__ import annotations

import contextlib
import tempfile
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from geo.features import Feature, Keys, Told, refused
from geo.json_file import read_json
from geo.shapefile import NEEDED, OPTIONAL, check_whole, encoding_of, files_of, mended
from geo.shapes import Properties

SUFFIXES = (".shp", ".zip", ".gpkg")
#: Maximum total size of the files in a .zip once unpacked (bytes).
LARGEST = 1_000_000_000
_SQLITE = b"SQLite format 3\0"
_PLAIN = ("FeatureCollection", "Feature")


class Drawing(NamedTuple):
    """``features`` with their shapes in the system ``crs`` (a code or WKT, "" = not stated), as given in ``where``."""

    features: Sequence[Feature]
    crs: str
    where: str
    notes: tuple[Told, ...] = ()


def is_vector_file(path: str | Path) -> bool:
    return Path(path).suffix.lower() in SUFFIXES


def parts_of(path: Path) -> list[Path]:
    """The files that make up the given file, in order."""
    return [file for _, file in sorted(files_of(path).items())] if path.suffix.lower() == ".shp" else [path]


def look_at(path: Path, layer: str, stated: str) -> None:
    """Checks without reading it.  Raises GridFileError: it is missing, incomplete, or of another kind; or it is a Shapefile
    without .prj whose coordinate system is not stated."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        said = error.strerror
        raise refused(
            path,
            "",
            Told(
                f"cannot be read: {said}; paths are relative to the working directory", f"读不了：{said}；相对路径从工作目录算起"
            ),
        ) from None
    kind = path.suffix.lower()
    if kind == ".gpkg" and head != _SQLITE:
        raise refused(path, "", Told("is no GeoPackage (its first bytes are others)", "不是 GeoPackage（文件头不符）"))
    if kind == ".zip" and not zipfile.is_zipfile(path):
        raise refused(path, "", Told("is no .zip, or is not whole", "不是 .zip，或文件不完整"))
    if kind == ".shp":
        if layer:
            raise no_layer(path, layer)
        if ".prj" not in check_whole(path) and not stated:
            from geo.coordinates import to_degrees

            to_degrees(path, np.zeros(0, object), "", "", _where(path))


def read_drawing(path: Path, keys: Keys | None, layer: str = "") -> Drawing:
    """The features of the file with the properties ``keys`` (None: with all).  ``layer`` names a layer of a GeoPackage, or one
    of several Shapefiles in a .zip; "" = the only one.

    Raises GridFileError if it cannot be read.
    """
    kind = path.suffix.lower()
    if kind == ".gpkg":
        return _read(path, keys, _layer_of(path, layer), "utf-8", f"layer {_layer_of(path, layer)}")
    if kind == ".shp":
        return _shapefile(path, path, keys)
    with tempfile.TemporaryDirectory() as folder:
        return _shapefile(path, _unpacked(path, layer, Path(folder)), keys)


def read_plain(path: Path) -> Drawing:
    """The features of a GeoJSON file with all their properties, as GDAL reads it (degrees where it names no system).

    Raises GridFileError if it cannot be read, or is no GeoJSON: GDAL goes by a file's content, and there are kinds of file that
    lead it on to other files or hosts (VRT, WFS, GDALG).
    """
    if not path.is_file():
        raise refused(path, "", Told("there is no such file", "没有这个文件"))
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise refused(path, "", Told(f"cannot be read: {error}", f"读不了：{error}")) from None
    if not isinstance(content, dict) or content.get("type") not in _PLAIN:
        raise refused(path, "", Told("is no GeoJSON (its type is another)", "不是 GeoJSON（type 不符）"))
    return _read(path, None, None, "utf-8", "its member crs")


def _shapefile(named: Path, path: Path, keys: Keys | None) -> Drawing:
    files = check_whole(path)
    encoding, notes = encoding_of(named, files)
    table = mended(files[".dbf"].read_bytes(), encoding)
    if table is None:
        return _read(files[".shp"], keys, None, encoding, _where(path), notes)
    with tempfile.TemporaryDirectory() as folder:
        for suffix, file in files.items():
            (Path(folder) / f"{path.stem}{suffix}").write_bytes(table if suffix == ".dbf" else file.read_bytes())
        return _read(Path(folder) / f"{path.stem}.shp", keys, None, encoding, _where(path), notes)


def _where(path: Path) -> str:
    return "its .prj" if ".prj" in files_of(path) else "there is no .prj beside it"


def _read(path: Path, keys: Keys | None, layer: str | None, encoding: str, where: str, notes: tuple[Told, ...] = ()) -> Drawing:
    import geopandas as gpd
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    options: Properties = {} if layer is None else {"layer": layer}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # e.g. about ring orientation: features that cannot be drawn are counted anyway
            info = pyogrio.read_info(path, encoding=encoding, **options)
            names = [str(f) for f in info["fields"]]
            table = gpd.read_file(
                path,
                engine="pyogrio",
                encoding=encoding,
                columns=[n for n in names if keys is None or n in keys],
                on_invalid="ignore",
                use_arrow=True,
                arrow_to_pandas_kwargs={"integer_object_nulls": True},  # a code of 18 digits must not become a float
                **options,
            )
    except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError, RuntimeError) as error:
        said = str(error).splitlines()[0][:200]
        raise refused(path, "", Told(f"cannot be read: {said}", f"读不了：{said}")) from None
    if not isinstance(table, gpd.GeoDataFrame):
        raise refused(path, "", Told("has no outlines, only a table", "只有表格，没有轮廓"))
    held = {n: table[n].astype(object).tolist() for n in table.columns if n != table.geometry.name}
    bare = dict.fromkeys(names)
    features = [
        Feature(
            {**bare, **{n: values[i] for n, values in held.items()}}, shape, "" if shape is not None else "its geometry is null"
        )
        for i, shape in enumerate(table.geometry)
    ]
    return Drawing(features, str(info["crs"] or ""), where, notes)


def _layer_of(path: Path, layer: str) -> str:
    """The named layer of outlines, or the only one.  Raises GridFileError."""
    import pyogrio
    from pyogrio.errors import DataSourceError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = [str(name) for name, kind in pyogrio.list_layers(path).tolist() if kind is not None]
    except (DataSourceError, RuntimeError) as error:
        said = str(error).splitlines()[0][:200]
        raise refused(path, "", Told(f"cannot be read: {said}", f"读不了：{said}")) from None
    return _one_of(path, layer, found, ("layer of outlines", "图层"))


def _one_of(path: Path, layer: str, found: list[str], kind: tuple[str, str]) -> str:
    listed = ", ".join(found[:12]) or "none"
    if layer in found:
        return layer
    if layer:
        raise refused(
            path,
            "layer",
            Told(f"it has no {kind[0]} called '{layer}'; there are: {listed}", f"没有叫“{layer}”的{kind[1]}；现有：{listed}"),
        )
    if len(found) == 1:
        return found[0]
    what = f"it has more than one {kind[0]}" if found else f"it has no {kind[0]}"
    zh = f"有多个{kind[1]}" if found else f"没有{kind[1]}"
    raise refused(
        path,
        "layer",
        Told(
            f"{what}; name one under [shapes], layer = ...; there are: {listed}",
            f"{zh}；请在 [shapes] 写 layer = ...；现有：{listed}",
        )
        if found
        else Told(what, zh),
    )


def no_layer(path: Path, layer: str) -> Exception:
    return refused(
        path,
        "layer",
        Told(
            f"'{layer}': only a GeoPackage, or a .zip of several Shapefiles, has layers; leave it out",
            f"“{layer}”：只有 GeoPackage 或含多个 Shapefile 的 .zip 才有图层；请删去",
        ),
    )


def _unpacked(path: Path, layer: str, folder: Path) -> Path:
    """The .shp of a Shapefile in a .zip, unpacked into ``folder``.  Raises GridFileError."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {_member(m): m for m in archive.infolist() if not m.is_dir()}
            there = [name for name in members if name.suffix.lower() == ".shp" and "__MACOSX" not in name.parts]
            by_stem = {name.stem: name for name in there}
            chosen = by_stem[_one_of(path, layer, sorted(by_stem), ("Shapefile (.shp)", " Shapefile（.shp）"))]
            wanted = [
                (name.suffix.lower(), member)
                for name, member in members.items()
                if name.parent == chosen.parent and name.stem == chosen.stem and name.suffix.lower() in (*NEEDED, *OPTIONAL)
            ]
            if sum(member.file_size for _, member in wanted) > LARGEST:
                said = f"{LARGEST // 1_000_000:,} MB"
                raise refused(
                    path, "", Told(f"holds more than {said}; unpack it, and name the .shp", f"超过 {said}；请解压后写 .shp")
                )
            for suffix, member in wanted:
                (folder / f"{chosen.stem}{suffix}").write_bytes(archive.read(member))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise refused(path, "", Told(f"cannot be unpacked: {error}", f"不能解压：{error}")) from None
    return folder / f"{chosen.stem}.shp"


def _member(member: zipfile.ZipInfo) -> Path:
    """The name of a file in a .zip; older programs write Chinese names in GBK without flagging it."""
    name = member.filename
    if not member.flag_bits & 0x800 and not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return Path(name)


__all__ = ["SUFFIXES", "Drawing", "is_vector_file", "look_at", "no_layer", "parts_of", "read_drawing", "read_plain"]
