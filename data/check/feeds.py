"""Which figures a mapping supplies, and which not and why: the needs of every metric against what was delivered."""

from __future__ import annotations

from collections.abc import Iterator

from data.check.delivery import Delivery
from data.check.examined import Examined
from data.check.finding import Finding, Value
from data.city.profile import Profile
from data.metrics import METRICS
from data.metrics.evaluation.indicators import METRIC as ALL
from data.query.needs import Mapped, Requires, lacking, lost
from data.sync.delivered import delivered
from data.text import Text

_NOTHING = Text(zh="", en="")


def feeds(seen: Examined) -> Iterator[Finding]:
    """What is supplied, what is not (a value per metric, with its figures and what they lack), and columns that a figure needs
    but that are empty in every row: these count as delivered, so their figures are a measured 0."""
    got, profile = seen.got, seen.profile
    if "event" not in got.reads or "transition" not in got.frames:
        return  # their SELECT fails, which is reported already
    mapped = delivered({t: tuple(r.nulls) for t, r in got.reads.items()}, got.frames["transition"])
    singly = [m for m in METRICS.values() if m is not ALL]  # ALL only repeats the other indicators
    missing = {m.id: lacks for m in singly if (lacks := lacking(m.requires, mapped, profile))}
    fed = [m.id for m in singly if m.id not in missing]
    size = len(singly)
    yield Finding(
        "feeds",
        "event",
        "good",
        len(fed),
        size,
        Text(
            zh=f"供得出 {len(fed)} / {size} 项指标：{'、'.join(fed)}",
            en=f"feeds {len(fed)} of {size} indicators whole: {', '.join(fed)}",
        ),
        _NOTHING,
    )
    if missing:
        yield Finding(
            "feeds_not",
            "event",
            "look",
            len(missing),
            size,
            Text(
                zh=f"{len(missing)} 项指标缺数据，各屏写“未接入”而不写 0",
                en=f'{len(missing)} indicators lack something: the screens say "not mapped" there, never 0',
            ),
            Text(
                zh="在 SELECT 中交付所缺的列，或在城市文件中写明环节、时限；没有的不必补",
                en="deliver the missing columns in the SELECT, or name the stages and limits in the city's file; what you do not"
                " have need not be made up",
            ),
            tuple(_value(m, lacks) for m, lacks in missing.items()),
        )
    empty = _empty(got, mapped, profile)
    if empty:
        yield Finding(
            "feeds_empty",
            "event",
            "look",
            len(empty),
            size,
            Text(
                zh=f"{len(empty)} 列在每一行都为空，而有指标以其为据：算作已接入，其数为 0",
                en=f"{len(empty)} columns that figures stand on are empty in every row: they count as delivered, their figures"
                " are 0",
            ),
            Text(
                zh="没有此数据时，从 SELECT 中去掉该列（不要写 NULL AS ...）",
                en="where there is no such data, leave the column out of the SELECT (do not write NULL AS ...)",
            ),
            tuple(Value(column, n) for column, n in empty),
        )


def _value(metric: str, lacks: tuple[Requires, ...]) -> Value:
    """The metric (with the affected figures if not all are) and what they lack."""
    parts = () if any(r.is_whole for r in lacks) else tuple(dict.fromkeys(f for r in lacks for f in (*r.rows, *r.columns)))
    named = f"{metric} ({', '.join(parts)})" if parts else metric
    said = [str(n) for n in lost(lacks)]
    return Value(named, len(said), Text(zh="缺 " + "、".join(said).replace(" or ", " 或 "), en="lacks " + ", ".join(said)))


def _empty(got: Delivery, mapped: Mapped, profile: Profile) -> list[tuple[str, int]]:
    """(column, rows) of the columns without any value that some figure needs."""
    out = []
    for table, read in got.reads.items():
        for column, nulls in read.nulls.items():
            if not read.rows or nulls < read.rows:
                continue
            less = {**mapped, table: mapped[table] - {column}}
            if any(lacking(m.requires, less, profile) != lacking(m.requires, mapped, profile) for m in METRICS.values()):
                out.append((f"{table}.{column}", read.rows))
    return out
