"""HEBO: Bayesian optimization with warped inputs and outputs, driven by suggest and observe."""

from typing import Any

import numpy as np
import torch
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    IntegerHyperparameter,
)
from hebo.design_space.design_space import DesignSpace
from hebo.optimizers.hebo import HEBO

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.failures import Failures
from hpobench.adapters.shared.recoded import Recoded
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial, Value, plain_value


class Hebo(Optimizer):
    """The library's `HEBO`, for a single objective.

    It knows neither conditions nor clauses: every hyperparameter is suggested, and those that
    are inactive are left out. Ordinals are the integer positions in their sequences.

    Args:
        options: Arguments of the library's class, such as `model_name`.

    Source: Cowen-Rivers et al. (2022), HEBO: Pushing the Limits of Sample-Efficient
    Hyper-parameter Optimisation, JAIR 74.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        self._space = problem.space
        self._recoded = Recoded(problem.space, "ordinal", "forbidden")
        self._free: dict[str, Any] = {
            name: hp for name, hp in self._recoded.space.items() if hp.size != 1
        }
        self._failures = Failures()
        self._generators = GlobalGenerators(seed)  # its search draws from numpy's
        torch.manual_seed(seed)  # and torch's, which is all its own in its own environment
        parameters = DesignSpace().parse([to_hebo_parameter(hp) for hp in self._free.values()])
        self._hebo = HEBO(parameters, scramble_seed=seed, **options)

    def ask(self) -> Trial | Signal:
        """The next suggestion that keeps the clauses."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Observe the value; failures count once there is a value to compare them with."""
        if outcome.ok:
            self._observe(trial, outcome.value)
        for failed in self._failures.due(trial, outcome):
            if self._failures.scaled:
                self._observe(failed, self._failures.worst)

    def _propose(self) -> Trial:
        with self._generators.quietly():
            row = self._hebo.suggest(n_suggestions=1)
        chosen = dict(row.iloc[0])
        config = define_by_run(self._recoded.space, lambda name: self._value(name, chosen))
        return Trial(config=self._recoded.decode(config), handle=row)

    def _observe(self, trial: Trial, value: float) -> None:
        with self._generators.quietly():
            self._hebo.observe(trial.handle, np.array([[value]]))

    def _value(self, name: str, chosen: dict[Any, Any]) -> Value:
        """A hyperparameter's suggested value, put back where rounding left its range."""
        if name not in self._free:
            return plain_value(self._recoded.space[name].default_value)
        match self._free[name]:
            case CategoricalHyperparameter(choices=choices):
                return plain_value(choices[int(chosen[name])])
            case IntegerHyperparameter(lower=lower, upper=upper):
                return int(min(max(chosen[name], lower), upper))
            case hyperparameter:
                low, high = hyperparameter.lower, hyperparameter.upper
                return float(min(max(chosen[name], low), high))


def to_hebo_parameter(hyperparameter: Any) -> dict[str, Any]:
    """A hyperparameter in the library's terms; a categorical is the position of its choice."""
    if isinstance(hyperparameter, CategoricalHyperparameter):
        positions = list(range(len(hyperparameter.choices)))
        return {"name": hyperparameter.name, "type": "cat", "categories": positions}
    integer = isinstance(hyperparameter, IntegerHyperparameter)
    kinds = ("int", "pow_int") if integer else ("num", "pow")
    return {
        "name": hyperparameter.name,
        "type": kinds[hyperparameter.log],
        "lb": hyperparameter.lower,
        "ub": hyperparameter.upper,
    }
