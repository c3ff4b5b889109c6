"""One file per metric; ``METRICS`` lists them by id.  See ``data.query.metric`` for what a metric is."""

from __future__ import annotations

from data.metrics import (
    breaches,
    category_top,
    channel_mix,
    department_response,
    department_score,
    exceptions,
    feeds,
    grid_heat,
    handovers,
    headline,
    hotspots,
    hourly_trend,
    indicators,
    moats,
    oldest_overdue,
    queues,
    stage_backlog,
    stage_times,
    throughput,
    transitions,
    variants,
    warnings,
)
from data.query.metric import Metric

METRICS: dict[str, Metric] = {
    m.METRIC.id: m.METRIC
    for m in (
        headline, grid_heat, stage_backlog, department_response, hourly_trend, channel_mix, category_top,
        oldest_overdue, exceptions, throughput, indicators, moats, hotspots, department_score,
        queues, breaches, stage_times, transitions, variants, handovers, warnings,
    )
}
METRICS.update({m.id: m for m in (*feeds.METRICS, *indicators.SINGLE)})
