"""NePS' algorithms, driven by its ask and tell."""

import logging
import math
from typing import Any

import neps
import torch
from ConfigSpace.hyperparameters import CategoricalHyperparameter, IntegerHyperparameter
from neps.optimizers.ask_and_tell import AskAndTell

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.fidelities import reachable
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.safe_names import restore_names, safe_names
from hpobench.adapters.shared.vectors import choices, placed
from hpobench.optimizer import Optimizer, Signal
from hpobench.prior import Belief
from hpobench.randomness import GlobalGenerators
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial

FIDELITY = "fidelity"

WIDTHS = {"high": 0.125, "medium": 0.25, "low": 0.5}
"""By the library's confidence the standard deviation of a prior, as a share of the range."""


class Neps(Optimizer):
    """One of `neps.algorithms`; a failed trial is one that crashed.

    Every hyperparameter is proposed, and what is inactive is left out. Ordinals are integers.

    Args:
        algorithm: Name of the function.
        fidelity: Whether it chooses fidelities.
        confidence: How much the space's defaults are to be trusted as a prior, `low`, `medium`
            or `high`, where the problem has no prior of its own; by default none is used.
        options: Arguments of the function, such as `eta`.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        algorithm: str,
        fidelity: bool = False,
        confidence: str = "",
        **options: Any,
    ) -> None:
        logging.disable(logging.CRITICAL)  # it logs every bracket
        self._space = problem.space
        self._fidelity = problem.fidelity if fidelity else None
        self._generators = GlobalGenerators(seed)
        torch.manual_seed(seed)  # which is all its own in its own environment
        self._free = safe_names(problem.space.values())
        beliefs = problem.prior if confidence else {}
        parts = {
            name: to_neps_domain(hp, confidence, beliefs.get(hp.name))
            for name, hp in self._free.items()
        }
        if self._fidelity:
            kind = neps.IntegerFidelity if self._fidelity.integer else neps.FloatFidelity
            number = int if self._fidelity.integer else float
            low, high = map(number, (self._fidelity.low, self._fidelity.high))
            parts[FIDELITY] = kind(lower=low, upper=high)
        space = type("Space", (neps.PipelineSpace,), parts)()
        with self._generators.quietly():
            self._library = AskAndTell(getattr(neps.algorithms, algorithm)(space, **options))

    def ask(self) -> Trial | Signal:
        """The next proposal that keeps the forbidden clauses."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Tell the values, or that it crashed."""
        result: Any = RuntimeError(outcome.failure)
        if outcome.ok:
            vector = list(outcome.vector)
            value = vector if len(vector) > 1 else vector[0]
            result = {"objective_to_minimize": value, "cost": outcome.cost}
        with self._generators.quietly():
            self._library.tell(trial.handle, result)

    def _propose(self) -> Trial:
        with self._generators.quietly():
            asked = self._library.ask()
        chosen = restore_names(self._free, asked.config)
        config = define_by_run(self._space, lambda name: placed(self._space[name], chosen))
        if not self._fidelity:
            return Trial(config=config, handle=asked)
        level = reachable(self._fidelity, asked.config[FIDELITY])
        return Trial(config=config, fidelity=level, handle=asked)


def to_neps_domain(hyperparameter: Any, confidence: str, belief: Belief | None = None) -> Any:
    """A hyperparameter in the library's terms, with its default as a prior or without.

    What is believed of it comes before its default; the library has three widths.

    Choices are positions: the library makes a set of them, and a set of text has another order in
    each process.
    """
    listed, prior = choices(hyperparameter), hyperparameter.default_value
    if belief:
        prior, confidence = belief.default, nearest_confidence(belief.width)
    at = {"prior": listed.index(prior) if listed else prior, "prior_confidence": confidence}
    if isinstance(hyperparameter, CategoricalHyperparameter):
        return neps.Categorical(list(range(len(listed or ()))), **(at if confidence else {}))
    low, high = (0, len(listed) - 1) if listed else (hyperparameter.lower, hyperparameter.upper)
    integer = listed or isinstance(hyperparameter, IntegerHyperparameter)
    log = not listed and hyperparameter.log
    kind = neps.Integer if integer else neps.Float
    return kind(lower=low, upper=high, log=log, **(at if confidence else {}))


def nearest_confidence(width: float) -> str:
    """The library's word for a width: its normal distributions have one of three."""
    return min(WIDTHS, key=lambda name: abs(math.log(WIDTHS[name] / width)))
