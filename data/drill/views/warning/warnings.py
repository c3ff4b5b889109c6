"""Early warnings of the chosen area and categories: each series against what is expected by now."""

from __future__ import annotations

import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Field
from data.drill.from_metric import from_metric
from data.metrics.evaluation.warnings import METRIC
from data.text import Text

STATUSES = {
    "new": Text(zh="新", en="new"),
    "continuing": Text(zh="持续", en="on"),
    "over": Text(zh="已回落", en="over"),
    "part": Text(zh="已并入", en="part of one"),
    "quiet": Text(zh="正常", en="usual"),
}
REACHES = {"town": Text(zh="本镇街", en="town"), "ring": Text(zh="连同相邻", en="and around"), "city": Text(zh="全市", en="city")}
LEVELS = {"red": Text(zh="红", en="red"), "amber": Text(zh="黄", en="amber"), "": Text(zh="–", en="–")}
METHODS = {"baseline": Text(zh="基线", en="baseline"), "ears": Text(zh="EARS", en="EARS")}


def chosen_categories(choice: Choice) -> set[str]:
    """Codes of the open categories that pass the filters; the other filters do not apply to a baseline."""
    own, networks = set(choice.filters.codes.get("cat", ())), set(choice.filters.codes.get("net", ()))
    return {
        c.code
        for c in choice.city.profile.categories
        if not c.sensitive and (not own or c.code in own) and (not networks or c.network in networks)
    }


def _chosen(frame: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Series of the chosen categories; the area is "" for the whole city."""
    own = frame[frame["category"].isin(chosen_categories(choice))]
    return own.assign(area=own["code"])


DRILL = from_metric(
    METRIC,
    "warnings",
    (
        Field("area", Text(zh="镇街", en="town"), "area", whole=True),
        Field("reach", Text(zh="范围", en="reach"), "text", names=REACHES),
        Field("category", Text(zh="类别", en="category"), "category"),
        Field("level", Text(zh="级别", en="level"), "text", names=LEVELS),
        Field("status", Text(zh="状态", en="status"), "text", names=STATUSES),
        Field("observed", Text(zh="已上报", en="reported so far"), "count"),
        Field("expected", Text(zh="应有", en="expected"), "decimal"),
        Field("low", Text(zh="95%下限", en="95 % low"), "count"),
        Field("high", Text(zh="95%上限", en="95 % high"), "count"),
        Field("p", Text(zh="p（单侧）", en="p, one-sided"), "chance"),
        Field("builds", Text(zh="上升起自", en="builds up since"), "instant"),
        Field("window_observed", Text(zh="其间已上报", en="reported since then"), "count"),
        Field("window_expected", Text(zh="其间应有", en="expected since then"), "decimal"),
        Field("rate", Text(zh="同样强的误报（次/班）", en="false alarms a shift as strong"), "chance"),
        Field("since", Text(zh="预警始于", en="warning since"), "instant"),
        Field("look", Text(zh="查看时刻", en="look"), "instant"),
        Field("method", Text(zh="方法", en="method"), "text", names=METHODS),
    ),
    unit=Text(zh="今日到最近整点 · 件", en="today up to the last full hour · cases"),
    shape=_chosen,
)
