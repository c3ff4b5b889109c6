"""Expected reports of each category in each area on a day: the fit behind the early warning.

For each category a quasi-Poisson model of daily counts with main effects, log mu = area + weekday + kind of day, with a linear
trend and two annual harmonics once there are two years of data, and one negative-binomial dispersion (``alpha``, by moments;
variance mu + alpha mu^2).  Days far above their expectation weigh less (Noufaily et al. 2013: beyond 2.58, by the inverse
square), and the bias this causes in mean and variance of days without outbreaks is corrected.  The latest 26 weeks are left out
as far as two years remain, so that an outbreak does not raise its own baseline.  Under 26 weeks of history: EARS (C2's seven
days) alone.

Under two years, season and trend cannot be separated: instead each day's expectation moves with the level of the weeks before it,
over the span that would have predicted the past days best, and the dispersion is that of days about what this would have
predicted.

``fit`` imports statsmodels: call it through ``data.jobs.worker``.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.statistics.surveillance import EARS_DAYS, EARS_LAG
from data.types.arrays import Array, Floats, Ints
from data.warning.days import BACK, HOLIDAY, MAKEUP
from data.warning.outbreaks import ALPHAS, OUTBREAK, Kept, dispersion_of, kept_at

#: Method of a baseline.
MODEL, EARS = 0, 1
METHODS = ("baseline", "ears")
#: Weeks of history under which EARS is used alone; weeks left out at the end; days of history from which harmonics are fitted.
EARS_WEEKS, LEFT_OUT_WEEKS, SEASON_DAYS = 26, 26, 730
#: At most this many past days are used.
MOST_DAYS = 3 * 365
#: EARS flags a day more than three standard deviations above its seven (Hutwagner et al. 2003).
EARS_LIMIT = 3.0
#: A category with fewer reports than this in the fit gets area means only; a kind of day needs at least FEW_DAYS days.
FEW_REPORTS, FEW_DAYS = 200, 3
#: Without a season in the model, the level is averaged over one of these spans (the latest seven days left out), by category.
LEVEL_DAYS, LEVEL_LAG = (14, 28, 56, 112), 7
#: Days of history before a level predicts anything.
FIRST_JUDGED = 56
_YEAR = 365.25
_ROUNDS = 4


class Fit(NamedTuple):
    """Of A areas, C categories and W wanted days.

    ``mu`` (A, C, W) expected reports; ``alpha`` (A, C, W) dispersion; ``sd`` (A, C, W) of EARS' seven days, NaN where the
    model is used; ``method`` (C,) MODEL or EARS; ``dispersion`` (C,) of each category, ``shared`` (C,) the part of it that is
    common to all areas (days that are busy everywhere); ``days`` of history behind the fit.
    """

    mu: Floats
    alpha: Floats
    sd: Floats
    method: NDArray[np.int16]
    dispersion: Floats
    shared: Floats
    days: int


def fit(counts: ArrayLike, first: int, kinds: ArrayLike, wanted: ArrayLike) -> Fit:
    """Fit ``counts`` (A, C, D): reports by area, category and day, D whole days from the ordinal ``first`` on; ``kinds`` of the
    days from ``first`` to the last wanted one; ``wanted`` (W,) ordinals (past ones allowed, for comparison).

    A category without reports raises nothing: its expectation is close to zero.
    """
    y = np.asarray(counts, float)
    kinds, wanted = np.asarray(kinds), np.asarray(wanted, np.int64) - first
    size = y.shape[2]
    shape = (*y.shape[:2], len(wanted))
    some = y.shape[1]
    out = Fit(
        np.zeros(shape), np.zeros(shape), np.full(shape, np.nan), np.zeros(some, np.int16), np.zeros(some), np.zeros(some), size
    )
    for c in range(y.shape[1]):
        seen = np.flatnonzero(y[:, c].sum(axis=0))
        # a category is taken as unused before its first report
        since = int(seen[0]) if len(seen) else size
        if size - since < 7 * EARS_WEEKS:
            out.mu[:, c], out.sd[:, c], out.dispersion[c], out.alpha[:, c] = _ears(y[:, c], wanted)
            out.method[c] = EARS
            continue
        mu, out.dispersion[c], out.shared[c] = _model(y[:, c, since:], first + since, kinds[since:], wanted - since)
        out.mu[:, c], out.alpha[:, c] = mu, out.dispersion[c]
    return out


def left_out(days: int) -> int:
    """Days left out at the end of so many days of history."""
    return int(np.clip(days - SEASON_DAYS, 0, 7 * LEFT_OUT_WEEKS))


def _model(y: Floats, first: int, kinds: Array, wanted: Ints) -> tuple[Floats, float, float]:
    """((A, W) expected, dispersion, its shared part) of one category's counts (A, D)."""
    whole = y.shape[1]
    size = whole - left_out(whole)
    own = y[:, :size]
    design = _design(np.arange(len(kinds)), first, kinds, size, float(own.sum()))
    least = 0.5 / size
    fitted = np.maximum(own.mean(axis=1, keepdims=True), least) * np.ones_like(own)
    weight, share, alpha = np.ones_like(own), own.mean(axis=1), 0.1
    beta: Floats | None = None
    kept: Kept | None = None
    for _ in range(_ROUNDS):
        # in the estimating equations a count of weight w enters as w of itself and 1 - w of its expectation
        stands = weight * own + (1.0 - weight) * fitted
        beta = _poisson(stands.sum(axis=0), design[:size], beta)
        share = stands.sum(axis=1) / stands.sum()
        fitted = np.maximum(share[:, None] * np.exp(design[:size] @ beta), least)
        mu = fitted if kept is None else fitted / kept.mean_kept(fitted)
        alpha = dispersion_of(own, mu, weight, len(beta) + len(own) - 1, kept is not None)
        kept = kept_at(alpha)
        weight = kept.weight(own, mu)
    assert beta is not None
    assert kept is not None

    def expected(at: Ints) -> Floats:
        known = (at >= 0) & (at < len(design))
        rate = np.where(known, np.exp(design[np.where(known, at, 0)] @ beta), 0.0)
        plain = np.maximum(share[:, None] * rate, least)
        return np.asarray(plain / kept.mean_kept(plain), np.float64)

    out = np.maximum(expected(wanted), least)
    if whole >= SEASON_DAYS:
        return out, alpha, _shared(own, fitted, alpha)
    usual = np.maximum(expected(np.arange(whole)), least)
    until = max(whole, int(wanted.max()) + 1)
    level, alpha = _moving(own, usual, alpha, until)
    known = np.clip(wanted, 0, until - 1)
    moved = usual * level[:whole]
    judged = slice(FIRST_JUDGED, None)
    return np.maximum(out * level[known], least), alpha, _shared(own[:, judged], moved[:, judged], alpha)


