"""Attributes of a case besides its times: category, channel, department, place, outcome, judgement, as in the contract."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from data.draft import values
from data.draft.codes import items_of, map_of
from data.draft.headers import Known
from data.draft.names import words_of
from data.draft.plan import Item, Plan
from data.draft.sheet import Column

#: With more categories the list is unreadable; with more places they are addresses.
CATEGORIES, PLACES = 400, 2_000
#: Matters of people in distress, sensitive whatever the city says.
_DELICATE = re.compile(
    r"家暴|家庭(暴力|纠纷)|性侵|猥亵|自杀|轻生|未成年|精神(病|障碍)|涉毒|吸毒|"
    r"\b(suicid|domestic (abuse|violence)|sexual|child abuse|mental)",
    re.IGNORECASE,
)


class Taken:
    """Columns delivered so far: contract column -> (column of the source, its cells as delivered)."""

    def __init__(self, clean: bool) -> None:
        self.clean = clean  # cells may be rewritten (a copy), or are delivered unchanged
        self.columns: dict[str, Column] = {}
        self._names: dict[str, str] = {}  # delivered name -> the source's

    def add(self, ours: str, column: Column, cells: Column | None = None, name: str = "") -> None:
        """Deliver ``column`` as ``ours``; ``cells`` are its normalised ones, ``name`` overrides the name of a computed column."""
        self.columns[ours] = replace(cells or column.mapped(values.without_nulls), name=name or column.name)

    def names(self) -> dict[str, str]:
        return {ours: c.name for ours, c in self.columns.items()}


def describe(plan: Plan, known: Known, taken: Taken, city: str, mapping: str, department: bool = True) -> None:
    """Fill the lists and maps of ``plan``, and ``taken`` with the event's columns, from a recognised table of cases."""
    _categories(plan, known, taken, city)
    channel = known.first("channel")
    if channel is not None:
        plan.lists["channel"] = [with_kind(i) for i in items_of([channel.mapped(values.without_nulls)])]
        plan.maps["channel"] = map_of(plan.lists["channel"])
        taken.add("channel", channel)
    if department and known.first("department") is not None:
        owner = known.fields["department"][0]
        plan.lists["department"] = items_of([owner.mapped(values.without_nulls)])
        plan.maps["department"] = map_of(plan.lists["department"])
        if len(known.fields["department"]) > 1:
            others = [c.name for c in known.fields["department"][1:] if c.name not in {x.name for x in taken.columns.values()}]
            if others:
                plan.doubt("department", f"tables.event.stage_departments ({mapping})", owner.name, others=", ".join(others))
    _place(plan, known, taken, mapping)
    _judgement(plan, known, taken, mapping)
    severity = known.first("severity")
    if severity is not None:
        found = values.severities(severity)
        if found is not None:
            plan.maps["severity"] = found
            taken.add("severity", severity)
            plan.doubt("severity", f"codes.severity ({mapping})", ", ".join(f"{k} = {v}" for k, v in list(found.items())[:5]))


def with_kind(item: Item) -> Item:
    """A channel with the kind of people or systems that report through it."""
    words = words_of(item.value)
    citizen = any(
        w in words
        for w in (
            "热线",
            "12345",
            "电话",
            "微信",
            "网",
            "app",
            "市民",
            "来信",
            "来访",
            "窗口",
            "phone",
            "web",
            "mobile",
            "mail",
            "twitter",
            "desk",
            "internet",
            "post",
            "call",
        )
    )
    patrol = any(w in words for w in ("巡查", "网格员", "采集", "监督员", "patrol", "inspect"))
    system = any(w in words for w in ("视频", "感知", "物联", "系统", "智能", "camera", "sensor", "system"))
    kind = "patrol" if patrol else "system" if system else "citizen" if citizen else "other"
    return replace(item, more=(("kind", kind),))


