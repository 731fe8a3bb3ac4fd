"""Temporal-difference control with tile coding, by steps in its environment."""

import math
from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Integer

from hpobench.benchmarks.learners.control import CONTROLS, Control
from hpobench.benchmarks.learners.learner import Learner, TrainingInProgress
from hpobench.benchmarks.learners.predictions import DIVERGED, PartScores
from hpobench.benchmarks.learners.temporal_difference import REMEMBERED, learn, play
from hpobench.errors import UnknownNameError
from hpobench.task import Fidelity
from hpobench.trial import Config

ALGORITHMS = ["sarsa", "expected", "q"]
VALID_EPISODES, TEST_EPISODES = 40, 80


class Reinforcement(Learner):
    """Sarsa, expected Sarsa or Q-learning with linear values over tiles, and traces.

    `error` is the mean over greedy episodes of what is missing of the best conceivable return, as
    a share of the worst; `loss` is the same over the worst quarter of the episodes. Validation and
    test episodes start in different states. The seed draws tiles, exploration and starts.

    Source: Sutton and Barto (2018), Reinforcement Learning, 2nd edition, sections 9.5.4 (tile
    coding) and 12.7 (Sarsa(lambda) with binary features).
    """

    fidelity = Fidelity(name="steps", low=1024, high=65536, integer=True, continuable=True)
    inherited = ("tilings", "tiles")

    def __init__(self, *, dataset: str) -> None:
        super().__init__()
        if dataset not in CONTROLS:
            raise UnknownNameError("control problem", dataset, CONTROLS)
        self._control = CONTROLS[dataset]
        self.space = reinforcement_space()

    def warm_up(self) -> None:
        """Compile, or read what was compiled."""
        config = dict(self.space.get_default_configuration())
        training = self.begin(config, 0)
        training.advance(10)
        training.scores()

    def begin(self, config: Config, seed: int) -> TrainingInProgress:
        """Set up values that know nothing."""
        return _Reinforcement(config, self._control, seed)


def reinforcement_space() -> ConfigurationSpace:
    """Twelve hyperparameters, five with logarithms, three under conditions."""
    space = ConfigurationSpace(
        {
            "algorithm": ALGORITHMS,
            "tilings": Integer("tilings", (1, 16), log=True, default=8),
            "tiles": Integer("tiles", (2, 10), default=6),
            "step_size": Float("step_size", (1e-2, 2.0), log=True, default=0.3),
            "step_size_decay": Float("step_size_decay", (0.0, 1.0), default=0.5),
            "horizon": Float("horizon", (5.0, 1000.0), log=True, default=100.0),
            "trace": Float("trace", (0.0, 0.95), default=0.8),
            "optimism": Float("optimism", (-1.0, 1.0), default=0.0),
            "exploration": ["epsilon", "softmax"],
            "epsilon": Float("epsilon", (1e-3, 0.5), log=True, default=0.1),
            "epsilon_decay": Float("epsilon_decay", (0.0, 1.0), default=0.5),
            "temperature": Float("temperature", (1e-2, 10.0), log=True, default=0.3),
        }
    )
    space.add(EqualsCondition(space["epsilon"], space["exploration"], "epsilon"))
    space.add(EqualsCondition(space["epsilon_decay"], space["exploration"], "epsilon"))
    space.add(EqualsCondition(space["temperature"], space["exploration"], "softmax"))
    return space


class _Reinforcement(TrainingInProgress):
    """Values on their way through their steps."""

    def __init__(self, config: Config, control: Control, seed: int) -> None:
        self._control, self._step = control, 0
        seeds = np.random.SeedSequence(seed).spawn(3)
        self._rng, self._judge_seeds = np.random.default_rng(seeds[0]), seeds[1:]
        tilings, tiles = int(config["tilings"]), int(config["tiles"])
        width = len(control.low)
        self._low, self._high = np.array(control.low), np.array(control.high)
        self._offsets = self._rng.random((tilings, width))
        discount = 1.0 - 1.0 / float(config["horizon"])
        scale = min(1.0 / (1.0 - discount), control.limit)
        initial = float(config["optimism"]) * scale / tilings
        self._values = np.full((control.actions, tilings, (tiles + 1) ** width), initial)
        self._state = np.zeros(4)
        self._memory = (
            np.zeros((REMEMBERED, tilings), np.int64),
            np.zeros(REMEMBERED, np.int64),
            np.zeros(tilings, np.int64),
            np.zeros(3, np.int64),
        )
        softmax = config["exploration"] == "softmax"
        self._settings = np.array(
            [
                ALGORITHMS.index(str(config["algorithm"])),
                float(config["step_size"]) / tilings,
                float(config["step_size_decay"]),
                discount,
                float(config["trace"]),
                float(softmax),
                float(config["temperature"]) if softmax else float(config["epsilon"]),
                0.0 if softmax else float(config["epsilon_decay"]),
                tiles,
            ]
        )

    def advance(self, level: float) -> None:
        """Add steps in the environment."""
        learn(
            self._control.code,
            self._control.limit,
            (self._low, self._high, self._offsets),
            self._values,
            self._state,
            self._memory,
            self._settings,
            (self._step, int(level), int(Reinforcement.fidelity.high)),
            self._rng,
        )
        self._step = int(level)
        if not np.abs(self._values).max() < DIVERGED * DIVERGED:
            raise ArithmeticError("the values diverged")

    def state(self) -> Any:
        """The values and their coding, where the episode is, and the generator."""
        return self._step, self._rng, self._offsets, self._values, self._state, self._memory

    def resume(self, state: Any) -> None:
        """Take over values of as many tiles."""
        step, rng, offsets, values, place, memory = state
        if values.shape != self._values.shape:
            raise ValueError("values go on with the tilings and tiles they began with")
        self._step, self._rng, self._offsets = step, rng, offsets
        self._values, self._state, self._memory = values, place, memory

    def scores(self) -> tuple[PartScores, PartScores]:
        """Judge the greedy policy on episodes of its own for each part."""
        valid, test = (
            self._judged(np.random.default_rng(each), episodes)
            for each, episodes in zip(
                self._judge_seeds, (VALID_EPISODES, TEST_EPISODES), strict=True
            )
        )
        return valid, test

    def _judged(self, rng: np.random.Generator, episodes: int) -> PartScores:
        lost = play(
            self._control.code,
            self._control.limit,
            (self._low, self._high, self._offsets),
            self._values,
            int(self._settings[-1]),
            episodes,
            rng,
        )
        worst = np.sort(lost)[-math.ceil(episodes / 4) :]
        return PartScores(float(lost.mean()), float(worst.mean()))

    @property
    def size(self) -> int:
        """The values of all tiles."""
        return self._values.size
