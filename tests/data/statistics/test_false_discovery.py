"""Benjamini and Hochberg's rule is that of statsmodels."""

from __future__ import annotations

import numpy as np

from data.statistics.ranking import benjamini_hochberg


def test_the_false_discovery_rate_is_statsmodels_own() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(4)
    p = np.where(rng.random(228) < 0.05, rng.random(228) * 1e-3, rng.random(228))
    assert (benjamini_hochberg(p, 0.05) == multipletests(p, 0.05, "fdr_bh")[0]).all()
