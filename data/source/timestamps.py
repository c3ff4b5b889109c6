"""How a source writes its times, so that our watermark can be compared with its change column, text with text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.errors import SourceFault


def spelling_of(stamp: object) -> str:
    """How the source writes its change stamps: "text:T", "text: +480" (separator, offset in minutes), "naive", "aware".

    Raises SourceFault for what is no time.
    """
    if isinstance(stamp, str):
        try:
            offset = datetime.fromisoformat(stamp.strip()).utcoffset()
        except ValueError:
            raise SourceFault(f"a change column holds {stamp!r}, which is no time; deliver e.g. "
                              "'2026-11-23 08:00:00'") from None
        shift = "" if offset is None else f"{int(offset.total_seconds() // 60):+d}"
        return f"text:{stamp.strip()[10:11] or ' '}{shift}"
    if isinstance(stamp, datetime):
        return "aware" if stamp.tzinfo else "naive"
    if isinstance(stamp, date):
        return "naive"
    raise SourceFault(f"a change column holds {stamp!r}, which is no time; deliver a time")


def spelled(at_ms: int, spelling: str, zone: ZoneInfo) -> object:
    """An instant as the source writes it, to compare with its change column.

    Texts compare as texts: without a fraction, so that it sorts before every stamp of its second.
    """
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    if spelling == "aware":
        return moment
    if spelling == "naive":
        return moment.astimezone(zone).replace(tzinfo=None)
    separator, shift = spelling[5], spelling[6:]
    local = moment + timedelta(minutes=int(shift)) if shift else moment.astimezone(zone)
    return local.strftime(f"%Y-%m-%d{separator}%H:%M:%S")
