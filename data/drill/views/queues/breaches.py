"""Cases whose limit ends within four hours: totals for every viewer, single cases for those who may see cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from sqlalchemy import select

from data.access.viewer import Only
from data.drill.choice import Choice, named
from data.drill.drill import Drill, Field, codes_of
from data.drill.from_metric import asked
from data.facts.case_reads import picked
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.metrics.process import breaches
from data.text import Text
from data.types.sql import AnySelect

#: Maximum number of cases listed, most likely breach first.
LISTED = 100
#: Filters that do not apply to a present stock.
_WITHOUT = ("state",)


def select_(choice: Choice) -> dict[str, AnySelect]:
    """The metric's statements for the selected cases, now; and the cases, if the viewer may see cases (without the right to
    sensitive ones, only those that may be listed)."""
    statements = asked(breaches.METRIC, choice, _WITHOUT, stock=True)
    if "cases" in choice.viewer.rights:
        viewer = replace(choice.viewer, only=Only(tuple(choice.conditions(_WITHOUT))))
        due = breaches.soon(viewer, choice.city, choice.at, "due_at", "is_hung", "department", "eid").subquery("d")
        shown = [] if choice.viewer.sees_sensitive else named(choice.city)
        statements["cases"] = picked(
            select(*due.c, EVENT.c.case_number)
            .select_from(due.join(EVENT, EVENT.c.eid == due.c.eid))
            .where(*shown, due.c.is_hung == 0)
        )
    return statements


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """The metric's rows (``kind`` all, stage, department, town; ``named`` the code with its kind), then with ``kind`` "case" the
    cases with their ``chance``, most likely breach first, ties by the earlier limit; at most 100."""
    frame = breaches.compute(rows, choice.city, choice.now)
    kinds = {"town": "area"}
    frame["named"] = [f"{kinds.get(k, k)}:{c}" for k, c in zip(frame["kind"], frame["code"], strict=True)]
    frame["chance"], frame["stage"], frame["left_min"] = np.nan, "", frame["soonest_min"]
    frame = pd.concat([frame, _cases(rows, choice)], ignore_index=True) if "cases" in rows else frame
    return frame[[f.name for f in DRILL.fields]]


def _numbers(frame: pd.DataFrame) -> list[str]:
    """Numbers of the cases that the answer names."""
    return [str(n).removeprefix("case:") for n in frame["named"][frame["kind"] == "case"]]


def _cases(rows: RowSets, choice: Choice) -> pd.DataFrame:
    r = rows["cases"]
    stage, entered, due = (np.asarray(r[c], np.int64) for c in ("stage", "entered_at", "due_at"))
    chance, _ = breaches.chances(rows, stage, entered, due, choice.city, choice.at)
    order = np.lexsort((due, -np.nan_to_num(chance, nan=-1.0)))[:LISTED]
    numbers = [str(n or int(e)) for n, e in zip(r["case_number"], r["eid"], strict=True)]
    return pd.DataFrame(
        {
            "kind": "case",
            "named": [f"case:{numbers[i]}" for i in order],
            "n": 1,
            "hung": 0,
            "unknown": np.isnan(chance[order]).astype(np.int64),
            "expected": np.nan,
            "at_least": np.nan,
            "chance": chance[order],
            "stage": codes_of(choice.city.profile.stages, stage[order]),
            "left_min": (due[order] - choice.at) / 60_000,
        }
    )


DRILL = Drill(
    id="breaches",
    title=breaches.METRIC.name,
    unit=Text(zh="件 · 未来4小时到期", en="cases · limit within 4 hours"),
    definition=Text(
        zh=breaches.METRIC.definition.zh
        + "；逐件清单仅对有案件权限者列出，概率高者在前，至多100件；限制公开渠道与类别不明的案件只计数",
        en=breaches.METRIC.definition.en
        + "; the cases themselves, likeliest first and 100 at the most, are listed for who may see cases; those of restricted "
        "channels and of an unknown category are counted, not listed",
    ),
    fields=(
        Field("kind", Text(zh="行", en="row"), "text"),
        Field("named", Text(zh="名称", en="name"), "named"),
        Field("n", Text(zh="到期", en="limits"), "count"),
        Field("hung", Text(zh="缓办", en="deferred"), "count"),
        Field("unknown", Text(zh="无法估计", en="no estimate"), "count"),
        Field("expected", Text(zh="预计超期", en="expected over"), "decimal"),
        Field("at_least", Text(zh="至少", en="at least"), "decimal"),
        Field("chance", Text(zh="超期概率", en="chance"), "chance"),
        Field("stage", Text(zh="环节", en="stage"), "stage"),
        Field("left_min", Text(zh="余时", en="time left"), "minutes"),
    ),
    select=select_,
    compute=compute,
    names=_numbers,
    requires=breaches.METRIC.requires,
)
