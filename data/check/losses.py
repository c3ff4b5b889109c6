"""How much of each table the load would reject."""

from __future__ import annotations

from collections.abc import Iterator

from data.check.examined import Examined
from data.check.finding import Finding, finding


def losses(seen: Examined) -> Iterator[Finding]:
    """One finding per table of the load's pass; one more if the pass itself fails."""
    if seen.stopped:
        table, error = seen.stopped
        yield finding("load_stops", table, 1, 1, error=error)
    limit = seen.profile.service.rejected_share  # above it the wall itself warns
    for a in seen.accounts:
        yield finding("set_aside", a.table, a.aside, a.read, bad=a.aside > limit * a.read, kept=f"{a.kept:,}")
