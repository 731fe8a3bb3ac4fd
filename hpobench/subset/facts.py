"""What the catalogue and the benchmarks say of tasks, as far as rules count by it."""

from collections.abc import Iterable
from dataclasses import dataclass

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What rules count a task by.

    Attributes:
        real: Its values come from trainings or measurements, recorded or not.
        family: The tasks that it resembles.
        categories: Its space has categories or conditions.
        log: A hyperparameter counts by its logarithm; None where nobody asked.
        continuable: It has a fidelity to which an evaluation goes on from a lower one; None where
            nobody asked.
        has_fidelity: Whether it has a fidelity.
    """

    real: bool
    family: str
    categories: bool
    log: bool | None = None
    continuable: bool | None = None
    has_fidelity: bool = False


def read_facts(
    catalogue: Catalogue, names: Iterable[str], *, of_benchmarks: bool
) -> dict[str, TaskFacts]:
    """The facts of tasks by id.

    Args:
        catalogue: Where the tasks stand.
        names: Their ids.
        of_benchmarks: Whether to build the benchmarks, which takes longer and needs their data,
            for what only they know: logarithms and what can be continued.

    Raises:
        UserError: A task is not in the catalogue, or what its benchmark needs is not here.
    """
    found = {}
    for name in names:
        try:
            task = catalogue.task(name)
        except UserError as error:
            raise UserError(f"rules count by what the catalogue says of tasks: {error}") from None
        if of_benchmarks and (absent := catalogue.lacking(task)):
            raise UserError(f"rules of logarithms and of fidelities need the benchmarks: {absent}")
        found[name] = _facts(task, of_benchmark=of_benchmarks)
    return found


def _facts(task: Task, *, of_benchmark: bool) -> TaskFacts:
    """The facts of one task."""
    log, continuable = _of_benchmark(task) if of_benchmark else (None, None)
    return TaskFacts(
        real=task.real,
        family=task.family or task.collection,
        categories=not {"categorical", "condition"}.isdisjoint(task.types),
        log=log,
        continuable=continuable,
        has_fidelity=task.fidelity is not None,
    )


def _of_benchmark(task: Task) -> tuple[bool, bool]:
    """Whether a hyperparameter counts by its logarithm, and whether evaluations can go on."""
    from hpobench.execution.construction import build

    benchmark = build(task)
    log = any(getattr(each, "log", False) for each in benchmark.space.values())
    fidelity = benchmark.fidelity if task.fidelity is not None else None
    return log, fidelity is not None and fidelity.continuable
