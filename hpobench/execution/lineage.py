"""Which trial continues which, what that spends, and which states have to be kept for it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from hpobench.errors import RunError
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial


class Reached(NamedTuple):
    """How far a trial that has been told, and did not fail, has come.

    Attributes:
        share: Which part of the full fidelity.
        cost: Seconds that it took, from scratch where the benchmark was not given a parent.
        number: Which trial.
        config: Its configuration, as `identity` gives it.
        draw: See `Trial.draw`.
    """

    share: float
    cost: float
    number: int
    config: tuple[object, ...]
    draw: int


class Lineage:
    """The trials of a run that others may go on from.

    Args:
        problem: Has a fidelity, and says whether a configuration can go on, and whether another
            one can from it.
        names_parents: Whether the optimizer says which trial is continued. If not, each
            configuration goes on from the highest fidelity that it has come to.

    Attributes:
        names_parents: As given.
        dropped: Numbers of trials that nobody will go on from any more, since this was emptied.
    """

    __slots__ = (
        "_by_config",
        "_by_number",
        "_checkpoints",
        "_high",
        "_implies",
        "dropped",
        "names_parents",
    )

    def __init__(self, problem: Problem, *, names_parents: bool) -> None:
        fidelity = problem.fidelity
        self.names_parents = names_parents
        self.dropped: list[int] = []
        self._high = fidelity.high if fidelity else 1.0
        self._checkpoints = problem.continues
        explicit = names_parents and problem.continues  # no parent means a beginning from nothing
        self._implies = bool(fidelity and fidelity.continuable) and not explicit
        self._by_number: dict[int, Reached] = {}
        self._by_config: dict[tuple[object, ...], Reached] = {}

    @classmethod
    def of(cls, problem: Problem, *, names_parents: bool) -> "Lineage | None":
        """The lineage of a run; None if no trial of it can go on from another."""
        fidelity = problem.fidelity
        if fidelity and (problem.continues or fidelity.continuable):
            return cls(problem, names_parents=names_parents)
        return None

    def charge(self, trial: Trial) -> tuple[Trial, float, float]:
        """What a trial spends.

        Returns:
            The trial, with its parent if the benchmark is to be given one; the share of a full
            trial; and the seconds to be taken off its cost, since its parent has paid them.

        Raises:
            RunError: It cannot continue the parent that it names.
        """
        share = (trial.fidelity or self._high) / self._high
        parent: Reached | None = None
        if trial.parent is not None:
            parent = self._named(trial, trial.parent, share)
        elif self._implies:
            parent = self._by_config.get(identity(trial.config))
            if parent and not parent.share < share:  # at the same fidelity it begins anew
                parent = None
        if parent is None:
            return trial, share, 0.0
        trial = replace(trial, draw=parent.draw)
        if not self._checkpoints:
            return trial, share - parent.share, parent.cost
        return replace(trial, parent=parent.number), share - parent.share, 0.0

    def tell(self, number: int, trial: Trial, outcome: Outcome) -> None:
        """Note how far a trial has come; one that failed has come nowhere."""
        if outcome.failure:
            return
        share = (trial.fidelity or self._high) / self._high
        reached = Reached(share, outcome.cost, number, identity(trial.config), trial.draw)
        self._by_number[number] = reached
        if not self._implies:
            return
        known, lower = self._by_config.get(reached.config), reached
        if known is None or reached[:2] > known[:2]:
            self._by_config[reached.config], lower = reached, known or reached
        if known and self._checkpoints:  # nobody goes on from the lower of the two
            self.release([lower.number])

    def release(self, numbers: Iterable[int]) -> None:
        """Forget trials that nobody will go on from."""
        for number in numbers:
            if self._by_number.pop(number, None):
                self.dropped.append(number)

    def _named(self, trial: Trial, number: int, share: float) -> Reached:
        """The trial that a trial says it continues.

        Raises:
            RunError: It cannot.
        """
        words = f"the optimizer asked to go on from trial {number!r}"
        parent = self._by_number.get(number) if type(number) is int else None
        if parent is None:
            raise RunError(f"{words}, which failed, was released or has not been told")
        if not parent.share < share:
            raise RunError(f"{words} to {trial.fidelity}, which is not beyond where that ended")
        if not self._checkpoints and parent.config != identity(trial.config):
            raise RunError(f"{words} with another configuration, which the task's trials cannot")
        return parent


def identity(config: Config) -> tuple[object, ...]:
    """A configuration as a key: the same for the same values, whatever their order."""
    return tuple(sorted(config.items()))
