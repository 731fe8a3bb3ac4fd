"""What is known of other data before a run begins: finished trials of sibling tasks."""

from dataclasses import dataclass

from hpobench.trial import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryGroup:
    """Whose sibling a task is: tasks of one group ask the same of different data.

    Attributes:
        group: Name of the group.
        dataset: Which data the task stands on. Two tasks of one group with the same name here
            are never each other's history, whatever else they differ in.
        names: All that its data set goes by.
        published: Whether its benchmark brings the history, as its publisher split it.
    """

    group: str
    dataset: str
    names: frozenset[str] = frozenset()
    published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrial:
    """A finished trial of another task.

    Attributes:
        config: A configuration that is legal in the space of the problem at hand.
        fidelity: The fidelity evaluated at, or None if the task has none.
        values: What was told, in the order of the problem's objectives; all are minimised.
    """

    config: Config
    fidelity: float | None
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTask:
    """What was tried on one sibling of a task.

    Attributes:
        dataset: The name of the data it stands on; never that of the task at hand.
        trials: Finished trials that did not fail.
    """

    dataset: str
    trials: tuple[PastTrial, ...]
