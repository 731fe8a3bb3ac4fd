"""The quadratic on which the paper of population-based training shows how it works."""

import math
import struct

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

STEPS = 200
"""Steps of a full training."""
INTERVAL = 4
"""Steps between two looks at the population in the paper, and so the shortest training."""
RATE = 0.01
"""By which the gradient is multiplied."""
START = 0.9
"""Where both weights begin."""
BEST = 1.2
"""The value of a training that is done."""
RANGE = -0.5, 1.5
"""Bounds of a hyperparameter: below 0 its weight is driven away from the optimum."""

STATE = struct.Struct("<I2d")
"""A checkpoint: the steps taken, and the two weights."""


class PbtToy(Benchmark):
    """Maximise a quadratic in two weights, seeing only a surrogate with two hyperparameters.

    The value is 1.2 - w0^2 - w1^2. Gradient ascent is on 1.2 - h0 w0^2 - h1 w1^2 instead, so that
    a hyperparameter of 0 leaves its weight where it is. With (1, 0) or (0, 1) throughout, a
    training ends near 0.39; that a population can do better by handing on weights,
    hyperparameters or both is what there is to see. A full training costs 1 second.

    Source:
        Jaderberg et al. (2017), Population Based Training of Neural Networks, arXiv:1711.09846,
        section 4 and Figure 2. The paper does not say how far a step goes or how many there are;
        these, and the range of the hyperparameters, are ours.
    """

    continues = True
    signals = ("surrogate", "gradient-norm", "weight-norm")

    def __init__(self) -> None:
        self.space = ConfigurationSpace({"h0": RANGE, "h1": RANGE})
        self.objectives = (Objective(name="value", maximize=True),)
        self.fidelity = Fidelity(
            name="steps", low=INTERVAL, high=STEPS, integer=True, continuable=True
        )
        self.best = {"value": -BEST}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Train from the beginning."""
        return self.advance(trial, seed, None)[0]

    def advance(self, trial: Trial, seed: int, checkpoint: bytes | None) -> tuple[Outcome, bytes]:
        """Go on from the weights that are handed on; the seed is of no matter."""
        del seed
        before, *weights = STATE.unpack(checkpoint) if checkpoint else (0, START, START)
        steps = STEPS if trial.fidelity is None else int(trial.fidelity)
        factors = [float(trial.config["h0"]), float(trial.config["h1"])]
        for _ in range(before, steps):
            pairs = zip(factors, weights, strict=True)
            weights = [w - RATE * 2 * h * w for h, w in pairs]
        outcome = Outcome(
            values={"value": sum(w * w for w in weights) - BEST},
            cost=(steps - before) / STEPS,
            signals=_signals(factors, weights),
        )
        return outcome, STATE.pack(steps, *weights)


def _signals(factors: list[float], weights: list[float]) -> dict[str, float]:
    """What one who trains would see."""
    pairs = list(zip(factors, weights, strict=True))
    return {
        "surrogate": BEST - sum(h * w * w for h, w in pairs),
        "gradient-norm": math.hypot(*(2 * h * w for h, w in pairs)),
        "weight-norm": math.hypot(*weights),
    }
