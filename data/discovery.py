"""Self-filling registries: a declaration in a module of a package is registered because the file exists."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Protocol, TypeVar


class Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=Named)


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """All modules below ``package`` (without packages), ordered by name, imported."""
    for found in sorted(pkgutil.walk_packages(package.__path__, f"{package.__name__}."), key=lambda m: m.name):
        if not found.ispkg:
            yield import_module(found.name)


def registry(kind: type[N], constant: str, *packages: ModuleType) -> dict[str, N]:
    """By id, the declarations of the modules below ``packages``: ``constant`` ("METRIC"), or a tuple in its plural ("METRICS").

    Raises TypeError for a declaration of another type, ValueError for a duplicate id; both name the file.
    """
    found: dict[str, N] = {}
    for package in packages:
        for module in modules(package):
            own = getattr(module, f"{constant}S", None)
            for item in own if own is not None else [vars(module)[constant]] if constant in vars(module) else []:
                if not isinstance(item, kind):
                    raise TypeError(f"{module.__name__}.{constant} is no {kind.__name__}: {item!r}")
                if found.setdefault(item.id, item) is not item:
                    raise ValueError(f"{module.__name__}: a second {kind.__name__} is called '{item.id}'")
    return found
