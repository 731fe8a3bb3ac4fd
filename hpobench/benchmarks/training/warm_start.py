"""The trainings of scikit-learn's models that go on from each other."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.learners.learner import Learner, TrainingInProgress
from hpobench.benchmarks.learners.linear import StochasticDescent
from hpobench.benchmarks.learners.predictions import PartScores
from hpobench.benchmarks.training.models import FAMILIES
from hpobench.benchmarks.training.scikit_learn import (
    CLASSES,
    NUMBERS,
    Data,
    load_split,
    part_error,
)
from hpobench.system.loading import load
from hpobench.task import Objective
from hpobench.trial import Config


class WarmStartedTraining(Learner):
    """What `Training` fits, epoch by epoch or tree by tree, from where another trial has come to.

    Objectives, split, seed and test values are those of `Training`. Of perceptrons, forests and
    boosting the errors are the same to the bit; a linear model sees the rows in orders of its own,
    since scikit-learn's `fit` cannot be interrupted without beginning its orders anew. The cost is
    measured in CPU seconds.

    Args:
        model: A key of `TRAININGS`.
        dataset: A key of `CLASSES` or `NUMBERS` in `scikit_learn`.
    """

    objectives = (Objective(name="error"), Objective(name="size"))

    def __init__(self, *, model: str, dataset: str) -> None:
        super().__init__()
        self._model, self._dataset = model, dataset
        self.space, self.fidelity = FAMILIES[model].space(), FAMILIES[model].fidelity
        self.inherited = INHERITED.get(model, ())

    def warm_up(self) -> None:
        """Read the data set, and import scikit-learn, which takes a second or two."""
        load(FAMILIES[self._model].classifier)
        load_split(self._dataset)

    def begin(self, config: Config, seed: int) -> TrainingInProgress:
        """Set up a model that has learnt nothing."""
        return TRAININGS[self._model](self._model, config, self._dataset, seed)


class _ModelInProgress(TrainingInProgress):
    """A model of one of the families on its way."""

    def __init__(self, model: str, config: Config, dataset: str, seed: int) -> None:
        self._family, self._regression = FAMILIES[model], dataset in NUMBERS
        self._data: Data = load_split(dataset)
        self._train, self._seed = self._data.train, seed
        self._classes = np.unique(self._train[1]) if dataset in CLASSES else None
        low = self._family.fidelity.low
        self._model = self._family.estimator(config, low, regression=self._regression)
        self._model.random_state = seed

    def scores(self) -> tuple[PartScores, PartScores]:
        """The errors; there is no loss, as not all models give probabilities."""
        valid, test = (part_error(self._model, p) for p in (self._data.valid, self._data.test))
        return PartScores(valid), PartScores(test)

    @property
    def size(self) -> int:
        """The numbers or nodes of trees that the model stores."""
        return self._family.size(self._model)


class _TreesInProgress(_ModelInProgress):
    """An ensemble that grows (`warm_start`)."""

    def advance(self, level: float) -> None:
        """Grow trees up to the level."""
        self._model.set_params(**{self._family.argument: int(level)}, warm_start=True)
        self._model.fit(*self._train)

    def state(self) -> Any:
        """The ensemble grown so far."""
        return self._model

    def resume(self, state: Any) -> None:
        """Take over the trees; those to come grow as this configuration has it."""
        self._model = state.set_params(**self._model.get_params())


class _PerceptronInProgress(_ModelInProgress):
    """A perceptron that is trained epoch by epoch, in the orders that `fit` draws."""

    def __init__(self, model: str, config: Config, dataset: str, seed: int) -> None:
        super().__init__(model, config, dataset, seed)
        self._epoch = 0
        self._model.random_state = _CumulativeOrders(seed, len(self._train[1]))

    def advance(self, level: float) -> None:
        """Train for more epochs."""
        classes = {} if self._classes is None else {"classes": self._classes}
        for _ in range(int(level) - self._epoch):
            self._model.partial_fit(*self._train, **classes)
        self._epoch = int(level)

    def state(self) -> Any:
        """The perceptron with its generator and momenta, and its epochs."""
        return self._model, self._epoch

    def resume(self, state: Any) -> None:
        """Take over weights, and momenta if they are of the same kind of optimizer."""
        model, self._epoch = state
        wanted = self._model.get_params()
        if wanted.pop("hidden_layer_sizes") != model.hidden_layer_sizes:
            raise ValueError("a perceptron goes on with the layers that it began with")
        wanted.pop("random_state")
        if wanted["solver"] != model.solver:
            del model._optimizer  # noqa: SLF001 (partial_fit then makes another)
        else:
            for name in ("learning_rate_init", "momentum"):
                if hasattr(model._optimizer, name):  # noqa: SLF001
                    setattr(model._optimizer, name, wanted[name])  # noqa: SLF001
            model._optimizer.learning_rate = wanted["learning_rate_init"]  # noqa: SLF001
        self._model = model.set_params(**wanted)


class _CumulativeOrders(np.random.RandomState):
    """Shuffles rows as `fit` does, each epoch what the epoch before has left.

    `partial_fit` begins each epoch with the rows in their own order instead, so that the orders
    of all epochs but the first would be others.

    Args:
        seed: As `fit` would be given it.
        rows: How many there are.
    """

    def __init__(self, seed: int, rows: int) -> None:
        super().__init__(seed)
        self.order = np.arange(rows)

    def shuffle(self, x: npt.NDArray[Any]) -> None:  # type: ignore[override]
        """Put the numbers of all rows in the order of the next epoch."""
        again = np.arange(len(self.order))
        super().shuffle(again)
        self.order = self.order[again]
        x[:] = self.order

    def __reduce__(self) -> Any:
        """How pickle makes it: numpy's own way makes one of its class."""
        return _restored, (self.get_state(legacy=False), self.order)


def _restored(state: dict[str, Any], order: npt.NDArray[Any]) -> _CumulativeOrders:
    orders = _CumulativeOrders(0, 0)
    orders.set_state(state)
    orders.order = order
    return orders


class _LinearInProgress(_ModelInProgress, StochasticDescent):
    """A linear model that sees the rows in orders of our own."""

    def __init__(self, model: str, config: Config, dataset: str, seed: int) -> None:
        super().__init__(model, config, dataset, seed)
        self.begin_descent(seed)
        self._model.set_params(shuffle=False)


TRAININGS: dict[str, type[_ModelInProgress]] = {
    "boosting": _TreesInProgress,
    "forest": _TreesInProgress,
    "linear": _LinearInProgress,
    "mlp": _PerceptronInProgress,
}
"""By the name of a family of models: how it goes on."""

INHERITED = {
    "linear": ("average",),
    "mlp": ("layers", "units_1", "units_2", "units_3"),
}
"""By the name of a family of models: hyperparameters that its state has been made with."""
