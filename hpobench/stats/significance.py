"""Tests of whether optimizers differ, and by how much, vectorised over many comparisons.

Everything is minimised: a negative difference, or an effect above one half, speaks for the first.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, fdtrc, gammaln, ndtr, ndtri

from hpobench.scoring.trials import ROUNDING, Floats
from hpobench.stats.ranks import mean_ranks

LEVEL = 0.05
"""Level of significance, after correction for the number of pairs."""

EXACT_UP_TO = 50
"""So many cases have an exact signed-rank distribution; scipy's limit is the same."""

BISECTIONS = 60
"""Each halves an interval of at most 1, so that this many leave nothing."""


class Friedman(NamedTuple):
    """Whether the mean ranks of several optimizers differ at all.

    Attributes:
        statistic: Chi-squared, corrected for ties.
        p: P-value of the statistic, with one degree of freedom less than optimizers.
        f: Iman and Davenport's F, which is less conservative; infinite for perfect agreement.
        p_f: P-value of `f`; for perfect agreement the chance that all cases agree.
        ranks: Mean rank of each optimizer, 1 is the best.
    """

    statistic: float
    p: float
    f: float
    p_f: float
    ranks: Floats


class SignedRanks(NamedTuple):
    """Wilcoxon's signed-rank test for each column of differences.

    Attributes:
        plus: Sum of the ranks of positive differences.
        minus: Sum of the ranks of negative differences.
        p: Two-sided.
    """

    plus: Floats
    minus: Floats
    p: Floats


def friedman(scores: Floats) -> Friedman:
    """Friedman's test, with the correction for ties, and Iman and Davenport's F.

    Args:
        scores: To be minimised, shape (cases, optimizers), without NaN.

    Returns:
        With statistics 0 and p-values 1 where there is nothing to tell apart: fewer than two
        cases or optimizers, or ties throughout.

    Source:
        Friedman (1937); Iman and Davenport (1980); both as in Demsar (2006), Statistical
        Comparisons of Classifiers over Multiple Data Sets, JMLR 7. Ties as in Conover (1999).
    """
    cases, optimizers = scores.shape
    ranks = mean_ranks(scores, axis=1)
    middle = (optimizers + 1) / 2
    spread = np.sum((ranks - middle) ** 2)
    means = ranks.mean(axis=0) if cases else np.full(optimizers, np.nan)
    if cases <= 1 or spread == 0:
        return Friedman(0.0, 1.0, 0.0, 1.0, means)
    statistic = (optimizers - 1) * np.sum((ranks.sum(axis=0) - cases * middle) ** 2) / spread
    free, most = optimizers - 1, cases * (optimizers - 1)
    rest = most - statistic
    f = (cases - 1) * statistic / rest if rest > most * 1e-12 else np.inf
    agreement = np.exp(-(cases - 1) * gammaln(optimizers + 1))
    p_f = fdtrc(free, free * (cases - 1), f) if np.isfinite(f) else agreement
    p = chdtrc(free, statistic)
    return Friedman(float(statistic), float(p), float(f), float(p_f), means)


def wilcoxon(differences: Floats) -> SignedRanks:
    """Wilcoxon's signed-rank test of each column, two-sided.

    Zeros are treated as Pratt did: ranked with all others, then left out of the sums. Up to
    `EXACT_UP_TO` cases the p-value comes from all assignments of signs to the very ranks at
    hand, so that it is exact with ties and zeros too; beyond it is normal. Sizes of differences
    tie where they are equal but for rounding.

    Args:
        differences: Shape (cases, comparisons), without NaN and finite.

    Returns:
        Each of shape (comparisons,); p is 1 where all differences are 0 or there is none.

    Source:
        Wilcoxon (1945); Pratt (1959), Remarks on Zeros and Ties in the Wilcoxon Signed Rank
        Procedures.
    """
    ranks = mean_ranks(np.abs(differences), axis=0, tolerance=ROUNDING) * (differences != 0)
    plus = (ranks * (differences > 0)).sum(axis=0)
    minus = (ranks * (differences < 0)).sum(axis=0)
    if len(differences) <= EXACT_UP_TO:
        return SignedRanks(plus, minus, _exact(ranks, np.minimum(plus, minus)))
    deviation = np.sqrt(np.sum(ranks**2, axis=0)) / 2
    with np.errstate(invalid="ignore"):
        z = -np.abs(plus - minus) / 2 / deviation
    return SignedRanks(plus, minus, np.where(deviation > 0, 2 * ndtr(z), 1.0))


