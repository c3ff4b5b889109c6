"""The demo city: one call draws a year of a city and writes it as the contract's tables."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.clock.localtime import LocalTime
from data.demo.arrivals import Places, draw_reports
from data.demo.calibration import INSPECT_SLOW, INSPECT_SLOW_HOURS, REGIMES, Regime
from data.demo.courses import run_cases
from data.demo.devices import asset_table, department_table, duty_table, grid_table, position_table, sign_table
from data.demo.log import NULL, Columns, stage_codes, write_down
from data.demo.places import lay_out
from data.demo.store import Progress, sqlite_path, write_city
from data.demo.tempo import DAY, HOUR, Tempo
from data.errors import GridWallError, did_you_mean, did_you_mean_zh

YEAR_DAYS = 365
_STEPS = 4


def draw_city(profile: Profile, events: int, seed: int, regime: str, now: datetime, progress: Progress) -> dict[str, Columns]:
    """All tables of the city by name and column: ``events`` reports over the 365 days up to ``now`` (aware).

    The same arguments give the same bytes.  Raises GridWallError for arguments or a profile that no city can be drawn from.
    """
    if regime not in REGIMES:
        raise GridWallError(
            f"regime '{regime}': there is no such regime{did_you_mean(regime, REGIMES)}",
            f"没有 regime“{regime}”{did_you_mean_zh(regime, REGIMES)}",
        )
    if not 1 <= events <= 20_000_000:
        raise GridWallError(f"events {events}: choose a number from 1 to 20000000", f"events {events}：请取 1 至 20000000 的数")
    if seed < 0:
        raise GridWallError(f"seed {seed}: choose 0 or a greater number", f"seed {seed}：请取 0 或更大的数")
    dirt = REGIMES[regime]
    if not profile.channels or not profile.categories or len(profile.departments) < 2:
        raise GridWallError(
            f"city '{profile.city.id}': a demo needs [[channels]], [[categories]] and at least two [[departments]]"
        )
    stage_codes(profile)
    end = ms(now)
    begin = end - YEAR_DAYS * DAY
    progress("geography", 0, _STEPS)
    city = lay_out(profile, seed)
    clock = BusinessClock.of(profile)
    slowed = ((end - INSPECT_SLOW_HOURS * HOUR, end + 30 * DAY, INSPECT_SLOW),)
    tempo = Tempo(profile, clock, begin - DAY, end + 400 * DAY, slowed)
    progress("reports", 1, _STEPS)
    places = Places(profile, city, np.random.default_rng([seed, 2]))
    reports = draw_reports(profile, places, tempo, begin, end, events, dirt, np.random.default_rng([seed, 3]))
    progress("courses", 2, _STEPS)
    courses = run_cases(profile, clock, tempo, reports, dirt, np.random.default_rng([seed, 4]))
    progress("log", 3, _STEPS)
    written = write_down(profile, city, tempo, reports, courses, end, dirt, np.random.default_rng([seed, 5]))
    rng = np.random.default_rng([seed, 6])
    local = LocalTime.of(profile.zone)
    now_at = np.array([end], np.int64)
    midnight = int(local.instant(local.wall(now_at) // DAY * DAY)[0])
    tables = {
        "grid": grid_table(profile, city),
        "department": department_table(profile),
        "event": written.event,
        "transition": written.transition,
        "asset": asset_table(profile, city, end, rng),
        "position": position_table(city, end, rng),
        "duty": duty_table(profile, end, midnight, rng),
        "sign": sign_table(profile, end, rng),
    }
    progress("log", _STEPS, _STEPS)
    return tables


def generate(
    profile: Profile, url: str, events: int, seed: int, regime: Regime, now: datetime, progress: Progress
) -> dict[str, int]:
    """Draw the city and write it to ``url`` (any SQLAlchemy URL); returns the number of rows by table.

    All or nothing: a SQLite file is replaced once complete, other databases are written in one transaction.
    Only an empty database or a demo city is ever overwritten.  ``progress(what, done, total)`` is called at intervals.
    """
    sqlite_path(url)
    tables = draw_city(profile, events, seed, regime, now, progress)
    mark = {
        "city": profile.city.id,
        "seed": str(seed),
        "regime": regime,
        "events": str(events),
        "generated_at": now.isoformat(),
        **stocks(profile, tables, ms(now)),
    }
    write_city(url, tables, mark, progress)
    return {name: len(next(iter(columns.values()))) for name, columns in tables.items()}


def stocks(profile: Profile, tables: dict[str, Columns], now: int) -> dict[str, str]:
    """The stock of each stage ("stock.<role>") and of overdue cases at ``now``, which the writer tries to maintain.

    The lagging stage is counted as on other days, so that its backlog clears.
    """
    log, event = tables["transition"], tables["event"]
    entering = np.flatnonzero(log["action"] == "enter")
    entering = entering[np.lexsort((log["key"][entering], log["at"][entering]))]
    last = np.full(int(event["id"].max()) + 1, -1)
    last[log["event"][entering]] = entering
    last = last[event["id"]]
    stage = log["stage"][np.maximum(last, 0)]
    is_open = event["closed_at"] == NULL
    waiting = ~is_open & (event["called_back_at"] == NULL)
    out = {}
    for role, code in stage_codes(profile).items():
        held = int(((waiting if role == "revisit" else is_open) & (stage == code) & (last >= 0)).sum())
        out[f"stock.{role}"] = str(round(held * (INSPECT_SLOW if role == "inspect" else 1.0)))
    out["overdue"] = str(int((is_open & (event["due_at"] != NULL) & (event["due_at"] < now)).sum()))
    return out
