"""The Bayesian signed-rank test: how probable it is that two optimizers are practically equal."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hpobench.scoring.trials import Floats, Integers

SAMPLES = 4000
"""Draws of the posterior; a probability near one half is then off by less than 0.016, mostly."""

PRIOR = 0.5
"""How many cases the prior weighs; it says that there is no difference."""

CHUNK = 500
"""Samples worked on at a time, so that they stay in the processor's cache."""

BLOCK = 2**18
"""So many weights of cases are worked on at a time: of many comparisons if there are few cases."""

SEED = 0

Singles = npt.NDArray[np.float32]


class Posterior(NamedTuple):
    """Probabilities for each column of differences, which sum to 1.

    Attributes:
        lower: That the first is lower (better) by more than the region of equivalence.
        equal: That the difference is within it.
        higher: That the first is higher by more.
    """

    lower: Floats
    equal: Floats
    higher: Floats


class Draws(NamedTuple):
    """Weights of cases, before they are scaled to sum to 1; shared by all comparisons.

    Attributes:
        prior: Weight of the prior's case, shape (samples,).
        data: Weights of the others, shape (cases, samples).
        running: Sums of the first cases, shape (cases + 1, samples).
    """

    prior: Singles
    data: Singles
    running: Singles


def signed_ranks(differences: Floats, rope: float, samples: int = SAMPLES) -> Posterior:
    """The Bayesian counterpart of Wilcoxon's test, with a region of practical equivalence.

    The cases are weighted at random (a Dirichlet process whose prior is one weak case without
    difference). Each sample gives the shares of pairs of cases whose mean difference lies
    below, within and above the region; reported is how often each share is the largest.

    As cases are exchangeable, weights are drawn for the sorted differences at once, the same
    for all comparisons. What the order of two optimizers is changes nothing but the names.

    Args:
        differences: Shape (cases, comparisons), without NaN.
        rope: Half the width of the region, in the units of the differences; 0 for none.
        samples: Number of draws from the posterior.

    Returns:
        Each of shape (comparisons,).

    Source:
        Benavoli, Mangili, Corani, Zaffalon, Ruggeri (2014), A Bayesian Wilcoxon Signed-Rank
        Test Based on the Dirichlet Process, ICML; Benavoli, Corani, Demsar, Zaffalon (2017),
        Time for a Change, JMLR 18.
    """
    ordered = np.sort(differences, axis=0)
    direction = _direction(ordered)
    ordered = np.sort(ordered * np.where(direction < 0, -1.0, 1.0), axis=0)
    chunks = _draws(len(differences), samples)
    shares = _counts(ordered, rope, chunks) / samples
    swapped = np.where((direction < 0)[:, None], shares[:, ::-1], shares)
    even = np.where((direction == 0)[:, None], (shares + shares[:, ::-1]) / 2, swapped)
    return Posterior(*even.T)


def _direction(ordered: Floats) -> Integers:
    """Which of two optimizers goes first in a comparison, whatever they are called.

    Returns:
        For each column 1 as they are, -1 the other way round, 0 if that is all the same.
    """
    skew = np.sign(ordered + ordered[::-1]).astype(np.int64)
    first = np.argmax(skew != 0, axis=0) if len(ordered) else np.zeros(skew.shape[1], np.int64)
    padded = np.vstack([skew, np.zeros((1, skew.shape[1]), np.int64)])
    return np.asarray(np.take_along_axis(padded, first[None], axis=0)[0])


def _draws(cases: int, samples: int) -> list[Draws]:
    """Weights of all samples, in chunks."""
    rng = np.random.default_rng(SEED)
    prior = rng.gamma(PRIOR, size=samples).astype(np.float32)
    data = rng.standard_exponential((cases, samples), dtype=np.float32)
    running = np.zeros((cases + 1, samples), dtype=np.float32)
    np.cumsum(data, axis=0, out=running[1:])
    return [
        Draws(prior[at], *(np.ascontiguousarray(part[:, at]) for part in (data, running)))
        for at in (slice(start, start + CHUNK) for start in range(0, samples, CHUNK))
    ]


def _counts(ordered: Floats, rope: float, chunks: list[Draws]) -> Integers:
    """In how many samples each of the three regions has the largest share, by comparison.

    Args:
        ordered: Ascending, shape (cases, comparisons).
        rope: Half the width of the region in the middle.
        chunks: The weights of all samples.

    Returns:
        Shape (comparisons, 3).
    """
    found = np.zeros((ordered.shape[1], 3), dtype=np.int64)
    together = max(BLOCK // (CHUNK * (len(ordered) + 1)), 1)
    for start in range(0, len(found), together):
        own = slice(start, start + together)
        below, above = (_places(ordered[:, own], side * 2 * rope) for side in (-1, 1))
        for draws in chunks:
            lower, higher = _share_below(draws, below), 1 - _share_below(draws, above)
            largest = np.stack([lower, 1 - lower - higher, higher]).argmax(axis=0)
            found[own] += np.stack([(largest == i).sum(axis=1) for i in range(3)], axis=1)
    return found


def _places(ordered: Floats, threshold: float) -> tuple[float, Integers, Integers]:
    """Which sums of two cases lie below a threshold, in each comparison.

    Returns:
        Whether the prior's sum with itself does (one half if it lies on it), and for each
        case, the prior last, with how many of the sorted cases its sum lies below the
        threshold, and with how many below or on it; shapes (cases + 1, comparisons).
    """
    rest = threshold - np.vstack([ordered, np.zeros((1, ordered.shape[1]))])
    prior = float(np.heaviside(threshold, 0.5))
    below = (ordered[:, None] < rest).sum(axis=0)
    return prior, below, (ordered[:, None] <= rest).sum(axis=0)


def _share_below(draws: Draws, places: tuple[float, Integers, Integers]) -> Singles:
    """The share of pairs of cases whose sum lies below a threshold.

    Returns:
        Shape (comparisons, samples).
    """
    both_prior, below, within = places
    partners: Singles = draws.running[below]
    if (below != within).any():
        partners = (partners + draws.running[within]) * np.float32(0.5)
    data = np.einsum("cs,cps->ps", draws.data, partners[:-1])
    prior = draws.prior * (2 * partners[-1] + draws.prior * np.float32(both_prior))
    return np.asarray((data + prior) / (draws.running[-1] + draws.prior) ** 2)
