"""Time limits as a city's file writes them: ``"30 min"``, ``"4 work_hours"``, ``"2 workdays"``; and which clock they run on."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from data.errors import FieldError

LimitClock = Literal["natural_minutes", "work_minutes", "workdays", "natural_days"]
_UNITS: dict[str, tuple[LimitClock, int]] = {
    "min": ("natural_minutes", 1),
    "urgent_hours": ("natural_minutes", 60),
    "urgent_hour": ("natural_minutes", 60),
    "hours": ("natural_minutes", 60),
    "hour": ("natural_minutes", 60),
    "h": ("natural_minutes", 60),
    "work_hours": ("work_minutes", 60),
    "work_hour": ("work_minutes", 60),
    "workdays": ("workdays", 1),
    "workday": ("workdays", 1),
    "natural_days": ("natural_days", 1),
    "natural_day": ("natural_days", 1),
    "days": ("natural_days", 1),
    "day": ("natural_days", 1),
}


class Limit(BaseModel):
    """A time limit: ``amount`` on one of the four clocks of the field (紧急工作时, 工作时, 工作日, 自然日)."""

    model_config = ConfigDict(frozen=True)

    clock: LimitClock
    amount: int
    text: str


def parse_limit(value: object) -> object:
    """``"30 min"``, ``"4 work_hours"``, ``"2 workdays"``, ``"1 natural_day"``, ``"2 urgent_hours"`` -> Limit."""
    if isinstance(value, Limit):
        return value
    match = re.fullmatch(r"\s*(\d+)\s*([a-z_]+)\s*", value) if isinstance(value, str) else None
    if not match or match[2] not in _UNITS or int(match[1]) == 0:
        raise FieldError(
            f'{value!r} is not a time limit; write e.g. "30 min", "4 work_hours" or "2 workdays"',
            f'{value!r} 不是时限，请写如 "30 min"、"4 work_hours" 或 "2 workdays"',
        )
    clock, unit = _UNITS[match[2]]
    return Limit(clock=clock, amount=int(match[1]) * unit, text=str(value))


def natural_ms(limit: Limit) -> int:
    """A limit that runs day and night, in ms."""
    return limit.amount * (86_400_000 if limit.clock == "natural_days" else 60_000)


#: The clocks that run day and night.
NATURAL = ("natural_minutes", "natural_days")


def _natural(limit: Limit) -> Limit:
    if limit.clock not in NATURAL:
        raise FieldError(
            f'\'{limit.text}\' runs on the work clock; write e.g. "24 hours" or "30 days"',
            f'“{limit.text}”按工作时间计，请写如 "24 hours" 或 "30 days"',
        )
    return limit


LimitField = Annotated[Limit, BeforeValidator(parse_limit)]
NaturalField = Annotated[Limit, BeforeValidator(parse_limit), AfterValidator(_natural)]
