"""From courses to tables: the event rows and the transitions as they stand at ``now``, with realistic data faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.city.profile import Profile
from data.demo.arrivals import Reports, networks_of
from data.demo.calibration import Dirt
from data.demo.courses import NEVER, Courses
from data.demo.tempo import HOUR, Tempo
from data.errors import GridWallError
from data.types.arrays import Array, Flags, Ints
from geo.synthesise import Coverage

#: One table's columns by name; instants are int64 ms with NULL for "has not happened".
Columns = dict[str, Array]
NULL = np.int64(-1) << 62
ROLES = ("report", "accept", "verify", "register", "dispatch", "handle", "inspect", "close", "revisit")
#: (instant in Courses.at, stage concerned, action, actor)
_ROWS = (
    ("report", "report", "enter", "reporter"),
    ("accept", "accept", "enter", "centre"),
    ("merge", "accept", "merge", "centre"),
    ("verify", "verify", "enter", "centre"),
    ("register", "register", "enter", "centre"),
    ("cancel", "register", "cancel", "centre"),
    ("dispatch", "dispatch", "enter", "first"),
    ("return", "dispatch", "return", "wrong"),
    ("redispatch", "dispatch", "enter", "department"),
    ("transfer", "dispatch", "complete", "department"),
    ("handle", "handle", "enter", "department"),
    ("start", "handle", "start", "department"),
    ("defer", "handle", "defer", "department"),
    ("resume", "handle", "resume", "department"),
    ("extend", "handle", "extend", "department"),
    ("escalate", "handle", "escalate", "centre"),
    ("complete", "handle", "complete", "department"),
    ("inspect", "inspect", "enter", "centre"),
    ("fail", "inspect", "fail", "centre"),
    ("dispatch2", "dispatch", "enter", "department"),
    ("handle2", "handle", "enter", "department"),
    ("start2", "handle", "start", "department"),
    ("complete2", "handle", "complete", "department"),
    ("inspect2", "inspect", "enter", "centre"),
    ("close", "close", "enter", "centre"),
    ("revisit", "revisit", "enter", "centre"),
)
_DROPPABLE = ("accept", "verify", "register", "inspect", "close")


@dataclass(frozen=True)
class Written:
    """What the database holds at ``now``: both tables by column."""

    event: Columns
    transition: Columns


def stage_codes(profile: Profile) -> dict[str, str]:
    """Role -> stage code.  Raises if the city's file lacks one of the nine roles that the demo uses."""
    out = {}
    for role in ROLES:
        at = profile.stage_index(role)
        if at < 0:
            raise GridWallError(f"city '{profile.city.id}': a demo needs a stage with role \"{role}\"; its file names none")
        out[role] = profile.stages[at].code
    return out


def write_down(
    profile: Profile,
    city: Coverage,
    tempo: Tempo,
    reports: Reports,
    courses: Courses,
    now: int,
    dirt: Dirt,
    rng: np.random.Generator,
) -> Written:
    """Truncate every course at ``now`` and write what the platform knows by then.

    A row exists once its ``changed`` is past; patrols' reports have been uploaded by then at the latest.
    """
    n = len(reports.at)
    at = courses.at
    at["revisit"] = np.where(at["back"] < NEVER, at["closed"], NEVER)
    patrol = np.array([c.kind == "patrol" for c in profile.channels])[reports.channel]
    upload = np.where(
        patrol & (rng.random(n) < dirt.late_event), reports.at + (rng.exponential(2.5, n) * HOUR).astype(np.int64), 0
    )
    upload = np.minimum(upload, np.maximum(now - 5_000, reports.at))
    known = reports.at <= now
    log = _log(profile, courses, reports, upload, known, now, dirt, rng)
    newest = np.zeros(n, np.int64)
    np.maximum.at(newest, log["event"] - 1, log["changed"])
    newest = np.maximum(newest, np.maximum(reports.at + 1_000, upload))
    event = _events(profile, city, tempo, reports, courses, newest, now, dirt, rng)
    return Written({k: v[known] for k, v in event.items()}, log)


