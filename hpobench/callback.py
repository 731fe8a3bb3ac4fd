"""Ask and tell for libraries that call a function instead: their loop runs in a thread."""

import threading
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial

PATIENCE = 10.0
"""Seconds that `close` waits for a library that does not let itself be stopped."""

Evaluate = Callable[..., Outcome]
"""Takes a configuration, and as `fidelity` where to evaluate it (None: the highest)."""


class SearchStopped(BaseException):
    """Raised in a library's loop when the run is over; not for the library to catch."""


class CallbackOptimizer(Optimizer):
    """An optimizer whose library calls a function; a subclass has `search`, and nothing else.

    The library's loop runs in a thread of its own, and only while `ask` waits for it: it and the
    run take turns, so that a run is as deterministic as the library. One trial is pending at a
    time, from however many threads the library calls. When the run is over the function raises
    `SearchStopped` in the library's loop, and `close` waits until it has ended.

    Attributes:
        problem: All that may be known of the task.
        seed: In [0, 2**31 - 1]; the only source of randomness.
        options: As given in the variant's YAML.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        """Keep what `search` needs; the library is not called before the first `ask`."""
        self.problem, self.seed, self.options = problem, seed, options
        self._search = _Search()
        self._thread: threading.Thread | None = None
        self._pending = False
        self._outcome: Outcome | None = None

    @abstractmethod
    def search(self, evaluate: Evaluate) -> None:
        """Run the library's loop to its end, evaluating by `evaluate(config, fidelity=None)`.

        That returns an `Outcome`, which has no values if the trial failed: check `outcome.ok`. If
        this method returns, the optimizer is exhausted; what it raises fails the run.
        """

    def ask(self) -> Trial | Signal:
        """Let the library go on until it calls the function; wait while it waits for an answer."""
        if self._pending:
            return Signal.WAIT
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._search.run, args=(self.search,), name="search", daemon=True
            )
            self._thread.start()
        elif self._outcome is not None:
            self._search.answers.put(self._outcome)
            self._outcome = None
        move = self._search.moves.get()
        if move.trial is None:
            self._search.moves.put(move)  # whoever asks again is told the same
            if move.error is not None:
                raise move.error
            return Signal.EXHAUSTED
        self._pending = True
        return move.trial

    def tell(self, trial: Trial, outcome: Outcome) -> None:  # noqa: ARG002 (one is pending)
        """Keep the outcome until the library goes on, at the next ask."""
        self._outcome, self._pending = outcome, False

    def close(self) -> None:
        """End the library's loop and its thread."""
        self._search.stopped.set()
        self._search.answers.put(None)
        if self._thread is not None:
            self._thread.join(PATIENCE)


@dataclass(frozen=True, slots=True)
class _Move:
    """What a library's loop does next: call the function, or end."""

    trial: Trial | None = None
    error: BaseException | None = None


class _Search:
    """The side of the library: its thread calls `evaluate`, which waits for the answer."""

    def __init__(self) -> None:
        self.moves: SimpleQueue[_Move] = SimpleQueue()
        self.answers: SimpleQueue[Outcome | None] = SimpleQueue()
        self.stopped = threading.Event()
        self._turn = threading.Lock()

    def run(self, search: Callable[[Evaluate], None]) -> None:
        """Run the loop in this thread, and say how it ended."""
        try:
            search(self.evaluate)
        except BaseException as error:  # noqa: BLE001 (it is raised where the loop is asked)
            self.moves.put(_Move(error=error))
        else:
            self.moves.put(_Move())

    def evaluate(self, config: Config, fidelity: float | None = None) -> Outcome:
        """Hand a trial over and wait for its outcome.

        Raises:
            SearchStopped: The run is over.
        """
        with self._turn:  # a library may call from threads of its own
            if self.stopped.is_set():
                raise SearchStopped
            self.moves.put(_Move(trial=Trial(config=config, fidelity=fidelity)))
            outcome = self.answers.get()
            if outcome is None:
                self.stopped.set()
                self.answers.put(None)
                raise SearchStopped
            return outcome
