"""Daily statistics, outside the ticks: the early warning's baseline, verdicts on departments, the space-time scan."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from functools import partial

from callbacks.wall.page_cache import PageCache
from dashboard.clock import now
from dashboard.pipeline import AFTER_FAILURE, SourcePipeline
from data.alarms import clusters, verdicts
from data.errors import GridWallError
from data.facts.store import Facts
from data.jobs import worker
from data.jobs.priority import lower_priority
from data.warning.kept_baseline import Fitted, stored
from data.warning.refit import due, refit

log = logging.getLogger("gridwall")
#: How often to check whether the early warning's baseline is due; time limit of a fit (s).
BASELINE_EVERY_S, BASELINE_LIMIT_S = 10.0, 300.0


class BaselineJob:
    """Checks on its own thread (``run``) what is due, until ``stop``; ``fit`` may be called from any thread."""

    _unscanned = -1  # the day (ordinal) whose space-time scan was not possible

    def __init__(self, pipeline: SourcePipeline) -> None:
        self._pipeline = pipeline
        self._page_cache: PageCache = pipeline.page_cache
        self._fitting, self._ended = threading.Lock(), threading.Event()

    def stop(self) -> None:
        self._ended.set()

    def run(self) -> None:
        """On a thread of its own: the fit takes seconds, in a low-priority process, and no tick waits for it."""
        lower_priority()
        wait = BASELINE_EVERY_S
        while not self._ended.wait(wait):
            wait = BASELINE_EVERY_S
            if self._pipeline.facts is None or self._page_cache.snapshot is None:
                continue
            for daily in (self._fit_if_due, self._verdicts_if_due, self._scan_if_due):
                try:
                    daily(self._pipeline.facts, self._pipeline.as_of(now()))
                except Exception as error:  # ``fit`` reports its own errors; stored results stay, the other jobs still run
                    log.debug("a look of the day: %s", error)
                    wait = AFTER_FAILURE.total_seconds()

    def _fit_if_due(self, facts: Facts, moment: datetime) -> None:
        meta = facts.meta()
        kept = stored(meta)
        self._page_cache.health.baseline_ms = kept.fitted_ms if kept else 0
        if due(meta, self._page_cache.city, self._pipeline.clock, moment):
            self.fit()

    def _verdicts_if_due(self, facts: Facts, moment: datetime) -> None:
        if verdicts.due(facts.meta(), self._page_cache.city, moment):
            taken = verdicts.take(facts, self._page_cache.city, moment)
            log.info("verdicts on departments: %d days looked at, %.1f s", taken.days, taken.seconds)

    def _scan_if_due(self, facts: Facts, moment: datetime) -> None:
        """The day's space-time scan, in a process of its own; too little data is not an error."""
        day = verdicts.newest_day(self._page_cache.city, moment)
        if self._unscanned == day or not clusters.due(facts.meta(), self._page_cache.city, moment):
            return
        process = worker.StatisticsWorker()
        try:
            told = clusters.take(facts, self._page_cache.city, moment, partial(process.ask, limit_s=BASELINE_LIMIT_S))
            log.info("space-time scan: %s, %.1f s", "an alarm" if told.alarm else "nothing", told.seconds)
        except clusters.ScanError as fault:
            self._unscanned = day  # do not retry today
            log.debug("%s", fault)
        finally:
            process.close()

    def fit(self) -> Fitted:
        """Refit the early warning's baseline.  Raises what ``data.warning.refit`` raises, and reports it on the health page."""
        facts, health = self._pipeline.ready(), self._page_cache.health
        with self._fitting:
            process = worker.StatisticsWorker()  # a separate one: no other query waits for a fit, and its memory is released
            ask = partial(process.ask, limit_s=BASELINE_LIMIT_S)
            try:
                fitted = refit(facts, self._page_cache.city, self._pipeline.clock, self._pipeline.as_of(now()), ask)
            except Exception as error:
                text = str(error) if isinstance(error, GridWallError) else f"{type(error).__name__}: {error}"
                if text != health.baseline_fault and not self._ended.is_set():
                    log.error("the baseline of the early warning was not fitted, the old one stays: %s", text)
                health.baseline_fault = text[:200]
                raise
            finally:
                process.close()
            health.baseline_ms, health.baseline_fault = fitted.fitted_ms, ""
            log.info("early warning: baseline of %d series from %d days, %.1f s", fitted.series, fitted.days, fitted.seconds)
            return fitted
