"""Diagnose the facts' file from DuckDB's own messages, and deal with a damaged one.

DuckDB keeps a checksum with every block of the file and every entry of its log, so damaged bytes are reported by the read that
meets them.  A fault in native code may instead crash the whole process; so where the previous process did not close the file,
it is first opened in a separate process.  ``Opened`` is the note beside the file that records this.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal, NamedTuple

import duckdb

from data.errors import DamagedFactsError, DiskError, FactsError

Trouble = Literal["lock", "full", "read_only", "damage", "suspect", "refused", "other"]
#: The first match names the trouble: a full disk also ends in "fatal errors" and failed checkpoints.
_WORDS: tuple[tuple[Trouble, tuple[str, ...]], ...] = (
    ("lock", ("Could not set lock on file", "Conflicting lock is held")),
    (
        "full",
        (
            "No space left on device",
            "Disk quota exceeded",
            "File too large",
            "Could not write all bytes",
            "max_temp_directory_size",
        ),
    ),
    ("read_only", ("Read-only file system", "in read-only mode")),
    (
        "refused",
        (
            "Permission denied",
            "Too many open files",
            "Cannot allocate memory",
            "different configuration",
            "Is a directory",
            "No such file",
        ),
    ),
    (
        "damage",
        (
            "Corrupt",
            "corrupt",
            "checksum",
            "not a valid DuckDB database file",
            "Could not read",
            "replaying WAL",
            "WAL",
            "MetadataReader",
            "database file with version number",
            "deserialize",
            "Deserialize",
        ),
    ),
)
#: Time limits (s) of the trial open and of the trial read of the whole file; past them the file is opened untested.
_OPENING_S, _READING_S = 60.0, 600.0
_VERIFY = Path(__file__).with_name("verify.py")


def trouble_of(error: BaseException) -> Trouble:
    """``suspect``: DuckDB gave up for an internal reason that may lie in the file; ``refused``: the file is not to blame."""
    said = str(error)
    for trouble, words in _WORDS:
        if any(word in said for word in words):
            return trouble
    if isinstance(error, duckdb.SerializationException):
        return "damage"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "refused"
    return "suspect" if isinstance(error, (duckdb.FatalException, duckdb.InternalException)) else "other"


def fault_of(url: str, error: BaseException, doing: str = "") -> FactsError:
    """The FactsError for a DuckDB error at a read or write.  ``doing`` begins the sentence: what was being done."""
    line = str(error).splitlines()[0] if str(error) else type(error).__name__
    trouble = trouble_of(error)
    if trouble == "damage":
        return DamagedFactsError(f"{url}: the file is damaged ({line})", f"{url}：文件已损坏（{line}）")
    if trouble in ("full", "read_only"):
        return disk_fault(url, line, trouble == "read_only")
    return FactsError(f"{url}: {doing}{line}")


def fault_of_damage(url: str, said: str) -> DamagedFactsError:
    return DamagedFactsError(f"{url}: the file is damaged ({said})", f"{url}：文件已损坏（{said}）")


def disk_fault(url: str, said: str, read_only: bool) -> DiskError:
    if read_only:
        return DiskError(
            f"{url}: the file system is read-only, nothing was written ({said})", f"{url}：文件系统只读，未能写入（{said}）", True
        )
    return DiskError(f"{url}: the disk is full, nothing was written ({said})", f"{url}：磁盘已满，未能写入（{said}）", False)


class Moved(NamedTuple):
    """Where a damaged file is kept; ``path`` None = not kept, because the disk has no room for it beside a new one, or, with
    ``was_gone``, because somebody else had removed it."""

    path: Path | None
    was_gone: bool = False

    def said(self) -> tuple[str, str]:
        """(English, Chinese)"""
        if self.was_gone:
            return "nothing of it was left to keep", "原文件已不在"
        if self.path is None:
            return ("it was removed, since the disk has no room to keep it", "磁盘空间不足以保留，已删除")
        return f"it is kept as {self.path}", f"原文件保留为 {self.path}"


def move_aside(path: str) -> Moved:
    """Move a damaged file and its log away, replacing one moved earlier: at most one is kept, and none where the disk has no
    room for another of its size."""
    kept = Path(path + ".damaged")
    for old in (kept, Path(path + ".wal.damaged")):
        old.unlink(missing_ok=True)
    file = Path(path)
    size = sum(p.stat().st_size for p in (file, Path(path + ".wal")) if p.exists())
    if shutil.disk_usage(file.parent).free < size:
        remove_file(path)
        return Moved(None)
    for name in (path + ".wal", path):
        if Path(name).exists():
            os.replace(name, name + ".damaged")
    return Moved(kept) if kept.exists() else Moved(None, was_gone=True)


def remove_file(path: str) -> None:
    """Remove a DuckDB file and its write-ahead log."""
    for name in (path, path + ".wal"):
        Path(name).unlink(missing_ok=True)


def verify(path: str, whole: bool) -> str:
    """Open the file in another process, and read all of it if ``whole``; return what is wrong with it, "" = nothing.

    Failures that say nothing about the file (held by another process, out of memory, timeout) return "".
    """
    command = [sys.executable, "-P", str(_VERIFY), path, *(["whole"] if whole else [])]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_READING_S if whole else _OPENING_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if done.returncode < 0:
        return f"reading it ended the process by signal {-done.returncode}"
    said = done.stdout.decode(errors="replace").strip()
    if not said.startswith("error "):
        return ""
    kind, _, line = said.removeprefix("error ").partition(": ")
    error = getattr(duckdb, kind, duckdb.Error)(line)
    return line if trouble_of(error) in ("damage", "suspect") else ""


def held_by_another(path: str) -> bool:
    """Whether another process has the file open.  Do not call it while this process has: it would drop our own locks."""
    try:
        with open(path, "rb") as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


class Opened:
    """The note beside the file: that it is ours, whether it is open, and how often in a row it was not closed."""

    def __init__(self, path: str) -> None:
        self._note = Path(path + ".opened")
        self._before = self._read()

    def _read(self) -> dict[str, int]:
        try:
            held = json.loads(self._note.read_text(encoding="utf-8"))
            return {"open": int(held["open"]), "unclosed": int(held["unclosed"])}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    @property
    def ours(self) -> bool:
        """Whether we have had the file open before."""
        return bool(self._before)

    @property
    def unclosed(self) -> int:
        """How often in a row, up to the last time, the file was not closed."""
        return self._before.get("unclosed", 0) + 1 if self._before.get("open") else 0

    def opening(self) -> None:
        self._write({"open": 1, "unclosed": self.unclosed})

    def restore(self) -> None:
        """Undo the note: the file was not opened after all."""
        if self._before:
            self._write(self._before)
        else:
            with contextlib.suppress(OSError):
                self._note.unlink(missing_ok=True)

    def lasting(self) -> None:
        """Note that the file has been in use for a while."""
        self._write({"open": 1, "unclosed": 0})

    def closed(self) -> None:
        self._write({"open": 0, "unclosed": 0})

    def _write(self, held: dict[str, int]) -> None:
        with contextlib.suppress(OSError):  # a full or read-only disk: the facts can still be read
            self._note.touch(mode=0o600)
            self._note.write_text(json.dumps(held), encoding="utf-8")


class Watched:
    """Watches the open file for another one put in its place, or for writes by another program.

    The handle is opened before DuckDB's and closed after it, because closing any handle of a file drops the process's locks on
    it.
    """

    #: The main header and the two database headers, of which the newer counts; each checkpoint writes one.
    HEADERS = 3 * 4096

    def __init__(self, path: str) -> None:
        self._path = path
        self._handle = os.open(path, os.O_RDONLY)
        self._head = b""
        self.written()

    def written(self) -> None:
        """Note that the file's present content is ours."""
        self._head = os.pread(self._handle, self.HEADERS, 0)

    def foreign(self) -> str:
        """What another program did to the file; "" = nothing."""
        own = os.fstat(self._handle)
        try:
            found = os.stat(self._path)
        except OSError:
            return "it was removed while it was open"
        if (found.st_ino, found.st_dev) != (own.st_ino, own.st_dev):
            return "another file was put in its place while it was open"
        if os.pread(self._handle, self.HEADERS, 0) != self._head:
            return "it was written over while it was open"
        return ""

    def close(self) -> None:
        os.close(self._handle)


__all__ = [
    "Moved",
    "Opened",
    "Trouble",
    "Watched",
    "disk_fault",
    "fault_of",
    "fault_of_damage",
    "held_by_another",
    "move_aside",
    "remove_file",
    "trouble_of",
    "verify",
]
