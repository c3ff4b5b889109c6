"""The files that make up a Shapefile, and the encoding of its table: as stated in the .cpg, else as detected from the bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from geo.features import Told, refused

NEEDED, OPTIONAL = (".shp", ".shx", ".dbf"), (".prj", ".cpg")
_MAGIC = b"\x00\x00\x27\x0a"
#: Byte 29 of a .dbf, for values that name one code page.
_CODE_PAGES = {
    0x13: "cp932",
    0x4D: "gb18030",
    0x4E: "cp949",
    0x4F: "cp950",
    0x78: "cp950",
    0x79: "cp949",
    0x7A: "gb18030",
    0x7B: "cp932",
}
#: Supersets to use in place of these encodings.
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}


def files_of(path: Path) -> dict[str, Path]:
    """Suffix (lower case) -> file, for those present beside ``path`` under its name."""
    wanted = {*NEEDED, *OPTIONAL}
    try:
        beside = sorted(path.parent.iterdir(), key=lambda p: p.suffix.islower())
    except OSError:
        return {}
    return {p.suffix.lower(): p for p in beside if p.stem == path.stem and p.suffix.lower() in wanted and p.is_file()}


def check_whole(path: Path) -> dict[str, Path]:
    """``files_of``, complete.  Raises GridFileError."""
    files = files_of(path)
    missing = [s for s in NEEDED if s not in files]
    if missing:
        listed = ", ".join(f"{path.stem}{s}" for s in missing)
        raise refused(
            path,
            "",
            Told(
                f"{listed} is missing beside it; a Shapefile is .shp, .shx and .dbf of one name, .prj and .cpg",
                f"旁边缺少 {listed}；Shapefile 由同名的 .shp、.shx、.dbf（及 .prj、.cpg）组成",
            ),
        )
    with files[".shp"].open("rb") as file:
        if file.read(4) != _MAGIC:
            raise refused(path, "", Told("is no Shapefile (its first bytes are others)", "不是 Shapefile（文件头不符）"))
    return files


def encoding_of(path: Path, files: dict[str, Path]) -> tuple[str, tuple[Told, ...]]:
    """(the encoding of the table's text, notes about it).

    Raises GridFileError if the .cpg names no known encoding, or one that the text does not match.
    """
    table = _Table(files[".dbf"].read_bytes())
    texts = table.texts()
    said = files[".cpg"].read_bytes()[:64].decode("ascii", "replace").strip() if ".cpg" in files else ""
    if said:
        named = _codec(said)
        if named and _fits(texts, named):
            return named, ()
        fits = "UTF-8" if _fits(texts, "utf-8") else "GBK"
        why = (
            f"the text of its .dbf is not in {said}, as its .cpg says"
            if named
            else f"its .cpg says '{said}', which is no encoding"
        )
        zh = f".cpg 写的是 {said}，而 .dbf 的文字不是这种编码" if named else f".cpg 写的“{said}”不是编码名"
        raise refused(
            path, "cpg", Told(f"{why}; write the right one in the .cpg, e.g. {fits}", f"{zh}；请在 .cpg 写正确的编码，如 {fits}")
        )
    if _fits(texts, "utf-8"):
        return "utf-8", ()
    encoding = _CODE_PAGES.get(table.page, "gb18030")
    if not _fits(texts, encoding):
        raise refused(
            path,
            "cpg",
            Told(
                f"the text of its .dbf is neither in UTF-8 nor in {encoding.upper()}; write its encoding in a .cpg beside it",
                f".dbf 的文字既不是 UTF-8 也不是 {encoding.upper()}；请在旁边放 .cpg 写明编码",
            ),
        )
    name = encoding.upper()
    return encoding, (
        Told(
            f"its text is read as {name}: it is not in UTF-8, and there is no .cpg that names another; look at the names",
            f"文字不是 UTF-8，也没有 .cpg 写明编码，按 {name} 读；请核对名称",
        ),
    )


def _codec(said: str) -> str:
    """Python's name of the encoding in a .cpg ("936", "ANSI 936", "GBK", "UTF-8" ...); "" = none."""
    number = re.fullmatch(r"(?i)(?:(?:ansi|oem|cp|windows)[ _-]?)?(\d{3,5})", said)
    name = {"65001": "utf-8"}.get(number[1], f"cp{number[1]}") if number else re.sub(r"^(?:88591|8859_1)$", "latin-1", said)
    try:
        name = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return _WIDER.get(name, name)


def mended(raw: bytes, encoding: str) -> bytes | None:
    """The table without characters cut in half by the width of a column's name or value; None if there are none."""
    table = _Table(raw)
    if _whole(table.texts(), encoding):
        return None
    out = bytearray(raw)
    for start, end, blank in table.places():
        text = bytes(out[start:end])
        kept = _uncut(text, encoding)
        out[start + len(kept) : end] = blank * (len(text) - len(kept))
    return bytes(out)


class _Table:
    """Positions of text in a dBASE table (``raw``): the column names, and the values of character columns."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.page = raw[29] if len(raw) > 32 else 0
        self.names: list[tuple[int, int]] = []
        self.columns: list[tuple[int, int]] = []
        n, self.head, self.width = (int.from_bytes(raw[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
        at = 1  # the first byte of a row says whether it was deleted
        for start in range(32, min(self.head, len(raw)) - 31, 32):
            field = raw[start : start + 32]
            if field[0] == 0x0D:
                break
            wide = field[16] + (256 * field[17] if field[11:12] == b"C" else 0)
            self.names.append((start, start + (field[:11].find(b"\0") if b"\0" in field[:11] else 11)))
            if field[11:12] == b"C" and at + wide <= self.width:
                self.columns.append((at, at + wide))
            at += wide
        self.n = max(0, min(n, (len(raw) - self.head) // self.width)) if self.width else 0

    def texts(self) -> set[bytes]:
        """All distinct texts, without padding."""
        found = {self.raw[a:b] for a, b in self.names}
        rows = np.frombuffer(self.raw, np.uint8, self.n * self.width, self.head if self.n else 0).reshape(self.n, -1)
        for begin, end in self.columns if self.n else ():
            found.update(np.ascontiguousarray(rows[:, begin:end]).view(f"S{end - begin}").ravel().tolist())
        return {text.rstrip() for text in found} - {b""}

    def places(self) -> Iterator[tuple[int, int, bytes]]:
        """(begin, end, padding byte) of each text."""
        yield from ((a, b, b"\0") for a, b in self.names)
        for row in range(self.n):
            start = self.head + row * self.width
            yield from ((start + a, start + b, b" ") for a, b in self.columns)


def _fits(texts: Iterable[bytes], encoding: str) -> bool:
    """Whether every text is valid in this encoding; the last character of a text may be cut."""
    decoder = codecs.getincrementaldecoder(encoding)
    try:
        for text in texts:
            decoder().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _whole(texts: Iterable[bytes], encoding: str) -> bool:
    try:
        for text in texts:
            text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _uncut(text: bytes, encoding: str) -> bytes:
    """A text in this encoding up to its last complete character."""
    decoder = codecs.getincrementaldecoder(encoding)()
    decoder.decode(text.rstrip())
    return text[: len(text.rstrip()) - len(decoder.getstate()[0])]


__all__ = ["NEEDED", "OPTIONAL", "check_whole", "encoding_of", "files_of", "mended"]
