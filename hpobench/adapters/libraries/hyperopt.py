"""Hyperopt's `suggest` functions, driven as its own `fmin` drives them."""

import math
from typing import Any

import numpy as np
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)
from hyperopt import JOB_STATE_DONE, STATUS_FAIL, STATUS_OK, Trials, hp
from hyperopt.base import Domain

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import placed
from hpobench.optimizer import Optimizer, Signal
from hpobench.system.loading import load
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class Hyperopt(Optimizer):
    """One of the library's `suggest` functions; it learns nothing from failures.

    Every hyperparameter is suggested, and what is inactive is left out. Ordinals are integers.

    Args:
        suggest: `module:function`.
    """

    def __init__(self, problem: Problem, seed: int, *, suggest: str) -> None:
        self._space = problem.space
        self._suggest = load(suggest)
        free = {name: each for name, each in problem.space.items() if each.size != 1}
        nodes = {name: self.node(problem, each) for name, each in free.items()}
        self._domain = Domain(lambda _: 0.0, nodes)
        self._trials = Trials()
        self._rng = np.random.default_rng(seed)

    def ask(self) -> Trial | Signal:
        """The next suggestion that keeps the forbidden clauses."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note the loss, or the failure."""
        document = trial.handle
        document["state"] = JOB_STATE_DONE
        document["result"] = (
            {"loss": outcome.value, "status": STATUS_OK} if outcome.ok else {"status": STATUS_FAIL}
        )
        self._trials.refresh()

    def node(self, problem: Problem, hyperparameter: Any) -> Any:  # noqa: ARG002 (for subclasses)
        """A hyperparameter in the library's terms."""
        return node(hyperparameter)

    def _propose(self) -> Trial:
        ids = self._trials.new_trial_ids(1)
        self._trials.refresh()
        seed = self._rng.integers(2**31 - 1)
        (number,) = self._trials.insert_trial_docs(
            self._suggest(ids, self._domain, self._trials, seed)
        )
        self._trials.refresh()
        document = next(d for d in reversed(self._trials._dynamic_trials) if d["tid"] == number)  # noqa: SLF001
        chosen = {name: found[0] for name, found in document["misc"]["vals"].items()}
        config = define_by_run(self._space, lambda name: placed(self._space[name], chosen))
        return Trial(config=config, handle=document)


def node(hyperparameter: Any) -> Any:
    """A hyperparameter in the library's terms; choices are positions."""
    name = hyperparameter.name
    match hyperparameter:
        case CategoricalHyperparameter(choices=choices):
            return hp.randint(name, len(choices))
        case OrdinalHyperparameter(sequence=sequence):
            return hp.quniform(name, -0.5, len(sequence) - 0.5, 1)
    low, high = hyperparameter.lower, hyperparameter.upper
    if not isinstance(hyperparameter, IntegerHyperparameter):
        if hyperparameter.log:
            return hp.loguniform(name, math.log(low), math.log(high))
        return hp.uniform(name, low, high)
    if hyperparameter.log:
        return hp.qloguniform(name, math.log(low - 0.5), math.log(high + 0.5), 1)
    return hp.quniform(name, low - 0.5, high + 0.5, 1)