def _log(
    profile: Profile,
    courses: Courses,
    reports: Reports,
    upload: Ints,
    known: Flags,
    now: int,
    dirt: Dirt,
    rng: np.random.Generator,
) -> Columns:
    n = len(reports.at)
    codes = stage_codes(profile)
    stage_at = {s.code: i for i, s in enumerate(profile.stages)}
    actions = sorted({row[2] for row in _ROWS})
    terse = rng.random(n) < 0.75  # departments that log no completion
    drop = np.where(rng.random(n) < dirt.missing_stamp, rng.integers(0, len(_DROPPABLE), n), -1)
    skewed = rng.random(n) < dirt.clock_error * 0.5  # a device whose clock is hours slow
    first = np.where(courses.returned_by >= 0, courses.returned_by, courses.department)
    who = {
        "reporter": np.full(n, -1),
        "centre": np.full(n, -1),
        "first": first,
        "wrong": courses.returned_by,
        "department": courses.department,
    }
    parts: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]] = []
    for name, role, action, actor in _ROWS:
        when = courses.at[name]
        here = known & (when <= now)
        if name in _DROPPABLE:
            here &= drop != _DROPPABLE.index(name)
        if action == "complete" and role == "handle":
            here &= ~terse
        rows = np.flatnonzero(here)
        if not len(rows):
            continue
        stamp = when[rows]
        if name == "start":
            stamp = np.where(skewed[rows], stamp - 5 * HOUR, stamp)
        due = courses.due_first[rows] if name in ("handle", "handle2") else np.full(len(rows), NULL)
        due = courses.due[rows] if name in ("extend", "resume") else due
        department = who[actor][rows]
        seat = rng.integers(1, 9 if actor == "centre" else 241 if actor == "reporter" else 21, len(rows))
        seat += 1_000 * np.where(actor == "reporter", 99, department + 1)
        parts.append(
            (
                rows,
                np.full(len(rows), stage_at[codes[role]]),
                np.full(len(rows), actions.index(action)),
                department,
                seat,
                stamp,
                due,
            )
        )
    row, stage, action_at, department, seat, stamp, due = (np.concatenate(c) for c in zip(*parts, strict=True))
    delay = rng.integers(0, 2_500, len(row))
    late = rng.random(len(row)) < dirt.late_row
    delay = np.where(late, (rng.exponential(1.2, len(row)) * HOUR).astype(np.int64) + 60_000, delay)
    skew = np.where(skewed[row], 5 * HOUR, 0)
    uploaded = np.where(upload[row] > 0, upload[row] + rng.integers(0, 900, len(row)), 0)
    changed = np.maximum(stamp + delay + skew, uploaded)
    order = np.argsort(changed, kind="stable")
    order = order[changed[order] <= now]
    row, stage, action_at, department = row[order], stage[order], action_at[order], department[order]
    names = np.array([s.code for s in profile.stages], dtype=object)
    offices = np.array([*[d.code for d in profile.departments], None], dtype=object)
    staff = _staff(len(profile.departments))
    return {
        "key": np.arange(1, len(order) + 1),
        "event": row + 1,
        "stage": names[stage],
        "action": np.array(actions, dtype=object)[action_at],
        "department": offices[department],
        "actor": staff[seat[order]],
        "at": stamp[order],
        "due_at": due[order],
        "changed": changed[order],
    }


def _staff(departments: int) -> Array:
    """Staff codes by seat number: C = centre, D.. = department, G = grid worker; never a name."""
    seats = np.empty(100_000, dtype=object)
    for number in range(1, 1_000):
        seats[number] = f"C{number:03d}"
        seats[99_000 + number] = f"G{number:04d}"
        for d in range(departments):
            seats[(d + 1) * 1_000 + number] = f"D{d + 1:02d}-{number:03d}"
    return seats


