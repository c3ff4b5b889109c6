"""Time columns of a wide table as stages: their roles, and their usual order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from data.draft.codes import code_of
from data.draft.headers import Known
from data.draft.plan import StageOf
from data.draft.sheet import Column
from data.draft.times import NEVER, Times
from data.types.arrays import Floats

#: role -> (zh, en), in the order that applies where the times do not decide.
ROLES = {
    "report": ("上报", "Reported"),
    "accept": ("受理", "Accepted"),
    "verify": ("核实", "Verified"),
    "register": ("立案", "Registered"),
    "dispatch": ("派遣", "Dispatched"),
    "handle": ("处置", "Handling"),
    "complete": ("办结", "Completed"),
    "inspect": ("核查", "Inspected"),
    "close": ("结案", "Closed"),
    "revisit": ("回访", "Called back"),
}
#: Roles of time columns that are not stages.
NOT_STAGES = ("due", "changed", "first_contact", "none")
_ENDING = re.compile(
    r"^(时间|日期)[\s·]+|(的)?(时间|日期|时刻|时)$|"
    r"(?:[\s_]+|(?<=[a-z])(?=(?-i:[A-Z])))(date ?time|date|time|dttm|timestamp|at|on)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Stamp:
    """A time column: ``iso`` as delivered, ``seconds`` (n,) since 1970, NaN = empty."""

    column: Column
    times: Times
    iso: Column
    seconds: Floats


def stamp_of(column: Column, times: Times) -> Stamp:
    iso = column.mapped(times.read)
    table = np.array([*((np.nan if times_read(v) is None else seconds_of(v)) for v in iso.values), np.nan])
    return Stamp(column, times, iso, table[iso.codes])


def times_read(iso: str) -> datetime | None:
    """The time in a delivered cell; None for an unparsed text, or a date that means never."""
    try:
        return None if iso[:10].replace("/", "-") in NEVER else datetime.fromisoformat(iso)
    except ValueError:
        return None


def seconds_of(iso: str) -> float:
    """Seconds since 1970; a time without an offset is taken as UTC."""
    moment = datetime.fromisoformat(iso)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@dataclass
class Course:
    """The stages in order with their stamps; ``report`` and ``closed`` are among them (closed may be missing)."""

    stages: list[StageOf]
    stamps: dict[str, Stamp]  # stage code -> its stamp
    report: Stamp
    closed: Stamp | None
    dropped: list[str]  # time columns that became no stage


def course_of(known: Known) -> Course | None:
    """None if no time column can be the time of report."""
    chosen: dict[str, Stamp] = {}
    spare: list[tuple[str, Stamp]] = []
    dropped: list[str] = []
    for column, times, role in known.stamps:
        if role in NOT_STAGES:
            continue
        stamp = stamp_of(column, times)
        if not np.isfinite(stamp.seconds).any():
            dropped.append(column.name)
        elif role and role not in chosen:
            chosen[role] = stamp
        elif role == "report":
            dropped.append(column.name)
        else:
            spare.append((role, stamp))
    report_role = next((r for r in ("report", "register", "accept", "handle") if r in chosen), None)
    if report_role is None:
        firsts = [*chosen.values(), *(s for _, s in spare)]
        if not firsts:
            return None
        first = min(firsts, key=lambda s: float(np.nanmedian(s.seconds)))
        spare = [(r, s) for r, s in spare if s is not first]
        chosen = {**{r: s for r, s in chosen.items() if s is not first}, "report": first}
    elif report_role != "report":
        chosen["report"] = chosen.pop(report_role)
    report = chosen["report"]
    kept = [(role, stamp) for role, stamp in chosen.items() if role != "report"]
    for _, stamp in spare:
        lag = stamp.seconds - report.seconds
        lag = lag[np.isfinite(lag)]
        if len(lag) < 0.02 * len(report.seconds) or np.mean(lag >= 0) < 0.8 or np.median(lag) == 0:
            dropped.append(stamp.column.name)
        else:
            kept.append(("", stamp))
    closing = "close" if "close" in chosen else "complete" if "complete" in chosen else ""
    return _course(report, kept, chosen.get(closing), closing, dropped)


def _course(report: Stamp, kept: list[tuple[str, Stamp]], closed: Stamp | None, closing: str, dropped: list[str]) -> Course:
    order = list(ROLES)

    def when(item: tuple[str, Stamp]) -> tuple[float, ...]:
        role, stamp = item
        lag = stamp.seconds - report.seconds
        lag = lag[np.isfinite(lag)]
        middle = float(np.median(lag)) if len(lag) else 0.0
        # few cases or equal times: the order of the roles is more reliable than the times
        return (1 if role == "revisit" else 0, middle, order.index(role) if role in order else len(order))

    taken: set[str] = set()
    stages: list[StageOf] = []
    stamps: dict[str, Stamp] = {}
    for role, stamp in [("report", report), *sorted(kept, key=when)]:
        as_role = "close" if role == "complete" and closing == "complete" else role
        stage = stage_of(as_role, stamp.column.name, taken)
        stages.append(stage)
        stamps[stage.code] = stamp
    return Course(stages, stamps, report, closed, dropped)


def stage_of(role: str, header: str, taken: set[str]) -> StageOf:
    """A stage named after its role, but with the header's own words in the header's language."""
    said = re.sub(r"[\s_]+", " ", _ENDING.sub("", header.strip())).strip(" -") or header.strip()
    said = said[0].upper() + said[1:]
    zh, en = ROLES.get(role, (said, said))
    if role:
        zh, en = (zh, said) if said.isascii() else (said, en)
    code = code_of("completed" if role == "complete" else role or said, taken)
    return StageOf(code, zh, en, "" if role == "complete" else role, header)


def with_dispatch(stages: list[StageOf]) -> list[StageOf]:
    """Without a dispatch time, a case counts as dispatched from the first stage on."""
    if any(s.role == "dispatch" for s in stages):
        return stages
    return [replace(stages[0], role="dispatch"), *stages[1:]]


def with_handle(stages: list[StageOf]) -> list[StageOf]:
    """In a log without a step called handling, the first step after the dispatch that has no role becomes it."""
    roles = [s.role for s in stages]
    if "handle" in roles or "dispatch" not in roles:
        return stages
    later = range(roles.index("dispatch") + 1, len(stages))
    first = next((i for i in later if not roles[i]), None)
    return stages if first is None else [replace(s, role="handle") if i == first else s for i, s in enumerate(stages)]


def worked_around_the_clock(stamps: list[Stamp]) -> bool | None:
    """Whether the steps after the report occur at night and on weekends as at other times; None if too few are known."""
    hours, days, counts = [], [], []
    for stamp in stamps:
        if stamp.times.days:
            continue
        for iso, n in zip(stamp.iso.values, stamp.iso.counts.tolist(), strict=True):
            if (local := times_read(iso[:19])) is None:
                continue
            hours.append(local.hour)
            days.append(local.weekday())
            counts.append(n)
    weight = np.array(counts, float)
    if weight.sum() < 200:
        return None
    hour, day = np.array(hours), np.array(days)
    at_night, weekend = weight[(hour >= 22) | (hour < 6)].sum(), weight[day >= 5].sum()
    return bool(at_night > 0.15 * weight.sum() and weekend > 0.2 * weight.sum())


def roles_said(stages: list[StageOf]) -> str:
    """``report = 上报, dispatch = 派遣``: the roles as text for a doubt."""
    return ", ".join(f"{s.role} = {s.value or s.column}" for s in stages if s.role)
