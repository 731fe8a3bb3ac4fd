"""What single random trials of a benchmark tell, count as, cost and violate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpobench.benchmark import Benchmark
from hpobench.constraint import Constraint
from hpobench.normalisation.quantiles import SingleTrials, weighted_median
from hpobench.normalisation.search import Scores
from hpobench.outcomes import judge_outcome
from hpobench.scoring.trials import Floats
from hpobench.trial import Config, Outcome, Trial

REPEATS = 10
"""A configuration of few is asked for so often at most, each time with another seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceSample:
    """Configurations of a space and their probabilities, which add up to 1.

    Attributes:
        configs: Each of them once.
        weights: How probable each is, shape (configurations,).
        whole: Whether these are all that there are.
    """

    configs: Sequence[Config]
    weights: Floats
    whole: bool = False


@dataclass(slots=True, kw_only=True)
class Evaluator:
    """Asks a benchmark at full fidelity.

    Attributes:
        benchmark: Whom to ask.
        names: The objectives that are wanted, in their order.
        constraints: What a configuration must keep to count.
        apart: Whether a trial was scored by other values than those told.
    """

    benchmark: Benchmark
    names: tuple[str, ...]
    constraints: tuple[Constraint, ...] = ()
    apart: bool = False

    def trials(self, sample: SpaceSample, draws: int) -> SingleTrials:
        """The trials of a sample, each configuration of few several times."""
        repeats = min(max(draws // len(sample.configs), 1), REPEATS)
        found = [
            self._numbers(config, i * repeats + again)
            for i, config in enumerate(sample.configs)
            for again in range(repeats)
        ]
        width = len(self.names)
        rows = np.array(found).reshape(-1, 2 * width + 2)
        return SingleTrials(
            told=rows[:, :width],
            scored=rows[:, width:-2],
            weights=np.repeat(sample.weights / repeats, repeats),
            seconds=rows[:, -2],
            violations=rows[:, -1],
        )

    def scored(self, columns: Sequence[int], config: Config) -> Scores:
        """What a configuration is scored by in some of the objectives; NaN where it fails."""
        found = self._numbers(config, 0)
        return [found[len(self.names) + column] for column in columns], found[-1]

    def judged(self, config: Config, seed: int) -> Outcome:
        """What a task has of the answer to a configuration."""
        fidelity = self.benchmark.fidelity
        level = None if fidelity is None else fidelity.high
        outcome = self.benchmark.evaluate(Trial(config=config, fidelity=level), seed)
        return judge_outcome(outcome, self.names, constraints=self.constraints)

    def _numbers(self, config: Config, seed: int) -> list[float]:
        """What is told, what is scored, the cost and the violation of a configuration."""
        outcome = self.judged(config, seed)
        if not outcome.feasible:
            unknown = [np.nan] * 2 * len(self.names)
            return [*unknown, outcome.cost, outcome.violation]
        self.apart = self.apart or bool(outcome.noiseless)
        scored = outcome.noiseless or outcome.values
        told = [outcome.values[name] for name in self.names]
        return [*told, *(scored[name] for name in self.names), outcome.cost, 0.0]


def median_violation(trials: SingleTrials) -> float:
    """By how much an infeasible trial violates constraints, in the median; 0 if none does."""
    broken = np.isfinite(trials.violations) & (trials.violations > 0)
    if not broken.any():
        return 0.0
    return weighted_median(trials.violations[broken], trials.weights[broken])
