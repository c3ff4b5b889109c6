"""Files we write are private: folders 0700, files 0600, whatever the inherited umask."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

#: Default folder for everything stored.
HOME = Path("var")
_FOLDER, _FILE = 0o700, 0o600
#: Suffixes of the files that databases write beside their own.
_BESIDE = ("", ".wal", "-wal", "-shm", "-journal", ".damaged", ".wal.damaged", ".loading", ".loading.wal", ".server", ".tmp")


def keep_to_ourselves() -> None:
    """Set the umask so that all files created from now on by this process and its children are private, including those that
    a database writes beside its file."""
    os.umask(0o077)


def make_folder(path: Path) -> None:
    """Create a private folder and its parents; an existing one is left unchanged."""
    path.mkdir(_FOLDER, parents=True, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a small private file; never readable by others, not even while it is written."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # an older one may have other permissions, or be a link
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE), "w", encoding="utf-8") as file:
        file.write(text)


def create_private(path: Path) -> None:
    """Create an empty private file if there is none, so that whoever fills it keeps its permissions.

    An existing one is not opened: closing it would release this process's locks on it.
    """
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE))


def tighten(path: Path) -> None:
    """Remove others' permissions from a file and its database side files.  Only for files of our own account."""
    for end in _BESIDE:
        _tighten(path.with_name(path.name + end))


def tighten_folder(folder: Path = HOME) -> None:
    """Remove others' permissions from a folder and everything in it; links are skipped."""
    if not folder.is_dir():
        return
    _tighten(folder.resolve())
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            _tighten(Path(place, name))


def _tighten(path: Path) -> None:
    with contextlib.suppress(OSError):
        found = path.lstat()
        wanted = _FOLDER if stat.S_ISDIR(found.st_mode) else _FILE if stat.S_ISREG(found.st_mode) else None
        if wanted is not None and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(stat.S_IMODE(found.st_mode) & wanted)
