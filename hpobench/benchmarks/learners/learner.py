"""What all learners share: a training that goes on step by step, and how it is judged."""

import pickle
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from time import process_time
from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.learners.datasets import Split, split_dataset
from hpobench.benchmarks.learners.predictions import DIVERGED, PartScores
from hpobench.task import Objective
from hpobench.trial import Config, Outcome, Trial


class TrainingInProgress(ABC):
    """One training on its way: of one configuration, with one seed."""

    @abstractmethod
    def advance(self, level: float) -> None:
        """Train on, from wherever it is, until `level` of the fidelity is reached.

        Raises:
            ArithmeticError, ValueError: It cannot go on.
        """

    @abstractmethod
    def scores(self) -> tuple[PartScores, PartScores]:
        """How good the model is now, on the validation and on the test part."""

    def signals(self) -> dict[str, float]:
        """What one who trains would watch, by the names in the learner's `signals`."""
        return {}

    @abstractmethod
    def state(self) -> Any:
        """All that training has changed, in a form that pickle can hold; without the data."""

    @abstractmethod
    def resume(self, state: Any) -> None:
        """Go on, with the configuration that this has, from where another training was.

        Raises:
            ValueError: The configuration makes a model of another shape.
        """

    @property
    @abstractmethod
    def size(self) -> int:
        """How many numbers the model stores."""


