"""The wall's default page, laid out for the available data: no map without outlines, no list of missing fields."""

from __future__ import annotations

from typing import NamedTuple

#: More stages are shown as a list (layouts/panels/stage_backlog.py), which needs height rather than width.
COLUMNS = 10
#: More departments need more height than remains under the numbers; the panel ranks at most ``RANKED``.
MANY, RANKED = 8, 20
_HEIGHTS = "minmax(9vh, auto) 152fr 138fr"


class Has(NamedTuple):
    """What the page can show: numbers of members, and what is available."""

    stages: int
    departments: int
    channels: int
    categories: int
    outlines: bool
    due: bool


class Picture(NamedTuple):
    """Layout for one shape of screen: rows of panel ids, CSS track sizes."""

    areas: list[str]
    columns: str
    rows: str


def scene(has: Has) -> dict[str, Picture]:
    """``areas`` (16:9), ``wide`` (32:9) and ``tall`` (portrait)."""
    return {"areas": _standard(has), "wide": _wide(has), "tall": _tall(has)}


def _side(has: Has) -> list[tuple[str, int]]:
    """The right column: (panel, desired height in px at 1080)."""
    side = (
        [("department_response", 110 + 24 * min(has.departments, RANKED) + (70 if has.departments > RANKED else 0))]
        if has.departments
        else []
    )
    side += [("category_top", 170)] if has.categories else []
    side += [("oldest_overdue", 190)] if has.due and has.categories else []  # it omits cases of unknown category
    return side


def _spread(parts: list[tuple[str, int]], rows: int) -> list[str]:
    """One panel id for each of ``rows`` grid rows, in proportion to the weights; each at least one row."""
    if not parts:
        return ["."] * rows
    parts = parts[:rows]
    total = sum(w for _, w in parts)
    cells: list[str] = []
    for i, (panel, weight) in enumerate(parts):
        left = len(parts) - i - 1
        n = max(1, min(rows - len(cells) - left, round(rows * weight / total)))
        cells += [panel] * (n if left else rows - len(cells))
    return cells


def _standard(has: Has) -> Picture:
    """Headline over the full width; then the numbers beside the departments if these are many, else also full width."""
    many, side = has.departments > MANY, _side(has)
    listed = has.stages > COLUMNS
    low = [("hourly_trend", 170), *([("channel_mix", 190)] if has.channels else [])]
    if side and not has.departments and has.channels and not listed:  # one list alone would look lost in its column
        side, low = [*side, low[1]], low[:1]
    rows = 7
    if has.outlines:
        middle = [("stage_backlog", 460 if listed else 250), *reversed(low)]
        body = [f"grid_heat {cell}" for cell in _spread(middle, rows)]
        columns = "590fr 560fr 690fr"
    elif listed:
        body = ["stage_backlog stage_backlog"] * rows  # the list needs all the height: the panels below it move to the side
        side, low = [*side, *reversed(low)], []
        columns = "590fr 590fr 660fr"
    else:
        body = ["stage_backlog stage_backlog"] * (rows - 3) + [f"{low[0][0]} {low[-1][0]}"] * 3
        columns = "590fr 590fr 660fr"
    heights = _HEIGHTS + " 86fr" * rows
    if not side:
        return Picture(["headline headline", "throughput throughput", "kpi_row kpi_row", *body], "1fr 1fr", heights)
    if many or listed:
        right = _spread(side, rows + 2)
        areas = ["headline headline headline", f"throughput throughput {right[0]}", f"kpi_row kpi_row {right[1]}"]
        return Picture(areas + [f"{b} {r}" for b, r in zip(body, right[2:], strict=True)], columns, heights)
    areas = [" ".join([panel] * 3) for panel in ("headline", "throughput", "kpi_row")]
    return Picture(areas + [f"{b} {r}" for b, r in zip(body, _spread(side, rows), strict=True)], columns, heights)


def _wide(has: Has) -> Picture:
    columns: list[list[tuple[str, int]]] = [[("headline", 240), ("throughput", 190), ("hourly_trend", 260)], [("kpi_row", 100)]]
    sizes = ["800fr", "380fr"]
    if has.outlines:
        columns.append([("grid_heat", 100)])
        sizes.append("860fr")
    columns.append([("stage_backlog", 400), *([("channel_mix", 220)] if has.channels and has.stages <= COLUMNS else [])])
    sizes.append("900fr")
    if has.channels and has.stages > COLUMNS:
        columns[-1].append(("channel_mix", 160))
    side = _side(has)
    if side:
        columns.append(side)
        sizes.append("800fr")
    rows = 8
    cells = [_spread(c, rows) for c in columns]
    return Picture([" ".join(row) for row in zip(*cells, strict=True)], " ".join(sizes), "1fr " * (rows - 1) + "1fr")


def _tall(has: Has) -> Picture:
    pairs = [
        ("headline", "headline", "minmax(9vh, auto)"),
        ("throughput", "throughput", "276fr"),
        ("kpi_row", "kpi_row", "182fr"),
    ]
    if has.outlines:
        pairs.append(("grid_heat", "grid_heat", "420fr"))
    pairs.append(("stage_backlog", "stage_backlog", "600fr" if has.stages > COLUMNS else "330fr"))
    rest = [
        p
        for p, there in (
            ("department_response", has.departments),
            ("channel_mix", has.channels),
            ("category_top", has.categories),
            ("oldest_overdue", has.due and has.categories),
            ("hourly_trend", True),
        )
        if there
    ]
    while len(rest) > 1:
        pairs.append((rest.pop(0), rest.pop(0), "260fr"))
    if rest:
        pairs.append((rest[0], rest[0], "220fr"))
    return Picture([f"{a} {b}" for a, b, _ in pairs], "1fr 1fr", " ".join(h for *_, h in pairs))
