"""The constants of tasks from independent random trials, without running and storing them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np
from ConfigSpace import (
    CategoricalHyperparameter,
    ConfigurationSpace,
    Constant,
    OrdinalHyperparameter,
    UniformIntegerHyperparameter,
)

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.benchmark import Benchmark
from hpobench.errors import UserError
from hpobench.execution.construction import pose
from hpobench.execution.loop import at_fidelity
from hpobench.execution.runner import legality
from hpobench.normalisation.evaluator import Evaluator, SpaceSample, median_violation
from hpobench.normalisation.from_runs import Exact
from hpobench.normalisation.quantiles import (
    SingleTrials,
    median_of_best,
    median_volume,
    reference_of,
    simulated_fronts,
    simulated_runs,
    weighted_median,
)
from hpobench.normalisation.search import searched
from hpobench.scoring.constants import Constants
from hpobench.scoring.hypervolume import front, volume
from hpobench.scoring.trials import Floats, TaskInfo, describe_task
from hpobench.space import plain_config
from hpobench.task import Problem, Task, Unit
from hpobench.trial import plain_value

MOST_LISTED = 100_000
"""Spaces of more configurations are drawn from; of fewer each is asked for."""


class Sampler:
    """What random search draws, the same for all tasks with one space.

    Args:
        draws: How many configurations are drawn where a space cannot be gone through whole.
    """

    def __init__(self, draws: int) -> None:
        self.draws = draws
        self._last: tuple[str, SpaceSample] | None = None

    def sample(self, problem: Problem, benchmark: Benchmark) -> SpaceSample:
        """All configurations of a finite space without conditions, or random ones."""
        text = json.dumps(problem.space.to_serialized_dict(), sort_keys=True, default=str)
        if self._last is None or self._last[0] != text:
            found = listed(problem.space) or self._drawn(problem, benchmark)
            self._last = text, found
        return self._last[1]

    def _drawn(self, problem: Problem, benchmark: Benchmark) -> SpaceSample:
        """Random configurations, equal ones as one with their share."""
        optimizer = RandomSearch(replace(problem, initial=()), 0)
        check = legality(benchmark) if _nested(problem.space) else None
        counts: dict[tuple[Any, ...], int] = {}
        for _ in range(self.draws):
            trial = at_fidelity(optimizer.ask(), problem.fidelity)
            if check:
                check(trial)
            key = tuple(trial.config.items())
            counts[key] = counts.get(key, 0) + 1
        return SpaceSample(
            configs=[dict(key) for key in counts],
            weights=np.array(list(counts.values())) / self.draws,
        )


def draw_constants(
    tasks: Sequence[Task],
    benchmark: Benchmark,
    exact: Callable[[Task], Exact],
    sampler: Sampler,
    seen: Mapping[str, Floats] = MappingProxyType({}),
) -> dict[str, Constants]:
    """The constants of the tasks of one benchmark from single random trials.

    What random search ends with in the median is exact for these trials with one objective, see
    `quantiles`, and comes from simulated runs with several. The best known is exact where the
    benchmark knows it or all configurations were gone through, else that of these trials, of a
    search and of stored runs.

    Args:
        tasks: Such as are evaluated trial by trial and for a number of trials.
        benchmark: Built for them.
        exact: What the benchmark knows for certain of a task.
        sampler: Gives the configurations of the trials.
        seen: By id of a task values that stored runs are scored by, shape (values, objectives).

    Returns:
        By id of the task.

    Raises:
        UserError: A task is not like that, or all trials failed.
    """
    for task in tasks:
        if task.workers > 1 or task.initial or task.real_time or task.budget.unit is Unit.SECONDS:
            raise UserError(f"{task.id} has to be run: its trials are not counted one by one")
    problem = pose(tasks[0], benchmark)
    names = dict.fromkeys(name for task in tasks for name in task.objectives)
    asked = Evaluator(benchmark=benchmark, names=tuple(names), constraints=tasks[0].constraints)
    sample = sampler.sample(problem, benchmark)
    trials = asked.trials(sample, sampler.draws)
    typical = median_violation(trials)
    if np.isnan(trials.told).all():
        trials = _beginning(trials, asked, problem, tasks[0])
    about: dict[str, Any] = {"draws": sampler.draws, "violation": typical}
    found = {}
    for task in tasks:
        constants = _constants_of(
            task, trials, asked, exact(task), seen.get(task.id), search=not sample.whole
        )
        told = constants.told and replace(constants.told, **about)
        found[task.id] = replace(constants, told=told, **about)
    return found


def _constants_of(
    task: Task,
    trials: SingleTrials,
    asked: Evaluator,
    certain: Exact,
    seen: Floats | None,
    *,
    search: bool,
) -> Constants:
    """The constants of one task, by what is scored and by what is told.

    Raises:
        UserError: Nothing is known to succeed.
    """
    columns = [asked.names.index(name) for name in task.objectives]
    problem, own = pose(task, asked.benchmark), trials.of(columns)
    info, known = describe_task(task, problem), [_succeeded(own.scored)]
    if seen is not None and not asked.apart:  # which are not what was told
        known.append(seen)
    if search and not certain.settles(task.objectives):
        known.append(searched(problem.space, len(columns), partial(asked.scored, columns)))
    everything = np.concatenate(known)
    if not len(everything):
        raise UserError(f"{task.id}: every trial of random search and of a search failed")
    constants = constants_of_trials(info, own, certain, best_or_front(everything))
    if not search and (asked.apart or not task.noisy):  # all there are, by what is true of them
        constants = replace(constants, source="exact")
    if not asked.apart:
        return constants
    bare, least = replace(own, scored=own.told), best_or_front(_succeeded(own.told))
    return replace(constants, told=constants_of_trials(info, bare, certain.of_told, least))


def _beginning(
    trials: SingleTrials, asked: Evaluator, problem: Problem, task: Task
) -> SingleTrials:
    """The trial at the default in place of trials that all failed or are infeasible.

    With several objectives random search then ends with a hypervolume of nothing, which is a
    scale; with one there is none, unless it is taken from where one would begin.

    Raises:
        UserError: There is one objective, and the default is none that counts either.
    """
    if len(asked.names) > 1:
        return trials
    outcome = asked.judged(plain_config(problem.space.get_default_configuration()), 0)
    if not outcome.feasible:
        raise UserError(f"{task.id}: every trial of random search failed, and so does the default")
    value = np.array([[outcome.value]])
    shares = replace(trials, told=value, scored=value, weights=np.ones(1))
    return replace(shares, seconds=np.array([outcome.cost]))


def _succeeded(values: Floats) -> Floats:
    """The rows that are known."""
    return values[~np.isnan(values).any(axis=1)]


def constants_of_trials(
    info: TaskInfo, trials: SingleTrials, exact: Exact, least: Floats
) -> Constants:
    """The constants of what single random trials are scored by, but for how many these are.

    Args:
        info: The task.
        trials: Some of which succeed, unless there are several objectives.
        exact: What is certain of it.
        least: The best values known, one row or a front.
    """
    count = int(info.budget.amount)
    runs = simulated_runs(trials, count)
    about: dict[str, Any] = {
        "seconds": float(np.median(trials.seconds[runs].sum(axis=1))),
        "seeds": 0,
        "budget": str(info.budget),
    }
    names = [objective.name for objective in info.objectives]
    certain = exact.settles(names)
    about["source"] = "exact" if certain else "observed"
    if len(names) == 1:
        known = ~np.isnan(trials.scored[:, 0])
        return Constants(
            best=float(exact.best[names[0]]) if certain else float(least.min()),
            random=median_of_best(trials, count),
            start=weighted_median(trials.scored[known, 0], trials.weights[known]),
            **about,
        )
    best = least if exact.front is None else front(exact.front)
    fronts = simulated_fronts(trials, runs)
    reference = reference_of(best, fronts, trials)
    return Constants(
        best=-volume(best, reference),
        random=-median_volume(fronts, reference),
        start=0.0,
        reference=tuple(reference.tolist()),
        ideal=tuple(best.min(axis=0).tolist()),
        front=tuple(map(tuple, best.tolist())) if certain else (),
        **about,
    )


def listed(space: ConfigurationSpace) -> SpaceSample | None:
    """All configurations of a plain grid; None if it is too large, or another space."""
    if space.conditions or space.forbidden_clauses:
        return None
    axes = [_axis(each) for each in space.values()]
    grid = [axis for axis in axes if axis is not None]
    if len(grid) < len(axes) or prod(map(len, grid)) > MOST_LISTED:
        return None
    names, cells = list(space), list(product(*(axis.items() for axis in grid)))
    return SpaceSample(
        configs=[{n: value for n, (value, _) in zip(names, cell, strict=True)} for cell in cells],
        weights=np.array([prod(share for _, share in cell) for cell in cells]),
        whole=True,
    )


def _axis(hyperparameter: Any) -> dict[Any, float] | None:
    """The values of a hyperparameter and their probabilities; None if they cannot be listed."""
    match hyperparameter:
        case Constant():
            return {plain_value(hyperparameter.value): 1.0}
        case OrdinalHyperparameter(sequence=values):
            return {plain_value(value): 1 / len(values) for value in values}
        case CategoricalHyperparameter(choices=values, probabilities=shares):
            pairs = zip(values, shares, strict=True)
            return {plain_value(value): float(share) for value, share in pairs}
        case UniformIntegerHyperparameter(log=False, lower=low, upper=high):
            return dict.fromkeys(range(low, high + 1), 1 / (high - low + 1))
        case _:
            return None


def best_or_front(values: Floats) -> Floats:
    """The smallest value as one row, or the front of several objectives."""
    return front(values) if values.shape[1] > 1 else values.min(axis=0, keepdims=True)


def _nested(space: Any) -> bool:
    """Whether conditions hang on conditional hyperparameters: there ConfigSpace may err."""
    children = {condition.child.name for condition in space.conditions}
    parents = {parent.name for child in children for parent in space.parents_of[child]}
    return bool(children & parents)
