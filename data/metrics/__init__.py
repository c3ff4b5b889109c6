"""One file per metric, found automatically; ``METRICS`` holds them by id.  ``data.query.metric`` defines what a metric is.

A file declares ``METRIC``, or ``METRICS`` if it makes several.
"""

from __future__ import annotations

from data.discovery import registry
from data.metrics import evaluation, process, wall
from data.query.metric import Metric

METRICS: dict[str, Metric] = registry(Metric, "METRIC", wall, process, evaluation)
