"""Execute a run: from names to parts, through the loop, to a trajectory."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from time import perf_counter
from typing import Any

from hpobench.benchmark import Benchmark
from hpobench.catalogue import load
from hpobench.environments import library_version, make
from hpobench.errors import (
    AbsentError,
    RemoteError,
    RunError,
    UserError,
    describe_error,
    one_line,
    quoted,
)
from hpobench.execution.construction import build, pose, start
from hpobench.execution.evaluation import simulated
from hpobench.execution.history import with_history, with_prescribed_design
from hpobench.execution.loop import Check, Loop
from hpobench.execution.real_workers import Concurrent, Executor
from hpobench.execution.sparing import Watched, Watching
from hpobench.randomness import seed_globals
from hpobench.run import MOST_REASON, Run, Status, Trajectory
from hpobench.space import checker
from hpobench.system.folders import scratch
from hpobench.system.process import is_interrupt
from hpobench.task import Problem
from hpobench.trial import Config, Record, Trial

WANTS = (AbsentError, FileNotFoundError, ModuleNotFoundError)
"""What says, before a run starts, that something is not on this machine."""


def execute(
    run: Run, executor: Executor | None = None, watch: Watching | None = None
) -> Trajectory:
    """Execute a run to its end; whatever goes wrong inside it becomes a failed trajectory.

    Args:
        run: What to execute.
        executor: Evaluates its trials side by side in real time; else its workers are simulated.
        watch: Is told of each call of the optimizer, its start included.
    """
    began = perf_counter()
    records: list[Record] = []
    metadata: dict[str, Any] = {}
    status, reason, stop_reason, lacking = Status.COMPLETED, "", "", True
    try:
        with scratch():
            loop = prepare(run, metadata, executor, watch)
            lacking = False
            with closing(loop.workers), closing(loop.optimizer):
                for record in loop.records():
                    records.append(record)  # noqa: PERF402 (those before a failure are kept)
            stop_reason = loop.stop_reason
        if records and all(record.failure for record in records):
            first = min(records, key=lambda record: record.number)
            status, reason = Status.FAILED, f"every trial failed: {first.failure}"
    except BaseException as error:
        if is_interrupt(error):
            raise
        status, reason = Status.FAILED, explain(error)
        lacking &= isinstance(error, WANTS)
    seconds = perf_counter() - began
    return Trajectory(
        run=run,
        status=status,
        records=records,
        reason=reason[:MOST_REASON],
        stop_reason=stop_reason,
        seconds=seconds,
        lacking=lacking,
        metadata=metadata,
    )


def prepare(
    run: Run,
    metadata: dict[str, Any],
    executor: Executor | None = None,
    watch: Watching | None = None,
) -> Loop:
    """Put a run's parts together, and note in `metadata` what they turn out to be."""
    benchmark = build(run.task)
    benchmark.warm_up()
    problem = _posed(run, benchmark)
    metadata |= {
        "objectives": [[o.name, o.maximize] for o in problem.objectives],
        "fidelity": fidelity_facts(problem),
    }
    if run.variant.environment:
        make(run.variant.environment)  # now, so that its version is known even if the rest fails
    metadata["library_version"] = library_version(run.variant.library, run.variant.environment)
    seed, generators = run.seed_for("optimizer"), run.seed_for("globals")
    if not run.variant.environment:
        # Some libraries draw from the global generators as they load.
        load(run.variant.adapter, run.variant.folder)
    seed_globals(generators)
    if watch:
        watch.begin()
    optimizer = start(run.variant, problem, seed, generators=generators)
    if watch:
        watch.end()
        optimizer = Watched(optimizer, watch)
    metadata["notes"] = optimizer.notes  # which grow while it runs
    clock = getattr(optimizer, "clock", perf_counter)  # that of another process
    metadata["places"] = [] if executor else list(benchmark.notes)
    workers = Concurrent(executor) if executor else simulated(run, benchmark)
    metadata["clock"] = str(workers.clock)
    check = legality(benchmark, problem.initial)
    return Loop(optimizer, workers, problem, run.overhead, check, clock)


def _posed(run: Run, benchmark: Benchmark) -> Problem:
    """What the run's optimizer is told before it begins."""
    problem = pose(run.task, benchmark, run.seed_for("initial"))
    problem = with_prescribed_design(problem, benchmark, run.seed)
    return with_history(problem, run.task, benchmark)


def legality(benchmark: Benchmark, initial: Sequence[Config] = ()) -> Check:
    """Let legal trials pass; an illegal one is the optimizer's fault.

    So is another one than the next of the initial design, as long as that lasts.
    """
    check, expected = checker(benchmark.space), iter(initial)

    def legal(trial: Trial) -> None:
        if not isinstance(trial.config, Mapping):
            raise RunError(
                f"the optimizer asked for a Trial whose config is {quoted(trial.config)}: "
                "expected a mapping of hyperparameters to values"
            )
        if wrong := check(trial.config):
            raise RunError(f"the optimizer asked for an illegal configuration: {wrong}")
        if next(expected, trial.config) != trial.config:
            raise RunError("the optimizer did not begin with the initial design it was given")

    return legal


def explain(error: BaseException) -> str:
    """An error in one line, with its type and place unless its message is for people."""
    plain = isinstance(error, UserError | RunError | RemoteError)
    return one_line(error) if plain else describe_error(error)


def fidelity_facts(problem: Problem) -> dict[str, Any] | None:
    """The fidelity's range as plain data."""
    if problem.fidelity is None:
        return None
    fidelity = problem.fidelity
    return {name: getattr(fidelity, name) for name in fidelity.__slots__}
