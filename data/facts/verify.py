"""``python -P data/facts/verify.py FILE [whole]``: open a DuckDB file; with ``whole`` read every value in it.

Prints "whole", or "error CLASS: DuckDB's message".  It is a process of its own (``data.facts.damage.verify``), because native
code may crash it; it opens the file read-only, so that nothing is changed.
"""

from __future__ import annotations

import sys

import duckdb

#: No downloads, and minimal memory.
SETTINGS = {"threads": 1, "memory_limit": "1GB", "autoinstall_known_extensions": False, "autoload_known_extensions": False}


def main(path: str, whole: bool) -> str:
    try:
        with duckdb.connect(path, read_only=True, config=SETTINGS) as db:  # type: ignore[arg-type]
            tables = db.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
            for schema, table in tables:
                # a count is answered from the metadata; a digest of the rows reads every block
                of = "bit_xor(hash(t))" if whole else "count(*)"
                db.execute(f'SELECT {of} FROM "{schema}"."{table}" AS t').fetchone()
    except duckdb.Error as error:
        return f"error {type(error).__name__}: {str(error).splitlines()[0]}"
    return "whole"


if __name__ == "__main__":
    print(main(sys.argv[1], len(sys.argv) > 2))
