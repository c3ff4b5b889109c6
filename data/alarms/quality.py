"""How good the alarms of a day are, by the figures of EEMUA 191 and ISA-18.2: few enough, worth looking at, looked at in time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

HOUR_MS, DAY_MS, TEN_MS = 3_600_000, 86_400_000, 600_000
#: EEMUA 191: manageable are one alarm in ten minutes on average; ten within ten minutes are a flood.
MANAGEABLE_PER_HOUR, FLOOD = 6.0, 10
#: An alarm that stands for longer is stale; one that comes (again) so often within the time chatters.
STALE_MS, CHATTERS = DAY_MS, 3
#: Within which time an alarm should be acknowledged, by level.
IN_TIME_MS = {"act": 600_000, "watch": HOUR_MS}
TOP = 10


@dataclass(frozen=True)
class Past:
    """One alarm of the store; instants in ms, None = not (yet)."""

    subject: str
    act: bool
    raised_ms: int
    ended_ms: int | None
    returns: int = 0
    acknowledged_ms: int | None = None
    shelved: bool = False


@dataclass(frozen=True)
class Quality:
    """``per_hour`` alarms raised, on average; ``busiest`` ten minutes (alarms); ``flooded`` share of the ten minutes that hold a
    flood (0..1); ``act_share`` of those raised; ``stale``, ``chattering``, ``shelved`` alarms; ``top_share`` of those raised that
    the ten most frequent make; ``in_time`` of those whose time is up the share acknowledged within it.  NaN = of none.
    """

    raised: int
    per_hour: float
    busiest: int
    flooded: float
    act_share: float
    stale: int
    chattering: int
    shelved: int
    top_share: float
    in_time: float


def quality(alarms: Sequence[Past], start_ms: int, now_ms: int) -> Quality:
    """Of the alarms raised in (start, now], and of those that stand now.

    Worked: 12 alarms in 24 hours are .5 an hour; three of them within the same ten minutes are its busiest.
    """
    span = max(now_ms - start_ms, 1)
    raised = [a for a in alarms if start_ms < a.raised_ms <= now_ms]
    standing = [a for a in alarms if a.ended_ms is None]
    slots = Counter((a.raised_ms - start_ms - 1) // TEN_MS for a in raised)
    often = Counter(a.subject for a in raised)
    came = Counter({a.subject: 0 for a in alarms})
    for a in raised:
        came[a.subject] += 1 + a.returns
    due = [(a, IN_TIME_MS["act" if a.act else "watch"]) for a in raised]
    over = [(a, limit) for a, limit in due if a.acknowledged_ms is not None or now_ms - a.raised_ms > limit]
    met = sum(a.acknowledged_ms is not None and a.acknowledged_ms - a.raised_ms <= limit for a, limit in over)
    return Quality(
        raised=len(raised),
        per_hour=len(raised) * HOUR_MS / span,
        busiest=max(slots.values(), default=0),
        flooded=sum(n > FLOOD for n in slots.values()) / math.ceil(span / TEN_MS),
        act_share=sum(a.act for a in raised) / len(raised) if raised else math.nan,
        stale=sum(now_ms - a.raised_ms > STALE_MS for a in standing),
        chattering=sum(n >= CHATTERS for n in came.values()),
        shelved=sum(a.shelved for a in standing),
        top_share=sum(n for _, n in often.most_common(TOP)) / len(raised) if raised else math.nan,
        in_time=met / len(over) if over else math.nan,
    )
