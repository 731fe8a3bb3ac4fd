"""How soon a run gets good, in one number: the area under its curve of regret over an axis."""

import numpy as np

from hpobench.scoring.curves import Axis, Curves
from hpobench.scoring.trials import Floats


def area_under_regret(curves: Curves, axis: Axis) -> Floats:
    """The area under each run's curve of normalised regret up to each point, over its length.

    It is the mean of the regret so far, and so on the scale of regret: 0 for a run that is at
    the best known from the start, 1 for one that is throughout where random search ends. The
    curve is a step function read off at even steps, of which each counts alike.

    Args:
        curves: Those of all runs.
        axis: What the area is over.

    Returns:
        Shape (runs, grid points), NaN where there is no regret.

    Source:
        Hansen et al. (2022), Anytime performance assessment in blackbox optimization
        benchmarking, IEEE Transactions on Evolutionary Computation 26.
    """
    regret = curves.regrets[axis]
    return np.asarray(np.cumsum(regret, axis=1) / np.arange(1, regret.shape[1] + 1))
