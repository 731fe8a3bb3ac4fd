"""Scikit-optimize's models, driven by its ask and tell."""

from typing import Any

from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)
from skopt import Optimizer as Library
from skopt.space import Categorical, Integer, Real

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.failures import Failures
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import placed
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class Skopt(Optimizer):
    """The library's `Optimizer`, which proposes the same again until it is told.

    Every hyperparameter is proposed, and what is inactive is left out. Ordinals are integers.
    Early failures are told once there is a value to compare them with.

    Args:
        options: Arguments of the library's class, such as `base_estimator` and `acq_func`.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        self._space, self._failures = problem.space, Failures()
        self._generators = GlobalGenerators(seed, python=False)
        free = [hp for hp in problem.space.values() if hp.size != 1]
        self._names = [hp.name for hp in free]
        self._library = Library(
            [to_skopt_dimension(hp) for hp in free], random_state=seed, **options
        )

    def ask(self) -> Trial | Signal:
        """The next point that keeps the forbidden clauses."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Fit the model to one value more."""
        if outcome.ok:
            self._finish(trial, outcome.value)
        for failed in self._failures.due(trial, outcome):
            if self._failures.scaled:
                self._finish(failed, self._failures.worst)

    def _propose(self) -> Trial:
        with self._generators.quietly():
            point = self._library.ask()
        chosen = dict(zip(self._names, point, strict=True))
        config = define_by_run(self._space, lambda name: placed(self._space[name], chosen))
        return Trial(config=config, handle=point)

    def _finish(self, trial: Trial, found: float) -> None:
        with self._generators.quietly():
            self._library.tell(trial.handle, found)


def to_skopt_dimension(hyperparameter: Any) -> Any:
    """A hyperparameter in the library's terms; choices are positions."""
    match hyperparameter:
        case CategoricalHyperparameter(choices=choices):
            return Categorical(list(range(len(choices))))
        case OrdinalHyperparameter(sequence=sequence):
            return Integer(0, len(sequence) - 1)
    kind = Integer if isinstance(hyperparameter, IntegerHyperparameter) else Real
    prior = "log-uniform" if hyperparameter.log else "uniform"
    return kind(hyperparameter.lower, hyperparameter.upper, prior=prior)
