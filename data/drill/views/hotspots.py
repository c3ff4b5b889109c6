"""Hot spots of the selected cases by village, for every source and count, so that the map's switches need no new query."""

from __future__ import annotations

import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Field
from data.drill.from_metric import from_metric
from data.metrics.evaluation.hotspots import METRIC
from data.metrics.wall.grid_heat import UNLOCATED
from data.text import Text

SOURCES = {"all": Text(zh="全部", en="all"), "citizen": Text(zh="市民", en="citizens"), "patrol": Text(zh="巡查", en="patrols")}
WHATS = {"late": Text(zh="超期", en="late"), "reported": Text(zh="上报", en="reported")}


def _placed(frame: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Codes of the grid, "" if the place is unknown."""
    flags = {c: frame[c].astype(int) for c in ("hot", "few")}
    return frame.assign(area=frame["code"].where(frame["code"] != UNLOCATED, ""), **flags)


DRILL = from_metric(
    METRIC,
    "hotspots",
    (
        Field("area", Text(zh="村（社区）", en="village"), "area"),
        Field("source", Text(zh="来源", en="source"), "text", names=SOURCES),
        Field("what", Text(zh="计", en="counted"), "text", names=WHATS),
        Field("n", Text(zh="件数", en="n"), "count"),
        Field("expected", Text(zh="期望", en="expected"), "decimal"),
        Field("ratio", Text(zh="O/E", en="O/E"), "decimal"),
        Field("low", Text(zh="95%下限", en="95 % low"), "decimal"),
        Field("high", Text(zh="95%上限", en="95 % high"), "decimal"),
        Field("eb", Text(zh="O/E 收缩", en="O/E shrunken"), "decimal"),
        Field("gi", Text(zh="Gi* z", en="Gi* z"), "decimal"),
        Field("p", Text(zh="p（连同相邻）", en="p with neighbours"), "chance"),
        Field("own_p", Text(zh="p（本村）", en="p alone"), "chance"),
        Field("hot", Text(zh="热点（1 连片，2 单村）", en="hot (1 together, 2 alone)"), "count"),
        Field("few", Text(zh="期望不足 3", en="under 3 expected"), "count"),
        Field("cluster", Text(zh="聚集（近几天）", en="cluster (last days)"), "count"),
        Field("cluster_n", Text(zh="聚集件数", en="in the cluster"), "count"),
        Field("cluster_expected", Text(zh="聚集期望", en="expected in it"), "decimal"),
        Field("cluster_recurs", Text(zh="平静时几天一遇", en="once in days when quiet"), "decimal"),
        Field("population", Text(zh="居民", en="residents"), "count"),
        Field("rate", Text(zh="每千人·日", en="per 1,000 residents and day"), "decimal"),
        Field("reports", Text(zh="上报", en="reported"), "count"),
        Field("need", Text(zh="应结案", en="due"), "count"),
        Field("late", Text(zh="超期", en="late"), "count"),
    ),
    unit=Text(zh="件 · 与期望之比", en="cases against expected"),
    shape=_placed,
)
