"""What a lower fidelity tells of the highest: do they rank configurations alike?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

Floats = npt.NDArray[np.float64]

FEWEST = 10
"""Configurations that two fidelities must share, before they are compared."""

DRAWS, DRAWN = 400, 30
"""So often so many configurations are drawn at random, as an optimizer would meet them."""

THIRD = 1 / 3
TOP = 3
"""So many of the best at the lower fidelity are trained to the end, as `one-epoch` does it."""

PAIRED = 1000
"""At most so many configurations, the first, are looked at pair by pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FidelityAgreement:
    """How one fidelity agrees with the highest.

    Attributes:
        configurations: How many were evaluated at both.
        correlation: Spearman's, of the values; NaN where all values of one are alike.
        first_third: In which share of random draws the best at the highest fidelity is among the
            first third here.
        top: In which share of them it is among the best three here.
        crossing: Share of the pairs of configurations whose order here is the other way round.
    """

    configurations: int
    correlation: float
    first_third: float
    top: float
    crossing: float


def fidelity_agreement(lower: Floats, highest: Floats, seed: int = 0) -> FidelityAgreement | None:
    """How the values at a fidelity agree with those at the highest; None if too few are shared.

    Args:
        lower: A value for each configuration, to be minimised; NaN where there is none.
        highest: The same at the highest fidelity.
        seed: Seed of the random draws.
    """
    both = np.isfinite(lower) & np.isfinite(highest)
    lower, highest = lower[both], highest[both]
    if len(lower) < FEWEST:
        return None
    places = _places_of_the_best(lower, highest, np.random.default_rng(seed))
    varies = np.ptp(lower) > 0 and np.ptp(highest) > 0
    return FidelityAgreement(
        configurations=len(lower),
        correlation=float(spearmanr(lower, highest).statistic) if varies else np.nan,
        first_third=float(np.mean(places < THIRD * _drawn(len(lower)))),
        top=float(np.mean(places < TOP)),
        crossing=_crossing(lower[:PAIRED], highest[:PAIRED]),
    )


def _drawn(count: int) -> int:
    """How many are drawn of so many: few enough that draws differ."""
    return min(DRAWN, max(count // 2, FEWEST // 2))


def _places_of_the_best(lower: Floats, highest: Floats, rng: np.random.Generator) -> Floats:
    """In each draw, how many are before the best at the highest fidelity here, ties by halves."""
    keys = rng.random((DRAWS, len(lower)))
    drawn = np.argpartition(keys, _drawn(len(lower)) - 1, axis=1)[:, : _drawn(len(lower))]
    here, ends = lower[drawn], highest[drawn]
    own = np.take_along_axis(here, ends.argmin(axis=1)[:, None], axis=1)
    return np.asarray((here < own).sum(axis=1) + 0.5 * ((here == own).sum(axis=1) - 1))


def _crossing(lower: Floats, highest: Floats) -> float:
    """The share of pairs that are ordered otherwise at the one than at the other."""
    first, second = np.triu_indices(len(lower), k=1)
    signs = np.sign(lower[first] - lower[second]) * np.sign(highest[first] - highest[second])
    return float(np.mean(signs < 0))
