"""Run optimizers on tasks from Python: the same runs as the command line's."""

import warnings
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpobench.api.checks import checked_count, checked_member, checked_seconds, checked_seeds
from hpobench.api.parts import budget_of, chosen_optimizers, chosen_tasks
from hpobench.api.show import printer, redrawer
from hpobench.api.stored import Folders, Results, absolute_folders
from hpobench.catalogue import Catalogue, Experiment
from hpobench.dispatch.backends import Backend, backend_executor, choose_backend
from hpobench.dispatch.driver import Driver, resumable
from hpobench.dispatch.plan import Plan, PlanPart, Work
from hpobench.dispatch.planning import at_work, make_plan, not_stored, with_environments
from hpobench.dispatch.progress import Progress, follow
from hpobench.dispatch.slot import Slot
from hpobench.optimizer import Stop, stopped_by
from hpobench.settings import parse_settings
from hpobench.store import Store
from hpobench.system.kernel import cores
from hpobench.task import Overhead

SHOWN = 8
"""So many different reasons are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Where runs are executed, and who watches.

    Attributes:
        backend: What carries them.
        slots: How many at a time.
        address: Where a Ray cluster is, if it is not a private one.
        watched: Whether to show how far it is; None leaves it to the terminal or the notebook.
    """

    backend: Backend
    slots: int
    address: str | None
    watched: bool | None


def run(  # noqa: PLR0913 (each is an option of the command of this name)
    optimizers: Any,
    tasks: Any,
    *,
    seeds: str | Iterable[int] = (0,),
    part: str | None = None,
    trials: float | str | None = None,
    workers: int | None = None,
    initial: int | None = None,
    noise: str = "fixed",
    masked: bool = False,
    history: int = 0,
    prior: str = "none",
    results: str | Path = "results",
    jobs: int | None = None,
    stop: str = "none",
    overhead: str = "none",
    backend: str = "auto",
    address: str | None = None,
    gpus: float | None = None,
    run_timeout: float = 0.0,
    ask_timeout: float = 600.0,
    retry_failed: bool = False,
    catalogue: Folders = (),
    progress: bool | None = None,
) -> Results:
    """Run optimizers on tasks; only what is missing in the results folder is run.

    A run is one optimizer on one task with one seed, and the same to the bit as that of
    `hpobench run`. It may be interrupted at any time: the same call goes on where it stopped.
    A pair that cannot run (the optimizer does not handle the task) is left out with a warning
    that says why, and so is told how many runs failed.

    Args:
        optimizers: A name, a glob, a class, what `as_optimizer` made, or a list of these.
        tasks: A name, a glob, the name of a task set, a task, a function whose parameters are
            annotated with their ranges, what `as_task` made, or a list of these.
        seeds: `range(5)`, `[0, 1]`, or a text as on the command line: `"0:5"`.
        part: Such as `"3/20"`, the third of twenty parts of the runs: for jobs of a cluster that
            share the work.
        trials: The budget in trials at full fidelity instead of the tasks' own, or a text such
            as `"evaluations=200"` or `"seconds=3600"` (virtual).
        workers: Simulated workers, instead of the tasks' own.
        initial: Let all optimizers begin with so many common random configurations.
        noise: `fixed`, or `fresh`: a configuration that is asked for again is evaluated anew, with
            noise of its own; on tasks that have noise.
        masked: Whether optimizers see neutral names instead of the tasks' own.
        history: How many finished random trials optimizers are told of each task that asks the same
            of other data; 0 is none.
        prior: `none`, or `good`, `medium` or `bad`: what optimizers are told of where the good
            settings are believed to be.
        results: Folder for the results; made if it does not exist.
        jobs: Runs executed at a time; by default one on each core.
        stop: `none`, `median` or `extrapolate`: by which rule trials are stopped on the way, of
            optimizers that choose no fidelities on tasks that have one.
        overhead: `none`, or `measured`: the optimizers' own time advances the clock.
        backend: `auto`, `local`, `serial` or `ray`.
        address: Where a Ray cluster is, or `auto` for the one of this machine.
        gpus: GPUs that each run is given, instead of what the tasks say; 0.25 packs four on one.
        run_timeout: Seconds after which a run is recorded as failed; 0 is no limit.
        ask_timeout: Seconds that one ask or tell may take; 0 is no limit.
        retry_failed: Whether what is stored as failed is run again.
        catalogue: The user's own folders with `tasks/`, `optimizers/` and `configs/`.
        progress: Whether to show how far it is; by default in a terminal or a notebook.

    Raises:
        UserError: A name does not exist, or something asked for cannot run here.
    """
    execution = Execution(
        backend=Backend(checked_member(Backend, "backend", backend)),
        slots=checked_count("jobs", jobs) or cores(),
        address=address,
        watched=progress,
    )
    timeout = checked_seconds("run_timeout", run_timeout)
    patience = checked_seconds("ask_timeout", ask_timeout)
    chosen = chosen_optimizers(optimizers), chosen_tasks(tasks)
    known = Catalogue(absolute_folders(catalogue), [*chosen[0].parts, *chosen[1].parts])
    names, sets = known.tasks_and_sets(chosen[1].names)
    experiment = Experiment(
        optimizers=stopped_by(Stop(checked_member(Stop, "stop", stop)), chosen[0].names),
        tasks=names,
        task_sets=sets,
        seeds=checked_seeds(seeds),
        budget=None if trials is None else budget_of(trials),
        workers=checked_count("workers", workers),
        initial=checked_count("initial", initial),
        settings=parse_settings(
            {"noise": noise, "masked": masked, "history": history, "prior": prior}
        ),
    )
    measured = Overhead(checked_member(Overhead, "overhead", overhead))
    with closing(Slot()) as first, resumable():
        if execution.backend is not Backend.RAY:
            first.warm_up()  # its imports take longer than all that is to be read here
        plan = make_plan(
            known,
            experiment,
            measured,
            elsewhere=bool(address),
            gpus=gpus,
            part=None if part is None else PlanPart.parse(part),
        )
        plan = _with_environments(plan, experiment, Path(results), retry_failed=retry_failed)
        driver = Driver(
            plan=plan,
            store=Store.create(Path(results)),
            timeout=timeout,
            patience=patience,
            retry_failed=retry_failed,
            command=["hpobench.run"],
        )
        _drive(driver, first, execution)
    return Results(
        path=Path(results),
        optimizers=tuple(variant.id for variant in plan.variants),
        tasks=tuple(task.id for task in plan.tasks),
        catalogues=absolute_folders(catalogue),
    )


