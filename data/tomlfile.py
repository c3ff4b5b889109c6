"""Files of ours by id or path, read as TOML; what is wrong is a FileFault that names the place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from data.errors import FileFault, did_you_mean


def find(kind: str, named: str | Path, folder: Path) -> Path:
    """The file of an id (its name in ``folder``), or the path that was given.  FileFault for an unknown id."""
    text = str(named)
    if text.endswith(".toml") or "/" in text:
        return Path(text)
    path = folder / f"{text}.toml"
    if not _there(path):
        known = sorted(p.stem for p in folder.glob("*.toml"))
        raise FileFault(f"{kind} '{text}'", [("", f"there is no such {kind}{did_you_mean(text, known)}")])
    return path


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:         # a name longer than a file's may be
        return False


def read(path: Path) -> dict[str, Any]:
    """The file's tables.  FileFault where it cannot be read or is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FileFault(str(path), [("", f"not TOML: {error}")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileFault(str(path), [("", f"cannot be read: {error}")]) from None
