"""Cases waiting in each stage now, of the selected ones: a stock, with the flow of the last 28 days."""

from __future__ import annotations

import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.from_metric import from_metric
from data.metrics.process import queues
from data.text import Text


def _shape(frame: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Convert hours to minutes, the unit of the workbench's tables."""
    return frame.assign(**{n: 60 * frame[f"{n.removesuffix('_min')}_h"] for n in ("age_p50_min", "age_p90_min", "oldest_min")})


_AGES = (
    ("age_1", "≤1", "≤1"),
    ("age_3", "1–3", "1–3"),
    ("age_7", "3–7", "3–7"),
    ("age_15", "7–15", "7–15"),
    ("age_more", ">15", ">15"),
)
_USED = (("used_50", "<50%"), ("used_80", "50–80%"), ("used_100", "80–100%"), ("over", ">100%"))
FIELDS: tuple[Field, ...] = (
    Field("stage", Text(zh="环节", en="stage"), "stage", whole=True),
    Field("wip", Text(zh="在办", en="waiting"), "count"),
    *[Field(n, Text(zh=f"工时龄{zh}工作日", en=f"{en} workdays old"), "count") for n, zh, en in _AGES],
    *[Field(n, Text(zh=f"占环节时限{said}", en=f"{said} of the stage's limit"), "count") for n, said in _USED],
    Field("no_limit", Text(zh="无时限", en="no limit"), "count"),
    Field("hung", Text(zh="缓办", en="deferred"), "count"),
    Field("over_share", Text(zh="超环节时限", en="over the stage's limit"), "share"),
    Field("age_p50_min", Text(zh="工时龄P50", en="age P50"), "work_min"),
    Field("age_p90_min", Text(zh="工时龄P90", en="age P90"), "work_min"),
    Field("oldest_min", Text(zh="最久", en="oldest"), "work_min"),
    Field("open_p50_days", Text(zh="自上报自然日P50", en="natural days since report P50"), "decimal"),
    Field("open_p90_days", Text(zh="自上报自然日P90", en="natural days since report P90"), "decimal"),
    Field("open_max_days", Text(zh="自上报自然日最长", en="natural days since report, longest"), "decimal"),
    Field("days", Text(zh="天数", en="days"), "count"),
    Field("opening", Text(zh="期初", en="opening"), "count"),
    Field("came", Text(zh="进", en="in"), "count"),
    Field("went", Text(zh="出", en="out"), "count"),
    Field("in_day", Text(zh="日进（自然日）", en="in per calendar day"), "decimal"),
    Field("out_day", Text(zh="日出（自然日）", en="out per calendar day"), "decimal"),
    Field("in_workday", Text(zh="进（每工作日）", en="in per workday"), "decimal"),
    Field("out_workday", Text(zh="出（每工作日）", en="out per workday"), "decimal"),
    Field("balance_se", Text(zh="进出差标准误", en="standard error of in - out"), "decimal"),
    Field("steady", Text(zh="平稳", en="steady"), "count"),
    Field("w_days", Text(zh="W（自然日）", en="W (calendar days)"), "decimal"),
    Field("w_workdays", Text(zh="W（工作日）", en="W (workdays)"), "decimal"),
    Field("w_code", Text(zh="无W的原因", en="why no W"), "text"),
    Field("clear_days", Text(zh="清空（自然日）", en="clear in (calendar days)"), "decimal"),
    Field("clear_code", Text(zh="无清空时间的原因", en="why not clear"), "text"),
)
DRILL: Drill = from_metric(
    queues.METRIC,
    "queues",
    FIELDS,
    unit=Text(zh="件 · 此刻在办", en="cases · open now"),
    without=("stage", "state"),
    stock=True,
    shape=_shape,
)
