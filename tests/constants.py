"""Compute the constants of analytic collections, whose evaluations take microseconds.

    python tests/constants.py bbob-mixint pbo ...

Stands in for `hpobench run --optimizer random` and `hpobench constants`, which take ten times as
long: random search is drawn with numpy, from the same distribution, and nothing is stored. What
is known of a front comes from a search of its own around that of random search. Tasks that a file
already has are left out, so that an interrupted command goes on where it stopped.
"""

import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ioh
import numpy as np
import numpy.typing as npt
from ConfigSpace import UniformIntegerHyperparameter
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.optimize import minimize

from hpobench.benchmarks.synthetic.coco import PART, Coco
from hpobench.benchmarks.synthetic.constrained import Constrained
from hpobench.benchmarks.synthetic.pymoo import Pymoo
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build, pose
from hpobench.normalisation.from_draws import (
    best_or_front,
    constants_of_trials,
    describe_task,
    median_violation,
)
from hpobench.normalisation.from_runs import Exact, TaskEvidence, constants
from hpobench.normalisation.quantiles import SingleTrials
from hpobench.normalisation.search import survivors
from hpobench.run import Run
from hpobench.scoring.constants import Constants, load_constants, save_constants
from hpobench.task import Task
from hpobench.trial import Trial

Floats = npt.NDArray[np.float64]

FOLDER = Path(__file__).parents[1] / "tasks" / "constants"
CATALOGUE = Catalogue()
SEEDS, CHUNK = 10, 5
DRAWS = 3_000
GENERATIONS, CHILDREN = 40, 50


