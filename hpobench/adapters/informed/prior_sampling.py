"""Random search where the good settings are believed to be: what a prior is worth by itself."""

from itertools import chain

import numpy as np

from hpobench.adapters.shared.beliefs import Beliefs
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class PriorSampling(Optimizer):
    """Evaluate what is believed best, and then configurations drawn from the prior.

    Source: Mallik et al. (2023), PriorBand: Practical Hyperparameter Optimization in the Age of
    Deep Learning, NeurIPS, where it is the baseline "RS + Prior".
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        self._beliefs = Beliefs(problem.space, problem.prior)
        self._first = chain(problem.initial, [self._beliefs.likeliest()])

    def ask(self) -> Trial | Signal:
        """The likeliest configuration once, and from then on the next drawn one."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: nothing is learnt."""

    def _propose(self) -> Trial:
        config = next(self._first, None)
        return Trial(config=self._beliefs.draw(self._rng) if config is None else config)
