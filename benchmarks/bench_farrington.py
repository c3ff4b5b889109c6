"""farrington.*: detection by R's farringtonFlexible on the series used for our weekly detector, and by ours.

Twelve of the hundred replicates of each of the 42 scenarios (``bench_noufaily``), with the settings of the published runs: five
years, half-windows of three weeks, 26 weeks left out, negative binomial limits at .005, at least (5, 4) reports.  Needs R with
its package surveillance (Debian: r-cran-surveillance) and most of an hour.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_noufaily import GROUPS, REPLICATES, Series, alarms, met, record_false, scenarios
from benchmarks.record import record_share

EACH = 12
SCRIPT = """
suppressMessages(library(surveillance))
x <- as.matrix(read.csv("counts.csv", header = FALSE))
control <- list(range = 576:624, b = 5, w = 3, weightsThreshold = 2.58, pastWeeksNotIncluded = 26, pThresholdTrend = 1,
                thresholdMethod = "nbPlugin", alpha = .005, limit54 = c(5, 4), trend = TRUE, reweight = TRUE, noPeriods = 10)
out <- matrix(0L, nrow(x), 49)
for (i in 1:nrow(x)) {
  found <- try(suppressWarnings(farringtonFlexible(sts(matrix(x[i, ], ncol = 1), start = c(2000, 1), frequency = 52), control)),
               silent = TRUE)
  if (!inherits(found, "try-error")) out[i, ] <- as.integer(alarms(found) %in% TRUE)
}
write.table(out, "alarms.csv", sep = ",", row.names = FALSE, col.names = FALSE)
"""


def some(k: int) -> Series:
    """The first ``EACH`` replicates of each scenario, as ``bench_noufaily`` draws them."""
    whole = scenarios(np.random.default_rng(k or 1), REPLICATES, k)
    mine = (np.arange(6 * len(GROUPS))[:, None] * REPLICATES + np.arange(EACH)).ravel()
    return Series(whole.counts[mine], whole.sick[mine])


def farrington(series: Series) -> NDArray[np.bool_]:
    """(R, 49) which of the evaluated weeks R calls."""
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder) / "counts.csv", series.counts, fmt="%d", delimiter=",")
        subprocess.run(["Rscript", "-e", SCRIPT], cwd=folder, check=True)
        return np.loadtxt(Path(folder) / "alarms.csv", delimiter=",").astype(bool)


def run() -> None:
    if shutil.which("Rscript") is None:
        print("   R is not installed: nothing is measured")
        return
    for k in (10, 5, 0):
        series = some(k)
        for name, called in (("ours", alarms(series)), ("r", farrington(series))):
            if k:
                hit = met(series, called)
                record_share(f"farrington.pod_{k}.{name}", int(hit.sum()), len(hit))
            else:
                record_false(f"farrington.fpr.{name}", called.mean(axis=1))
