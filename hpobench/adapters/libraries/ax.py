"""Ax: Bayesian optimization by BoTorch, driven by its client."""

import logging
import math
from typing import Any

import torch
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from ax.api.utils.generation_strategy_dispatch import choose_generation_strategy
from ax.api.utils.structs import GenerationStrategyDispatchStruct
from ax.exceptions.core import SearchSpaceExhausted
from ax.exceptions.generation_strategy import GenerationStrategyRepeatedPoints
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import placed
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.system.loading import load
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class Ax(Optimizer):
    """The library's client: the centre of the space, four Sobol points, then its model.

    Every hyperparameter is proposed, and what is inactive is left out. What failed is abandoned,
    so that it is not proposed again, and nothing is learnt from it. Constraints of which it is
    told have models of their own.

    Args:
        acquisition: `module:Class` of BoTorch's, instead of Ax's choice.
        options: How it generates, such as `initialization_budget`.
    """

    def __init__(
        self, problem: Problem, seed: int, *, acquisition: str = "", **options: Any
    ) -> None:
        logging.disable(logging.CRITICAL)  # it logs every trial
        self._space, self._pending = problem.space, 0
        self._generators = GlobalGenerators(seed)
        torch.manual_seed(seed)  # which is all its own in its own environment
        self._client = Client(random_seed=seed)
        free = [hp for hp in problem.space.values() if hp.size != 1]
        self._left = math.prod(hp.size for hp in free)
        with self._generators.quietly():
            self._client.configure_experiment(parameters=[to_ax_parameter(hp) for hp in free])
            names = (f"-f{number}" for number in range(len(problem.objectives)))
            self._client.configure_optimization(
                objective=", ".join(names),
                outcome_constraints=[f"g{i} <= 0" for i in range(len(problem.constraints))],
            )
            strategy = GenerationStrategyDispatchStruct(initialization_random_seed=seed, **options)
            chosen = load(acquisition) if acquisition else None
            self._client.set_generation_strategy(
                choose_generation_strategy(strategy, botorch_acqf_class=chosen)
            )

    def ask(self) -> Trial | Signal:
        """The next proposal that keeps the clauses; waits where the design needs results."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Complete the trial with its values, or abandon it."""
        self._pending -= 1
        values = {f"f{number}": value for number, value in enumerate(outcome.vector)}
        values |= {f"g{i}": excess for i, excess in enumerate(outcome.constraints.values())}
        with self._generators.quietly():
            if outcome.ok:
                self._client.complete_trial(trial.handle, raw_data=values)
            else:
                self._client.mark_trial_abandoned(trial.handle)

    def _propose(self) -> Trial | Signal:
        found: dict[int, Any] = {}
        try:
            with self._generators.quietly():
                # Where nothing is left it would look for a long time before it says so.
                found = dict(self._client.get_next_trials(max_trials=1)) if self._left else {}
        except (GenerationStrategyRepeatedPoints, SearchSpaceExhausted):
            pass
        for number, chosen in found.items():
            self._pending, self._left = self._pending + 1, self._left - 1
            config = define_by_run(self._space, lambda n: placed(self._space[n], chosen))  # noqa: B023 (called here)
            return Trial(config=config, handle=number)
        return Signal.WAIT if self._pending else Signal.EXHAUSTED


def to_ax_parameter(hyperparameter: Any) -> Any:
    """A hyperparameter in the library's terms; choices are positions."""
    name = hyperparameter.name
    match hyperparameter:
        case CategoricalHyperparameter(choices=listed) | OrdinalHyperparameter(sequence=listed):
            ordered = isinstance(hyperparameter, OrdinalHyperparameter)
            return ChoiceParameterConfig(name, list(range(len(listed))), "int", is_ordered=ordered)
    low, high = hyperparameter.lower, hyperparameter.upper
    kind = "int" if isinstance(hyperparameter, IntegerHyperparameter) else "float"
    scaling = "log" if hyperparameter.log else "linear"
    return RangeParameterConfig(name, (low, high), kind, scaling=scaling)
