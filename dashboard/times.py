"""Instants as printed by the command line: the city's time, with UTC beside it."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from data.errors import GridWallError
from data.text import Text

IN_UTC = Text(zh="城市时间未知，以下为 UTC：{fault}", en="the city's time is not known, so that instants are in UTC: {fault}")


def both(instant: datetime | int, zone: tzinfo, precise: bool = True) -> str:
    """``2026-11-23 15:40:05 +08:00 (07:40:05Z)``, to the minute unless ``precise``; an int is ms.

    The UTC day is given if it differs.
    """
    at = datetime.fromtimestamp(instant / 1000, UTC) if isinstance(instant, int) else instant.astimezone(UTC)
    local = at.astimezone(zone)
    clock = "%H:%M:%S" if precise else "%H:%M"
    day = "" if local.date() == at.date() else f"{at:%Y-%m-%d} "
    return f"{local:%Y-%m-%d {clock}} {local.isoformat(timespec='seconds')[19:]} ({day}{at:{clock}}Z)"


def zone_of(args: Namespace) -> ZoneInfo:
    """The time zone of the city that is named (or implied); UTC, with a notice on stderr, if its file cannot be read: accounts
    and keys do not depend on it."""
    from dashboard.settings import profile_of

    try:
        return profile_of(args).zone
    except GridWallError as fault:
        print(IN_UTC(args.lang).format(fault=fault.said_in(args.lang)).splitlines()[0], file=sys.stderr)
        return ZoneInfo("UTC")
