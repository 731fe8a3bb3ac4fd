"""An optimizer around another one, which passes on what it does not change."""

from collections.abc import Callable, Iterable
from time import perf_counter

from hpobench.optimizer import Optimizer, Signal
from hpobench.trial import Outcome, Trial


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
