"""Stochastic gradient descent on a quadratic, whose mean loss a schedule of rates decides on."""

import math
import struct

import numpy as np
from ConfigSpace import ConfigurationSpace, Float

from hpobench.benchmark import Benchmark
from hpobench.task import Fidelity, Objective
from hpobench.trial import Config, Outcome, Trial

CURVATURES = tuple(100.0 ** (-i / 9) for i in range(10))
"""Those of ten directions, from 1 down to 0.01; the largest stable rate is below 2."""
NOISE = 0.1
"""Variance of the gradient along a direction, by its curvature."""
STEPS = 128
"""Steps of a full training."""
RANGE = 1e-3, 1.9
"""Bounds of a learning rate."""

STATE = struct.Struct(f"<I{len(CURVATURES)}d")
"""A checkpoint: the steps taken, and the mean square of each weight."""


class NoisyQuadratic(Benchmark):
    """The expected loss of gradient descent with noise; exact, and without any draws.

    Each direction's weight begins at 1 and has a curvature and a noise in its gradient. A large
    rate goes down fast and ends high, where noise and descent are in balance; a small one would
    end low and does not get there. So a schedule that falls beats every constant rate. A full
    training costs 1 second.

    Args:
        rates: How many rates a configuration has, each for an equal part of the training.

    Source:
        Zhang et al. (2019), Which Algorithmic Choices Matter at Which Batch Sizes? Insights From a
        Noisy Quadratic Model, NeurIPS; the recursion is that of Schaul et al. (2013), No More
        Pesky Learning Rates, ICML. Curvatures, noise and steps are ours.
    """

    continues = True
    signals = ("gradient-norm", "weight-norm")

    def __init__(self, *, rates: int = 1) -> None:
        self._rates = rates
        self.space = ConfigurationSpace(
            {
                f"rate_{part + 1}": Float(f"rate_{part + 1}", RANGE, log=True, default=0.1)
                for part in range(rates)
            }
        )
        self.objectives = (Objective(name="loss"),)
        self.fidelity = Fidelity(name="steps", low=8, high=STEPS, integer=True, continuable=True)

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Descend from the beginning."""
        return self.advance(trial, seed, None)[0]

    def advance(self, trial: Trial, seed: int, checkpoint: bytes | None) -> tuple[Outcome, bytes]:
        """Go on from the mean squares that are handed on; the seed is of no matter."""
        del seed
        begun, *handed = STATE.unpack(checkpoint) if checkpoint else (0, *(1.0 for _ in CURVATURES))
        steps = STEPS if trial.fidelity is None else int(trial.fidelity)
        squares, curvatures = np.array(handed), np.array(CURVATURES)
        for step in range(int(begun), steps):
            rate = self._rate(trial.config, step)
            squares = (1 - rate * curvatures) ** 2 * squares + rate**2 * NOISE * curvatures
        outcome = Outcome(
            values={"loss": 0.5 * math.fsum(curvatures * squares)},
            cost=(steps - begun) / STEPS,
            signals={
                "gradient-norm": math.sqrt(math.fsum(curvatures**2 * squares)),
                "weight-norm": math.sqrt(math.fsum(squares)),
            },
        )
        return outcome, STATE.pack(steps, *squares.tolist())

    def _rate(self, config: Config, step: int) -> float:
        """The rate of a step."""
        return float(config[f"rate_{step * self._rates // STEPS + 1}"])