def _with_environments(
    plan: Plan, experiment: Experiment, results: Path, *, retry_failed: bool
) -> Plan:
    """The plan with environments made that are needed, before anything is written."""
    if not any(variant.environment for variant in plan.variants):
        return plan
    left = not_stored(plan, results, retry_failed=retry_failed)
    return with_environments(plan, experiment, at_work(plan, left), printer(watched=True))


def _drive(driver: Driver, first: Slot, execution: Execution) -> None:
    """Execute what is missing, show how far it is, and say what did not run and why."""
    plan, say = driver.plan, printer(watched=execution.watched)
    work = Work.left(plan, driver.store.statuses(), retry_failed=driver.retry_failed)
    say(f"{len(plan):,} runs, {len(plan) - work.runs:,} already stored, {work.runs:,} to do.")
    progress = Progress(work.runs, work.seconds, redrawer(watched=execution.watched))
    if work.runs:
        choice = choose_backend(
            execution.backend, work, slots=execution.slots, address=execution.address
        )
        execute = backend_executor(
            choice.backend, first=first, slots=execution.slots, address=execution.address
        )
        try:
            follow(driver, execute, progress)
        finally:
            progress.close()
    say(f"{progress.done - progress.failed:,} runs completed, {progress.failed:,} failed.")
    _warn(driver, progress, work)


def _warn(driver: Driver, progress: Progress, work: Work) -> None:
    """Say, as Python warns, what failed and what was left out, and why."""
    skips = Counter(f"{skip.optimizer} {skip.reason}" for skip in driver.plan.skipped)
    lines = _most("runs failed", progress.reasons) + _most("pairs left out", skips)
    lines += _most("tasks left out", Counter(driver.plan.unready.values()))
    if work.failed:
        lines.append(f"{work.failed:,} stored as failed; retry_failed=True runs them again")
    if driver.elsewhere:
        lines.append(f"{driver.elsewhere:,} left to another process at work on them")
    if older := driver.older():
        lines.append(f"{older:,} stored runs of these names are of an older definition")
    for line in (*lines, *driver.store.damage, *driver.store.notes):
        warnings.warn(line, stacklevel=4)


def _most(what: str, reasons: Counter[str]) -> list[str]:
    """The most frequent reasons, with their counts."""
    lines = [f"{count} {what}: {reason[:300]}" for reason, count in reasons.most_common(SHOWN)]
    rest = len(reasons) - SHOWN
    return [*lines, f"{what} for {rest} more reasons"] if rest > 0 else lines
