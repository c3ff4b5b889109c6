"""What we write is ours alone: folders 0700, files 0600, whatever the umask was when we were started."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

#: Where everything is kept unless it is named otherwise.
HOME = Path("var")
_FOLDER, _FILE = 0o700, 0o600
#: What databases write beside their file.
_BESIDE = ("", ".wal", "-wal", "-shm", "-journal", ".damaged", ".wal.damaged", ".loading", ".loading.wal", ".server", ".tmp")


def keep_to_ourselves() -> None:
    """From here on whatever this process and its children create is for its own account: also what a database writes beside
    its file, whenever it does."""
    os.umask(0o077)


def make_folder(path: Path) -> None:
    """A folder of ours, with those above it; one that is there stays as it is."""
    path.mkdir(_FOLDER, parents=True, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """A small file of ours; never readable by others, not even while it is written."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # an older one may have other rights, or be a link to somewhere
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE), "w", encoding="utf-8") as file:
        file.write(text)


def create_private(path: Path) -> None:
    """An empty file of ours where there is none, so that who fills it gives it no other rights.

    One that is there is not opened: closing it would give up the locks that this process has on it.
    """
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE))


def tighten(path: Path) -> None:
    """Take the rights of others from a file and what databases keep beside it.  Only what is our own account's."""
    for end in _BESIDE:
        _tighten(path.with_name(path.name + end))


def tighten_folder(folder: Path = HOME) -> None:
    """Take the rights of others from a folder of ours and everything in it; links are left alone."""
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
