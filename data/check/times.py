"""Times that cannot be parsed, are out of order, or lie in the future."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.check.examined import Examined
from data.check.finding import Finding, finding
from data.source.columns import NONE, Frame
from data.sync.usable import EARLIEST_MS, LATEST_MS
from data.types.arrays import Flags, Ints

_INSTANTS = {
    "event": ("reported_at", "due_at", "closed_at", "first_contact_at", "called_back_at"),
    "transition": ("at", "due_at"),
}
#: Columns that must lie in the past; a time limit may lie in the future.
_PAST = {"event": ("reported_at", "closed_at", "first_contact_at", "called_back_at"), "transition": ("at",)}
#: Tolerated difference between the clocks of two machines.
ALLOWED_MS = 60_000


def times(seen: Examined) -> Iterator[Finding]:
    """Check all times; an instant more than a minute after now is in the future."""
    got, now_ms = seen.got, seen.now_ms
    for table, names in _INSTANTS.items():
        frame = got.frames.get(table)
        for name in names if frame is not None else ():
            assert frame is not None
            if frame.has(name):
                at = frame.ints(name)
                yield finding("bad_time", table, int(((at != NONE) & ~usable(at)).sum()), frame.n, column=name)
                if name in _PAST[table]:
                    late = usable(at) & (at > now_ms + ALLOWED_MS)
                    yield finding("future_time", table, int(late.sum()), frame.n, column=name)
        if frame is not None:
            for name, n in frame.nevers().items():
                yield finding("never_time", table, n, frame.n, column=name)
    if "event" in got.frames:
        yield from _events(got.frames["event"], seen)
    if "event" in got.frames and "transition" in got.frames:
        yield _before_report(got.frames["event"], got.frames["transition"])
    if "transition" in got.frames and got.numbered:
        yield _goes_back(got.frames["transition"])


def usable(at: Ints) -> Flags:
    """Which instants lie between 1990 and 2100."""
    held: Flags = (at >= EARLIEST_MS) & (at < LATEST_MS)
    return held


def _events(events: Frame, seen: Examined) -> Iterator[Finding]:
    """A date without a time counts as its end.  Cases closed before their report are counted by the load's pass if it ran."""
    reported = events.ints("reported_at")
    for id, name in (("closes_before_report", "closed_at"), ("due_before_report", "due_at")):
        if events.has(name):
            at = events.ends(name)
            early = int((usable(reported) & usable(at) & (at < reported)).sum())
            if seen.accounts and id == "closes_before_report":
                early = sum(r.rows for r in seen.rejected if r.reason == id)
            yield finding(id, "event", early, events.n)


def _before_report(events: Frame, log: Frame) -> Finding:
    ids, first = np.unique(events.ints("id"), return_index=True)
    of, at = log.ints("event"), log.ends("at")
    where = np.minimum(np.searchsorted(ids, of), max(len(ids) - 1, 0))
    reported = events.ints("reported_at")[first][where] if len(ids) else np.full(log.n, NONE)
    known = (ids[where] == of) if len(ids) else np.zeros(log.n, bool)
    early = known & usable(at) & usable(reported) & (at < reported)
    return finding("log_before_report", "transition", int(early.sum()), log.n)


def _goes_back(log: Frame) -> Finding:
    """Log rows earlier than the same event's row with the previous key: keys are assigned in writing order."""
    key, of, at = log.ints("key"), log.ints("event"), log.ints("at")
    held = np.flatnonzero(usable(at) & (key != NONE))
    order = held[np.lexsort((key[held], of[held]))]
    back = (of[order][1:] == of[order][:-1]) & (at[order][1:] < at[order][:-1])
    return finding("log_goes_back", "transition", int(back.sum()), log.n)
