"""Values by name: from a TOML or JSON file, from a row of a table, or as columns to be written to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

#: A row, a JSON object, a TOML table: values of different types.
Record: TypeAlias = dict[str, Any]
#: The same, read-only.
Values: TypeAlias = Mapping[str, Any]
#: Values of one column, or of one row, as a driver or a file provides or accepts them.
Given: TypeAlias = list[Any]
GivenRow: TypeAlias = tuple[Any, ...]
