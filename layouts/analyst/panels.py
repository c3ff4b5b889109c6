"""Which panels the workbench's tabs show."""

from __future__ import annotations

from collections.abc import Mapping

from data.text import Text

#: Tab -> its name and the drills that it shows, in their order.
TABS: Mapping[str, tuple[Text, tuple[str, ...]]] = {
    "overview": (Text(zh="总览", en="Overview"), ("areas", "trend", "departments", "stage_department", "times")),
    "process": (Text(zh="过程", en="Process"), ("process", "times", "stage_department", "transitions", "variants", "handovers")),
    "queues": (Text(zh="队列", en="Queues"), ("queues", "breaches", "stage_times")),
    "ranking": (
        Text(zh="部门排名", en="Ranking"),
        ("department_score", "departments", "department_funnel", "why_category", "why_stage"),
    ),
    "heat": (Text(zh="热力", en="Heat"), ("month_category", "area_week", "hour_profile")),
    "hotspots": (Text(zh="热点", en="Hot spots"), ("hotspots",)),
    "warning": (Text(zh="预警", en="Early warning"), ("warnings", "expected")),
    "indicators": (Text(zh="指标", en="Indicators"), ("indicators", "moats", "feeds", "data_freshness")),
    "cases": (Text(zh="清单与定义", en="Cases"), ()),
}
#: The panels that are charts; the others are drawings.
CHARTS = frozenset({"trend", "times", "departments", "department_funnel", "expected", "hour_profile", "handovers"})