class Box:
    """A task without a fidelity, as a function of vectors."""

    def __init__(self, task: Task) -> None:
        self.task, self.benchmark = task, build(task)
        ranges: list[Any] = list(self.benchmark.space.values())
        self.low: Floats = np.array([hp.lower for hp in ranges], dtype=np.float64)
        self.high: Floats = np.array([hp.upper for hp in ranges], dtype=np.float64)
        self.whole = np.array([isinstance(hp, UniformIntegerHyperparameter) for hp in ranges])

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Random points, shape (count, dimension)."""
        share = rng.random((count, len(self.low)))
        numbers = np.floor(self.low + share * (self.high - self.low + 1))
        return np.asarray(np.where(self.whole, numbers, self.low + share * (self.high - self.low)))

    def evaluate(self, points: Floats, seed: int) -> Floats:
        """What a run is told at some points, shape (points, objectives); NaN where it failed."""
        legal = np.clip(np.where(self.whole, np.round(points), points), self.low, self.high)
        names, objectives, told = list(self.benchmark.space), self.task.objectives, []
        columns = [column.tolist() for column in legal.T]
        for i in np.flatnonzero(self.whole):
            columns[i] = [int(value) for value in columns[i]]
        for point in zip(*columns, strict=True):
            config = dict(zip(names, point, strict=True))
            outcome = self.benchmark.evaluate(Trial(config=config), seed)
            told.append([outcome.values.get(name, np.nan) for name in objectives])
        return np.array(told).reshape(len(points), len(objectives))


def evidence(box: Box) -> TaskEvidence:
    """What random search, and a search around its fronts, say of a task."""
    task = box.task
    runs = [
        Run(task=task, variant=CATALOGUE.variants["random"], seed=seed) for seed in range(SEEDS)
    ]
    generators = [np.random.default_rng(run.seed_for("optimizer")) for run in runs]
    points = [box.draw(rng, int(task.budget.amount)) for rng in generators]
    values = [
        box.evaluate(drawn, run.seed_for("evaluation"))
        for drawn, run in zip(points, runs, strict=True)
    ]
    several = len(task.objectives) > 1
    succeeded = [found[~np.isnan(found[:, 0])] for found in values]
    values = [found for found in succeeded if len(found)]
    everything = np.concatenate(values)
    return TaskEvidence(
        task=describe_task(task, pose(task, box.benchmark)),
        random=[best_or_front(found) for found in values],
        trials=everything,
        seen=searched(box, np.concatenate(points), everything) if several else everything,
        seconds=np.full(SEEDS, task.budget.amount),
    )


def searched(box: Box, points: Floats, values: Floats) -> Floats:
    """What a search by small and large steps between and around the best points ends with.

    It begins with the points of random search and, for two functions of BBOB, with their optima.
    """
    rng = np.random.default_rng(0)
    starts = optima(box)
    everything = np.concatenate([values, box.evaluate(starts, 0)])
    points, values, _ = survivors(
        np.concatenate([points, starts]), everything, np.zeros(len(everything))
    )
    for _ in range(GENERATIONS):
        parents, mates = (points[rng.integers(len(points), size=CHILDREN)] for _ in range(2))
        steps = 10 ** rng.uniform(-5, -0.5, (CHILDREN, 1)) * rng.normal(size=parents.shape)
        moved = rng.random(parents.shape) < rng.random((CHILDREN, 1))
        children = parents + rng.random((CHILDREN, 1)) * (mates - parents)
        children += moved * steps * (box.high - box.low)
        everything = np.concatenate([values, box.evaluate(children, 0)])
        points, values, _ = survivors(
            np.concatenate([points, children]), everything, np.zeros(len(everything))
        )
    return values


def optima(box: Box) -> Floats:
    """Points between the optima of the two functions that a problem of BBOB is made of."""
    task = box.task
    if task.collection != "bbob-biobj" or not isinstance(box.benchmark, Coco):
        return np.empty((0, task.dimension))
    parts = [(int(f), int(i)) for f, i in PART.findall(box.benchmark.name)]
    bbob = ioh.ProblemClass.BBOB
    first, second = (
        np.asarray(ioh.get_problem(f, i, task.dimension, bbob).optimum.x) for f, i in parts
    )
    return np.asarray(first + np.linspace(0, 1, 101)[:, None] * (second - first))


def optimum(benchmark: Constrained) -> float:
    """The best value of a constrained function; COCO writes where it is into a file."""
    with TemporaryDirectory() as folder, chdir(folder):
        benchmark._problem._best_parameter("print")
        (file,) = Path(folder).iterdir()
        return float(benchmark._problem(np.loadtxt(file)))


def constrained(task: Task, benchmark: Constrained) -> Constants:
    """The constants of one of COCO's constrained functions, from single random points.

    Where none of these is feasible, that with which COCO begins stands for random search.
    """
    problem = benchmark._problem
    points = np.random.default_rng(0).uniform(-5, 5, (DRAWS, task.dimension))
    excesses = np.array([problem.constraint(point) for point in points])
    violations = np.maximum(excesses, 0.0).sum(axis=1)
    feasible = points[violations == 0]
    missed = len(points) - len(feasible)
    begin = feasible if len(feasible) else problem.initial_solution[None]
    values = np.array([float(problem(point)) for point in begin])
    told = np.append(values, [np.nan] * (missed if len(feasible) else 0))[:, None]
    return of_points(task, told, violations, best=optimum(benchmark))


def several_constrained(task: Task, benchmark: Pymoo) -> Constants:
    """The constants of one of pymoo's constrained problems.

    The best known is that of random points, of the front that pymoo knows, if it does, and of a
    search by pymoo's own NSGA-II.
    """
    problem = benchmark._problem
    points = np.random.default_rng(0).uniform(problem.xl, problem.xu, (DRAWS, problem.n_var))
    with np.errstate(all="ignore"):
        found = problem.evaluate(points, return_as_dictionary=True)
        searched = minimize(problem, NSGA2(pop_size=100), ("n_gen", 100), seed=1)
    violations = np.maximum(found["G"], 0.0).sum(axis=1)
    told = np.where(violations[:, None] == 0, found["F"], np.nan)
    best = [told[violations == 0], np.atleast_2d(searched.F)] if searched.F is not None else []
    return of_points(task, told, violations, best=best_or_front(np.concatenate(best)))


def of_points(task: Task, told: Floats, violations: Floats, *, best: Floats | float) -> Constants:
    """The constants of a task by random points.

    Args:
        task: The task.
        told: Values, NaN where a point is infeasible; shape (points, objectives).
        violations: By how much each drawn point violates the constraints.
        best: What is known to be the best: for certain, if it is a number.
    """
    count = len(told)
    shares = np.full(count, 1 / count)
    trials = SingleTrials(told=told, scored=told, weights=shares, seconds=np.ones(count))
    drawn = np.full(len(violations), 1 / len(violations))
    by_violation = replace(trials, violations=violations, weights=drawn)
    name = task.objectives[0]
    certain = Exact(best={name: best}) if isinstance(best, float) else Exact()
    least = np.array([[best]]) if isinstance(best, float) else best
    info = describe_task(task, pose(task, build(task)))
    found = constants_of_trials(info, trials, certain, least)
    return replace(found, draws=DRAWS, violation=median_violation(by_violation))


def constants_of(task: Task) -> Constants:
    """The constants of a task, in the way that is quickest."""
    box = Box(task)
    if isinstance(box.benchmark, Constrained):
        return constrained(task, box.benchmark)
    if isinstance(box.benchmark, Pymoo) and box.benchmark.constraints:
        return several_constrained(task, box.benchmark)
    return constants(evidence(box), Exact(best=box.benchmark.best))


def missing(collection: str) -> Iterator[Task]:
    """The tasks whose constants no file has."""
    known = load_constants([FOLDER]).tasks
    return (t for t in CATALOGUE.tasks.values() if t.collection == collection and t.id not in known)


def main(collections: list[str]) -> None:
    """Add what is missing to each collection's file, some tasks at a time."""
    for collection in collections:
        tasks = missing(collection)
        while chunk := list(islice(tasks, CHUNK)):
            found = {task.id: constants_of(task) for task in chunk}
            save_constants(FOLDER / f"{collection}.json", found)
            print(collection, chunk[-1].id, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
