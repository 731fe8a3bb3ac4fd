"""An optimizer in an environment of its own, which the loop asks and tells like any other."""

import os
import tempfile
import weakref
from time import perf_counter
from typing import Any

from hpobench.environments.interpreter import borrow, give_back, library_folder
from hpobench.environments.making import make
from hpobench.environments.wire import pack_outcome, pack_problem
from hpobench.errors import RemoteError
from hpobench.optimizer import Environment, Optimizer, Signal, Variant
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class Isolated(Optimizer):
    """Stands for an adapter that lives in another process, under another interpreter.

    What that raises is raised here as a `RemoteError`, and so is the death of its process.

    Args:
        problem: What the adapter is given.
        seed: What it is seeded with.
        variant: Names the adapter, its options and its environment, which is made if need be.
        generators: Seed of the global generators in its process.
    """

    def __init__(
        self, problem: Problem, seed: int, *, variant: Variant, generators: int = 0
    ) -> None:
        self._interpreter = borrow(make(variant.environment or Environment()))
        self._give_back = weakref.finalize(self, give_back, self._interpreter)
        self._carried = 0.0
        self._released: list[int] = []
        started = self._exchange(
            "start",
            {
                "adapter": variant.adapter,
                "library": library_folder(variant.adapter, variant.folder),
                "folder": variant.folder,
                "problem": pack_problem(problem),
                "seed": seed,
                "generators": generators,
                "options": dict(variant.options),
                "cwd": os.getcwd(),  # noqa: PTH109
                "tempdir": tempfile.gettempdir(),
            },
        )
        self.names_parents = started.get("names_parents", False)

    def clock(self) -> float:
        """Real seconds, less those that messages were on their way.

        By this clock an ask or a tell takes what the adapter took for it.
        """
        return perf_counter() - self._carried

    def ask(self) -> Trial | Signal:
        """What the adapter answers."""
        reply = self._exchange("ask")
        if "signal" in reply:
            return Signal(reply["signal"])
        return Trial(**reply["trial"], handle=reply["number"])

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the adapter in the environment."""
        reply = self._exchange("tell", trial.handle, trial.fidelity, pack_outcome(outcome))
        self._released += reply.get("released", ())

    def release(self) -> list[int]:
        """What the adapter gave up as it was told."""
        released, self._released = self._released, []
        return released

    def _exchange(self, *message: Any) -> dict[str, Any]:
        """The answer to a message, unless that is an error: then there will be no other."""
        if not self._give_back.alive:
            raise RemoteError("the optimizer has failed before")
        began = perf_counter()
        reply = self._interpreter.exchange(message)
        self._carried += perf_counter() - began - reply["seconds"]
        if "error" in reply:
            self._give_back()
            raise RemoteError(reply["error"])
        return reply


def obstacle(variant: Variant) -> str:
    """Why a variant's adapter cannot be imported in its environment, which is ready; or empty."""
    interpreter = borrow(make(variant.environment or Environment()))
    try:
        reply = interpreter.exchange(
            (
                "load",
                variant.adapter,
                library_folder(variant.adapter, variant.folder),
                variant.folder,
            )
        )
    except RemoteError as error:
        return str(error)
    give_back(interpreter)
    return str(reply.get("error", ""))
