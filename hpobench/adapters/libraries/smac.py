"""SMAC's facades, driven by their ask and tell."""

import math
import tempfile
import warnings
from typing import Any

import numpy as np
import smac
import smac.intensifier
from ConfigSpace import Configuration
from smac.acquisition.maximizer import local_search
from smac.constants import VERY_SMALL_NUMBER
from smac.main.exceptions import ConfigurationSpaceExhaustedException
from smac.multi_objective.parego import ParEGO
from smac.runhistory import StatusType, TrialValue
from smac.runhistory.encoder.log_scaled_encoder import RunHistoryLogScaledEncoder

from hpobench.adapters.shared.failures import LAST, Failures
from hpobench.adapters.shared.fidelities import reachable
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import OrderedSet
from hpobench.space import plain_config
from hpobench.task import Budget, Problem, Unit
from hpobench.trial import Outcome, Trial

UNLIMITED = 10**9
"""Trials, where the budget counts something else."""


class Smac(Optimizer):
    """One of SMAC's facades, without noise; several objectives are scalarised by ParEGO.

    A facade that models values takes a failure for the worst of them, one that only ranks
    puts it last. While a rung is incomplete, it asks on from the next bracket.

    Args:
        facade: Name of the class in `smac`.
        intensifier: Name of a class in `smac.intensifier`, instead of the facade's own.
        options: Arguments of the intensifier, such as `eta`.
    """

    def __init__(
        self, problem: Problem, seed: int, *, facade: str, intensifier: str = "", **options: Any
    ) -> None:
        local_search.set = OrderedSet  # it iterates over sets, and so differed between processes
        cls = getattr(smac, facade)
        self._fidelity = problem.fidelity
        self._finite = problem.space.estimate_size() < math.inf
        names = [objective.name for objective in problem.objectives]
        ranks = issubclass(cls, smac.RandomFacade)
        self._failures = Failures(LAST if ranks else None, objectives=len(names))
        scenario = smac.Scenario(
            problem.space,
            objectives=names,
            deterministic=True,
            n_trials=smac_trial_count(problem.budget),
            seed=seed,
            min_budget=problem.fidelity.low if problem.fidelity else None,
            max_budget=problem.fidelity.high if problem.fidelity else None,
            output_directory=tempfile.mkdtemp(prefix="smac-"),
        )
        intensify = getattr(smac.intensifier, intensifier, cls.get_intensifier)
        self._facade = cls(
            scenario,
            intensifier=intensify(scenario, **options),
            multi_objective_algorithm=ParEGO(scenario) if len(names) > 1 else None,
            runhistory_encoder=encoder(cls, scenario),
            logging_level=False,
            overwrite=True,
            **self.parts(cls, scenario, problem),
        )

    def parts(self, cls: Any, scenario: smac.Scenario, problem: Problem) -> dict[str, Any]:
        """What of a facade depends on the problem beyond the scenario."""
        return {"initial_design": design(cls, scenario, problem)}

    def ask(self) -> Trial | Signal:
        """The intensifier's next trial, unless the space has no other configuration.

        Waits for the first result if the space is finite: without any, SMAC would draw from it
        until it finds a configuration that is not pending, and so perhaps for ever.
        """
        if (
            self._finite
            and self._facade.runhistory.running
            and not self._facade.runhistory.finished
        ):
            return Signal.WAIT
        try:
            with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
                info = self._facade.ask()  # its debug messages take means of empty lists
        except (ConfigurationSpaceExhaustedException, StopIteration):
            return Signal.EXHAUSTED
        fidelity = None
        if self._fidelity and info.budget is not None:
            fidelity = reachable(self._fidelity, info.budget)
        return Trial(config=plain_config(info.config), fidelity=fidelity, handle=info)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the cost, or what counts as the cost of a crash."""
        if outcome.ok:
            self._finish(trial, outcome.vector, StatusType.SUCCESS)
        for failed in self._failures.due(trial, outcome):
            self._finish(failed, self._failures.vector, StatusType.CRASHED)

    def _finish(self, trial: Trial, values: tuple[float, ...], status: StatusType) -> None:
        cost = list(values) if len(values) > 1 else values[0]
        self._facade.tell(trial.handle, TrialValue(cost=cost, status=status), save=False)


class _FiniteEncoder(RunHistoryLogScaledEncoder):  # type: ignore[misc]  # no types in the library
    """The logarithm of a value's distance from just below the least, where rounding loses that.

    It lies 1e-10 below: no distance at all from a value of 1e6 and more, and so minus infinity.
    """

    def transform_response_values(self, values: Any) -> Any:
        """The library's logarithms, with the one of 1e-10 instead of that of 0."""
        logarithms = super().transform_response_values(values)
        with np.errstate(divide="ignore"):  # all values alike have finite ones
            least = np.log(VERY_SMALL_NUMBER / (self._max_y - self._min_y))
        return np.where(np.isneginf(logarithms), least, logarithms)


def encoder(cls: Any, scenario: smac.Scenario) -> Any:
    """How the facade transforms values for its model, mended where that is by a logarithm."""
    chosen = cls.get_runhistory_encoder(scenario)
    return _FiniteEncoder(scenario) if type(chosen) is RunHistoryLogScaledEncoder else chosen


def design(cls: Any, scenario: smac.Scenario, problem: Problem) -> Any:
    """The initial design that is given, or else the facade's own."""
    if not problem.initial:
        return cls.get_initial_design(scenario)
    given = [Configuration(problem.space, values=dict(c)) for c in problem.initial]
    return cls.get_initial_design(
        scenario, n_configs=0, additional_configs=given[: scenario.n_trials]
    )


def smac_trial_count(budget: Budget) -> int:
    """How many trials SMAC is to expect; at most a quarter of them become its first design."""
    return UNLIMITED if budget.unit is Unit.SECONDS else math.ceil(budget.amount)
