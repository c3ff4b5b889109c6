"""One file per metric, found by being there; ``METRICS`` has them by id.  See ``data.query.metric`` for what a metric is.

A file declares ``METRIC``, or ``METRICS`` where it makes several.
"""

from __future__ import annotations

from data.discovery import registry
from data.metrics import evaluation, process, wall
from data.query.metric import Metric

METRICS: dict[str, Metric] = registry(Metric, "METRIC", wall, process, evaluation)