def holm(p: Floats) -> Floats:
    """Holm's step-down adjustment of p-values, which bounds the chance of any false alarm.

    Args:
        p: Shape (comparisons,); NaN where there was nothing to test, which does not count.

    Returns:
        The same shape, to be held against the level itself.

    Source:
        Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure.
    """
    order = np.argsort(p, kind="stable")
    order = order[: np.count_nonzero(~np.isnan(p))]
    adjusted = np.full(len(p), np.nan)
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def a12(first: Floats, second: Floats) -> Floats:
    """How probable it is that a run of the first ends lower than one of the second.

    Vargha and Delaney's A12 for minimisation; equal losses count half. 1 means always, 0.5 as
    often as not, 0 never. By them 0.56, 0.64 and 0.71 are small, medium and large effects.

    Args:
        first: Losses, shape (..., runs); infinite is the worst, NaN stands for no run.
        second: The same, with any number of runs.

    Returns:
        Shape (...,); NaN where either has no run.

    Source:
        Vargha and Delaney (2000), A Critique and Improvement of the CL Common Language Effect
        Size Statistics of McGraw and Wong.
    """
    own, other = first[..., :, None], second[..., None, :]
    wins = (own < other) + 0.5 * (own == other)
    pairs = (~np.isnan(own) & ~np.isnan(other)).sum(axis=(-2, -1))
    with np.errstate(invalid="ignore"):
        return np.asarray(wins.sum(axis=(-2, -1)) / pairs)


def a12_interval(
    effect: Floats, runs: float | Floats, others: float | Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """An interval for A12 that keeps its level with few runs and at 0 and 1.

    Args:
        effect: A12, any shape.
        runs: Number of runs of the first; the three broadcast.
        others: Number of runs of the second.
        level: Confidence level of the interval.

    Returns:
        The lower and the upper end, both within [0, 1].

    Source:
        Newcombe (2006), Confidence Intervals for an Effect Size Measure Based on the
        Mann-Whitney Statistic, Part 2, method 5.
    """
    quantile = float(ndtri((1 + level) / 2))
    seen, runs, others = np.broadcast_arrays(effect, runs, others)
    low, below = _lower_end(np.stack([seen, 1 - seen]), runs, others, quantile)
    return low, 1 - below


def rank_sum(first: Floats, second: Floats) -> Floats:
    """The two-sided p-value of the rank-sum test of Wilcoxon, Mann and Whitney.

    Normal, with corrections for ties and continuity, so that it is rather too large with few
    runs than too small.

    Args:
        first: Losses, shape (..., runs), without NaN.
        second: The same, with any number of runs.

    Returns:
        Shape (...,).

    Source:
        Mann and Whitney (1947); Lehmann (1975), Nonparametrics, for the ties.
    """
    m, n = first.shape[-1], second.shape[-1]
    ranks = mean_ranks(np.concatenate([first, second], axis=-1), axis=-1)
    middle = (m + n + 1) / 2
    away = np.abs(ranks[..., :m].sum(axis=-1) - m * middle)
    variance = m * n * np.sum((ranks - middle) ** 2, axis=-1) / ((m + n) * (m + n - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.maximum(away - 0.5, 0.0) / np.sqrt(variance)
    return np.where(variance > 0, 2 * ndtr(-z), 1.0)


def _exact(ranks: Floats, smaller: Floats) -> Floats:
    """Twice the share of all assignments of signs whose sum is at most the smaller one.

    Sums of mean ranks are whole numbers when doubled; column by column, the distribution of
    the sum grows by one rank at a time.
    """
    doubled = np.rint(2 * ranks).astype(np.int64)
    sums = np.arange(int(doubled.sum(axis=0).max(initial=0)) + 1)
    share = np.zeros((ranks.shape[1], len(sums)))
    share[:, 0] = 1.0
    for rank in doubled:
        source = sums - rank[:, None]
        moved = np.take_along_axis(share, np.maximum(source, 0), axis=1)
        share = (share + np.where(source >= 0, moved, 0.0)) / 2
    tail = np.cumsum(share, axis=1)
    at = np.rint(2 * smaller).astype(np.int64)[:, None]
    return np.asarray(np.minimum(2 * np.take_along_axis(tail, at, axis=1)[:, 0], 1.0))


def _lower_end(effect: Floats, runs: Floats, others: Floats, quantile: float) -> Floats:
    """The smallest A12 from which the one seen lies `quantile` standard errors away."""
    low, high = np.zeros_like(effect, dtype=np.float64), np.array(effect, dtype=np.float64)
    extra = (runs + others) / 2 - 1
    for _ in range(BISECTIONS):
        guess = (low + high) / 2
        shape = 1 + extra * ((1 - guess) / (2 - guess) + guess / (1 + guess))
        error = np.sqrt(guess * (1 - guess) * shape / (runs * others))
        outside = effect - guess > quantile * error
        low, high = np.where(outside, guess, low), np.where(outside, high, guess)
    return (low + high) / 2
