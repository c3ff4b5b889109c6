"""TOML files by id or path; faults are a FileError that names the place."""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path

from data.errors import FileError, Said, did_you_mean, did_you_mean_zh
from data.types.records import Record

#: A city's file has some kB; a larger one (bytes) must be a different file.
LARGEST = 8_000_000
_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def find(kind: str, named: str | Path, folder: Path) -> Path:
    """The file of an id (its name in ``folder``), or the given path.  FileError for an unknown id."""
    text = str(named)
    if text.endswith(".toml") or "/" in text:
        return Path(text)
    path = folder / f"{text}.toml"
    if not _there(path):
        known = sorted(p.stem for p in folder.glob("*.toml"))
        raise FileError(
            f"{kind} '{text}'",
            [
                (
                    "",
                    Said(
                        f"there is no such {kind}{did_you_mean(text, known)}",
                        f"没有这个{'城市' if kind == 'city' else '映射'}{did_you_mean_zh(text, known)}",
                    ),
                )
            ],
        )
    return path


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or with a zero byte
        return False


def read(path: Path) -> Record:
    """The file's tables; a UTF-8 byte-order mark is skipped.  FileError if it cannot be read or is not TOML."""
    try:
        if path.is_dir():
            raise _refused(path, "is a folder; name a .toml file in it", "是文件夹，请写其中的 .toml 文件")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _refused(path, f"cannot be read: {said}", f"读不了：{said}") from None
    if len(raw) > LARGEST:
        raise _refused(
            path,
            f"holds more than {LARGEST // 1_000_000} MB and is no file of ours; name the .toml file",
            f"超过 {LARGEST // 1_000_000} MB，不是我们的文件，请写 .toml 文件",
        )
    try:
        return tomllib.loads(_text(path, raw))
    except tomllib.TOMLDecodeError as error:
        raise _refused(path, f"not TOML: {error}", f"不是 TOML：{error}") from None
    except (RecursionError, ValueError) as error:  # unclosed brackets, a number with thousands of digits
        raise _refused(path, f"not TOML: {str(error) or type(error).__name__}", "不是 TOML：括号或数字过长") from None


def _text(path: Path, raw: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    if encoding in ("", "UTF-8"):
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            encoding = "" if b"\0" in raw else _other(raw)
            if not encoding:
                line = raw.count(b"\n", 0, error.start) + 1
                raise _refused(
                    path,
                    f"is no text in UTF-8 (line {line}, byte 0x{raw[error.start]:02x})",
                    f"不是 UTF-8 文本（第 {line} 行，字节 0x{raw[error.start]:02x}）",
                ) from None
        else:
            if "\0" in text:
                raise _refused(path, "is no text but a binary file; name the .toml file", "是二进制文件，请写 .toml 文件")
            return text
    raise _refused(
        path,
        f"cannot be read: it is in {encoding}, and TOML is UTF-8; convert it: iconv -f {encoding} -t UTF-8 old > new",
        f"读不了：文件是 {encoding} 编码，TOML 须为 UTF-8，请转换：iconv -f {encoding} -t UTF-8 旧 > 新",
    )


def _other(raw: bytes) -> str:
    """The encoding of a Chinese text that is not UTF-8; "" for a damaged UTF-8 text, or no text."""
    told = raw.decode("utf-8", "replace")
    # a pair of bytes can be a character in both encodings, three in a row hardly ever
    whole, broken = sum(c > "\u07ff" and c != "\ufffd" for c in told), told.count("\ufffd")
    if whole > broken:
        return ""
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "GB18030"


def _refused(path: Path, en: str, zh: str) -> FileError:
    return FileError(str(path), [("", Said(en, zh))])
