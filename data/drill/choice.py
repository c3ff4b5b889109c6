"""The cases selected by filters, as conditions on the facts; every statement of a drill is built on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.sql.selectable import FromClause

from data.access.roles import place_within
from data.access.viewer import Viewer
from data.city.city import City
from data.drill.filters import LISTS, Filters, parse
from data.facts.schema import EVENT, VISIT
from data.query import conditions
from data.query.metric import events, visits
from data.query.windows import DAY_MS, HOUR_MS, QUARTER_MS
from data.types.sql import AnySelect

_COLUMN = {
    "net": EVENT.c.network,
    "cat": EVENT.c.category,
    "ch": EVENT.c.channel,
    "dep": EVENT.c.department,
    "stage": EVENT.c.stage,
}


#: Conditions that must all hold.
Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True)
class Choice:
    """The viewer, the city and the filters of a request; ``at`` is the instant (ms) that the answer is valid for."""

    viewer: Viewer
    city: City
    filters: Filters
    at: int

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at / 1000, UTC)

    @property
    def level(self) -> int:
        """Level of the chosen area; 0 = the whole city."""
        return self.city.scope_of(self.filters.area)[0]

    @property
    def bin_ms(self) -> int:
        """The longest bin that never crosses a local hour: an hour, or a quarter if the zone's offset is not in whole hours."""
        offset = self.now.astimezone(self.city.profile.zone).utcoffset()
        return HOUR_MS if offset is not None and offset.total_seconds() % 3600 == 0 else QUARTER_MS

    def conditions(self, without: tuple[str, ...] = ()) -> Conditions:
        """Conditions on each selected case, whenever it was reported; ``without`` omits filters by their word of the address."""
        _, _, met = events(self.viewer, self.city)
        f, profile = self.filters, self.city.profile
        for word, codes in f.codes.items():
            if word not in without:
                known = [item.code for item in getattr(profile, LISTS[word])]
                met.append(_COLUMN[word].in_([known.index(c) for c in codes]))
        if f.severity and "sev" not in without:
            met.append(EVENT.c.severity.in_([int(s) for s in f.severity]))
        if f.codes.get("stage") and "stage" not in without and not f.is_stock:
            met.append(conditions.unended(self.at))  # the stage that a case is in now; an ended case is in none
        if f.state and "state" not in without:
            met.append(_state(f.state, self.at))
        return met

    def reported(self, since: int | None = None, until: int | None = None, without: tuple[str, ...] = ()) -> Conditions:
        """The selected cases reported in the window (or in [since, until))."""
        since = self.filters.since if since is None else since
        until = self.filters.until if until is None else until
        return [*self.conditions(without), EVENT.c.reported_at >= since, EVENT.c.reported_at < until]

    def open(self, without: tuple[str, ...] = ()) -> Conditions:
        """The selected cases open now: a stock, which the window does not restrict."""
        return [*self.conditions(("state", *without)), conditions.standing(self.at)]

    def listed(self) -> Conditions:
        """The cases to list: those of a stock, or those reported in the window."""
        return [*self.conditions(), conditions.standing(self.at)] if self.filters.is_stock else self.reported()

    def child(self) -> ColumnElement[int]:
        """The column of the areas just below the chosen one (of the area itself at the lowest level)."""
        below: ColumnElement[int] = (EVENT.c.l1, EVENT.c.l2, EVENT.c.l3, EVENT.c.l4)[min(self.level, 3)]
        return below

    def lateness(self) -> dict[str, ColumnElement[bool]]:
        """``need`` 应结案, and ``late`` among those."""
        need = conditions.need_archive(self.at)
        return {"need": need, "late": need & conditions.late(self.at)}

    def visits(self) -> tuple[FromClause, Conditions]:
        """(table, conditions) of the visits of the cases reported in the window."""
        table, _, met = visits(replace(self.viewer, scope=""), self.city)
        chosen = select(EVENT.c.eid).where(*self.reported())
        # visits begin after the report, except for clock differences, which are less than a day
        early = [VISIT.c.entered_at >= self.filters.since - DAY_MS] if self.filters.since > 0 else []
        return table, [*met, *early, VISIT.c.eid.in_(chosen)]


def choose(viewer: Viewer, city: City, words: Any, at: datetime) -> Choice:
    """The choice described by an address.  Raises QueryError; AccessError for an area outside the viewer's."""
    filters = parse(words, city, at)
    area = place_within(viewer, city, filters.area)
    return Choice(replace(viewer, scope=area), city, replace(filters, area=area), _ms(at))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _state(state: str, at: int) -> ColumnElement[bool]:
    c = EVENT.c
    meanings: dict[str, ColumnElement[bool]] = {
        "open": conditions.unended(at),
        "overdue": conditions.overdue(at),
        "hung": and_(c.is_open == 1, c.is_hung == 1),
        "closed": conditions.archived(at),
        "late": and_(conditions.need_archive(at), conditions.late(at)),
        "returned": c.returns > 0,
        "rework": c.reworks > 0,
    }
    return meanings[state]


def named(city: City) -> Conditions:
    """Cases that may be listed individually: with a known category (an unknown one may be sensitive), no restricted channel."""
    closed = [i for i, channel in enumerate(city.profile.channels) if channel.restricted]
    return [EVENT.c.category >= 0, *(EVENT.c.channel != i for i in closed)]


def counted(met: Conditions, *columns: ColumnElement[Any]) -> AnySelect:
    """SELECT of the given (labelled) columns of the events that meet the conditions."""
    return select(*columns).select_from(EVENT).where(*met)
