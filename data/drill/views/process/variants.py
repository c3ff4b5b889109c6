"""Stage sequences of the selected cases, of those that ended in the window."""

from __future__ import annotations

from data.drill.drill import Drill, Field
from data.drill.from_metric import from_metric
from data.metrics.process import variants
from data.text import Text

DRILL: Drill = from_metric(
    variants.METRIC,
    "variants",
    (
        Field("place", Text(zh="序", en="place"), "count"),
        Field("sequence", Text(zh="环节次序", en="stages"), "stages"),
        Field("variants", Text(zh="变体数", en="variants"), "count"),
        Field("n", Text(zh="案件", en="cases"), "count"),
        Field("share", Text(zh="占比", en="share"), "share"),
        Field("cumulative", Text(zh="累计", en="cumulative"), "share"),
        Field("median_min", Text(zh="上报至结束中位", en="median, report to end"), "work_min"),
        Field("steps", Text(zh="停留数", en="visits"), "count"),
        Field("returns", Text(zh="再次进入", en="returns"), "count"),
    ),
    unit=Text(zh="窗口内结束的案件", en="cases that ended in the window"),
    definition=Text(
        zh="窗口内结束（结案、作废、并案、转出）的案件所经环节的次序：件数、占比、累计占比、上报至结束的工作时间中位、再次进入"
        "次数；列前200种，其余合计；同一环节内再次登记不算一步，回访不计；不受环节与状态筛选限制",
        en="Sequences of stages of the cases that ended (settled, cancelled, merged, transferred) in the window: cases, share,"
        " cumulative share, median work time from report to end, returns; the first 200, the others together; entering a"
        " stage again without leaving it is no step, call-backs are left out; the stage and state chosen do not cut it",
    ),
    without=("stage", "state"),
)
