"""What every screen may say about a fault in the pipeline from the source: never a host, a file or a row."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from data.text import Text

#: By ``callbacks.wall.source_health.Health.kind``.
FAULTS: dict[str, Text] = {
    "source": Text(zh="数据源不可用", en="the source cannot be used"),  # for a source error without further details
    "facts": Text(zh="事实库不可用", en="the facts cannot be used"),
    "damaged": Text(zh="事实库损坏，已移开，正由源库重建", en="the facts were damaged; they are built anew from the source"),
    "disk_full": Text(zh="磁盘已满，事实库无法写入", en="the disk is full; the facts cannot be written"),
    "read_only": Text(zh="磁盘只读，事实库无法写入", en="the disk is read-only; the facts cannot be written"),
    "internal": Text(zh="计算出错", en="internal fault"),
}
AS_OF = Text(zh="{fault}；以下为 {at} 的数，恢复后自动续上", en="{fault}; the numbers are those of {at}; it goes on by itself")


def fault_words(kind: str, words: Text | None = None) -> Text | None:
    """``words``, if known, are more specific than the kind; None if nothing is wrong."""
    return (words or FAULTS.get(kind, FAULTS["internal"])) if kind else None


def behind(kind: str, checked_ms: int, zone: ZoneInfo, words: Text | None = None) -> Text | None:
    """Notice above figures that are not current: the fault, and the instant that they are for; None if all is well."""
    fault = fault_words(kind, words)
    if fault is None or not checked_ms:
        return fault
    at = datetime.fromtimestamp(checked_ms / 1000, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return Text(zh=AS_OF.zh.format(fault=fault.zh, at=at), en=AS_OF.en.format(fault=fault.en, at=at))
