"""Find the header row of a sheet: below a title, merged over two rows, or simply the first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data.draft.times import plain_text, time_of

#: Number of rows examined.
SEEN = 30
_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?%?")


def is_data(cell: str) -> bool:
    """Whether a cell is a number or a time, which headers are not."""
    text = plain_text(cell)
    return bool(_NUMBER.fullmatch(text)) or time_of(text) is not None


def find_header(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]] | None:
    """(rows before the data, names) from a sheet's first rows; None if no row can be a header.

    The header is the first row that fills most of the sheet's width and holds neither numbers nor times.  If its merged
    cells leave gaps that the next row fills, the two form one header: ``时间 派遣``.
    """
    rows = rows[:SEEN]
    widths = [sum(bool(c.strip()) for c in row) for row in rows]
    widest = max(widths, default=0)
    if widest == 0:
        return None
    for i, row in enumerate(rows):
        if widths[i] < max(0.5 * widest, min(2, widest)) or any(is_data(c) for c in row if c.strip()):
            continue
        if len({c.strip() for c in row if c.strip()}) < widths[i] * 0.7:
            continue  # a merged title, repeated in every cell of the merge
        below = rows[i + 1] if i + 1 < len(rows) else ()
        if _goes_on(row, below, rows[i + 2 :]):
            return i + 2, _joined(row, below)
        return i + 1, [c.strip() for c in row]
    return None


def _goes_on(upper: Sequence[str], lower: Sequence[str], data: Sequence[Sequence[str]]) -> bool:
    gaps = [j for j, c in enumerate(lower) if c.strip() and (j >= len(upper) or not upper[j].strip())]
    return (
        bool(gaps)
        and not any(is_data(c) for c in lower if c.strip())
        and any(is_data(c) for row in data for c in row if c.strip())
    )


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    out, group = [], ""
    for j in range(max(len(upper), len(lower))):
        above = upper[j].strip() if j < len(upper) else ""
        below = lower[j].strip() if j < len(lower) else ""
        group = above or (group if below else "")
        out.append(f"{group} {below}".strip() if below and below != group else above or below)
    return out
