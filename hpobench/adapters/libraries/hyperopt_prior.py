"""Hyperopt's `suggest` functions with a prior in the place of uniform distributions."""

import math
from typing import Any

from ConfigSpace.hyperparameters import CategoricalHyperparameter, IntegerHyperparameter
from hyperopt import hp

from hpobench.adapters.libraries.hyperopt import Hyperopt
from hpobench.adapters.shared.beliefs import probabilities
from hpobench.adapters.shared.vectors import choices
from hpobench.prior import Belief
from hpobench.task import Problem


class HyperoptPrior(Hyperopt):
    """The library's TPE, whose densities begin with what is believed.

    Normal distributions are the library's own, without ends: what is suggested beyond a range is
    put at its end.

    Source: Bergstra et al. (2011), Algorithms for Hyper-Parameter Optimization, NeurIPS, section 4:
    the prior is one more component of both densities, the heavier the fewer trials there are.
    """

    def node(self, problem: Problem, hyperparameter: Any) -> Any:
        """A hyperparameter in the library's terms, with what is believed of it."""
        belief = problem.prior.get(hyperparameter.name)
        return believed(hyperparameter, belief) if belief else super().node(problem, hyperparameter)


def believed(hyperparameter: Any, belief: Belief) -> Any:
    """A distribution of the library's; choices are positions."""
    name, listed = hyperparameter.name, choices(hyperparameter)
    if isinstance(hyperparameter, CategoricalHyperparameter):
        shares = probabilities(listed or [], belief)
        return hp.pchoice(name, [(share, place) for place, share in enumerate(shares)])
    default: Any = belief.default
    if listed:
        return hp.qnormal(name, listed.index(default), belief.width * len(listed), 1)
    low, high = hyperparameter.lower, hyperparameter.upper
    integer = isinstance(hyperparameter, IntegerHyperparameter)
    if hyperparameter.log:
        middle, width = math.log(default), belief.width * (math.log(high) - math.log(low))
        return (
            hp.qlognormal(name, middle, width, 1) if integer else hp.lognormal(name, middle, width)
        )
    width = belief.width * (high - low)
    return hp.qnormal(name, default, width, 1) if integer else hp.normal(name, default, width)
