"""The trials of sibling tasks that a problem's history holds, asked of their benchmarks."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.errors import UserError
from hpobench.execution.construction import build
from hpobench.history import HistoryGroup, PastTask, PastTrial
from hpobench.outcomes import judge_outcome
from hpobench.run import canonical, seed_from
from hpobench.space import checker, draw_configs
from hpobench.task import Problem, Task
from hpobench.trial import Config, Trial

_KEPT: dict[bytes, tuple[PastTask, ...]] = {}
"""What was found last: runs that follow each other are of one task, or of few in turns."""

MOST_KEPT = 8
"""So many histories are kept in memory."""


def with_history(problem: Problem, task: Task, benchmark: Benchmark | None = None) -> Problem:
    """The problem with the trials of the task's sources, or those its benchmark brings.

    Args:
        problem: Without.
        task: Says by its settings whether there is a history.
        benchmark: Built for it.

    Raises:
        UserError: The history has no trial that the task's space holds.
    """
    known = task.history
    if benchmark and known and known.published and task.settings.history:
        history = tuple(_published(problem, known, task, benchmark))
    elif task.sources:
        history = past_tasks(task, problem.space)
    else:
        return problem
    if not any(past.trials for past in history):
        names = ", ".join(past.dataset for past in history) or "other data"
        raise UserError(f"its history is empty: no trial of {names} succeeded and is legal here")
    return replace(problem, history=history)


def with_prescribed_design(problem: Problem, benchmark: Benchmark, seed: int) -> Problem:
    """The problem with the initial design that its benchmark's publisher prescribes, if any.

    Args:
        problem: With as many configurations as its task begins with.
        benchmark: Built for its task.
        seed: That of the run.

    Raises:
        UserError: The publisher has none for the seed, or a shorter one.
    """
    prescribed = benchmark.initial_design(seed) if problem.initial else None
    if prescribed is None:
        return problem
    wanted = len(problem.initial)
    if len(prescribed) < wanted:
        raise UserError(f"its publisher gives {len(prescribed)} initial trials, not {wanted}")
    return replace(problem, initial=prescribed[:wanted])


def _published(
    problem: Problem, known: HistoryGroup, task: Task, benchmark: Benchmark
) -> Iterator[PastTask]:
    """What the benchmark brings, without what stands on the task's own data by any name."""
    flaw = checker(problem.space)
    for past in benchmark.past_tasks(task.settings.history):
        if past.dataset not in known.names:
            legal = tuple(trial for trial in past.trials if not flaw(trial.config))
            yield replace(past, trials=legal)


def past_tasks(task: Task, space: ConfigurationSpace) -> tuple[PastTask, ...]:
    """The history of a task: of each of its sources as many random trials as its setting says.

    The configurations depend on the group alone. So they are the same for all sources with one
    space, and for all tasks of the group; and the same whichever optimizer runs with which seed.
    What failed is left out, and what has no place in the task's space.

    Args:
        task: With its sources.
        space: Its space.
    """
    key = canonical([task.definition(), [source.id for source in task.sources]])
    if key not in _KEPT:
        if len(_KEPT) == MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = tuple(_past_tasks(task, space))
    return _KEPT[key]


def _past_tasks(task: Task, space: ConfigurationSpace) -> Iterator[PastTask]:
    """One source after the other, of which those with one space are asked the same."""
    flaw, drawn = checker(space), dict[str, tuple[Config, ...]]()
    for source in task.sources:
        benchmark = build(source)
        benchmark.warm_up()
        group, dataset = _place(source)
        text = json.dumps(benchmark.space.to_serialized_dict(), sort_keys=True, default=str)
        if text not in drawn:
            seed = seed_of("configurations", group)
            drawn[text] = draw_configs(deepcopy(benchmark.space), task.settings.history, seed)
        finished = _finished(source, benchmark, drawn[text])
        yield PastTask(
            dataset=dataset, trials=tuple(each for each in finished if not flaw(each.config))
        )


def _place(source: Task) -> tuple[str, str]:
    """The group of a source and its data set."""
    known = source.history
    return (known.group, known.dataset) if known else (source.collection, source.id)


def _finished(source: Task, benchmark: Benchmark, configs: Iterable[Config]) -> Iterator[PastTrial]:
    """The trials of one source that did not fail, at full fidelity."""
    seed = seed_of("evaluation", source.id)
    level = benchmark.fidelity.high if benchmark.fidelity else None
    for config in configs:
        answer = benchmark.evaluate(Trial(config=config, fidelity=level), seed)
        outcome = judge_outcome(answer, source.objectives)
        if outcome.ok:
            told = level if source.fidelity else None
            yield PastTrial(config=config, fidelity=told, values=outcome.vector)


def seed_of(purpose: str, name: str) -> int:
    """A seed in [0, 2**31 - 1] that depends on a purpose and a name alone."""
    digest = hashlib.blake2b(canonical(["history", purpose, name]), digest_size=16).digest()
    return seed_from(digest)
