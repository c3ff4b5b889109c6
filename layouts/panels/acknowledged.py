"""已知悉: how walls and kiosks show that an alarm or a case was acknowledged: the role and the time, never a name."""

from __future__ import annotations

import pandas as pd

from data.access.acknowledgements import Noted, Seen
from data.access.roles import ROLE_NAMES
from data.city.city import City
from data.metrics.wall.exceptions import identity
from data.text import Lang, Text
from layouts.text.formats import clock, number
from layouts.text.rows import records

NOTED = Text(zh="已知悉", en="noted")
NOTED_BY = Text(zh="已知悉 {who} {at}", en="noted by {who}, {at}")


def role_name(role: str, lang: Lang) -> str:
    """The name of a role; for an unknown one, its code."""
    name = ROLE_NAMES.get(role)
    return name(lang) if name is not None else role


def noted_word(seen: Seen, city: City, lang: Lang) -> str:
    """``已知悉 值守员 10:42``, ``noted by operator, 10:42``."""
    who = Text(zh=role_name(seen.role, "zh"), en=role_name(seen.role, "en").lower())
    return NOTED_BY(lang).format(who=who(lang), at=clock(seen.at_ms, city.profile.zone))


def seen_of(exceptions: pd.DataFrame | None, noted: Noted, scope: str) -> dict[int, Seen]:
    """Rank of an exception -> its acknowledgement, for those that have one."""
    if exceptions is None or not noted:
        return {}
    out = {}
    for row in records(exceptions):
        seen = noted.get(("alarm", identity(str(row["kind"]), str(row["code"]), scope)))
        if seen is not None:
            out[int(number(row["rank"]))] = seen
    return out
