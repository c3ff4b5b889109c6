"""One file per metric; ``METRICS`` lists them by id.  See ``data.query.metric`` for what a metric is."""

from __future__ import annotations

from data.metrics.evaluation import department_score, feeds, hotspots, indicators, moats, warnings
from data.metrics.process import breaches, handovers, queues, stage_times, transitions, variants
from data.metrics.wall import (
    category_top,
    channel_mix,
    department_response,
    exceptions,
    grid_heat,
    headline,
    hourly_trend,
    oldest_overdue,
    stage_backlog,
    throughput,
)
from data.query.metric import Metric

METRICS: dict[str, Metric] = {
    m.METRIC.id: m.METRIC
    for m in (
        headline,
        grid_heat,
        stage_backlog,
        department_response,
        hourly_trend,
        channel_mix,
        category_top,
        oldest_overdue,
        exceptions,
        throughput,
        indicators,
        moats,
        hotspots,
        department_score,
        queues,
        breaches,
        stage_times,
        transitions,
        variants,
        handovers,
        warnings,
    )
}
METRICS.update({m.id: m for m in (*feeds.METRICS, *indicators.SINGLE)})
