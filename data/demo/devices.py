"""Data besides the events: grid, departments, cameras, centres, workers' positions, duty posts, vital signs."""

from __future__ import annotations

import numpy as np
import shapely

from data.city.profile import Profile
from data.clock.localtime import LocalTime
from data.demo.log import Columns
from data.demo.tempo import CITIZEN_HOURS, DAY, HOUR
from data.types.arrays import Ints
from data.types.records import GivenRow, Record
from geo.synthesise import Coverage

WORKERS = 260
POSTS = ("指挥长岗", "值班长岗", "受理岗", "派遣岗", "核查岗", "视频巡查岗")
#: Vital signs, hourly: series, usual value, spread.
SIGNS = (
    ("ops.iaas.cpu_pct", 41.0, 6.0),
    ("ops.iaas.memory_pct", 63.0, 2.0),
    ("ops.paas.db_latency_ms", 7.5, 1.6),
    ("ops.paas.queue_depth", 12.0, 5.0),
    ("ops.saas.active_users", 412.0, 60.0),
    ("ops.saas.error_rate_pct", 0.12, 0.05),
    ("ops.security.blocked", 35.0, 12.0),
    ("ops.log.lines_per_s", 880.0, 90.0),
)
#: Hotline calls in a usual hour, shares answered and answered within 15 s; share of the cameras patrolled per hour.
CALLS, ANSWERED, WITHIN_15S, PATROLLED = 46.0, 0.981, 0.964, 0.055


def grid_table(profile: Profile, city: Coverage) -> Columns:
    levels = np.array([x.code for x in profile.levels], dtype=object)
    return {
        "code": np.array(city.code, dtype=object),
        "parent": np.array(city.parent, dtype=object),
        "level": levels[np.array(city.level) - 1],
        "name": np.array(city.zh, dtype=object),
        "name_en": np.array(city.en, dtype=object),
        "geometry": np.array([shapely.to_wkb(g) for g in city.geometry], dtype=object),
        "population": city.population,
        "households": (city.population / 2.7).astype(np.int64),
    }


def department_table(profile: Profile) -> Columns:
    n = len(profile.departments)
    nothing = np.full(n, None, dtype=object)
    return {
        "code": np.array([d.code for d in profile.departments], dtype=object),
        "name": np.array([d.name.zh for d in profile.departments], dtype=object),
        "parent": nothing,
        "tier": np.full(n, "city", dtype=object),
        "grid": nothing,
    }


def asset_table(profile: Profile, city: Coverage, now: int, rng: np.random.Generator) -> Columns:
    """Cameras (92 to 98 % online, one town worse), the centres of towns and villages, and grid service stations."""
    cells, towns, villages = city.finest, city.at(1), city.at(2)
    systems = profile.demo.cameras
    cameras = sum(systems.values())
    weight = city.population[cells] ** 0.7
    spots = rng.choice(cells, cameras, p=weight / weight.sum())
    stations = rng.choice(villages, min(60, len(villages)), replace=False)
    where = np.concatenate([spots, towns, villages, stations])
    system = np.concatenate(
        [
            np.repeat(np.array([*systems], dtype=object), [*systems.values()]),
            np.repeat("centre", len(towns) + len(villages)),
            np.repeat("station", len(stations)),
        ]
    )
    kind = np.concatenate(
        [
            np.repeat("camera", cameras),
            np.repeat("town_centre", len(towns)),
            np.repeat("village_centre", len(villages)),
            np.repeat("station", len(stations)),
        ]
    )
    n = len(where)
    dark = rng.random(n) < np.where(city.top[where] == towns[-1], 0.11, 0.034)
    dark &= kind == "camera"
    silent = np.flatnonzero(kind == "village_centre")
    dark[rng.choice(silent, min(2, len(silent)), replace=False)] = True
    heard = now - np.where(dark, rng.integers(HOUR, 9 * DAY, n), rng.integers(0, 90_000, n))
    prefix = profile.city.code + "00"
    return {
        "code": np.array(
            [
                f"{prefix}{i:012d}" if k == "camera" else f"{k}-{city.code[w]}"
                for i, (k, w) in enumerate(zip(kind, where, strict=True))
            ],
            dtype=object,
        ),
        "name": np.full(n, None, dtype=object),
        "kind": kind.astype(object),
        "system": system.astype(object),
        "grid": np.array(city.code, dtype=object)[where],
        "lon": np.round(city.lon[where], 4),
        "lat": np.round(city.lat[where], 4),
        "status": np.where(dark, "offline", "online").astype(object),
        "heard_at": heard,
        "changed": np.minimum(heard + 1_000, now),
    }


