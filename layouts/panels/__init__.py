"""All panels by id; one id names metric, panel, file and test."""

from __future__ import annotations

from layouts.panels import (
    category_top,
    channel_mix,
    department_response,
    feeds,
    grid_heat,
    headline,
    hourly_trend,
    kpi_row,
    module_board,
    oldest_overdue,
    stage_backlog,
    step_loop,
    throughput,
)
from layouts.panels.panel import Panel

PANELS: dict[str, Panel] = {
    module.PANEL.id: module.PANEL
    for module in (
        headline,
        kpi_row,
        grid_heat,
        stage_backlog,
        department_response,
        hourly_trend,
        channel_mix,
        category_top,
        oldest_overdue,
        feeds,
        throughput,
        step_loop,
        module_board,
    )
}
