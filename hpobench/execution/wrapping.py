"""An optimizer around another one, which passes on what it does not change."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from time import perf_counter

from hpobench.optimizer import Optimizer, Signal
from hpobench.trial import Config, Outcome, Trial


class Wrapper(Optimizer):
    """Another optimizer, whose questions and answers pass through this one.

    Args:
        inner: Asked, and told.

    Attributes:
        clock: By which the inner optimizer's seconds are counted.
    """

    def __init__(self, inner: Optimizer) -> None:
        self._inner, self.notes = inner, inner.notes
        self.clock: Callable[[], float] = getattr(inner, "clock", perf_counter)
        self.names_parents = inner.names_parents

    def ask(self) -> Trial | Signal:
        """What the inner optimizer asks."""
        return self._inner.ask()

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the inner optimizer."""
        self._inner.tell(trial, outcome)

    def release(self) -> Iterable[int]:
        """What the inner optimizer gives up."""
        return self._inner.release()

    def close(self) -> None:
        """Close the inner optimizer."""
        self._inner.close()


class Translating(Wrapper):
    """An optimizer that speaks of configurations in other terms than the task does."""

    @abstractmethod
    def translate(self, config: Config) -> Config:
        """What the inner optimizer asks for in the task's terms; what has no meaning as it is."""

    def ask(self) -> Trial | Signal:
        """What the inner optimizer asks, in the task's terms."""
        asked = self._inner.ask()
        if not isinstance(asked, Trial):
            return asked
        config: object = asked.config
        translated = self.translate(config) if isinstance(config, Mapping) else asked.config
        return replace(asked, config=translated, handle=asked)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the inner optimizer of the trial that it asked for."""
        asked: Trial = trial.handle
        if trial.fidelity is not asked.fidelity:
            asked = replace(asked, fidelity=trial.fidelity)
        self._inner.tell(asked, outcome)
