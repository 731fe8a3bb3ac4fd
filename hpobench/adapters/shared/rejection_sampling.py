"""Forbidden clauses for libraries that do not know them: ask again until a proposal is legal."""

from collections.abc import Callable

from ConfigSpace import ConfigurationSpace

from hpobench.optimizer import Signal
from hpobench.space import violation
from hpobench.trial import Outcome, Trial

TRIES = 1000
"""Proposals before giving up; enough where one configuration in a hundred is legal."""


def propose_legal(
    space: ConfigurationSpace,
    propose: Callable[[], Trial | Signal],
    tell: Callable[[Trial, Outcome], None],
) -> Trial | Signal:
    """The first proposal that the space allows.

    Args:
        space: With or without forbidden clauses; without any, nothing is checked.
        propose: Asks the library for a trial, which keeps all other rules of the space; where it
            has none, its signal is passed on.
        tell: Tells the library that a forbidden one failed; it is never evaluated or counted.

    Returns:
        The trial, or that the search is exhausted if none of `TRIES` proposals was legal.
    """
    for _ in range(TRIES):
        trial = propose()
        if isinstance(trial, Signal) or not space.forbidden_clauses:
            return trial
        if not violation(space, trial.config):
            return trial
        tell(trial, Outcome(failure="forbidden", cost=0.0))
    return Signal.EXHAUSTED
