"""Values as TOML text, and the mark that identifies an unedited file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MARK = re.compile(r"^# drafted: ([0-9a-f]{16})$", re.M)


def value(x: object) -> str:
    """A string, number, boolean, list or inline table."""
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, (int, float)):
        return repr(x)
    if isinstance(x, Mapping):
        return "{ " + ", ".join(f"{key(k)} = {value(v)}" for k, v in x.items()) + " }" if x else "{}"
    if isinstance(x, Sequence) and not isinstance(x, str):
        return "[" + ", ".join(value(v) for v in x) + "]"
    return json.dumps(str(x), ensure_ascii=False).replace("\x7f", "\\u007f")


def key(name: str) -> str:
    return name if _BARE.fullmatch(name) else value(name)


def name(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def statement(sql: str) -> str:
    """A SELECT as a multi-line TOML string; quotes stay as they are."""
    return "'''\n" + sql + "'''" if "'''" not in sql else value(sql)


def marked(text: str) -> str:
    """``text`` with its digest in the first line."""
    return f"# drafted: {_digest(text)}\n{text}"


def is_edited(path: Path) -> bool:
    """Whether the file exists and differs from what a draft wrote."""
    if not path.exists():
        return False
    found = path.read_text(encoding="utf-8", errors="replace")
    mark = _MARK.match(found)
    return mark is None or mark[1] != _digest(found[mark.end() + 1 :])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
