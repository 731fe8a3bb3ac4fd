"""Counting ones: choices and probabilities, of which a low fidelity sees few samples."""

from statistics import fmean

import numpy as np
from ConfigSpace import Categorical, ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.benchmarks.synthetic.draws import bits
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

LOWEST, HIGHEST = 9, 729
"""The fewest and the most samples."""


class CountingOnes(Benchmark):
    """Maximise how many choices are 1, and how often coins whose probabilities are chosen show 1.

    The first hyperparameters are categories 0 and 1, the others probabilities. The fidelity is
    how often each coin is tossed; the objective is the negated sum of choices and of the means of
    the tosses, and the test value the same with probabilities in place of means. An evaluation
    costs the share of the most samples, in seconds.

    Source:
        Falkner, Klein and Hutter (2018), BOHB: Robust and Efficient Hyperparameter Optimization at
        Scale, section 5.1, with its fidelities; tosses are of our own stream.
    """

    def __init__(self, *, size: int) -> None:
        """Set up a function.

        Args:
            size: How many choices, and how many probabilities there are, at least 1.
        """
        self._names = names(2 * size)
        self._size = size
        choices = [Categorical(name, [0, 1]) for name in self._names[:size]]
        self.space = ConfigurationSpace(dict.fromkeys(self._names[size:], (0.0, 1.0)))
        self.space.add(choices)
        self.objectives = (Objective(name="value"),)
        self.fidelity = Fidelity(name="samples", low=LOWEST, high=HIGHEST, integer=True)
        self.best = {"value": -2.0 * size}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Answer with what was counted, negated."""
        samples = HIGHEST if trial.fidelity is None else int(trial.fidelity)
        point = [float(trial.config[name]) for name in self._names]
        ones, chances = sum(point[: self._size]), point[self._size :]
        # The legacy generator: its stream is promised never to change.
        coins = np.random.RandomState(bits(*point, samples, seed) >> 32)
        counts = coins.binomial(samples, chances).tolist()
        expected = {"value": -ones - sum(chances)}
        return Outcome(
            values={"value": -ones - self._size * fmean(counts) / samples},
            test=expected,
            noiseless=expected,
            cost=samples / HIGHEST,
        )