def position_table(city: Coverage, now: int, rng: np.random.Generator) -> Columns:
    """A thinned track of the last hours of each grid worker on duty, by staff code."""
    steps = 6
    home = rng.choice(city.finest, WORKERS)
    walk = np.cumsum(rng.normal(0, 0.0009, (WORKERS, steps, 2)), axis=1)
    seen = now - (np.arange(steps)[::-1] * 20 * 60_000)[None, :] - rng.integers(0, 60_000, (WORKERS, 1))
    return {
        "worker": np.repeat(np.array([f"G{i + 1:04d}" for i in range(WORKERS)], dtype=object), steps),
        "at": seen.ravel(),
        "lon": np.round(city.lon[home][:, None] + walk[:, :, 0], 5).ravel(),
        "lat": np.round(city.lat[home][:, None] + walk[:, :, 1], 5).ravel(),
        "on_duty": np.repeat((rng.random(WORKERS) < 0.8).astype(np.int64), steps),
    }


def duty_table(profile: Profile, now: int, zone_midnight: int, rng: np.random.Generator) -> Columns:
    """Posts (never persons) of yesterday, today and tomorrow, in three shifts of eight hours from local midnight."""
    rows: list[GivenRow] = []
    departments = [d.code for d in profile.departments]
    for shift in range(-3, 6):
        begin = zone_midnight + shift * 8 * HOUR
        end = begin + 8 * HOUR
        state = "planned" if begin > now else "done" if end <= now else "manned"
        for post in POSTS:
            rows.append((post, None, begin, end, state))
        for code in rng.choice(departments, min(4, len(departments)), replace=False):
            rows.append((f"轮值-{code}", str(code), begin, end, state))
    posts, offices, begin_at, end_at, states = (np.array(c, dtype=object) for c in zip(*rows, strict=True))
    return {
        "post": posts,
        "department": offices,
        "from_at": begin_at.astype(np.int64),
        "to_at": end_at.astype(np.int64),
        "state": states,
    }


def sign_table(profile: Profile, now: int, rng: np.random.Generator) -> Columns:
    """Eight days of hourly vital signs of the platform, the hotline and the video patrol (synthetic)."""
    hours = now // HOUR * HOUR - np.arange(8 * 24)[::-1] * HOUR
    names, stamp, value = [], [], []
    for name, values in hourly_signs(profile, hours, rng).items():
        names += [name] * len(hours)
        stamp.append(hours)
        value.append(values)
    return {
        "series": np.array(names, dtype=object),
        "subject": np.full(len(names), "city", dtype=object),
        "at": np.concatenate(stamp),
        "value": np.round(np.concatenate(value), 3),
    }


def hourly_signs(profile: Profile, hours: Ints, rng: np.random.Generator) -> Record:
    """Series -> values (n,) for the hours that end at ``hours`` (ms)."""
    local = LocalTime.of(profile.zone).wall(hours)
    of_day = local // HOUR % 24
    swing = np.cos((hours / HOUR % 24 - 3) / 24 * 2 * np.pi)
    out: Record = {}
    for name, usual, spread in SIGNS:
        values = np.maximum(usual + spread * (0.5 * swing + 0.5 * rng.normal(size=len(hours))), 0.0)
        out[name] = np.minimum(values, 100.0) if name.endswith("_pct") else values
    offered = rng.poisson(CALLS * CITIZEN_HOURS[of_day] / CITIZEN_HOURS.mean())
    answered = rng.binomial(offered, ANSWERED)
    out |= {
        "hotline.offered": offered,
        "hotline.answered": answered,
        "hotline.answered_15s": rng.binomial(answered, WITHIN_15S / ANSWERED),
    }
    worked = np.clip(of_day - 7, 0, 18)  # 线上巡查 starts at seven and has covered all cameras by the evening
    cameras = sum(profile.demo.cameras.values())
    out["patrol.cameras"] = np.minimum(np.floor(cameras * PATROLLED * worked), cameras)
    return out
