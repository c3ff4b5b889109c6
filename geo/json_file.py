"""Reads a third-party JSON file in its own encoding: UTF-8 with or without a BOM, UTF-16, or GB18030 (GBK, GB2312)."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

logger = logging.getLogger("gridwall")


def read_json(path: str | Path) -> Any:
    """The file's value; an encoding other than UTF-8 is logged.  Raises ValueError with an explanation, and OSError."""
    raw = Path(path).read_bytes()
    text, encoding = _text(raw)
    try:
        content = json.loads(text)
    except RecursionError:
        raise ValueError("not JSON that can be read: its brackets are nested too deep") from None
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None
    if encoding:
        logger.warning(
            "%s: its text is read as %s, not UTF-8; look at the names, or convert it: iconv -f %s -t UTF-8 old > new",
            path,
            encoding,
            encoding,
        )
    return content


def _text(raw: bytes) -> tuple[str, str]:
    """(the text, its encoding if not UTF-8).  Raises ValueError if it is no known encoding."""
    named = json.detect_encoding(raw)  # by BOM, or by the zeros among its first bytes
    try:
        return raw.decode(named), "" if named.startswith("utf-8") else named.upper()
    except UnicodeDecodeError as error:
        if not named.startswith("utf-8"):
            raise ValueError(f"no text in {named.upper()}, as it begins; write it as UTF-8") from None
        line = raw.count(b"\n", 0, error.start) + 1
        broken = f"no text in UTF-8 (line {line}, byte 0x{raw[error.start]:02x})"
    told = raw.decode("utf-8", "replace")
    # a byte pair may be a character in both encodings, three bytes hardly ever
    if sum(c > "\u07ff" and c != "\ufffd" for c in told) <= told.count("\ufffd"):
        try:
            return raw.decode("gb18030"), "GB18030"
        except UnicodeDecodeError:
            broken = f"{broken[:-1]}, and none in GB18030)"
    raise ValueError(f"{broken}; convert it: iconv -f ITS-ENCODING -t UTF-8 old > new")


__all__ = ["read_json"]
