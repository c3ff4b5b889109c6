"""The message shown after the server's own clock was set."""

from __future__ import annotations

from data.text import Text

_UNITS = (
    (86_400_000, Text(zh="天", en="d")),
    (3_600_000, Text(zh="小时", en="h")),
    (60_000, Text(zh="分", en="min")),
    (1000, Text(zh="秒", en="s")),
)


def step_words(by_ms: int) -> Text:
    """服务器时钟回拨 10 分；历时仍按实际计 (in the largest unit that fits)."""
    size, unit = next((s, u) for s, u in _UNITS if abs(by_ms) >= s or s == 1000)
    n = round(abs(by_ms) / size)
    return Text(
        zh=f"服务器时钟{'回拨' if by_ms < 0 else '前拨'} {n} {unit.zh}，数据时效仍按实际计",
        en=f"the server's clock was set {'back' if by_ms < 0 else 'forward'} by {n} {unit.en}; ages stay true",
    )


__all__ = ["step_words"]
