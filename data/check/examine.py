"""One examination: everything is read once, passed through the load's own pass, and judged check by check."""

from __future__ import annotations

from datetime import datetime

from data.check.case import CaseSeen, choose, now_of, see
from data.check.codes import codes
from data.check.delivery import Delivery, deliver, unsaid
from data.check.examined import Examined, Look
from data.check.feeds import feeds
from data.check.finding import Finding
from data.check.identity import identity
from data.check.land import land
from data.check.load import Account, Tally
from data.check.losses import losses
from data.check.place import place
from data.check.report import Report
from data.check.rows import keys, rows
from data.check.sample import EVENTS
from data.check.scenes import unreached
from data.check.speed import indexes, queries
from data.check.times import times
from data.city.city import Grid
from data.city.profile import Profile
from data.clock.calendar import clock_of
from data.clock.instants import ms
from data.errors import GridWallError
from data.source.mapping import Mapping, check_mapping
from data.source.reader import Source
from data.source.reading import Reading
from data.sync.grid import grid_of
from data.sync.load_pass import pass_events, pass_grid
from data.sync.usable import Fault
from data.types.records import Record

_ORDER = ("event", "transition", "grid", "department", "asset", "sign")
#: All checks, in the order in which their findings are reported.  A new one is a function in a file of its own, its
#: sentences a file of ``data.check.words``.
LOOKS: tuple[Look, ...] = (rows, losses, keys, identity, codes, unreached, times, place, land, queries, feeds)


def examine(source: Source, profile: Profile, now: datetime, *, fast: bool = False, case: str = "") -> Report:
    """The report on ``source`` for the city ``profile``; ``now`` decides what is in the future.

    ``fast`` reads a sample of a large source; ``case`` is the number of the case to show (default: the one with the most
    log rows).  Raises FileError if the mapping does not fit the city, SourceError if the database cannot be reached,
    QueryError if no event has that case number.
    """
    mapping = source.mapping
    check_mapping(mapping, profile)
    speed: list[Finding] = []

    def look(reading: Reading, tables: tuple[str, ...]) -> None:
        speed.extend(indexes(mapping, reading, set(tables)))

    got = deliver(source, look, EVENTS if fast else None, case)
    seen = _passed(got, mapping, profile, ms(now), case)
    found = speed + [f for each in LOOKS for f in each(seen)]
    found.sort(key=lambda f: _ORDER.index(f.table) if f.table in _ORDER else len(_ORDER))
    asked = sorted(((q, s) for q, s, _ in got.queries), key=lambda q: -q[1])
    tables = tuple(got.reads[t] for t in _ORDER if t in got.reads)
    return Report(
        mapping.mapping.id,
        profile.city.id,
        source.name,
        now,
        tables,
        tuple(asked),
        tuple(found),
        got.sample,
        seen.accounts,
        seen.rejected,
        seen.case,
    )


def _passed(got: Delivery, mapping: Mapping, profile: Profile, now_ms: int, number: str) -> Examined:
    """The delivery with the results of the load's pass.  If the pass fails, a load would too: the error is reported."""
    clock, tally = clock_of(profile), Tally(got)
    rows: Record = {"code": [], "geometry": []}
    cells: Grid | None = None
    case: CaseSeen | None = None
    faults: list[Fault] = []
    stopped: tuple[str, str] | None = None
    accounts: tuple[Account, ...] = ()
    try:
        rows, faults = pass_grid(got.frames.get("grid"), profile, mapping)
        cells = grid_of(rows)
        tally.add_grid(rows, faults, profile.city.code)
        if {"event", "transition"} <= got.frames.keys():
            eid = choose(got, number)
            for part in pass_events(got.frames["event"], got.frames["transition"], profile, cells, clock):
                tally.add(part)
                if eid is not None and case is None:
                    case = see(part, eid, got, profile, clock, now_of(mapping, got, now_ms))
        accounts = tuple(tally.accounts())
    except GridWallError:
        raise
    except Exception as error:
        stopped = "grid" if cells is None else "event", unsaid(error)
    rejected = tuple(r for r in tally.rejected() if not ("grid" in got.failed and r.reason == "unknown_grid"))
    return Examined(got, mapping, profile, now_ms, rows, faults, cells, accounts, rejected, case, stopped)