def _categories(plan: Plan, known: Known, taken: Taken, city: str) -> None:
    found = [
        c
        for c in known.fields.get("category", [])
        if c is not known.first("department") and c is not known.first("area") and c is not known.first("channel")
    ]
    networks = known.first("network")
    few = [c for c in found if len(c.values) <= CATEGORIES] or sorted(found, key=lambda c: len(c.values))[:1]
    if not few:
        plan.lists["network"] = [Item("everything", "全部", "All")]
        return
    category = few[0]
    cells = category.mapped(values.without_nulls)
    items = items_of([cells])
    if networks is None or networks is category or len(networks.values) > 40:
        plan.lists["network"] = [Item("everything", "全部", "All")]
        plan.lists["category"] = [replace(i, more=(("network", "everything"),)) for i in items]
    else:
        above = networks.mapped(values.without_nulls)
        plan.lists["network"] = items_of([above])
        plan.maps["network"] = map_of(plan.lists["network"])
        taken.add("network", networks)
        code = {i.value: i.code for i in plan.lists["network"]}
        usual = _usual(cells, above)
        plan.lists["category"] = [
            replace(i, more=(("network", code[usual.get(i.value, plan.lists["network"][0].value)]),)) for i in items
        ]
    plan.maps["category"] = map_of(items)
    taken.add("category", category)
    delicate = [i.value for i in items if _DELICATE.search(i.value)]
    plan.lists["category"] = [
        replace(i, more=(*i.more, ("sensitive", True))) if i.value in delicate else i for i in plan.lists["category"]
    ]
    if delicate:
        plan.doubt("sensitive", f"categories.*.sensitive ({city})", ", ".join(delicate[:6]))


def _usual(of: Column, above: Column) -> dict[str, str]:
    """For each value of ``of`` the value of ``above`` that most often occurs in the same row."""
    both = (of.codes >= 0) & (above.codes >= 0)
    table = np.zeros((len(of.values), len(above.values)), np.int64)
    np.add.at(table, (of.codes[both], above.codes[both]), 1)
    return {v: above.values[int(table[i].argmax())] for i, v in enumerate(of.values) if table[i].any()}


def _place(plan: Plan, known: Known, taken: Taken, mapping: str) -> None:
    lon, lat = known.first("lon"), known.first("lat")
    if lon is not None and lat is not None:
        plan.points = True
        taken.add("lon", lon)
        taken.add("lat", lat)
    areas = [c for c in known.fields.get("area", []) if 1 < len(c.values) <= PLACES]
    if areas:
        taken.add("grid", areas[0])
        if len(areas) > 1:
            others = [c.name for c in areas[1:]]
            plan.doubt("area", f"tables.event.columns.grid ({mapping})", areas[0].name, others=", ".join(others))


def _judgement(plan: Plan, known: Known, taken: Taken, mapping: str) -> None:
    for name, read in (("satisfaction", values.contentment), ("resolved", values.yes_no), ("verified", values.yes_no)):
        column = known.first(name)
        if column is None:
            continue
        odd = values.understood(column, read)
        if len(odd) > 0.5 * len(column.values):
            known.unused.append(column.name)
            continue
        said = {v: read(v) for v in column.values}
        if taken.clean:
            taken.add(name, column, column.mapped(lambda v, said=said: v if said[v] else ""))  # type: ignore[misc]
        else:
            taken.add(name, column)
        plan.maps[name] = {v: int(float(n)) for v, n in said.items() if n and n != v}
        if name == "satisfaction" and plan.maps[name]:
            told = ", ".join(f"{v} = {n}" for v, n in sorted(plan.maps[name].items(), key=lambda i: -int(i[1])))
            plan.doubt("satisfaction", f"codes.satisfaction ({mapping})", told)
        if odd:
            rows = dict(zip(column.values, column.counts.tolist(), strict=True))
            where = f"tables.event.columns.{name} ({mapping})"
            plan.doubt("odd_words", where, column.name, odd[:5], n=sum(rows[v] for v in odd))
