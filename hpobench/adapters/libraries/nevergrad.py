"""Nevergrad's optimizers, driven by their ask and tell."""

import builtins
from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from typing import Any

import nevergrad as ng
import numpy as np
from ConfigSpace.hyperparameters import CategoricalHyperparameter, OrdinalHyperparameter
from nevergrad.optimization import metamodel

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.failures import Failures
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.safe_names import restore_names, safe_names
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.task import Budget, Problem, Unit
from hpobench.trial import Outcome, Trial, Value, plain_value

UNKNOWN = 100
"""Trials it is told to expect, where the budget counts seconds."""


class Nevergrad(Optimizer):
    """One of `nevergrad.optimizers.registry`; several objectives become a hypervolume.

    Every hyperparameter is proposed, and what is inactive is left out. A failure is told at once,
    as the worst value so far, since sequential algorithms wait for it. With several objectives
    it is told once there is such a value, as a hypervolume would never recover from it.

    With one objective, an algorithm whose first trial fails would search around there, on a plateau
    of equal failures that some never leave. It starts anew at the first success, and what is tried
    until then is drawn from the space.

    Args:
        name: In the registry.
    """

    def __init__(self, problem: Problem, seed: int, *, name: str) -> None:
        metamodel.float = _number  # numpy 2.4 makes no float of an array with one element
        self._space = problem.space
        self._several = len(problem.objectives) > 1
        self._failures = Failures(objectives=len(problem.objectives))
        self._generators = GlobalGenerators(seed, python=False)  # some draw from numpy's
        by_name = sorted(problem.space.values(), key=attrgetter("name"))  # its own order
        self._free = safe_names(by_name)
        with self._generators.quietly():
            space = ng.p.Dict(
                **{name: to_nevergrad_parameter(hp) for name, hp in self._free.items()}
            )
            space.random_state = np.random.RandomState(seed)
            self._start = partial(
                ng.optimizers.registry[name],
                budget=nevergrad_trial_count(problem.budget),
                num_workers=problem.workers,
            )
            self._optimizer = self._start(space)
            self._optimizer.num_objectives = len(problem.objectives)
        self._draws = False

    def ask(self) -> Trial | Signal:
        """The next candidate that keeps the forbidden clauses."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the loss, and what counts as that of failures."""
        due = self._failures.due(trial, outcome)
        if self._several:
            self._tell_several(trial, outcome, due)
        elif not self._failures.scaled:
            self._draws = True
        elif self._draws:
            self._start_at(trial)
        else:
            self._finish(trial, outcome.vector if outcome.ok else self._failures.vector)

    def _tell_several(self, trial: Trial, outcome: Outcome, due: Sequence[Trial]) -> None:
        """Tell several objectives, and failures once it is known what is bad."""
        if outcome.ok:
            self._finish(trial, outcome.vector)
        for failed in due if self._failures.scaled else ():
            self._finish(failed, self._failures.vector)

    def _propose(self) -> Trial:
        with self._generators.quietly():
            space = self._optimizer.parametrization
            candidate = space.sample() if self._draws else self._optimizer.ask()
        chosen = restore_names(self._free, candidate.value)  # worked out anew by each look
        config = define_by_run(self._space, lambda name: self._value(name, chosen))
        return Trial(config=config, handle=(candidate, self._optimizer))

    def _start_at(self, trial: Trial) -> None:
        """Begin at a configuration, of all that there is the first that has a value."""
        self._draws = False
        with self._generators.quietly():
            self._optimizer = self._start(trial.handle[0].spawn_child())

    def _finish(self, trial: Trial, values: tuple[float, ...]) -> None:
        candidate, asked = trial.handle
        if asked is self._optimizer:  # else it was pending when this one started
            with self._generators.quietly():
                self._optimizer.tell(candidate, list(values) if len(values) > 1 else values[0])

    def _value(self, name: str, chosen: dict[str, Any]) -> Value:
        """A value of the right type, put back where rounding left its range."""
        hyperparameter: Any = self._space[name]
        if name not in chosen:
            return plain_value(hyperparameter.default_value)
        if isinstance(hyperparameter, CategoricalHyperparameter | OrdinalHyperparameter):
            return plain_value(chosen[name])
        return plain_value(min(max(chosen[name], hyperparameter.lower), hyperparameter.upper))


def to_nevergrad_parameter(hyperparameter: Any) -> Any:
    """A hyperparameter in the library's terms; an ordinal is a choice with neighbours."""
    match hyperparameter:
        case CategoricalHyperparameter(choices=choices):
            return ng.p.Choice([plain_value(choice) for choice in choices])
        case OrdinalHyperparameter(sequence=sequence):
            return ng.p.TransitionChoice([plain_value(each) for each in sequence])
    low, high = hyperparameter.lower, hyperparameter.upper
    kind = ng.p.Log if hyperparameter.log else ng.p.Scalar
    made = kind(lower=low, upper=high)
    return made.set_integer_casting() if isinstance(low, int) else made


def nevergrad_trial_count(budget: Budget) -> int:
    """How many trials it is to expect."""
    return UNKNOWN if budget.unit is Unit.SECONDS else max(1, int(budget.amount))


def _number(value: Any) -> float:
    """A float of a number, or of an array with one element."""
    return builtins.float(np.asarray(value).reshape(-1)[0])
