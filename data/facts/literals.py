"""Values as DuckDB SQL literals, where binding them would cost more than the statement."""

from __future__ import annotations

import numpy as np


def literal(value: object) -> str:
    """A value as a DuckDB literal; a list as the inside of an IN.  Raises TypeError for a type that none of our statements
    holds."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, np.integer, np.floating)):
        return repr(value.item() if isinstance(value, np.generic) else value)
    if isinstance(value, str):
        # DuckDB's parser takes a NUL for the end of the statement
        parts = ["'" + part.replace("'", "''") + "'" for part in value.split("\0")]
        return parts[0] if len(parts) == 1 else f"({' || chr(0) || '.join(parts)})"
    if isinstance(value, bytes):
        return f"from_hex('{value.hex()}')"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(literal, value)) if value else "NULL"
    raise TypeError(f"{type(value).__name__} {value!r} cannot stand in a statement")
