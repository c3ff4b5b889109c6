"""The top bar's message when too many rows of a table were rejected for the wall to be reliable."""

from __future__ import annotations

from data.sync.rejected import Rejected
from data.text import Text

_TABLES = {"event": Text(zh="事件表", en="events"), "transition": Text(zh="流转记录", en="log rows")}
_REASONS = {
    "duplicate_key": Text(zh="主键重复", en="the same key twice"),
    "no_key": Text(zh="主键为空", en="no key"),
    "orphan": Text(zh="找不到所属事件", en="no event of that id"),
    "unknown_action": Text(zh="未知动作", en="unknown action"),
    "unknown_stage": Text(zh="未知环节", en="unknown stage"),
    "bad_time": Text(zh="时间无法识别", en="no usable time"),
}


def rejected_words(found: Rejected) -> Text:
    """流转记录 62% 无法使用（未知环节）：请检查映射."""
    share, table = _percent(found), _TABLES[found.table]
    reason = _REASONS.get(found.reason, Text(zh=found.reason, en=found.reason.replace("_", " ")))
    return Text(
        zh=f"{table.zh} {share}% 无法使用（{reason.zh}）：请检查映射",
        en=f"{share}% of {table.en} unusable ({reason.en}): check the mapping",
    )


def _percent(found: Rejected) -> str:
    """Never 100 while a row is accepted, never 0 while one is rejected."""
    whole = round(100 * found.share)
    return "<1" if whole == 0 else ">99" if whole == 100 and found.rows < found.read else str(whole)


__all__ = ["rejected_words"]
