"""Trainings that are stopped on the way, for optimizers that know nothing of fidelities."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, median
from time import perf_counter

from hpobench.adapters.shared.learning_curves import (
    FARTHEST,
    CurveEnsemble,
    Scale,
    level_ladder,
)
from hpobench.errors import UserError
from hpobench.optimizer import Optimizer, Signal, Stop
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial

ENOUGH = 3
"""Points of a curve before it is continued."""

DOUBT = 0.05
"""A training goes on while its end is better than the best with more than this probability."""

FEWEST = 5
"""Trainings that have to end before one is compared with their median."""


@dataclass(slots=True, eq=False)
class StoppableTraining:
    """One trial of an optimizer, which is evaluated at one level after another.

    Attributes:
        asked: As the optimizer asked for it.
        values: What was seen at each level so far.
        cost: Seconds that it took so far.
    """

    asked: Trial
    values: list[float] = field(default_factory=list)
    cost: float = 0.0


class Stopping(Optimizer):
    """Another optimizer, whose trials are looked at on the way and stopped where that is no use.

    A trial is evaluated at the levels of a geometric ladder, each going on from the one before,
    before the next trial begins. Where fidelities cannot go on, and for the configurations of a
    common initial design, trials are evaluated at the highest fidelity alone, and not stopped.

    Args:
        inner: Asks for trials at the highest fidelity. Of one that is stopped it is told the value
            that is expected at its end (`extrapolate`), or the last one (`median`).
        problem: One with a fidelity and a single objective.
        stop: By which rule. `median`: as soon as the best value so far is worse than the median of
            what the trainings that ended had on average up to there. `extrapolate`: as soon as
            the end is probably not better than the best end so far.

    Attributes:
        clock: By which the inner optimizer's seconds are counted.

    Source: Golovin et al. (2017), Google Vizier, KDD, section 3.2.2; Domhan, Springenberg and
    Hutter (2015), IJCAI, section 3.3, with its threshold of 0.05.
    """

    def __init__(self, inner: Optimizer, problem: Problem, stop: Stop) -> None:
        if inner.names_parents or problem.fidelity is None:
            raise UserError("only trials at the highest fidelity can be stopped")
        self._inner, self.notes = inner, inner.notes
        self.clock: Callable[[], float] = getattr(inner, "clock", perf_counter)
        self._name = problem.objectives[0].name
        goes_on = problem.fidelity.continuable or problem.continues
        self._levels = level_ladder(problem.fidelity) if goes_on else [problem.fidelity.high]
        self._rule = self._below_median if stop is Stop.MEDIAN else self._hopeless
        self._ensemble = CurveEnsemble(problem.fidelity)
        self._climbing: deque[StoppableTraining] = deque()
        self._initial, self._under_way = len(problem.initial), 0
        self._increments = problem.continues  # costs are those of what a trial adds
        self._ended: list[list[float]] = []
        self._last: list[float] = []

    def ask(self) -> Trial | Signal:
        """The next level of a training that goes on, or the first of a new one."""
        if self._climbing:
            return self._trial(self._climbing.popleft())
        asked = self._inner.ask()
        if not isinstance(asked, Trial):
            waits = asked is Signal.EXHAUSTED and self._under_way
            return Signal.WAIT if waits else asked  # or what goes on would not be asked for
        self._under_way += 1
        if self._initial:
            self._initial -= 1
            return Trial(config=asked.config, handle=asked)
        return self._trial(StoppableTraining(asked))

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Let the training go on, or tell the inner optimizer how it ended."""
        training = trial.handle
        if not isinstance(training, StoppableTraining):
            self._end(training, outcome)
            return
        training.cost = outcome.cost + (training.cost if self._increments else 0.0)
        outcome = replace(outcome, cost=training.cost)
        if not outcome.ok:
            self._end(training.asked, outcome)
            return
        training.values.append(outcome.value)
        expected = self._expected_end(training.values)
        if expected is None:
            self._climbing.append(training)
        else:
            self._last.append(outcome.value)
            self._end(training.asked, replace(outcome, values={self._name: expected}))

    def close(self) -> None:
        """Close the inner optimizer."""
        self._inner.close()

    def _trial(self, training: StoppableTraining) -> Trial:
        level = self._levels[len(training.values)]
        return Trial(config=training.asked.config, fidelity=level, handle=training)

    def _end(self, asked: Trial, outcome: Outcome) -> None:
        self._under_way -= 1
        self._inner.tell(asked, outcome)

    def _expected_end(self, values: list[float]) -> float | None:
        """What the inner optimizer is told of a training that has ended; None if it goes on."""
        if len(values) == len(self._levels):
            self._ended.append(values)
            return values[-1]
        return self._rule(values)

    def _below_median(self, values: Sequence[float]) -> float | None:
        """The last value, if the best so far is worse than the median; None goes on."""
        if len(self._ended) < FEWEST:
            return None
        usual = median(_mean(ended[: len(values)]) for ended in self._ended)
        return values[-1] if min(values) > usual else None

    def _hopeless(self, values: Sequence[float]) -> float | None:
        """The value that is expected at the end, if that is hardly the best; None goes on."""
        if len(values) < ENOUGH or not self._ended:
            return None
        scale = Scale.of([*self._last, values[-1]])
        best = min(ended[-1] for ended in self._ended)
        scaled = scale.apply(values)
        final = self._ensemble.final(self._levels[: len(values)], scaled)
        if final.below(float(scale.apply([best])[0])) > DOUBT:
            return None
        expected = scale.centre + scale.width * final.mean
        far = abs(scaled[-1]) >= FARTHEST  # then it was scaled to less than it is
        return values[-1] if far or not math.isfinite(expected) else expected


def _mean(values: Sequence[float]) -> float:
    """The mean, also of values whose sum is beyond the largest float."""
    return fmean(value / len(values) for value in values) * len(values)
