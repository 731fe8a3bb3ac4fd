"""The fidelities that successive halving evaluates at, from low to high."""

import math

from hpobench.adapters.shared.fidelities import reachable
from hpobench.task import Fidelity


def ladder(fidelity: Fidelity, eta: float) -> list[float]:
    """Fidelities of which each is `eta` times the one before, and the last the highest.

    Those that rounding makes equal are one.

    Source: Li et al. (2018), Hyperband, JMLR 18: s_max = floor(log_eta(R / r)).
    """
    steps = math.floor(math.log(fidelity.high / fidelity.low, eta) + 1e-9)
    rungs = (reachable(fidelity, fidelity.high / eta**step) for step in range(steps, -1, -1))
    return list(dict.fromkeys(rungs))
