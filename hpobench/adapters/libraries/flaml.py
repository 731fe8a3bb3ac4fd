"""FLAML's searchers, driven as its own `tune.run` drives them."""

import logging
import math
import warnings
from typing import Any

import optuna
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.safe_names import restore_names, safe_names
from hpobench.adapters.shared.vectors import placed
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.system.loading import without
from hpobench.task import Budget, Problem, Unit
from hpobench.trial import Config, Outcome, Trial

# With ray.tune it would take other classes than without; its estimators are not for us, and slow.
with without("ray", "flaml.automl"), warnings.catch_warnings(action="ignore"):
    from flaml import tune

TRIES = 100
"""How often a searcher may have no suggestion before it is done, as in the library."""


class Flaml(Optimizer):
    """One of `flaml.tune.searcher`; it learns nothing from failures.

    Every hyperparameter is suggested, and what is inactive is left out. It never suggests a
    configuration twice.

    Args:
        searcher: Name of the class.
        options: Its arguments.
    """

    def __init__(self, problem: Problem, seed: int, *, searcher: str, **options: Any) -> None:
        logging.getLogger("flaml").setLevel(logging.CRITICAL)
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space, self._asked, self._pending = problem.space, 0, 0
        self._generators = GlobalGenerators(seed, python=False)
        self._free = safe_names(problem.space.values())
        space = {name: to_flaml_domain(hp) for name, hp in self._free.items()}
        options = {"num_samples": flaml_trial_count(problem.budget), "seed": seed, **options}
        with self._generators.quietly():
            cls = getattr(tune.searcher, searcher)
            self._searcher = cls(metric="loss", mode="min", space=space, **options)

    def ask(self) -> Trial | Signal:
        """The next suggestion that keeps the forbidden clauses."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Report the loss, or the failure."""
        self._pending -= 1
        number, chosen = trial.handle
        result = None
        with self._generators.quietly():
            if outcome.ok:
                result = {"loss": outcome.value, "config": chosen}
                result |= {"training_iteration": 0, "time_total_s": outcome.cost}
                result |= {f"config/{name}": value for name, value in chosen.items()}
                self._searcher.on_trial_result(number, result)
            self._searcher.on_trial_complete(number, result, error=not outcome.ok)

    def _propose(self) -> Trial | Signal:
        for _ in range(TRIES):
            self._asked += 1
            with self._generators.quietly():
                chosen = self._searcher.suggest(str(self._asked))
            if chosen is not None:
                self._pending += 1
                return Trial(config=self._config(chosen), handle=(str(self._asked), chosen))
        return Signal.WAIT if self._pending else Signal.EXHAUSTED

    def _config(self, chosen: dict[str, Any]) -> Config:
        found = restore_names(self._free, chosen)
        return define_by_run(self._space, lambda name: placed(self._space[name], found))


def to_flaml_domain(hyperparameter: Any) -> Any:
    """A hyperparameter in the library's terms; choices are positions."""
    match hyperparameter:
        case CategoricalHyperparameter(choices=choices):
            return tune.choice(list(range(len(choices))), order=False)
        case OrdinalHyperparameter(sequence=sequence):
            return tune.choice(list(range(len(sequence))), order=True)
    low, high, log = hyperparameter.lower, hyperparameter.upper, hyperparameter.log
    if isinstance(hyperparameter, IntegerHyperparameter):
        return tune.lograndint(low, high + 1) if log else tune.randint(low, high + 1)
    return tune.loguniform(low, high) if log else tune.uniform(low, high)


def flaml_trial_count(budget: Budget) -> int:
    """How many trials it is to expect; -1 is any number."""
    return -1 if budget.unit is Unit.SECONDS else math.ceil(budget.amount)
