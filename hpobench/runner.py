"""Execute a run: from names to parts, through the loop, to a trajectory."""

import os
import random
import shutil
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any

import numpy as np

from hpobench.benchmark import Benchmark
from hpobench.catalogue import load
from hpobench.errors import UserError, legible
from hpobench.loop import Evaluate, RunError, Simulation
from hpobench.optimizer import Optimizer
from hpobench.run import Run, Status, Trajectory
from hpobench.space import checker, draw, types
from hpobench.task import Problem, Task
from hpobench.trial import Config, Outcome, Record, Trial

REASON = 2000
"""A reason for failure is cut to so many characters."""


def build(task: Task) -> Benchmark:
    """The benchmark behind a task.

    Raises:
        UserError: Its module or class does not exist or needs a missing library, or its
            parameters are not what the class takes.
    """
    cls = load(task.benchmark)
    try:
        benchmark: Benchmark = cls(**task.params)
    except TypeError as error:
        raise UserError(f"task {task.id!r}: {error}") from error
    return benchmark


def pose(task: Task, benchmark: Benchmark, seed: int = 0) -> Problem:
    """What an optimizer may know of the task.

    Args:
        task: The task.
        benchmark: Built for it.
        seed: Of the initial design, if the task has one.

    Raises:
        UserError: The task's definition does not fit the benchmark.
    """
    known = {objective.name: objective for objective in benchmark.objectives}
    if unknown := [name for name in task.objectives if name not in known]:
        raise UserError(f"task {task.id!r}: the benchmark has no objective {unknown[0]!r}")
    fidelity = benchmark.fidelity if task.fidelity else None
    if task.fidelity and (fidelity is None or fidelity.name != task.fidelity):
        raise UserError(f"task {task.id!r}: the benchmark has no fidelity {task.fidelity!r}")
    declared, found = (task.dimension, task.types), (len(benchmark.space), types(benchmark.space))
    if declared != found:
        raise UserError(f"task {task.id!r} declares {declared}, its space has {found}")
    return Problem(
        space=deepcopy(benchmark.space),
        objectives=tuple(known[name] for name in task.objectives),
        fidelity=fidelity,
        budget=task.budget,
        workers=task.workers,
        initial=draw(deepcopy(benchmark.space), task.initial, seed),
    )


def execute(run: Run) -> Trajectory:
    """Execute a run to its end; whatever goes wrong inside it becomes a failed trajectory."""
    began = perf_counter()
    records: list[Record] = []
    facts: dict[str, Any] = {}
    status, reason, cut = Status.COMPLETED, "", ""
    try:
        with scratch():
            simulation = prepare(run, facts)
            for record in simulation.records():
                records.append(record)  # noqa: PERF402 (those before a failure are kept)
            cut = simulation.cut
        if records and all(record.failure for record in records):
            status, reason = Status.FAILED, f"every trial failed: {records[0].failure}"
    except (Exception, SystemExit) as error:  # noqa: BLE001 (the run's own fault, whatever it is)
        status, reason = Status.FAILED, explain(error)
    seconds = perf_counter() - began
    return Trajectory(
        run=run,
        status=status,
        records=records,
        reason=reason[:REASON],
        cut=cut,
        seconds=seconds,
        facts=facts,
    )


def prepare(run: Run, facts: dict[str, Any]) -> Simulation:
    """Put a run's parts together, and note in `facts` what they turn out to be."""
    benchmark = build(run.task)
    problem = pose(run.task, benchmark, run.seed_for("initial"))
    facts |= {
        "objectives": [[o.name, o.maximize] for o in problem.objectives],
        "fidelity": fidelity_facts(problem),
        "library_version": library_version(run.variant.library),
    }
    seed_globals(run.seed_for("globals"))
    adapter = load(run.variant.adapter)
    seed = run.seed_for("optimizer")
    optimizer: Optimizer = adapter(problem, seed, **run.variant.options)
    evaluate = evaluator(run, benchmark, problem.initial)
    return Simulation(optimizer, evaluate, problem, run.overhead)


def evaluator(run: Run, benchmark: Benchmark, initial: Sequence[Config] = ()) -> Evaluate:
    """Answer legal trials by the benchmark; an illegal one is the optimizer's fault.

    So is another one than the next of the initial design, as long as that lasts.
    """
    check, seed = checker(benchmark.space), run.seed_for("evaluation")
    expected = iter(initial)

    def evaluate(trial: Trial) -> Outcome:
        if wrong := check(trial.config):
            raise RunError(f"the optimizer asked for an illegal configuration: {wrong}")
        if next(expected, trial.config) != trial.config:
            raise RunError("the optimizer did not begin with the initial design it was given")
        return benchmark.evaluate(trial, seed)

    return evaluate


def explain(error: BaseException) -> str:
    """An error in one line, with the place in the code that raised it."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({os.path.basename(place[0].filename)}:{place[0].lineno})" if place else ""  # noqa: PTH119
    message = legible(" ".join(_words(error).split()))
    return (
        message
        if isinstance(error, UserError | RunError)
        else (f"{type(error).__name__}: {message}{where}")
    )


def _words(error: BaseException) -> str:
    """What an error says; it may be endless, or fail at saying it."""
    try:
        return str(error)[: REASON // 2]
    except Exception:  # noqa: BLE001 (whatever it is)
        return "it cannot say what"


def seed_globals(seed: int) -> None:
    """Seed the global generators, so that a library that draws from them still repeats."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002


def library_version(distribution: str) -> str:
    """The installed version of the library behind an optimizer, or empty."""
    try:
        return version(distribution) if distribution else ""
    except PackageNotFoundError:
        return ""


def fidelity_facts(problem: Problem) -> dict[str, Any] | None:
    """The fidelity's range as plain data."""
    if problem.fidelity is None:
        return None
    fidelity = problem.fidelity
    return {name: getattr(fidelity, name) for name in fidelity.__slots__}


@contextmanager
def scratch() -> Iterator[None]:
    """A temporary working directory, which is also where temporary files go, until the end."""
    before, home = tempfile.tempdir, os.getcwd()  # noqa: PTH109
    folder = tempfile.mkdtemp(prefix="hpobench-")
    try:
        os.chdir(folder)
        tempfile.tempdir = folder
        yield
    finally:
        tempfile.tempdir = before
        os.chdir(home)
        shutil.rmtree(folder, ignore_errors=True)
