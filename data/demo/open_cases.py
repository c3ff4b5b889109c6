"""The cases that can still move, as the database holds them: the initial state of the demo's writer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, or_, select

from data.city.profile import Profile
from data.demo.moves import Case, replay
from data.demo.places import town_of
from data.source.contract import EVENT, TRANSITION

#: How long a closed case may await its call-back before the writer drops it.
CALL_BACK_DAYS = 40


def open_cases(connection: Connection, profile: Profile, codes: dict[str, str], now: datetime) -> dict[int, Case]:
    """Open cases, and closed ones awaiting their call-back, with their state from the log."""
    oldest = (now - timedelta(days=CALL_BACK_DAYS)).astimezone(UTC).replace(tzinfo=None)
    held = or_(
        EVENT.c.closed_at.is_(None),
        and_(EVENT.c.outcome == "settled", EVENT.c.called_back_at.is_(None), EVENT.c.closed_at > oldest),
    )
    categories = {c.code: i for i, c in enumerate(profile.categories)}
    kinds = {c.code: c.kind for c in profile.channels}
    departments = {d.code: i for i, d in enumerate(profile.departments)}
    roles = {code: role for role, code in codes.items()}
    cases: dict[int, Case] = {}
    closed: set[int] = set()
    e = EVENT.c
    wanted = select(e.id, e.category, e.channel, e.grid, e.reported_at, e.due_at, e.closed_at).where(held)
    for row in connection.execute(wanted):
        at = _ms(row.reported_at)
        cases[row.id] = Case(
            row.id,
            "report",
            categories.get(row.category, 0),
            town_of(profile, row.grid),
            -1,
            at,
            at,
            _ms(row.due_at),
            citizen=kinds.get(row.channel) == "citizen",
        )
        if row.closed_at is not None:
            closed.add(row.id)
    t = TRANSITION.c
    log = select(t.event, t.stage, t.action, t.department, t.at).join(EVENT, e.id == t.event).where(held)
    for step in connection.execute(log.order_by(t.event, t.at, t.key)):
        if step.event in cases and step.stage in roles:
            replay(cases[step.event], roles[step.stage], step.action, departments.get(step.department, -1), _ms(step.at))
    for case in cases.values():
        case.department = max(case.department, 0)
    return {i: c for i, c in cases.items() if (c.role == "revisit") == (i in closed)}


def _ms(moment: datetime | None) -> int:
    return -1 if moment is None else round(moment.replace(tzinfo=UTC).timestamp() * 1000)
