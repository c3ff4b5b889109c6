"""The theme of the screens in the city's file: night, day, or by the city's clock."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict

from data.errors import FieldError, QueryError

ThemeSetting = Literal["night", "day", "auto"]
THEMES: tuple[str, ...] = get_args(ThemeSetting)
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"


def _hours(value: str) -> str:
    match = re.fullmatch(rf"({_TIME})-({_TIME})", value)
    if match is None or match[1] == match[2]:
        raise FieldError(
            f"'{value[:40]}' are no hours of a day; write when it begins and ends, e.g. \"07:00-19:00\"",
            f'“{value[:40]}”不是一天中的时段；请写日间的起止，如 "07:00-19:00"',
        )
    return value


def check_theme(theme: str) -> None:
    """Raises QueryError for a theme in an address that there is not; "" = none is named."""
    if theme and theme not in THEMES:
        raise QueryError(f"theme '{theme[:10]}': write night, day or auto", f"配色“{theme[:10]}”：请写 night、day 或 auto")


class WallSetting(BaseModel):
    """``theme`` "auto": by day within the hours of ``day`` on the city's clock, else at night."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    theme: ThemeSetting = "night"
    day: Annotated[str, AfterValidator(_hours)] = "07:00-19:00"
