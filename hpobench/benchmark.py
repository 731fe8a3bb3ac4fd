"""The one interface every benchmark stands behind."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hpobench.history import PastTask
from hpobench.task import Fidelity, Objective
from hpobench.trial import Config, Outcome, Trial, Value

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from ConfigSpace import ConfigurationSpace


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTable:
    """All that a benchmark has recorded, for people who look at a task; no optimizer sees it.

    Attributes:
        choices: By hyperparameter how many choices it has.
        ordered: Those whose choices have an order.
        digits: Which choice of each a configuration has, shape (configurations, hyperparameters).
        losses: What was found at full fidelity, the mean over trainings, minimised; NaN where
            it failed; shape (configurations, objectives).
    """

    choices: Mapping[str, int]
    ordered: frozenset[str]
    digits: "npt.NDArray[np.int64]"
    losses: "npt.NDArray[np.float64]"


class Benchmark(ABC):
    """What can be evaluated: owns its space, its objectives and its fidelity.

    A subclass sets the attributes in its constructor, whose keyword arguments are the
    `params` of the task. A task then chooses among the objectives, and whether its
    optimizers may use the fidelity.

    Attributes:
        space: The configuration space.
        objectives: All that an evaluation measures.
        fidelity: Its range, or None if there is none.
        best: By objective, the exact smallest value of the (negated, if maximised)
            objective at full fidelity, where it is known; of the values that trials are scored
            by. Never shown to an optimizer.
        best_told: The same of the values that are told, where trials are scored by others. A
            method `front(objectives)`, if there is one, then takes `told=True`.
        facts: What people should know of it, a short text by topic.
        context: What a user would know of it before the first trial, and an optimizer is told.
        continues: Whether it has `advance`: a trial can go on from another one's state.
        inherited: Names of hyperparameters that a state has been made with: a trial that goes on
            from one, and has another value of these than its parent, may fail; such as the number
            of layers. Of all others it may have another one.
        signals: Names of all the signals that its outcomes bring; a task chooses among them.
        constraints: Names of the constraints that its outcomes tell, beyond which a task may limit
            any of its objectives; None where they are not known before it answers.
        notes: What is to be kept of where it was evaluated, such as the device, as plain data that
            JSON can hold; stored with a run whose trials one process evaluates.
    """

    space: "ConfigurationSpace"
    objectives: tuple[Objective, ...]
    fidelity: Fidelity | None = None
    best: Mapping[str, float] = MappingProxyType({})
    best_told: Mapping[str, float] = MappingProxyType({})
    facts: Mapping[str, str] = MappingProxyType({})
    context: Mapping[str, Value] = MappingProxyType({})
    continues: bool = False
    inherited: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    constraints: tuple[str, ...] | None = ()
    notes: Sequence[Mapping[str, Any]] = ()

    def warm_up(self) -> None:  # noqa: B027 (few have something to do)
        """Load what evaluations need and the constructor did not, such as a large library.

        Called before the first trial of a run, so that none pays for it; whoever evaluates
        without calling it pays then.
        """

    @abstractmethod
    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Answer a trial; a pure function of its arguments (but for measured cost).

        Args:
            trial: A legal configuration and a fidelity in range, None for the highest.
            seed: In [0, 2**31 - 1], the same for all trials of a run, whichever the
                optimizer; the only source of noise.

        Returns:
            The values of all objectives, negated where `maximize` is set; or a failure with
            the time it took.
        """

    def initial_design(self, seed: int) -> "tuple[Config, ...] | None":
        """What its publisher has all optimizers begin with in a run of a seed, in this order.

        None where nothing is prescribed, and an initial design is drawn.

        Args:
            seed: That of the run, as a user gives it.

        Raises:
            UserError: There is none for this seed.
        """
        del seed
        return None

    def past_tasks(self, quota: int) -> tuple[PastTask, ...]:
        """Trials on other data that its publisher gives beside it, at most so many of each."""
        del quota
        return ()

    def advance(self, trial: Trial, seed: int, checkpoint: bytes | None) -> tuple[Outcome, bytes]:
        """Answer a trial that goes on from where another one ended; for those that `continues`.

        Args:
            trial: As for `evaluate`. Its fidelity is to be reached, and counts from the beginning
                of the lineage: the parent's was lower.
            seed: As for `evaluate`.
            checkpoint: What answering the parent gave, perhaps in another process and with
                another configuration; None begins from nothing, as `evaluate` does.

        Returns:
            The outcome, whose cost is that of the part added to the parent; and all that a later
            trial needs to go on from here, which is not kept if the trial failed. Going on
            with one configuration gives the values of a single training.

        Raises:
            NotImplementedError: It does not continue.
        """
        del trial, seed, checkpoint
        raise NotImplementedError(f"{type(self).__name__} cannot go on from another trial")