def _moving(y: Floats, usual: Floats, alpha: float, until: int) -> tuple[Floats, float]:
    """((until,) level of each day, dispersion about usual x level): of all areas (A, D) together, each day's from earlier days
    only.  A count far above its expectation is capped at OUTBREAK standard deviations."""
    level, judged = np.ones(until), slice(FIRST_JUDGED, None)
    for turn in range(_ROUNDS):
        now = usual * level[: y.shape[1]]
        held, due = kept_at(alpha).held(y, now) if turn else (y, now)
        reports, expected = held.sum(axis=0), (due / level[: y.shape[1]]).sum(axis=0)
        tried = [_level(reports, expected, alpha, until, span) for span in LEVEL_DAYS]
        level = max(tried, key=lambda found: _foretold(reports[judged], expected[judged], found[: y.shape[1]][judged]))
        now = usual[:, judged] * level[: y.shape[1]][judged]
        alpha = dispersion_of(y[:, judged], now, kept_at(alpha).weight(y[:, judged], now), 0, True)
    return level, alpha


def _level(held: Floats, usual: Floats, alpha: float, until: int, span: int) -> Floats:
    """(until,) reports / expected reports of the ``span`` days before each day, without the last LEVEL_LAG."""
    end = np.clip(np.arange(until) - LEVEL_LAG, 0, len(held))
    start = np.maximum(end - span, 0)
    reports, expected = (np.concatenate([[0.0], np.cumsum(v)]) for v in (held, usual))
    return np.asarray((reports[end] - reports[start] + 1.0 / alpha) / (expected[end] - expected[start] + 1.0 / alpha), np.float64)


