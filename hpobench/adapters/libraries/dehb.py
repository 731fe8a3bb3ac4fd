"""DEHB: Hyperband whose configurations evolve, driven by its ask and tell."""

import logging
from pathlib import Path
from typing import Any

import dehb

from hpobench.adapters.shared.failures import LAST
from hpobench.adapters.shared.fidelities import reachable, required
from hpobench.adapters.shared.recoded import Recoded
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class Dehb(Optimizer):
    """The library's `DEHB`, which only ranks values: a failure ranks last.

    Its vectors know no forbidden clauses: what violates one counts as failed, without being
    evaluated. While a rung is incomplete, it asks on from the next bracket.

    Args:
        options: Arguments of the library's class, such as `eta`.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        self._space, self._fidelity = problem.space, required(problem)
        recoded = Recoded(problem.space, "forbidden").space
        recoded.seed(seed)
        self._dehb = _SilentDehb(
            cs=recoded,
            min_fidelity=self._fidelity.low,
            max_fidelity=self._fidelity.high,
            seed=seed,
            n_workers=1,  # more would start a dask cluster; trials can be pending all the same
            save_freq=None,
            **options,
        )

    def ask(self) -> Trial | Signal:
        """The next individual, at the fidelity of its rung."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell its fitness and cost, and drop what is done, as its own loop does after each."""
        fitness = outcome.value if outcome.ok else LAST
        self._dehb.tell(trial.handle, {"fitness": fitness, "cost": outcome.cost})
        self._dehb.drop_what_is_done()

    def _propose(self) -> Trial:
        job = self._dehb.ask()
        fidelity = reachable(self._fidelity, job["fidelity"])
        return Trial(config=plain_config(job["config"]), fidelity=fidelity, handle=job)


class _SilentDehb(dehb.DEHB):  # type: ignore[misc]  # no types in the library
    """Without its log, which is a file, a thread, and lines on standard output."""

    def drop_what_is_done(self) -> None:
        """Its own removal of finished brackets, which 0.1.2 calls otherwise than 0.1.1."""
        clean = getattr(self, "clean_inactive_brackets", None)
        (clean or self._clean_inactive_brackets)()

    def _setup_logger(self, *_: Any) -> None:
        self.output_path = Path()
        self.logger = logging.getLogger("dehb")
