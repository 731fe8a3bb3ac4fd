"""Optuna's pruners: a trial climbs the fidelities until its pruner stops it."""

from collections import deque
from dataclasses import replace
from typing import Any

import optuna
from optuna.trial import TrialState

from hpobench.adapters.libraries.optuna import Optuna
from hpobench.adapters.shared.fidelities import required
from hpobench.adapters.shared.ladder import ladder
from hpobench.optimizer import Signal
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class PrunedOptuna(Optuna):
    """A study with one of `optuna.samplers` and one of `optuna.pruners`.

    A configuration is evaluated at the lowest fidelity, and its value reported; unless the
    pruner stops it, it goes on at the next, before any new one is begun. A report's step counts
    the fidelity in multiples of the lowest, as whole numbers.

    Args:
        sampler: Name of the class.
        pruner: Name of the class.
        pruning: Its arguments.
        eta: How much higher each fidelity is than the one before.
        options: Arguments of the sampler.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        pruner: str,
        pruning: dict[str, Any] | None = None,
        eta: int = 3,
        **options: Any,
    ) -> None:
        super().__init__(problem, seed, **options)
        self._rungs = ladder(required(problem), eta)
        self._steps = [eta**i for i in range(len(self._rungs))]
        halving = {"min_resource": 1, "reduction_factor": eta}
        bounds = {
            "SuccessiveHalvingPruner": halving,
            "HyperbandPruner": {**halving, "max_resource": self._steps[-1]},
        }
        arguments = {**bounds.get(pruner, {}), **(pruning or {})}
        self._study.pruner = getattr(optuna.pruners, pruner)(**arguments)
        self._climbing: deque[Trial] = deque()

    def ask(self) -> Trial | Signal:
        """The next fidelity of a configuration that is not pruned, or a new configuration."""
        return self._climbing.popleft() if self._climbing else super().ask()

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Report the value; the last one, or the one it is pruned at, is the trial's."""
        rung = self._rungs.index(trial.fidelity or 0.0)
        if outcome.ok:
            trial.handle.report(outcome.value, self._steps[rung])
        if not outcome.ok or rung == len(self._rungs) - 1:
            super().tell(trial, outcome)
        elif trial.handle.should_prune():
            self._study.tell(trial.handle, state=TrialState.PRUNED)
        else:
            self._climbing.append(replace(trial, fidelity=self._rungs[rung + 1]))

    def _propose(self) -> Trial:
        return replace(super()._propose(), fidelity=self._rungs[0])
