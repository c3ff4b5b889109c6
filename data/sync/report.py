"""What a load or a tick did, and what a reconciliation found and did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SyncReport:
    """``changed`` events were derived again; ``newest_ms`` is the newest instant of a record up to now (-1 = none)."""

    changed: int
    faults: int
    newest_ms: int
    read_at_ms: int
    took_ms: float
    loaded: bool = False


@dataclass(frozen=True)
class ReconcileReport:
    """``days`` were compared, of which ``differing`` did not agree; ``reread`` events were derived again, ``gone`` removed.

    ``grid_changed``: the grid itself has changed, or the source now compares ids differently, so that everything was reloaded.
    """

    days: int
    differing: int
    reread: int
    gone: int
    took_ms: float
    grid_changed: bool = False
