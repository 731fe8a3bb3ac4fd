"""Execute a run: from names to parts, through the loop, to a trajectory."""

import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from copy import deepcopy
from inspect import signature
from time import perf_counter
from typing import Any, NamedTuple

from hpobench.benchmark import Benchmark
from hpobench.catalogue import FUNCTION, load, located
from hpobench.environments import Isolated, library_version, make
from hpobench.errors import (
    AbsentError,
    RemoteError,
    RunError,
    UserError,
    describe_error,
    nearest,
    one_line,
    quoted,
)
from hpobench.execution.checkpoints import Checkpoints
from hpobench.execution.loop import Check, Loop
from hpobench.execution.sparing import Clipped, Unasked, Watched, Watching, varies
from hpobench.execution.workers import (
    Advance,
    Concurrent,
    Continued,
    Evaluate,
    Executor,
    Simulated,
    Workers,
)
from hpobench.optimizer import Optimizer, Variant
from hpobench.outcomes import judge_outcome
from hpobench.randomness import seed_globals
from hpobench.run import Run, Status, Trajectory, canonical
from hpobench.space import checker, draw_configs, types
from hpobench.system.catalogue_folder import anchored
from hpobench.system.process import is_interrupt
from hpobench.task import Problem, Task
from hpobench.trial import Config, Outcome, Record, Trial

DESCRIBED = ("space", "forbidden", "objectives", "fidelity")
"""Parameters of a function's task that are no business of the function."""

REASON = 2000
"""A reason for failure is cut to so many characters."""


WANTS = (AbsentError, FileNotFoundError, ModuleNotFoundError)
"""What says, before a run starts, that something is not on this machine."""


def build(task: Task) -> Benchmark:
    """The benchmark behind a task.

    Raises:
        UserError: Its module or class does not exist or needs a missing library, or its
            parameters are not what the class takes.
    """
    cls = load(task.benchmark, task.folder)
    if not (isinstance(cls, type) and issubclass(cls, Benchmark)):
        raise located(task, UserError(f"{task.benchmark} {misfit(cls, Benchmark)}"))
    try:
        benchmark: Benchmark = cls(**anchored(dict(task.params), task.folder))
    except (TypeError, UserError) as error:
        raise located(task, error) from error
    return benchmark


def check_parameters(tasks: Iterable[Task]) -> None:
    """Refuse functions' tasks that can be seen to be wrong without running the functions.

    Raises:
        UserError: With the file and line of what is wrong in a task's parameters.
    """
    seen: set[str] = set()
    for task in tasks:
        if task.benchmark == FUNCTION:
            parts = {n: v for n, v in task.params.items() if n in DESCRIBED}
            if (key := repr(parts)) not in seen:
                seen.add(key)
                try:
                    load(FUNCTION).check(parts)
                except UserError as error:
                    raise located(task, error) from error


def pose(task: Task, benchmark: Benchmark, seed: int = 0) -> Problem:
    """What an optimizer may know of the task.

    Args:
        task: The task.
        benchmark: Built for it.
        seed: Decides the initial design, if the task has one.

    Raises:
        UserError: The task's definition does not fit the benchmark.
    """
    known = {objective.name: objective for objective in benchmark.objectives}
    if unknown := [name for name in task.objectives if name not in known]:
        wrong = f"the benchmark has no objective {unknown[0]!r}{nearest(unknown[0], known)}"
        raise located(task, UserError(wrong))
    fidelity = benchmark.fidelity if task.fidelity else None
    if task.fidelity and (fidelity is None or fidelity.name != task.fidelity):
        name = f", it has {fidelity.name!r}" if fidelity else ""
        raise located(task, UserError(f"the benchmark has no fidelity {task.fidelity!r}{name}"))
    declared, found = (task.dimension, task.types), (len(benchmark.space), types(benchmark.space))
    if declared != found:
        raise located(task, UserError(f"it declares {declared}, its space has {found}"))
    if task.continues and not benchmark.continues:
        wrong = "it says 'continues: true', the benchmark cannot go on from another trial"
        raise located(task, UserError(wrong))
    if lacking := [name for name in task.signals if name not in benchmark.signals]:
        near = nearest(lacking[0], benchmark.signals)
        raise located(task, UserError(f"the benchmark has no signal {lacking[0]!r}{near}"))
    return Problem(
        space=deepcopy(benchmark.space),
        objectives=tuple(known[name] for name in task.objectives),
        fidelity=fidelity,
        budget=task.budget,
        workers=task.workers,
        initial=draw_configs(deepcopy(benchmark.space), task.initial, seed) if task.initial else (),
        context=dict(benchmark.context),
        continues=task.continues,
        signals=task.signals,
    )


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
        reason=reason[:REASON],
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
    problem = pose(run.task, benchmark, run.seed_for("initial"))
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


def start(variant: Variant, problem: Problem, seed: int, *, generators: int) -> Optimizer:
    """The variant's optimizer, in this process or in an environment of its own.

    It is told no more than it bears, and a library is not asked where nothing varies.

    Args:
        variant: Names the adapter, its options and perhaps an environment.
        problem: What it is to solve.
        seed: Its only source of randomness.
        generators: Seed of the global generators in another process; here they are as they are.

    Raises:
        UserError: The adapter cannot be loaded, or its environment cannot be made.
    """
    able = variant.capabilities
    if variant.library and not varies(problem.space):
        return Unasked(problem)
    optimizer = (
        Isolated(problem, seed, variant=variant, generators=generators)
        if variant.environment
        else _construct(variant, problem, seed)
    )
    return Clipped(optimizer, able.magnitude) if able.magnitude < math.inf else optimizer


