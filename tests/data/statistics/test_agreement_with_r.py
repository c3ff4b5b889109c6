"""The same answers as R's packages survival, stats, spdep and surveillance give, where R is installed (Debian: r-cran-survival,
r-cran-spdep, r-cran-surveillance)."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from data.statistics import comparison, spatial, survival
from data.statistics.surveillance import ears_c1, ears_c2

#: What R is asked for, by name: numbers only, so that they can be printed with all their digits.
SCRIPT = """
say <- function(name, x) cat(name, paste(sprintf("%.15g", as.numeric(x)), collapse = " "), "\\n")
d <- read.csv("times.csv")
suppressMessages(library(survival))
fit <- survfit(Surv(time, done) ~ 1, data = d, conf.type = "log-log")
say("median", summary(fit)$table["median"])
say("rmst", summary(fit, rmean = 40)$table["rmean"])
say("rmst_error", summary(fit, rmean = 40)$table["se(rmean)"])
for (g in 0:2) say(paste0("log_rank", g), survdiff(Surv(time, done) ~ (group == g), data = d)$chisq)
t <- read.csv("tables.csv")
tables <- array(0, dim = c(2, 2, max(t$stratum) + 1))
for (i in seq_len(nrow(t))) tables[, , t$stratum[i] + 1] <- c(t$a[i], t$c[i], t$b[i], t$d[i])
m <- mantelhaen.test(tables, correct = FALSE)
say("mantel_haenszel", m$statistic)
say("odds_ratio", m$estimate)
say("odds_ratio_low", m$conf.int[1])
suppressMessages(library(spdep))
grid <- include.self(cell2nb(6, 6, type = "rook"))
y <- read.csv("places.csv")$y
say("gistar", localG(y, nb2listw(grid, style = "B")))
suppressMessages(library(surveillance))
counts <- read.csv("counts.csv")$n
s <- sts(observed = counts, frequency = 365)
for (method in c("C1", "C2"))
  say(method, upperbound(earsC(s, control = list(range = 12:length(counts), method = method, alpha = pnorm(-3)))))
"""


@lru_cache(1)
def made() -> dict[str, Any]:
    rng = np.random.default_rng(31)
    group = rng.integers(0, 3, 120)
    cases, whole = rng.integers(8, 30, 6), rng.integers(60, 90, 6)
    return {
        "group": group,
        "time": np.ceil(rng.exponential(12 + 6 * group)),
        "done": (rng.random(120) < 0.8).astype(int),
        "cases": cases,
        "hits": rng.binomial(cases, 0.3),
        "whole": whole,
        "whole_hits": rng.binomial(whole, 0.2),
        "places": rng.poisson(9, 36) + rng.random(36),
        "counts": rng.poisson(11, 40),
    }


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (apt-get install r-cran-survival r-cran-spdep r-cran-surveillance)")
    folder, m = tmp_path_factory.mktemp("r"), made()
    # a group's cell beside the rest of its stratum
    rest, rest_hits = m["whole"], m["whole_hits"]
    tables = {"stratum": np.arange(6), "a": m["hits"], "b": m["cases"] - m["hits"], "c": rest_hits, "d": rest - rest_hits}
    for name, columns in (
        ("times", {k: m[k] for k in ("group", "time", "done")}),
        ("tables", tables),
        ("places", {"y": m["places"]}),
        ("counts", {"n": m["counts"]}),
    ):
        rows = [",".join(columns), *[",".join(str(v) for v in row) for row in zip(*columns.values(), strict=True)]]
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
    (folder / "ask.R").write_text(SCRIPT)
    ran = subprocess.run(["Rscript", "ask.R"], cwd=folder, capture_output=True, text=True, timeout=300)
    if "there is no package" in ran.stderr:
        pytest.skip(f"a package of R is missing: {ran.stderr.strip()[:200]}")
    assert ran.returncode == 0, ran.stderr
    lines = [line.split() for line in ran.stdout.splitlines()]
    return {name: [float(json.loads(v.replace("NA", "NaN"))) for v in values] for name, *values in lines}


def test_kaplan_meier_and_the_restricted_mean_are_those_of_survfit(said: dict[str, list[float]]) -> None:
    m = made()
    curve = survival.kaplan_meier(*survival.histogram(0 * m["group"], m["time"], m["done"], np.ones(120, int), 1))
    assert survival.quantile(curve)[0] == said["median"][0]
    assert survival.rmst(curve, 40)[0] == pytest.approx(said["rmst"][0])
    assert survival.rmst_error(curve, 40)[0] == pytest.approx(said["rmst_error"][0])


def test_the_log_rank_test_is_that_of_survdiff(said: dict[str, list[float]]) -> None:
    m = made()
    _, done, censored = survival.histogram(m["group"], m["time"], m["done"], np.ones(120, int), 3)
    scores = comparison.scores(survival.log_rank(done, censored))
    for g in range(3):
        assert scores[g] ** 2 == pytest.approx(said[f"log_rank{g}"][0])


def test_the_comparison_within_strata_is_that_of_mantelhaen(said: dict[str, list[float]]) -> None:
    m = made()
    group = np.zeros(6, np.int64)
    held = comparison.with_rest(group, m["cases"], m["hits"], m["whole"] + m["cases"], m["whole_hits"] + m["hits"], 1)
    assert comparison.scores(held)[0] ** 2 == pytest.approx(said["mantel_haenszel"][0])
    log_odds, variance = comparison.change(m["cases"], m["hits"], m["whole"], m["whole_hits"])
    assert np.exp(log_odds) == pytest.approx(said["odds_ratio"][0])
    assert np.exp(log_odds - 1.959964 * np.sqrt(variance)) == pytest.approx(said["odds_ratio_low"][0], rel=1e-6)


def test_gistar_is_that_of_spdep(said: dict[str, list[float]]) -> None:
    at = np.arange(36).reshape(6, 6)
    pairs = np.concatenate([np.stack([at[:, :-1].ravel(), at[:, 1:].ravel()], 1), np.stack([at[:-1].ravel(), at[1:].ravel()], 1)])
    found = spatial.gistar(made()["places"][None, :], spatial.membership(np.ones(36, bool), pairs))[0]
    assert found == pytest.approx(said["gistar"], abs=1e-9)


def test_ears_is_that_of_surveillance(said: dict[str, list[float]]) -> None:
    """R raises an alarm from mean + 3 sd on, on days 12 to 40 of the series."""
    counts = made()["counts"]
    for i, day in enumerate(range(11, 40)):
        assert ears_c1(counts[day - 7 : day], counts[day]).limit == pytest.approx(said["C1"][i])
        assert ears_c2(counts[: day + 1]).limit == pytest.approx(said["C2"][i])
