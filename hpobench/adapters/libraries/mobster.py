"""Syne Tune's schedulers with Gaussian processes, which its releases had until 0.13."""

from collections.abc import Sequence
from typing import Any

from hpobench.adapters.libraries.syne_tune import SyneTune
from hpobench.adapters.shared.fidelities import required

FINE = 10
"""Levels up to the least fidelity, where fidelities are no whole numbers and its levels are."""


class Mobster(SyneTune):
    """One of the schedulers of these releases, of those that stop jobs and do not pause them.

    Source: Klein et al. (2020), Model-based Asynchronous Hyperparameter and Neural Architecture
    Search, arXiv:2003.10865.
    """

    def known(self, parameters: set[str]) -> dict[str, Any]:
        """Arguments that follow from the problem; the classes do not name all that they take."""
        found: dict[str, Any] = {"metric": self.problem.objectives[0].name}
        if "resource_attr" not in parameters:
            return found
        fidelity = required(self.problem)
        least = int(fidelity.low) if fidelity.integer else FINE
        most = round(fidelity.high / fidelity.low * least)
        return found | {"resource_attr": "level", "grace_period": least, "max_t": most}

    def suggested(self, number: int) -> Any:
        """What the scheduler suggests for the job of that number."""
        return self.scheduler.suggest(number)

    def levels(self, _: Any) -> Sequence[float]:
        """The rungs of the only bracket, and the last level."""
        return [*self.scheduler.rung_levels, self.scheduler.max_t]

    def fidelity(self, level: float) -> float:
        """The same share of the highest."""
        return required(self.problem).high * level / int(self.scheduler.max_t)
