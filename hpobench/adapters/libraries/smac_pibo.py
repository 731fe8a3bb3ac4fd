"""piBO: SMAC's acquisition function, weighted by what is believed, the less the longer it runs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import smac
from ConfigSpace import Configuration, ConfigurationSpace
from smac.acquisition.function import PriorAcquisitionFunction

from hpobench.adapters.libraries.smac import Smac
from hpobench.adapters.shared.beliefs import Beliefs, density
from hpobench.prior import Belief
from hpobench.space import violation
from hpobench.task import Problem

FIRST = 10
"""Most configurations that are drawn from the prior before there is a model."""

SHARE = 0.25
"""Most of the budget that these may take, as of SMAC's own designs."""

DECAY = 0.1
"""The weight's exponent begins as this share of the trials, as the library's page recommends."""


class _Believed(PriorAcquisitionFunction):  # type: ignore[misc]  # no types in the library
    """The library's weighting, by beliefs in the place of a ConfigSpace's own priors.

    Those know no ordinals, and of a hyperparameter no width.
    """

    def __init__(
        self, space: ConfigurationSpace, prior: Mapping[str, Belief], inner: Any, beta: float
    ) -> None:
        super().__init__(inner, decay_beta=beta)
        self._space, self._prior = space, prior

    @property
    def model(self) -> Any:
        """The surrogate of the objective."""
        return self._model

    @model.setter
    def model(self, model: Any) -> None:
        self._model = model

    def _compute_prior(self, X: Any) -> Any:  # noqa: N803 (the library's)
        """How probable points are, shape (points, 1)."""
        found = np.ones(len(X))
        for column, (name, hyperparameter) in zip(X.T, self._space.items(), strict=True):
            if name in self._prior:
                found = found * density(hyperparameter, self._prior[name], column)
        return found[:, None]


class Pibo(Smac):
    """One of SMAC's facades with a prior: its first design is drawn from it too.

    Source: Hvarfner et al. (2022), piBO: Augmenting Acquisition Functions with User Beliefs for
    Bayesian Optimization, ICLR.
    """

    def parts(self, cls: Any, scenario: smac.Scenario, problem: Problem) -> dict[str, Any]:
        """The weighted acquisition function, and a design from the prior."""
        inner = cls.get_acquisition_function(scenario)
        beta = max(DECAY * scenario.n_trials, 1.0)
        first = first_configurations(problem, scenario)
        return {
            "acquisition_function": _Believed(problem.space, problem.prior, inner, beta),
            "initial_design": cls.get_initial_design(
                scenario, n_configs=0, additional_configs=first
            ),
        }


def first_configurations(problem: Problem, scenario: smac.Scenario) -> list[Configuration]:
    """What is believed best, and what is drawn from the prior; those that are legal, each once."""
    beliefs, rng = Beliefs(problem.space, problem.prior), np.random.default_rng(scenario.seed)
    count = max(1, min(FIRST, int(SHARE * scenario.n_trials)))
    found = [beliefs.likeliest(), *(beliefs.draw(rng) for _ in range(count - 1))]
    kept = {str(c): c for c in found if not violation(problem.space, c)}
    return [Configuration(problem.space, values=dict(config)) for config in kept.values()]
