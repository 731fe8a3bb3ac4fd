"""Optuna's samplers, warm: they begin with what other data have shown."""

import warnings
from typing import Any

import optuna
from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)

from hpobench.adapters.libraries.optuna import Optuna, values_to_suggest
from hpobench.adapters.shared.past_points import PastPoints, past_points
from hpobench.adapters.shared.vectors import Vectors
from hpobench.task import Problem

MOST_FIRST = 10
"""Most configurations of other data that are asked for first; the sampler's own design has 10."""

FEWEST = 10
"""Trials that CMA-ES needs, of which it takes a tenth: with fewer it begins as usual."""


class WarmOptuna(Optuna):
    """A study that knows of other tasks, in the way that its sampler can take.

    CMA-ES begins with a normal distribution fitted to the best of all past trials, which is the
    library's `source_trials`. Any other sampler is given the best configuration of each task to be
    evaluated first.

    Args:
        sampler: Name of the class.
        options: Its arguments.

    Source: Nomura et al. (2021), Warm Starting CMA-ES for Hyperparameter Optimization, AAAI;
    Feurer, Springenberg and Hutter (2015), Initializing Bayesian Hyperparameter Optimization via
    Meta-Learning, AAAI.
    """

    def __init__(self, problem: Problem, seed: int, *, sampler: str, **options: Any) -> None:
        past = past_points(problem, Vectors(problem.space))
        given: dict[str, Any] = {}
        if sampler == "CmaEsSampler":
            with warnings.catch_warnings(action="ignore"):
                trials = [each for task in past for each in frozen_trials(problem.space, task)]
            given = {"source_trials": trials} if len(trials) >= FEWEST else {}
        super().__init__(problem, seed, sampler=sampler, **options, **given)
        if sampler != "CmaEsSampler":
            for task in past[:MOST_FIRST]:
                best = values_to_suggest(problem.space, task.configs[task.best])
                self._study.enqueue_trial(best, skip_if_exists=True)


def frozen_trials(space: ConfigurationSpace, task: PastPoints) -> list[optuna.trial.FrozenTrial]:
    """The trials of another task in the library's terms, with scores as their values.

    They hold what CMA-ES searches, without choices that have no order: it takes no others.
    """
    names = [
        name
        for name in Vectors(space).names
        if not isinstance(space[name], CategoricalHyperparameter)
    ]
    domains = {name: domain(space[name]) for name in names}
    return [
        optuna.trial.create_trial(
            params={n: v for n, v in values_to_suggest(space, config).items() if n in domains},
            distributions={n: domains[n] for n in config if n in domains},
            value=float(score),
        )
        for config, score in zip(task.configs, task.scores, strict=True)
    ]


def domain(hyperparameter: Any) -> Any:
    """What `suggest` makes of a hyperparameter."""
    distributions = optuna.distributions
    if isinstance(hyperparameter, OrdinalHyperparameter):
        return distributions.IntDistribution(0, len(hyperparameter.sequence) - 1)
    low, high, log = hyperparameter.lower, hyperparameter.upper, hyperparameter.log
    if isinstance(hyperparameter, IntegerHyperparameter):
        return distributions.IntDistribution(low, high, log=log)
    return distributions.FloatDistribution(float(low), float(high), log=log)
