"""Values by name, as they come from a TOML or JSON file, from a row of a table, or as columns on their way to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

#: A row, an object of JSON, a table of TOML: each value of a kind of its own.
Record: TypeAlias = dict[str, Any]
#: The same where it is only read.
Values: TypeAlias = Mapping[str, Any]
#: Values of one column, or of one row, as a driver or a file gives or takes them.
Given: TypeAlias = list[Any]
GivenRow: TypeAlias = tuple[Any, ...]