def _foretold(reports: Floats, expected: Floats, level: Floats) -> float:
    """How well a level predicts the days' totals: the Poisson log likelihood, up to a term that all levels share."""
    return float((reports * np.log(level) - expected * level).sum())


def _shared(y: Floats, mu: Floats, alpha: float) -> float:
    """The part of the dispersion common to all areas (A, D): by moments, from the products of two areas' residuals of a day.  An
    outbreak is capped at OUTBREAK standard deviations."""
    rest = np.minimum(y - mu, OUTBREAK * np.sqrt(mu + alpha * mu**2))
    due = (mu.sum(axis=0) ** 2 - (mu**2).sum(axis=0)).sum()
    together = (rest.sum(axis=0) ** 2 - (rest**2).sum(axis=0)).sum()
    return float(np.clip(together / due, 0.0, alpha)) if due > 0 else 0.0


def _design(days: Ints, first: int, kinds: Array, size: int, reports: float) -> Floats:
    """(D, k) columns: 1, six weekdays, the kinds of day present in the fit; with two years also trend (years) and two annual
    harmonics."""
    columns = [np.ones(len(days))]
    kind = kinds[: len(days)]
    if reports >= FEW_REPORTS:
        weekday = (first + days + 6) % 7
        columns += [(weekday == k).astype(float) for k in range(1, 7)]
        columns += [(kind == k).astype(float) for k in (HOLIDAY, MAKEUP, BACK) if (kind[:size] == k).sum() >= FEW_DAYS]
        if size >= SEASON_DAYS:
            columns.append((days - size) / _YEAR)
            turn = 2 * np.pi * (first + days) / _YEAR
            columns += [f(k * turn) for k in (1, 2) for f in (np.sin, np.cos)]
    return np.column_stack(columns)


def _poisson(total: Floats, design: Floats, start: Floats | None) -> Floats:
    """Coefficients of log E(total).  With main effects alone, the day effects of a Poisson model of areas x days are those of
    the days' totals, and the area effects are their shares."""
    import statsmodels.api as sm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a weekday without any report has no finite effect; ``least`` bounds it
        found = sm.GLM(total, design, family=sm.families.Poisson()).fit(start_params=start, maxiter=50)
    beta = np.asarray(found.params, np.float64)
    if not np.isfinite(beta).all():
        raise ValueError("the fit of a category did not end in numbers")
    return np.clip(beta, -30.0, 30.0)


def _ears(y: Floats, wanted: Ints) -> tuple[Floats, Floats, float, Floats]:
    """((A, W) mean and (A, W) sd of C2's seven days before each wanted day, the dispersion, (A, W) of a new day).

    A mean of seven days itself has variance var / 7: the dispersion of the new day about it is larger by that.  The dispersion
    is pooled over all areas and all known weeks, so that seven equal days do not imply an equal eighth.
    """
    mean, sd = np.zeros((len(y), len(wanted))), np.full((len(y), len(wanted)), np.nan)
    for i, day in enumerate(wanted.tolist()):
        # a day beyond the known ones is compared with the last seven known
        end = min(day - EARS_LAG, y.shape[1])
        week = y[:, max(end - EARS_DAYS, 0) : max(end, 0)]
        if week.shape[1]:
            mean[:, i] = (week.sum(axis=1) + 0.5) / week.shape[1]
        if week.shape[1] > 1:
            sd[:, i] = week.std(axis=1, ddof=1)
    spread = [y[:, d : d + EARS_DAYS] for d in range(0, y.shape[1] - EARS_DAYS + 1, EARS_DAYS)]
    over = sum(float((w.var(axis=1, ddof=1) - w.mean(axis=1)).sum()) for w in spread)
    square = sum(float(np.maximum(w.mean(axis=1) ** 2 - w.mean(axis=1) / EARS_DAYS, 0.0).sum()) for w in spread)
    dispersion = float(np.clip(over / square if square > 0 else 0.3, 0.05, ALPHAS[-1]))
    known = mean > 0
    unsure = (1.0 / np.where(known, mean, 1.0) + dispersion) / EARS_DAYS
    return mean, sd, dispersion, np.where(known, dispersion + unsure, dispersion)
