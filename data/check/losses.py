"""How much of each table the load would not use."""

from __future__ import annotations

from collections.abc import Iterator

from data.check.examined import Examined
from data.check.finding import Finding, finding


def losses(seen: Examined) -> Iterator[Finding]:
    """One finding a table that the load's pass goes through; and one where the pass itself does not come to its end."""
    if seen.stopped:
        table, error = seen.stopped
        yield finding("load_stops", table, 1, 1, error=error)
    limit = seen.profile.service.rejected_share  # above it the wall itself says that it tells little
    for a in seen.accounts:
        yield finding("set_aside", a.table, a.aside, a.read, bad=a.aside > limit * a.read, kept=f"{a.kept:,}")
