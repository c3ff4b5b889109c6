"""Open DuckDB on the facts: which file a URL names, with which settings, and what a failure means."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from data.errors import DamagedFactsError, FactsError
from data.facts.damage import fault_of, trouble_of
from data.secrets.private_files import make_folder, tighten
from data.types.records import Record


def path_of(url: str) -> str:
    """The file that a URL names, ":memory:" where it names none.  Raises FactsError for another dialect."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise FactsError(
            f"facts '{url}': not a URL; write e.g. duckdb:///var/facts.duckdb",
            f"facts“{url}”不是地址；请写如 duckdb:///var/facts.duckdb",
        ) from None
    if parts.get_backend_name() != "duckdb":
        raise FactsError(
            f"facts '{parts.render_as_string()}': the facts live in DuckDB; write e.g. duckdb:///var/facts.duckdb",
            f"facts“{parts.render_as_string()}”：事实库须为 DuckDB；请写如 duckdb:///var/facts.duckdb",
        )
    return parts.database or ":memory:"


def connect(url: str, path: str, read_only: bool = False) -> DuckDBPyConnection:
    """Open the file, creating it if missing.  Raises FactsError where another process holds it; DiskError; DamagedFactsError."""
    # One thread: each query runs on its caller's thread, so that low-priority analysts do not slow the tick.
    # Nothing may be fetched from outside, so extensions are neither installed nor loaded automatically.
    # The newest storage version: its log names the file and checkpoint it belongs to, so that no other file's log is replayed.
    settings: Record = {
        "threads": 1,
        "memory_limit": "4GB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "storage_compatibility_version": "latest",
    }
    try:
        if path != ":memory:":
            make_folder(Path(path).parent)
        database = duckdb.connect(path, read_only=read_only, config=settings)
        if path != ":memory:":
            tighten(Path(path))
        return database
    except (duckdb.Error, OSError) as error:
        said, trouble = str(error).splitlines()[0], trouble_of(error)
        if trouble == "lock":
            raise FactsError(
                f"{url}: another process holds this file; ask that one (GET /api/read/...), stop it, "
                f"or name another file with --facts",
                f"{url}：另一进程正持有此文件；请问那一个（GET /api/read/...）、停止它，或用 --facts 另指文件",
            ) from error
        if trouble in ("full", "read_only"):
            raise fault_of(url, error) from error
        file = Path(path)
        usable = trouble != "refused" and file.is_file() and os.access(file, os.R_OK | os.W_OK)
        kind = DamagedFactsError if usable else FactsError
        raise kind(
            f"{url}: cannot be opened as facts ({said}); remove it and it is built anew from the source, "
            "or name another file with --facts",
            f"{url}：不能作为事实库打开（{said}）；删去后会由源库重建，或用 --facts 另指文件",
        ) from error