def _events(
    profile: Profile,
    city: Coverage,
    tempo: Tempo,
    reports: Reports,
    courses: Courses,
    newest: Ints,
    now: int,
    dirt: Dirt,
    rng: np.random.Generator,
) -> Columns:
    n, at = len(reports.at), courses.at

    def past(when: Ints) -> Ints:
        return np.where(when <= now, when, NULL)

    ended = past(courses.ended)
    over = ended != NULL
    outcome = np.full(n, None, dtype=object)
    words = {"closed": "settled", "merge": "merged", "cancel": "cancelled", "transfer": "transferred"}
    for name, word in words.items():
        outcome[at[name] <= now] = word
    moved = (at["extend"] <= now) | (at["resume"] <= now)
    due = np.where(at["dispatch"] <= now, np.where(moved, courses.due, courses.due_first), NULL)
    wrong_clock = over & (rng.random(n) < dirt.clock_error)
    ended = np.where(wrong_clock, reports.at - rng.integers(60_000, 30 * HOUR, n), ended)
    citizen = np.array([c.kind == "citizen" for c in profile.channels])[reports.channel]
    contact = np.where(citizen, np.minimum(at["start"], at["accept"] + rng.integers(600_000, 30_000_000, n)), NEVER)
    contact = np.where(at["accept"] < NEVER, contact, NEVER)
    called = at["back"] <= now
    valid = called & (rng.random(n) < 0.86)
    on_time = courses.at["closed"] <= courses.due
    resolved = valid & (rng.random(n) < np.where(on_time, 0.94, 0.83))
    mood = np.clip(np.round(rng.normal(np.where(resolved, 4.6, 2.7), 0.8)), 1, 5)
    verified = np.where(at["register"] <= now, np.where(courses.cancelled, 0, 1), NULL)
    cell = reports.cell
    angle, far = rng.uniform(0, 2 * np.pi, n), np.sqrt(rng.random(n) * city.area[cell]) * 0.3
    unlocated = rng.random(n) < dirt.unlocated
    coarse = ~unlocated & (rng.random(n) < 0.02)
    codes = np.array(city.code, dtype=object)
    grid = codes[cell]
    parents = np.array([p or "" for p in city.parent], dtype=object)
    grid = np.where(coarse, parents[cell], grid)
    grid[unlocated] = None
    day = tempo.local_day(reports.at)
    number = np.arange(n) - np.searchsorted(day, day, side="left") + 1
    dates = np.datetime64("1970-01-01") + (np.arange(day.max() + 1) + tempo.first_day)
    head = np.array([f"{profile.city.case_prefix}-{str(d)[2:].replace('-', '')}-" for d in dates], dtype=object)
    severity = np.array([1, 2, 3, 4])[np.searchsorted([0.62, 0.93, 0.992], rng.random(n))]
    linked = np.where(reports.linked_to >= 0, reports.linked_to + 1, NULL)
    duplicate = np.where((reports.duplicate_of >= 0) & (at["accept"] <= now), reports.duplicate_of + 1, NULL)
    names = np.array([c.code for c in profile.categories], dtype=object)
    networks = np.array([x.code for x in profile.networks], dtype=object)
    return {
        "id": np.arange(1, n + 1),
        "case_number": head[day] + np.char.zfill(number.astype("U4"), 4).astype(object),
        "category": names[reports.category],
        "network": networks[networks_of(profile)[reports.category]],
        "channel": np.array([c.code for c in profile.channels], dtype=object)[reports.channel],
        "severity": severity,
        "grid": grid,
        "lon": np.where(unlocated, np.nan, np.round(city.lon[cell] + far * np.cos(angle), 6)),
        "lat": np.where(unlocated, np.nan, np.round(city.lat[cell] + far * np.sin(angle), 6)),
        "reported_at": reports.at,
        "due_at": due,
        "closed_at": ended,
        "outcome": outcome,
        "duplicate_of": duplicate,
        "linked_to": linked,
        "first_contact_at": past(contact),
        "verified": verified,
        "resolved": np.where(valid, resolved.astype(np.int64), NULL),
        "satisfaction": np.where(valid, mood.astype(np.int64), NULL),
        "called_back_at": past(at["back"]),
        "changed": np.maximum.reduce([newest, past(courses.ended), past(at["back"])]),
    }
