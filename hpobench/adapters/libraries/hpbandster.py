"""The algorithms of hpbandster, without the servers and threads it runs them on."""

import logging
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import numpy as np
from hpbandster import optimizers
from hpbandster.core.dispatcher import Job
from hpbandster.core.master import Master
from hpbandster.optimizers.config_generators import h2bo
from hpbandster.optimizers.kde import kernels, mvkde

from hpobench.adapters.shared.fidelities import reachable, required
from hpobench.adapters.shared.recoded import Recoded
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial

MODELS = {"BOHB", "H2BO"}
"""What draws from numpy's global generator; the others draw from the space's own."""


class Hpbandster(Optimizer):
    """One of `hpbandster.optimizers`.

    Ordinals are the integer positions in their sequences, as the library's message on them
    recommends. While a rung is incomplete, it asks on from the next bracket.

    Args:
        algorithm: Name of the class.
        options: Its arguments, such as `eta`.
    """

    def __init__(self, problem: Problem, seed: int, *, algorithm: str, **options: Any) -> None:
        logging.getLogger("hpbandster").setLevel(logging.ERROR)  # it warns of every failed trial
        self._space, self._fidelity = problem.space, required(problem)
        self._recoded = Recoded(problem.space, "ordinal")
        self._recoded.space.seed(seed)
        self._scope = (
            GlobalGenerators(seed, python=False).quietly if algorithm in MODELS else nullcontext
        )
        offline = type(algorithm, (getattr(optimizers, algorithm), _Offline), {})
        self._master = offline(
            configspace=self._recoded.space,
            min_budget=self._fidelity.low,
            max_budget=self._fidelity.high,
            **options,
        )
        if algorithm == "H2BO":
            _mend(self._master.config_generator)

    def ask(self) -> Trial | Signal:
        """The next configuration of the first bracket that has one."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the loss, or that the job crashed."""
        job = trial.handle
        job.result = {"loss": outcome.value} if outcome.ok else None
        job.exception = outcome.failure or None
        with self._scope():
            self._master.iterations[job.id[0]].register_result(job)
            self._master.config_generator.new_result(job)

    def _propose(self) -> Trial:
        with self._scope():
            number, config, budget = self._master.next_run()
        return Trial(
            config=self._recoded.decode(config),
            fidelity=reachable(self._fidelity, budget),
            handle=Job(number, config=config, budget=budget),
        )


class _Offline(Master):  # type: ignore[misc]  # no types in the library
    """What an algorithm needs of its base class when nothing is dispatched.

    Placed before `Master` among an algorithm's bases, so that its constructor comes here.
    """

    def __init__(self, config_generator: Any) -> None:
        self.config_generator = config_generator
        self.config: dict[str, Any] = {}
        self.iterations: list[Any] = []

    def next_run(self) -> Any:
        """Number, configuration and budget of the next run, as `Master.run` chooses it."""
        for iteration in self.iterations:
            if (run := iteration.get_next_run()) is not None:
                return run
        self.iterations.append(self.get_next_iteration(len(self.iterations), {}))
        return self.next_run()


class _Numpy(ModuleType):
    """Numpy as it was in 2018."""

    float = float

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def isfinite(found: Any) -> Any:
        """Also of lists of different lengths."""
        return np.isfinite(np.hstack(found) if isinstance(found, list) else found)


def _mend(generator: Any) -> None:
    """Give H2BO what it reads and nobody sets, and take its prints away.

    It takes three configurations for good, and fails if there are not some more that are bad;
    so its least number for a model, dimensions + 1, is raised where that is less than five.
    """
    generator.min_points_in_model = max(generator.min_points_in_model, 5)
    kernels.np = mvkde.np = h2bo.np = _Numpy("numpy")
    h2bo.print = lambda *_: None
    sizes = [len(getattr(hp, "choices", ())) for hp in generator.configspace.values()]
    generator.vartypes = np.array(sizes)
