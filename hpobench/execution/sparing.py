"""What some optimizers are spared: huge values, unknown constraints, and empty searches."""

from dataclasses import replace
from typing import Any, Protocol

from ConfigSpace import ConfigurationSpace

from hpobench.execution.wrapping import Wrapper
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class Clipped(Wrapper):
    """Another optimizer, which is told no value or cost of a larger magnitude than it bears.

    What is recorded is what the benchmark answered. That something was clipped is said once, in
    the notes, which are the other's where it has some.

    Args:
        inner: Asked, and told.
        magnitude: The largest absolute value, and the largest cost, that it is told.
    """

    def __init__(self, inner: Optimizer, magnitude: float) -> None:
        super().__init__(inner)
        self._magnitude, self._said = magnitude, False
        self.notes: list[Any] = inner.notes if isinstance(inner.notes, list) else []

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the other as much of the outcome as it bears."""
        limit = self._magnitude
        numbers = (outcome.cost, *outcome.values.values(), *outcome.constraints.values())
        if any(abs(number) > limit for number in numbers):
            outcome = replace(
                outcome,
                values={n: min(max(v, -limit), limit) for n, v in outcome.values.items()},
                constraints={n: min(max(v, -limit), limit) for n, v in outcome.constraints.items()},
                cost=min(outcome.cost, limit),
            )
            self._say()
        super().tell(trial, outcome)

    def _say(self) -> None:
        """Note that something was clipped, unless that is noted."""
        if not self._said:
            self._said = True
            text = f"values and costs beyond {self._magnitude:g} were told as that"
            self.notes.append({"clipped": text})


class ToldFailed(Wrapper):
    """Another optimizer that knows no constraints: what violates one is told it as a failure."""

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the other the values of what is feasible, and else that the trial failed."""
        if outcome.ok and not outcome.feasible:
            outcome = Outcome(cost=outcome.cost, failure="infeasible")
        super().tell(trial, replace(outcome, constraints={}))


class Watching(Protocol):
    """Somebody who is told when a call of an optimizer begins and ends."""

    def begin(self) -> None:
        """A call begins now."""

    def end(self) -> None:
        """Note that the run has ended."""


class Watched(Wrapper):
    """Another optimizer, of whose every ask and tell somebody is told."""

    def __init__(self, inner: Optimizer, watch: Watching) -> None:
        super().__init__(inner)
        self._watch = watch

    def ask(self) -> Trial | Signal:
        """What the other asks."""
        self._watch.begin()
        asked = super().ask()
        self._watch.end()
        return asked

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the optimizer that is watched."""
        self._watch.begin()
        super().tell(trial, outcome)
        self._watch.end()


class Unasked(Optimizer):
    """The only configuration of a space again and again: libraries cannot search where none varies.

    Args:
        problem: One with a space for which `varies` is false.
    """

    def __init__(self, problem: Problem) -> None:
        self._config = plain_config(problem.space.get_default_configuration())
        self.notes = [{"unasked": "nothing varies in the space, so the library was not asked"}]

    def ask(self) -> Trial:
        """The only configuration, at the highest fidelity."""
        return Trial(config=self._config)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: nothing can be learnt."""


def varies(space: ConfigurationSpace) -> bool:
    """Whether any hyperparameter has more than one value."""
    return any(hyperparameter.size != 1 for hyperparameter in space.values())
