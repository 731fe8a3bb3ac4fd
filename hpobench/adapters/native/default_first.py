"""The space's default configuration first, and then random search: what tuning has to beat."""

from dataclasses import replace
from itertools import chain

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.optimizer import Optimizer
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class DefaultFirst(Optimizer):
    """Evaluate the default at full fidelity, then what random search draws.

    An initial design that is asked for comes before both.

    The authors of tasks choose defaults that do well, so that the first trial shows what is had
    without tuning, and the rest how soon chance improves on it.

    Source: Schneider, Bischl and Feurer (2025), Overtuning in Hyperparameter Optimization,
    AutoML 2025, which measures what tuning gains against the default configuration.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        default = plain_config(problem.space.get_default_configuration())
        draws = RandomSearch(replace(problem, initial=()), seed)
        first = (Trial(config=config) for config in (*problem.initial, default))
        self._trials = chain(first, iter(draws.ask, None))

    def ask(self) -> Trial:
        """The default once, and from then on the next drawn configuration."""
        return next(self._trials)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: nothing is learnt."""
