"""Where the selected cases went from each stage."""

from __future__ import annotations

import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.from_metric import from_metric
from data.metrics.process import transitions
from data.text import Text


def _shape(frame: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """``to`` with its kind: a stage, or the case's state."""
    named = [
        "" if kind == "stage" else f"stage:{to}" if kind == "step" else f"state:{'closed' if to == 'settled' else to}"
        for kind, to in zip(frame["kind"], frame["to"], strict=True)
    ]
    return frame.assign(to=named)


DRILL: Drill = from_metric(
    transitions.METRIC,
    "transitions",
    (
        Field("kind", Text(zh="行", en="row"), "text"),
        Field("stage", Text(zh="环节", en="stage"), "stage"),
        Field("to", Text(zh="去往", en="to"), "named"),
        Field("n", Text(zh="停留数", en="visits"), "count"),
        Field("share", Text(zh="占比", en="share"), "share"),
        Field("back", Text(zh="回退", en="back"), "count"),
        Field("median_min", Text(zh="停留中位", en="median visit"), "work_min"),
        Field("cases", Text(zh="案件", en="cases"), "count"),
        Field("again", Text(zh="再次停留", en="repeat visits"), "count"),
        Field("again_share", Text(zh="返工份额", en="repeat share"), "share"),
        Field("passed", Text(zh="已离开案件", en="cases that left"), "count"),
        Field("first_pass", Text(zh="一次通过率", en="first pass"), "share"),
    ),
    unit=Text(zh="窗口内上报案件的停留", en="visits of cases reported in the window"),
    definition=Text(
        zh="窗口内上报案件的全部停留：自各环节去往何处（另一环节、退回、结案、作废、并案、转出、仍在）的次数、占该环节停留的份"
        "额与工作时间中位；一次通过率＝离开后未再进入该环节的案件÷已离开的案件；返工份额＝再次停留÷停留；不受环节与状态筛选"
        "限制",
        en="All visits of the cases reported in the window: what each stage led to (another one, back, settled, cancelled,"
        " merged, transferred, still there), with the share of its visits and the median work time; first pass = cases that"
        " never came back to the stage / cases that have left it; rework = repeat visits / visits; the stage and state chosen"
        " do not cut it",
    ),
    without=("stage", "state"),
    shape=_shape,
)
