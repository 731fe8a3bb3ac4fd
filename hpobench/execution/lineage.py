"""Which trial continues which, what that spends, and which states have to be kept for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from hpobench.errors import RunError
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial


class Reached(NamedTuple):
    """How far a trial that has been told, and did not fail, has come.

    Attributes:
        share: Of the full fidelity.
        cost: Seconds that it took, from scratch where the benchmark was not given a parent.
        number: Which trial.
        config: Of which configuration, as `identity` gives it.
    """

    share: float
    cost: float
    number: int
    config: tuple[object, ...]


@dataclass(slots=True)
class Lineage:
    """The trials of a run that others may go on from.

    Attributes:
        problem: Says whether a configuration can go on, and whether another one can from it.
        names_parents: Whether the optimizer says which trial is continued. If not, each
            configuration goes on from the highest fidelity that it has come to.
        dropped: Numbers of trials that nobody will go on from any more, since this was emptied.
    """

    problem: Problem
    names_parents: bool
    dropped: list[int] = field(default_factory=list)
    _by_number: dict[int, Reached] = field(default_factory=dict)
    _by_config: dict[tuple[object, ...], Reached] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem, *, names_parents: bool) -> "Lineage | None":
        """The lineage of a run; None if no trial of it can go on from another."""
        fidelity = problem.fidelity
        if fidelity and (problem.continues or fidelity.continuable):
            return cls(problem, names_parents)
        return None

    def charge(self, trial: Trial) -> tuple[Trial, float, float]:
        """What a trial spends.

        Returns:
            The trial, with its parent if the benchmark is to be given one; the share of a full
            trial; and the seconds to be taken off its cost, since its parent has paid them.

        Raises:
            RunError: It cannot continue the parent that it names.
        """
        share = self._share(trial)
        number = trial.parent
        named = None if number is None else self._named(trial, number, share)
        parent = named or self._implied(trial, share)
        if parent is None:
            return trial, share, 0.0
        if not self.problem.continues:
            return trial, share - parent.share, parent.cost
        if number is None:
            trial = replace(trial, parent=parent.number)
        return trial, share - parent.share, 0.0

    def tell(self, number: int, trial: Trial, outcome: Outcome) -> None:
        """Note how far a trial has come; one that failed has come nowhere."""
        if not outcome.ok:
            return
        reached = Reached(self._share(trial), outcome.cost, number, identity(trial.config))
        self._by_number[number] = reached
        if self._explicit:
            return
        known, lower = self._by_config.get(reached.config), reached
        if known is None or reached[:2] > known[:2]:
            self._by_config[reached.config], lower = reached, known or reached
        if known and self.problem.continues:  # nobody goes on from the lower of the two
            self.release([lower.number])

    def release(self, numbers: Iterable[int]) -> None:
        """Forget trials that nobody will go on from."""
        for number in numbers:
            if self._by_number.pop(number, None):
                self.dropped.append(number)

    @property
    def _explicit(self) -> bool:
        """Whether a trial without a parent begins from nothing."""
        return self.names_parents and self.problem.continues

    def _share(self, trial: Trial) -> float:
        """The part of the full fidelity that a trial, which has one, reaches."""
        fidelity = self.problem.fidelity
        return trial.fidelity / fidelity.high if fidelity and trial.fidelity else 1.0

    def _implied(self, trial: Trial, share: float) -> Reached | None:
        """The trial that the configuration goes on from: at the same fidelity it begins anew."""
        fidelity = self.problem.fidelity
        if self._explicit or not (fidelity and fidelity.continuable):
            return None
        known = self._by_config.get(identity(trial.config))
        return known if known and known.share < share else None

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
        if not self.problem.continues and parent.config != identity(trial.config):
            raise RunError(f"{words} with another configuration, which the task's trials cannot")
        return parent


def identity(config: Config) -> tuple[object, ...]:
    """A configuration as a key: the same for the same values, whatever their order."""
    return tuple(sorted(config.items()))
