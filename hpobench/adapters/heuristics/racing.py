"""Searches that ask for a configuration more than once, where its values are noisy."""

from collections.abc import Iterator
from dataclasses import dataclass

from hpobench.adapters.heuristics.batches import Batches, BatchSearch
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Config


class Repeats(BatchSearch):
    """Random search that evaluates each configuration a fixed number of times.

    Args:
        problem: What is to be solved.
        seed: Seed of what is drawn.
        times: How often each is evaluated.
    """

    def __init__(self, problem: Problem, seed: int, *, times: int = 3) -> None:
        self._times = times
        super().__init__(problem, seed)

    def batches(self) -> Batches:
        """Each configuration so many times."""
        for config in drawn(self._problem):
            yield [config] * self._times


@dataclass(slots=True)
class Racer:
    """A configuration and what was told of it.

    Attributes:
        config: The configuration.
        total: The sum of its values; infinite if one failed.
        runs: How many there were.
    """

    config: Config
    total: float = 0.0
    runs: int = 0

    @property
    def mean(self) -> float:
        """The mean of its values."""
        return self.total / self.runs

    def take(self, values: list[float]) -> None:
        """Add what was told."""
        self.total += sum(values)
        self.runs += len(values)


class Racing(BatchSearch):
    """Random online aggressive racing: challengers meet the incumbent, which is evaluated anew.

    Each challenger is drawn at random. The incumbent is evaluated once more, and the challenger
    once, then twice, four times and so on, as long as its mean is no worse than the incumbent's;
    once it has as many evaluations it takes its place.

    Args:
        problem: What is to be solved.
        seed: Seed of what is drawn.
        most: So many evaluations of an incumbent are enough.

    Source: Procedure Intensify of Hutter, Hoos and Leyton-Brown (2011), Sequential Model-Based
    Optimization for General Algorithm Configuration, LION, with random configurations (ROAR).
    """

    def __init__(self, problem: Problem, seed: int, *, most: int = 2000) -> None:
        self._most = most
        super().__init__(problem, seed)

    def batches(self) -> Batches:
        """One race after the other."""
        racers = (Racer(config) for config in drawn(self._problem))
        incumbent = next(racers)
        incumbent.take([*(yield [incumbent.config])])
        for challenger in racers:
            if incumbent.runs < self._most:
                incumbent.take([*(yield [incumbent.config])])
            while challenger.runs < incumbent.runs:
                count = min(max(challenger.runs, 1), incumbent.runs - challenger.runs)
                challenger.take([*(yield [challenger.config] * count)])
                if challenger.mean > incumbent.mean:
                    break
            else:
                incumbent = challenger


def drawn(problem: Problem) -> Iterator[Config]:
    """Random configurations without an end."""
    while True:
        yield plain_config(problem.space.sample_configuration())
