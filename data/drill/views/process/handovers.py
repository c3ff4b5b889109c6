"""Handovers of the selected cases between departments."""

from __future__ import annotations

from data.drill.drill import Drill, Field
from data.drill.from_metric import from_metric
from data.metrics.process import handovers
from data.text import Text

DRILL: Drill = from_metric(
    handovers.METRIC,
    "handovers",
    (
        Field("department", Text(zh="自部门", en="from"), "department", whole=True),
        Field("to", Text(zh="至部门", en="to"), "department", whole=True),
        Field("n", Text(zh="变更次数", en="changes"), "count"),
        Field("cases", Text(zh="有部门的案件", en="cases with a department"), "count"),
        Field("handed", Text(zh="变更过的案件", en="cases that changed"), "count"),
        Field("share", Text(zh="占比", en="share"), "share"),
        Field("per_case", Text(zh="每案次数", en="changes per case"), "decimal"),
    ),
    unit=Text(zh="次 · 窗口内上报案件", en="changes · cases reported in the window"),
    definition=Text(
        zh="窗口内上报、有过责任部门的案件：相邻停留之间及同一停留之内（退回后改派）责任部门的变更，由何部门到何部门；首行为至"
        "少变更一次的案件占比与每案次数，其余占全部变更；同一停留内只知最初与最后的部门；不受部门、环节与状态筛选限制",
        en="Cases reported in the window that a department has had: changes of department from one visit to the next and within"
        " one (returned and sent to another), from which to which; the first row is the share of cases with at least one,"
        " the others are shares of all changes; within a visit only the first and the last department are known; department,"
        " stage and state chosen do not cut it",
    ),
    without=("dep", "stage", "state"),
)
