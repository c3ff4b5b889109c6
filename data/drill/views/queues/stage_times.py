"""Duration of visits to each stage, of the selected cases."""

from __future__ import annotations

from data.drill.drill import Drill, Field
from data.drill.from_metric import from_metric
from data.metrics.process import stage_times
from data.text import Text

DRILL: Drill = from_metric(
    stage_times.METRIC,
    "stage_times",
    (
        Field("stage", Text(zh="环节", en="stage"), "stage"),
        Field("visit", Text(zh="停留", en="visit"), "text"),
        Field("n", Text(zh="停留数", en="visits"), "count"),
        Field("done", Text(zh="已离开", en="over"), "count"),
        Field("waiting", Text(zh="仍在", en="still there"), "count"),
        Field("median_min", Text(zh="中位", en="median"), "work_min"),
        Field("low_min", Text(zh="95%下限", en="95 % low"), "work_min"),
        Field("high_min", Text(zh="95%上限", en="95 % high"), "work_min"),
        Field("p90_min", Text(zh="P90", en="P90"), "work_min"),
        Field("wall_median_min", Text(zh="自然时间中位", en="wall-clock median"), "minutes"),
        Field("wall_p90_min", Text(zh="自然时间P90", en="wall-clock P90"), "minutes"),
    ),
    unit=Text(zh="窗口内进入的停留 · 工作时", en="visits entered in the window · work h"),
    definition=Text(
        zh="窗口内进入的停留：各环节首次与再次停留分列，工作时间与自然时间的中位与P90，Kaplan-Meier 估计，未离开者按截尾计入；"
        "含缓办时间",
        en="Visits entered in the window, a case's first in the stage and repeats apart: median and P90 in work time and on the"
        " wall's clock, Kaplan-Meier with those that go on censored; deferred time is in",
    ),
    without=("stage", "state"),
)
