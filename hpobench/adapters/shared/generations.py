"""Libraries that breed a generation at a time, asked and told one trial at a time."""

from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import Any

from hpobench.adapters.shared.failures import Failures
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial

Values = tuple[float, ...]


class Generational(Optimizer):
    """Asks a generation through, waits for its outcomes, and only then breeds the next.

    A failed trial counts as the worst value so far, of each objective on its own: that lies on
    the scale of the others. A generation of nothing but failures before any success counts 0.

    Attributes:
        space: What the trials have to keep.
        constraints: Names of those that it is told of.
        excesses: As it learns a generation, how far each candidate is beyond each limit; one of
            which that is not known as far as the farthest so far.
    """

    def __init__(self, problem: Problem) -> None:
        self.space, self.constraints = problem.space, problem.constraints
        self.excesses: list[Values] = []
        self._failures = Failures(objectives=len(problem.objectives))
        self._farthest = Failures(objectives=len(problem.constraints))
        self._limits: dict[int, Values | None] = {}
        self._left: deque[Any] = deque()
        self._found: dict[int, Values | None] = {}
        self._candidates: Sequence[Any] = ()

    @abstractmethod
    def breed(self) -> Sequence[Any]:
        """The candidates of the next generation; none, if the library has come to its end."""

    @abstractmethod
    def config(self, candidate: Any) -> Config:
        """What a candidate stands for; forbidden clauses need not be kept."""

    @abstractmethod
    def learn(self, candidates: Sequence[Any], values: list[Values]) -> None:
        """Take the values of a whole generation, in the order of its candidates."""

    def ask(self) -> Trial | Signal:
        """The next of the generation, or wait for those that are pending."""
        return propose_legal(self.space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note the values; the last of a generation lets the library learn from all."""
        self._found[trial.handle] = outcome.vector if outcome.ok else None
        self._failures.due(trial, outcome)
        self._limits[trial.handle] = tuple(outcome.constraints.values()) or None
        if outcome.constraints:
            self._farthest.due(trial, Outcome(values=outcome.constraints))
        if len(self._found) == len(self._candidates):
            worst, count = self._failures.vector, len(self._candidates)
            values = [self._found[number] or worst for number in range(count)]
            unknown = self._farthest.vector
            self.excesses = [self._limits[number] or unknown for number in range(count)]
            self.learn(self._candidates, values)
            self._found, self._limits, self._candidates = {}, {}, ()

    def _propose(self) -> Trial | Signal:
        if not self._left:
            if self._candidates:
                return Signal.WAIT
            self._candidates = self.breed()
            self._left.extend(enumerate(self._candidates))
        if not self._left:
            return Signal.EXHAUSTED
        number, candidate = self._left.popleft()
        return Trial(config=self.config(candidate), handle=number)
