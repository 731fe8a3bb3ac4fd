"""What runs of random search would find, worked out without running and storing them."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.benchmark import Benchmark
from hpobench.errors import UserError
from hpobench.execution.construction import pose
from hpobench.execution.loop import at_fidelity
from hpobench.execution.runner import legality
from hpobench.normalisation.from_runs import TaskEvidence
from hpobench.optimizer import Variant
from hpobench.run import Run
from hpobench.scoring.hypervolume import front
from hpobench.scoring.trials import Floats, TaskInfo
from hpobench.task import Problem, Task, Unit


def draw_evidence(
    task: Task, benchmark: Benchmark, variant: Variant, seeds: Iterable[int]
) -> TaskEvidence:
    """Draw what each run of random search draws, and ask the benchmark.

    The same values as those of stored runs, to the bit, in a fraction of their time.

    Args:
        task: One whose trials are evaluated one by one and for a number of trials.
        benchmark: Built for it.
        variant: Random search, as the catalogue has it.
        seeds: Seeds of the runs to draw.

    Raises:
        UserError: The task is not like that, or all trials of all runs failed.
    """
    if task.workers > 1 or task.initial or task.real_time or task.budget.unit is Unit.SECONDS:
        raise UserError(f"{task.id} has to be run: its trials are not counted one by one")
    problem = pose(task, benchmark)
    runs = [_drawn(Run(task=task, variant=variant, seed=s), benchmark, problem) for s in seeds]
    found = [(values, seconds) for values, seconds in runs if len(values)]
    if not found:
        raise UserError(f"{task.id}: every trial of random search failed")
    ends = [best_or_front(values) for values, _ in found]
    return TaskEvidence(
        task=describe_task(task, problem),
        random=ends,
        trials=np.concatenate([values for values, _ in found]),
        seen=best_or_front(np.concatenate(ends)),
        seconds=np.array([seconds for _, seconds in found]),
    )


def best_or_front(values: Floats) -> Floats:
    """The smallest value as one row, or the front of several objectives."""
    return front(values) if values.shape[1] > 1 else values.min(axis=0, keepdims=True)


def _drawn(run: Run, benchmark: Benchmark, problem: Problem) -> tuple[Floats, float]:
    """The values of one run's trials that did not fail, and how long all of them took."""
    task, noise = run.task, run.seed_for("evaluation")
    optimizer = RandomSearch(problem, run.seed_for("optimizer"), **run.variant.options)
    check = legality(benchmark) if _nested(problem.space) else None
    values, seconds = [], 0.0
    for _ in range(int(task.budget.amount)):
        trial = at_fidelity(optimizer.ask(), problem.fidelity)
        if check:
            check(trial)
        outcome = benchmark.evaluate(trial, noise)
        seconds += outcome.cost
        if outcome.ok:
            values.append([outcome.values[name] for name in task.objectives])
    return np.array(values).reshape(-1, len(task.objectives)), seconds


def _nested(space: Any) -> bool:
    """Whether conditions hang on conditional hyperparameters: there ConfigSpace may err."""
    children = {condition.child.name for condition in space.conditions}
    parents = {parent.name for child in children for parent in space.parents_of[child]}
    return bool(children & parents)


def describe_task(task: Task, problem: Problem) -> TaskInfo:
    """What a stored run would say of its task."""
    return TaskInfo(
        id=task.id,
        base_id=task.base_id,
        collection=task.collection,
        kind=task.kind,
        dimension=task.dimension,
        budget=task.budget,
        fidelity=problem.fidelity,
        objectives=problem.objectives,
        real_time=task.real_time,
        clocked=False,
        side_by_side=task.workers > 1,
        types=task.types,
    )
