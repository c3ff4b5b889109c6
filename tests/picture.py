"""``make picture``: docs/architecture.svg, the rooms of the code and which imports which, read from the code itself.

A matrix: a room a row, and a mark in the column of each room that it imports.  Rooms stand in the order of the layers of
pyproject.toml, the lowest first, so that a mark above the diagonal would be an import that points up.
"""

from __future__ import annotations

import tomllib
from html import escape
from itertools import pairwise
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
CELL, LEFT, TOP, RIGHT, BOTTOM = 17, 150, 130, 70, 40
INK, QUIET, GROUND, MARK, LINE = "#17293A", "#5A6B7B", "#FFFFFF", "#1F6F9F", "#D5DCE3"


def rooms() -> list[str]:
    """Every room, the lowest first: ``geo``, the packages of ``data``, ``layouts`` and ``callbacks``, ``dashboard``."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = {c["containers"][0]: c["layers"] for c in contracts if "containers" in c}
    inner = [
        f"{top}.{room.strip()}"
        for top in ("data", "layouts", "callbacks")
        for layer in reversed(layers[top])
        for room in layer.split("|")
    ]
    return ["geo", *inner, "dashboard"]


def imports(names: list[str]) -> dict[str, set[str]]:
    """Room -> the other rooms that its files import."""
    graph = grimp.build_graph("geo", "data", "layouts", "callbacks", "dashboard", cache_dir=None)

    def room_of(module: str) -> str | None:
        return next((n for n in names if module == n or module.startswith(n + ".")), None)

    found: dict[str, set[str]] = {name: set() for name in names}
    for module in graph.modules:
        own = room_of(module)
        if own is not None:
            found[own] |= {room for m in graph.find_modules_directly_imported_by(module) if (room := room_of(m)) and room != own}
    return found


def drawing(names: list[str], found: dict[str, set[str]]) -> str:
    """The matrix as SVG."""
    side = CELL * len(names)
    wide, high = LEFT + side + RIGHT, TOP + side + BOTTOM
    at = {name: i for i, name in enumerate(names)}
    parts = [f'<rect width="{wide}" height="{high}" fill="{GROUND}"/>']
    for name, i in at.items():
        y, x = TOP + CELL * i, LEFT + CELL * i
        parts += [
            f'<rect x="{LEFT}" y="{y}" width="{side}" height="{CELL}" fill="{"#F4F7F9" if i % 2 else GROUND}"/>',
            f'<text x="{LEFT - 8}" y="{y + CELL - 5}" text-anchor="end" fill="{INK}">{escape(name)}</text>',
            f'<text x="{x + 12}" y="{TOP - 8}" transform="rotate(-60 {x + 12} {TOP - 8})" fill="{QUIET}">{escape(name)}</text>',
        ]
    for name, i in at.items():
        parts.append(f'<rect x="{LEFT + CELL * i}" y="{TOP + CELL * i}" width="{CELL}" height="{CELL}" fill="{LINE}"/>')
        for to in sorted(found[name], key=at.__getitem__):
            middle = f'cx="{LEFT + CELL * (at[to] + 0.5)}" cy="{TOP + CELL * (i + 0.5)}"'
            parts.append(f'<circle {middle} r="4.5" fill="{MARK}"><title>{name} imports {to}</title></circle>')
    for i, (before, after) in enumerate(pairwise(names), 1):
        if before.split(".")[0] != after.split(".")[0]:
            parts.append(f'<path d="M8 {TOP + CELL * i}H{LEFT + side}M{LEFT + CELL * i} {TOP}V{TOP + side}" stroke="{QUIET}"/>')
    n = sum(map(len, found.values()))
    parts.append(
        f'<text x="{LEFT}" y="{TOP + side + 24}" fill="{QUIET}">A row imports the columns that are marked: {len(names)} '
        f"rooms, {n} arrows, all of them down.</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'font-family="sans-serif" font-size="11">{"".join(parts)}</svg>\n'
    )


def upward(names: list[str], found: dict[str, set[str]]) -> list[str]:
    """Imports of a room that stands higher; none is expected."""
    return [f"{name} -> {to}" for name in names for to in found[name] if names.index(to) > names.index(name)]


def main() -> None:
    names = rooms()
    found = imports(names)
    path = ROOT / "docs" / "architecture.svg"
    path.write_text(drawing(names, found), "utf-8")
    print(path.relative_to(ROOT), f"{len(names)} rooms, {sum(map(len, found.values()))} arrows", *upward(names, found))


if __name__ == "__main__":
    main()
