"""Nevergrad's optimizers, driven by their ask and tell."""

import builtins
from typing import Any

import nevergrad as ng
import numpy as np
from ConfigSpace.hyperparameters import CategoricalHyperparameter, OrdinalHyperparameter
from nevergrad.optimization import metamodel

from hpobench.adapters.define_by_run import define_by_run
from hpobench.adapters.failures import Failures
from hpobench.adapters.legal import legal
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.space import plain
from hpobench.task import Budget, Problem, Unit
from hpobench.trial import Outcome, Trial, Value

UNKNOWN = 100
"""Trials it is told to expect, where the budget counts seconds."""


class Nevergrad(Optimizer):
    """One of `nevergrad.optimizers.registry`; several objectives become a hypervolume.

    Every hyperparameter is proposed, and what is inactive is left out. Early failures are told
    once there is a value to compare them with.

    Args:
        name: In the registry.
    """

    def __init__(self, problem: Problem, seed: int, *, name: str) -> None:
        metamodel.float = _number  # numpy 2.4 makes no float of an array with one element
        self._space = problem.space
        self._failures = Failures(objectives=len(problem.objectives))
        self._generators = GlobalGenerators(seed, python=False)  # some draw from numpy's
        free = {name: hp for name, hp in problem.space.items() if hp.size != 1}
        # Its dictionary takes no hyperparameter named `self`; it sorts by these names.
        self._keys = {name: f"h{rank:04}" for rank, name in enumerate(sorted(free))}
        space = ng.p.Dict(**{self._keys[name]: parameter(hp) for name, hp in free.items()})
        space.random_state = np.random.RandomState(seed)
        with self._generators.quietly():
            self._optimizer = ng.optimizers.registry[name](
                parametrization=space, budget=trials(problem.budget), num_workers=problem.workers
            )
            self._optimizer.num_objectives = len(problem.objectives)

    def ask(self) -> Trial | Signal:
        """The next candidate that keeps the forbidden clauses."""
        return legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the loss, and what counts as that of failures."""
        if outcome.ok:
            self._finish(trial, outcome.vector)
        for failed in self._failures.due(trial, outcome):
            if self._failures.scaled:
                self._finish(failed, self._failures.vector)

    def _propose(self) -> Trial:
        with self._generators.quietly():
            candidate = self._optimizer.ask()
        chosen = candidate.value  # worked out anew by each look
        config = define_by_run(self._space, lambda name: self._value(name, chosen))
        return Trial(config=config, handle=candidate)

    def _finish(self, trial: Trial, values: tuple[float, ...]) -> None:
        with self._generators.quietly():
            self._optimizer.tell(trial.handle, list(values) if len(values) > 1 else values[0])

    def _value(self, name: str, chosen: dict[str, Any]) -> Value:
        """A value of the right type, put back where rounding left its range."""
        hyperparameter: Any = self._space[name]
        if name not in self._keys:
            return plain(hyperparameter.default_value)
        value = chosen[self._keys[name]]
        if isinstance(hyperparameter, CategoricalHyperparameter | OrdinalHyperparameter):
            return plain(value)
        return plain(min(max(value, hyperparameter.lower), hyperparameter.upper))


def parameter(hyperparameter: Any) -> Any:
    """A hyperparameter in the library's terms; an ordinal is a choice with neighbours."""
    match hyperparameter:
        case CategoricalHyperparameter(choices=choices):
            return ng.p.Choice([plain(choice) for choice in choices])
        case OrdinalHyperparameter(sequence=sequence):
            return ng.p.TransitionChoice([plain(each) for each in sequence])
    low, high = hyperparameter.lower, hyperparameter.upper
    kind = ng.p.Log if hyperparameter.log else ng.p.Scalar
    made = kind(lower=low, upper=high)
    return made.set_integer_casting() if isinstance(low, int) else made


def trials(budget: Budget) -> int:
    """How many trials it is to expect."""
    return UNKNOWN if budget.unit is Unit.SECONDS else max(1, int(budget.amount))


def _number(value: Any) -> float:
    """A float of a number, or of an array with one element."""
    return builtins.float(np.asarray(value).reshape(-1)[0])
