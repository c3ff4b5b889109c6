"""Why rows are rejected: every reason with its name and remedy, used by ``check``, ``faults`` and the docs.

A fault is (source table, row key, reason, detail).  Some reasons reject the row itself; with the others the row counts and only
one of its values does not.  A reason about a single column (``bad_time``) begins its detail with that column's name: if the
column is required, the row is rejected; otherwise only the value is lost.
"""

from __future__ import annotations

from typing import NamedTuple

from data.source.mapping import REQUIRED
from data.text import Text


class Reason(NamedTuple):
    """``whole``: the row itself is rejected; None = only if the detail names a required column."""

    name: Text
    remedy: Text
    whole: bool | None = False


def _code(zh: str, en: str, kind: str) -> Reason:
    return Reason(
        Text(zh=f"{zh}代码不认得，计为“未知”", en=f'unknown {en}, counted as "unknown"'),
        Text(
            zh=f"在映射文件 codes.{kind} 中对照，或写入城市文件",
            en=f"map it under codes.{kind} of the mapping, or list it in the city's file",
        ),
    )


REASONS: dict[str, Reason] = {
    # ---- keys
    "no_key": Reason(
        Text(zh="编号为空", en="its key is empty"),
        Text(zh="在 SELECT 中给出不空的编号", en="let the SELECT deliver a key for every row"),
        True,
    ),
    "duplicate_key": Reason(
        Text(zh="编号重复，每个编号只计一行", en="another row has the same key; one counts"),
        Text(
            zh="改 SELECT 使一个编号一行（常因联接翻倍）",
            en="make the SELECT give one row a key (a join that doubles rows is the usual cause)",
        ),
        True,
    ),
    "orphan": Reason(
        Text(zh="流转找不到所属事件", en="a log row of an event that is not there"),
        Text(
            zh="让两个 SELECT 的条件一致，并核对事件编号的类型与写法",
            en="give both SELECTs the same conditions, and the event's id one type and spelling",
        ),
        True,
    ),
    # ---- values
    "bad_time": Reason(
        Text(zh="不是可用的时间", en="no usable time"),
        Text(
            zh="在 SELECT 中转换成 1990–2100 年间的 ISO 时间；“从未”应为 NULL",
            en='convert it to ISO times between 1990 and 2100 in the SELECT; "never" is NULL',
        ),
        None,
    ),
    "bad_value": Reason(
        Text(zh="值不是文本也不是数（列表、JSON、数组）", en="a value that is neither text nor number (a list, JSON, an array)"),
        Text(zh="在 SELECT 中取出其中一项，或 CAST 成文本", en="take one item of it in the SELECT, or CAST it to text"),
        None,
    ),
    "bad_text": Reason(
        Text(zh="字节不是文本（编码不符）", en="bytes that are no text (another encoding)"),
        Text(
            zh="核对源库或文件的编码（GBK、GB18030、UTF-8），在 SELECT 或连接串中写明",
            en="see which encoding the source has (GBK, GB18030, UTF-8), and say it in the SELECT or the URL",
        ),
        None,
    ),
    "bad_number": Reason(
        Text(zh="不是可用的数", en="no usable number"),
        Text(
            zh="在 SELECT 中转换成数（去掉单位与千分位）",
            en="convert it to a number in the SELECT (without units and separators)",
        ),
        None,
    ),
    "bad_yes_no": Reason(
        Text(zh="看不出是或否", en="neither yes nor no"),
        Text(zh="在 SELECT 中写成 1、0 或 NULL", en="deliver 1, 0 or NULL in the SELECT"),
    ),
    "bad_satisfaction": Reason(
        Text(zh="满意度不在 1–5 之间", en="a satisfaction that is not 1 to 5"),
        Text(zh="在 SELECT 中换算成 1–5；没有评价应为 NULL", en='convert it to 1 to 5 in the SELECT; "not rated" is NULL'),
    ),
    "closed_without_time": Reason(
        Text(
            zh="已结而没有可用的结案时间，以最后一条流转为准", en="closed without a usable time; its last log row stands for it"
        ),
        Text(zh="在 SELECT 中给出 closed_at；在办的事件不应有 outcome", en="deliver closed_at; an open event has no outcome"),
    ),
    "closes_before_report": Reason(
        Text(zh="结案早于上报，不计入时长", en="closes before it is reported; it is in no duration"),
        Text(
            zh="核对两列是否取反、时区是否一致，再改源库的这些行",
            en="see whether the two columns are swapped or of two time zones; then mend these rows at the source",
        ),
    ),
    # ---- codes
    "unknown_stage": Reason(
        Text(zh="环节代码不认得或为空，这条流转不能采用", en="an unknown stage, or none; the log row is not used"),
        Text(
            zh="在映射文件 codes.stage 中对照，或写入城市文件",
            en="map it under codes.stage of the mapping, or list it in the city's file",
        ),
        True,
    ),
    "unknown_action": Reason(
        Text(zh="动作代码不认得或为空，这条流转不能采用", en="an unknown action, or none; the log row is not used"),
        Text(zh="在映射文件 codes.action 中对照", en="map it under codes.action of the mapping"),
        True,
    ),
    "unknown_category": _code("类别", "category", "category"),
    "unknown_network": _code("网络", "network", "network"),
    "unknown_channel": _code("渠道", "channel", "channel"),
    "unknown_department": _code("部门", "department", "department"),
    "unknown_severity": _code("严重程度", "severity", "severity"),
    "unknown_outcome": Reason(
        Text(zh="结果代码不认得", en="unknown outcome"),
        Text(zh="在映射文件 codes.outcome 中对照", en="map it under codes.outcome of the mapping"),
    ),
    # ---- the grid
    "unknown_grid": Reason(
        Text(
            zh="网格代码不在网格中，计入合计，不上图",
            en="a cell that the grid does not have; it counts in every sum and is on no map",
        ),
        Text(zh="核对两处代码的写法与网格表的时点", en="spell the codes alike, and see whether the grid is of the same date"),
    ),
    "unknown_level": Reason(
        Text(zh="网格的层级不认得", en="a cell of an unknown level"),
        Text(zh="level 应为城市文件的层级代码", en="level is a level code of the city's file"),
        True,
    ),
    "unknown_parent": Reason(
        Text(zh="网格找不到上级", en="a cell without its parent"),
        Text(zh="parent 应是上一层的网格代码", en="parent is the code of a cell of the level above"),
        True,
    ),
    "bad_geometry": Reason(
        Text(zh="轮廓不能画，计数但不上图", en="an outline that cannot be drawn; the cell counts and is on no map"),
        Text(zh="轮廓应为经纬度的多边形（WKB）", en="an outline is a polygon in degrees, as WKB"),
    ),
    "repaired_outline": Reason(
        Text(zh="轮廓自相交，已修复后使用", en="an outline that crosses itself, used as repaired"),
        Text(zh="请测绘方改正原图", en="have the drawing itself corrected"),
    ),
}


def reason_of(code: str) -> Reason:
    """The reason; for a code of another version, a generic one naming the code."""
    return REASONS.get(code) or Reason(Text(zh=code, en=code), Text(zh="", en=""))


def sets_aside(table: str, reason: str, detail: str) -> bool:
    """Whether the fault rejects the row itself (see the module), not only one of its values."""
    whole = reason_of(reason).whole
    return detail.partition(":")[0] in REQUIRED.get(table, ()) if whole is None else whole


__all__ = ["REASONS", "Reason", "reason_of", "sets_aside"]