def _construct(variant: Variant, problem: Problem, seed: int) -> Optimizer:
    """The variant's optimizer in this process.

    Raises:
        UserError: Its adapter is no optimizer, or does not take its options.
    """
    cls = load(variant.adapter, variant.folder)
    if not (isinstance(cls, type) and issubclass(cls, Optimizer)):
        raise UserError(f"{variant.adapter} {misfit(cls, Optimizer)}")
    if lacks := sorted(getattr(cls, "__abstractmethods__", ())):
        raise UserError(f"{variant.adapter} has no method {' and no '.join(map(repr, lacks))}")
    options = anchored(dict(variant.options), variant.folder)
    if wrong := unfit(cls, problem, seed, **options):
        raise UserError(
            f"{variant.adapter} cannot be called as (problem, seed, **options) with the options "
            f"{dict(variant.options)}: {wrong}"
        )
    optimizer: Optimizer = cls(problem, seed, **options)
    return optimizer


def misfit(cls: Any, base: type) -> str:
    """What a class, or what stands in its place, is instead of a subclass of `base`."""
    expected = f"is no subclass of {base.__module__}.{base.__qualname__}"
    if not isinstance(cls, type):
        return f"{expected} but {cls!r}"[:REASON]
    bases = " and ".join(f"{each.__module__}.{each.__qualname__}" for each in cls.__bases__)
    return f"{expected}; its base is {bases}" if cls.__bases__ != (object,) else expected


def unfit(call: Any, *args: Any, **kwargs: Any) -> str:
    """Why something cannot be called with these arguments; or empty."""
    try:
        signature(call).bind(*args, **kwargs)
    except (TypeError, ValueError) as error:
        return str(error) if isinstance(error, TypeError) else ""
    return ""


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


def evaluator(run: Run, benchmark: Benchmark) -> Evaluate:
    """Answer trials by the benchmark, with the noise of the run."""
    seed = run.seed_for("evaluation")

    def evaluate(trial: Trial) -> Outcome:
        copied = Trial(config=dict(trial.config), fidelity=trial.fidelity)  # it may change its own
        return benchmark.evaluate(copied, seed)

    return evaluate


def advancer(run: Run, benchmark: Benchmark) -> Advance:
    """Answer trials from where others ended; the highest fidelity leaves nothing to go on from."""
    seed = run.seed_for("evaluation")
    high = benchmark.fidelity.full_from if benchmark.fidelity else 0.0

    def advance(trial: Trial, checkpoint: bytes | None) -> tuple[Outcome, bytes | None]:
        answer: Any = benchmark.advance(trial, seed, checkpoint)
        if not (isinstance(answer, tuple) and len(answer) == len(("outcome", "checkpoint"))):
            raise RunError(f"the benchmark advanced to {answer!r}"[:REASON] + ", not to two things")
        outcome, left = answer
        full = trial.fidelity is None or trial.fidelity >= high
        if full or not isinstance(outcome, Outcome) or not outcome.ok:
            return outcome, None
        if not isinstance(left, bytes):
            raise RunError(f"the benchmark's checkpoint is {left!r}"[:REASON] + ", not bytes")
        return outcome, left

    return advance


def simulated(run: Run, benchmark: Benchmark) -> Workers:
    """Workers on a virtual clock, whose trials go on from others' checkpoints if they can."""
    objectives, signals = run.task.objectives, run.task.signals
    if run.task.continues:
        return Continued(advancer(run, benchmark), Checkpoints(), objectives, signals)
    return Simulated(evaluator(run, benchmark), objectives, signals)


class TrialAnswer(NamedTuple):
    """What became of one trial that was evaluated alone.

    Attributes:
        outcome: Reduced to the task's objectives and signals, and checked.
        seconds: Real ones that it took.
        checkpoint: What it leaves for others to go on from, or None.
    """

    outcome: Outcome
    seconds: float
    checkpoint: bytes | None


def answer(run: Run, trial: Trial, checkpoint: bytes | None = None) -> TrialAnswer:
    """Evaluate one trial of a run alone; the benchmark is kept for the next.

    Args:
        run: The run.
        trial: What is asked.
        checkpoint: What its parent has left, if it has one.

    Raises:
        Exception: Whatever the benchmark raises.
    """
    with scratch():
        task, benchmark, left = run.task, _kept(run.task), None
        began = perf_counter()
        if task.continues:
            outcome, left = advancer(run, benchmark)(trial, checkpoint)
        else:
            outcome = benchmark.evaluate(trial, run.seed_for("evaluation"))
        outcome = judge_outcome(outcome, task.objectives, task.signals)
        return TrialAnswer(outcome, perf_counter() - began, left if outcome.ok else None)


_KEPT: dict[bytes, Benchmark] = {}


def _kept(task: Task) -> Benchmark:
    """The benchmark of the task, built now if it is not the one that was used last."""
    key = canonical(task.definition())
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = build(task)
        _KEPT[key].warm_up()
    return _KEPT[key]


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