class Learner(Benchmark):
    """Train a model and judge it, going on with the training that was asked for last.

    The objectives are `error` and `loss` as `PartScores` has them, on the validation part, and
    `size`, the numbers that the model stores; test values are those of a part that no optimizer
    sees. The seed determines both the split of the data and all that is random in the training.
    The cost is measured: CPU seconds of training from scratch to the fidelity, and of judging.

    An answer depends on configuration, fidelity and seed alone: whoever asks for a higher
    fidelity of the same configuration next merely waits for less.

    A trial can go on from the state of another one, and then costs what is added to that; with
    the same configuration it ends as a single training does, to the bit.
    """

    continues = True
    objectives: tuple[Objective, ...] = (
        Objective(name="error"),
        Objective(name="loss"),
        Objective(name="size"),
    )

    def __init__(self) -> None:
        self._kept: _Kept | None = None

    @abstractmethod
    def begin(self, config: Config, seed: int) -> TrainingInProgress:
        """Set a training up that has not learnt anything yet.

        Raises:
            ArithmeticError, ValueError: The configuration cannot be trained.
        """

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Train on to the fidelity, and answer with error, loss and size."""
        level = self._level(trial)
        kept, self._kept = self._kept, None
        if kept is None or not kept.leads_to(trial.config, seed, level):
            kept = _Kept(dict(trial.config), seed)
        outcome = self._attempt(kept, level)
        self._kept = kept if kept.training else None
        return outcome

    def advance(self, trial: Trial, seed: int, checkpoint: bytes | None) -> tuple[Outcome, bytes]:
        """Train on to the fidelity from where the parent was."""
        kept = _Kept(dict(trial.config), seed, checkpoint=checkpoint)
        outcome = self._attempt(kept, self._level(trial))
        left = (kept.level, kept.curve, kept.training.state()) if kept.training else None
        return outcome, pickle.dumps(left, protocol=5)

    def _level(self, trial: Trial) -> float:
        """The fidelity that a trial asks for."""
        if self.fidelity is None:
            raise TypeError(f"{type(self).__name__} has no fidelity")
        return self.fidelity.high if trial.fidelity is None else trial.fidelity

    def _attempt(self, kept: "_Kept", level: float) -> Outcome:
        """The outcome at a level, or why there is none; then there is no training any more."""
        began = process_time()
        with quiet_numerics():
            try:
                return self._go_on(kept, level, began)
            except (ArithmeticError, ValueError) as fault:
                kept.training = None
                words = f"{type(fault).__name__}: {fault}".partition("\n")[0]
                return Outcome(failure=words, cost=kept.seconds + process_time() - began)

    def _go_on(self, kept: "_Kept", level: float, began: float) -> Outcome:
        """The outcome at a level that is not below what has been reached."""
        if kept.training is None:
            kept.training = self.begin(kept.config, kept.seed)
            if kept.checkpoint is not None:
                kept.level, kept.curve, state = pickle.loads(kept.checkpoint)  # noqa: S301 (the run's own)
                kept.training.resume(state)
        passed = {name: at for name, at in self._curve_levels.items() if kept.level < at <= level}
        for name, at in passed.items():
            self._reach(kept, kept.training, at)
            kept.curve[name] = kept.training.scores()[0].error
        self._reach(kept, kept.training, level)
        kept.seconds += process_time() - began
        began = process_time()
        valid, test = kept.training.scores()
        cost = max(kept.seconds + process_time() - began, 1e-9)
        if not valid.finite:
            return Outcome(failure=f"diverged: the loss is not below {DIVERGED:g}", cost=cost)
        measured = self.measures(kept.training)
        return Outcome(
            values={**self._scores(valid), **measured},
            test={**(self._scores(test) if test.finite else {}), **measured},
            cost=cost,
            signals={**self.watched(kept.training), **kept.curve},
        )

    @property
    def _curve_levels(self) -> dict[str, float]:
        """Where the signals of `CURVE` that it lists are read off, by name."""
        levels = self.fidelity.curve_levels if self.fidelity else {}
        return {name: at for name, at in levels.items() if name in self.signals}

    def _reach(self, kept: "_Kept", training: TrainingInProgress, level: float) -> None:
        """Train on to a level, unless it is there."""
        if level > kept.level:
            self.train(training, level)
            kept.level = level

    def train(self, training: TrainingInProgress, level: float) -> None:
        """Train on to a level; by those that measure it, with a meter."""
        training.advance(level)

    def watched(self, training: TrainingInProgress) -> dict[str, float]:
        """The signals by name."""
        return training.signals()

    def measures(self, training: TrainingInProgress) -> dict[str, float]:
        """The objectives that are the same on all parts of the data."""
        return {"size": float(training.size)}

    def _scores(self, part: PartScores) -> dict[str, float]:
        """The objectives that differ from part to part."""
        names = {objective.name for objective in self.objectives}
        scores = {"error": part.error, "loss": part.loss}
        return {name: value for name, value in scores.items() if name in names}


class DatasetLearner(Learner):
    """A learner of a library, on a data set that each seed splits anew.

    Args:
        dataset: Name of the data set, see `split_dataset`.

    Attributes:
        library: The module whose import takes long.
    """

    library: str

    def __init__(self, *, dataset: str) -> None:
        super().__init__()
        self._dataset = dataset
        self.space = self.make_space()

    @staticmethod
    @abstractmethod
    def make_space() -> ConfigurationSpace:
        """The hyperparameters of a training."""

    @abstractmethod
    def train_on(self, split: Split, config: Config, seed: int) -> TrainingInProgress:
        """Set up a training that has not learnt anything yet."""

    def warm_up(self) -> None:
        """Import the library and read the data."""
        import_module(self.library)
        split_dataset(self._dataset, 0)

    def begin(self, config: Config, seed: int) -> TrainingInProgress:
        """Set a training up on the split of a seed."""
        return self.train_on(split_dataset(self._dataset, seed), config, seed)


@dataclass(slots=True)
class _Kept:
    """The training that was asked for last.

    Attributes:
        config: Its configuration.
        seed: Its seed.
        training: Itself, once it has begun.
        level: The fidelity that it has reached.
        seconds: CPU seconds that it has taken so far, without judging.
        checkpoint: From which it begins, if it does not begin from nothing.
        curve: The errors at the parts of a full training that it has passed, see `CURVE`.
    """

    config: dict[str, Any]
    seed: int
    training: TrainingInProgress | None = None
    level: float = 0.0
    seconds: float = 0.0
    checkpoint: bytes | None = None
    curve: dict[str, float] = field(default_factory=dict)

    def leads_to(self, config: Config, seed: int, level: float) -> bool:
        """Whether going on with it answers the question."""
        return self.seed == seed and self.level <= level and self.config == dict(config)


@contextmanager
def quiet_numerics() -> Iterator[None]:
    """Keep warnings of overflows and of no convergence to ourselves: the scores tell."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
