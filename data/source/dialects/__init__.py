"""Where database engines differ: one file per engine; a file placed here is found automatically.

May import: ``data.source`` files below the reader (rows, identity, questions).
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from data.source.dialects.base import Dialect


@cache
def dialects() -> dict[str, Dialect]:
    """Every supported engine, by SQLAlchemy's names for it ("mysql" and "mariadb" are one)."""
    found = [import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__) if m.name != "base"]
    return {name: module.DIALECT for module in found for name in module.DIALECT.names}


def dialect_of(name: str) -> Dialect:
    """The engine that SQLAlchemy calls ``name``; an unknown one gets the common defaults."""
    return dialects().get(name) or Dialect((name,))


__all__ = ["Dialect", "dialect_of", "dialects"]
