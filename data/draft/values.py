"""Meaning of words in cells: yes and no, satisfaction, urgency, outcome of a case."""

from __future__ import annotations

import re
from collections.abc import Callable

from data.draft.sheet import Column
from data.draft.times import plain_text, without_nulls

_YES = re.compile(r"是|已解决|解决|有|属实|真|y|yes|true|t|1(\.0)?|resolved|solved|verified", re.IGNORECASE)
_NO = re.compile(
    r"否|未解决|没有?解决|无|不属实|假|n|no|false|f|0(\.0)?|unresolved|not (resolved|solved|verified)", re.IGNORECASE
)
_CONTENT = (
    (r"非常不满意|很不满意|very (dis|un)satisfied|terrible", "1"),
    (r"不满意|不满|(dis|un)satisfied|poor", "2"),
    (r"非常满意|很满意|very satisfied|excellent", "5"),
    (r"一般|neutral|average|fair", "3"),
    (r"满意|satisfied|good", "4"),  # also 基本满意: offices with a four-point scale count it as satisfied
)
_OPEN = re.compile(
    r"^(未|不予?办|待|正在|在办)|未|中$|处理中|办理中|\b(open|pending|progress|new|assigned|not|in )", re.IGNORECASE
)
_ENDS = (
    ("cancelled", re.compile(r"作废|撤销|撤回|取消|不予受理|无效|\b(cancel|withdraw|void|reject|declin)", re.IGNORECASE)),
    ("merged", re.compile(r"重复|合并|并案|\b(duplicate|merged)", re.IGNORECASE)),
    ("transferred", re.compile(r"移交|移送|转出|\b(transferred|referred out)", re.IGNORECASE)),
    (
        "settled",
        re.compile(
            r"结案|办结|完成|完结|关闭|归档|已解决|销号|\b(clos|complet|resolv|done|settled|finish|archiv|fixed)", re.IGNORECASE
        ),
    ),
)
_SEVERITY = (
    (r"特别|特急|重大|critical|urgent|emergency|^特", 4),
    (r"紧急|较急|加急|较大|high|^急", 3),
    (r"中|medium|normal|较重", 2),
    (r"一般|普通|平|低|常规|轻|low|minor|routine", 1),
)


def yes_no(value: str) -> str:
    """ "1", "0" or, if neither, ""."""
    text = plain_text(value)
    return "1" if _YES.fullmatch(text) else "0" if _NO.fullmatch(text) else ""


def contentment(value: str) -> str:
    """1 to 5; "" if it is no such word."""
    text = plain_text(value).lower()
    if re.fullmatch(r"[1-5](\.\d+)?", text):
        return text
    return next((n for pattern, n in _CONTENT if re.search(pattern, text)), "")


def outcome(value: str) -> str:
    """settled, cancelled, merged, transferred; "" for an open case or an unknown word."""
    text = plain_text(value)
    if _OPEN.search(text) and not re.match(r"不予受理|无效", text):
        return ""
    return next((name for name, pattern in _ENDS if pattern.search(text)), "")


def severities(column: Column) -> dict[str, str | int] | None:
    """The code map of an urgency; None if one of its values is unknown."""
    out: dict[str, str | int] = {}
    for value in column.values:
        found = next((n for pattern, n in _SEVERITY if re.search(pattern, plain_text(value).lower())), None)
        if found is None:
            return None
        out[value] = found
    return out


def understood(column: Column, read: Callable[[str], str]) -> tuple[str, ...]:
    """The values of the column that ``read`` does not recognise."""
    return tuple(v for v in column.most if not read(v) and without_nulls(v))


__all__ = ["contentment", "outcome", "severities", "understood", "without_nulls", "yes_no"]
