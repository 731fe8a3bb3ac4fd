"""`hpobench run`: bring the missing runs of an experiment into a results folder."""

import shlex
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from hpobench.catalogue import Catalogue, Experiment, lacking
from hpobench.catalogue.section import MAX_INTEGER
from hpobench.catalogue.sets import parse_seeds
from hpobench.cli.environments import make_missing
from hpobench.cli.environments import missing as missing_environments
from hpobench.cli.options import open_catalogue, with_catalogue
from hpobench.cli.progress import Progress, span
from hpobench.dispatch.backends import Backend, Execute, choose, cores, executor
from hpobench.dispatch.driver import Driver
from hpobench.dispatch.plan import Plan, Work
from hpobench.dispatch.slot import Slot
from hpobench.errors import FileError, UserError
from hpobench.optimizer import Variant
from hpobench.run import Status
from hpobench.store import Store
from hpobench.task import Budget, Overhead, Task

SHOWN = 8
"""So many different reasons are shown in the summary."""

_EXAMPLES = """
\b
Examples:
  hpobench run --optimizer dehb --task-set core
  hpobench run --optimizer 'optuna/*' --task 'bbob/f0?-d2-*' --seeds 0:10 --jobs 8
  hpobench run -f demo --results results/demo
  hpobench run --optimizer random --task mfh/* --budget seconds=3600 --workers 4 --dry-run
"""


@click.command("run", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.option(
    "--optimizer",
    "-o",
    "optimizers",
    multiple=True,
    metavar="NAME",
    help="Optimizer or glob, repeatable; see 'hpobench list optimizers'.",
)
@click.option(
    "--task",
    "-t",
    "tasks",
    multiple=True,
    metavar="NAME",
    help="Task or glob, repeatable; see 'hpobench list tasks'.",
)
@click.option(
    "--task-set",
    "task_sets",
    multiple=True,
    metavar="NAME",
    help="Named selection of tasks, repeatable; see 'hpobench list task-sets'.",
)
@click.option(
    "-f",
    "--file",
    "file",
    metavar="EXPERIMENT",
    help="Experiment: a YAML file, or a name in configs/experiments/. The other "
    "options replace what it says.",
)
@click.option(
    "--seeds", metavar="SPEC", help="FIRST:LAST (LAST excluded), N, or N,M,...  [default: 0]"
)
@click.option(
    "--budget",
    metavar="N|UNIT=N",
    help="Instead of the tasks' own: trials=N (full-fidelity equivalents), "
    "evaluations=N or seconds=N (virtual).",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_INTEGER),
    metavar="N",
    help="Workers that evaluate an optimizer's trials side by side, instead of the tasks' "
    "own. They are simulated; of tasks with real training, on Ray, they are real.",
)
@click.option(
    "--initial",
    type=click.IntRange(1, MAX_INTEGER),
    metavar="N",
    help="Let all optimizers begin with the same N random configurations, drawn anew for each "
    "task and seed; those that cannot are skipped.",
)
@click.option(
    "--overhead",
    type=click.Choice([o.value for o in Overhead]),
    default="none",
    help="Whether the optimizers' own time advances the virtual clock.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("results"),
    metavar="DIR",
    help="Folder for the results; what is in it is not run again.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    metavar="N",
    help="Runs executed at a time.  [default: all cores]",
)
@click.option(
    "--backend",
    type=click.Choice([b.value for b in Backend]),
    default="auto",
    help="Where runs are executed; results are the same everywhere.",
)
@click.option(
    "--address",
    envvar="RAY_ADDRESS",
    metavar="HOST:PORT",
    help="Ray cluster to use, or 'auto' for the one of this machine.",
)
@click.option(
    "--run-timeout",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="A run that takes longer is recorded as failed; 0 is no limit.",
)
@click.option("--retry-failed", is_flag=True, help="Run again what is stored as failed.")
@click.option("--dry-run", is_flag=True, help="Say what would be run, and write nothing.")
@with_catalogue
def command(**options: Any) -> int:
    """Run optimizers on tasks; only what is missing in the results folder is run.

    A run is one optimizer on one task with one seed. It may be interrupted at any time:
    the same command goes on where it stopped.
    """
    catalogue = open_catalogue(options["catalogues"])
    with closing(Slot(catalogue.roots[1:])) as first, resumable():
        if not options["dry_run"] and options["backend"] != "ray":
            first.warm_up()  # its imports take longer than all that is to be read here
        experiment = requested(catalogue, options)
        plan = make_plan(catalogue, experiment, Overhead(options["overhead"]))
        if options["dry_run"]:
            return dry_run(plan, options)
        if any(variant.environment for variant in plan.variants):
            make_missing(_at_work(plan, not_stored(plan, options)))
        driver = Driver(
            plan=plan,
            store=Store.create(options["results"]),
            timeout=options["run_timeout"],
            retry_failed=options["retry_failed"],
            command=["hpobench", *sys.argv[1:]],
        )
        return drive(driver, first, options)


@contextmanager
def resumable() -> Iterator[None]:
    """Say of a file that cannot be written that nothing is lost by it."""
    try:
        yield
    except OSError as error:
        if not error.filename:  # nothing of the store
            raise
        going_on = "what is stored is kept, and the same command goes on from it"
        raise FileError(Path(error.filename), f"{error.strerror}; {going_on}") from None


def requested(catalogue: Catalogue, options: dict[str, Any]) -> Experiment:
    """The experiment of the file, if one is named, with what the other options replace."""
    base = catalogue.experiment(options["file"]) if options["file"] else Experiment()
    named = options["tasks"] or options["task_sets"]
    result = Experiment(
        optimizers=options["optimizers"] or base.optimizers,
        tasks=options["tasks"] if named else base.tasks,
        task_sets=options["task_sets"] if named else base.task_sets,
        seeds=parse_seeds(options["seeds"]) if options["seeds"] else base.seeds or (0,),
        budget=Budget.parse(options["budget"]) if options["budget"] else base.budget,
        workers=options["workers"] or base.workers,
        initial=options["initial"] or base.initial,
    )
    if not result.optimizers:
        raise UserError("which optimizers? name some with --optimizer, or an experiment with -f")
    if not result.tasks and not result.task_sets:
        raise UserError(
            "which tasks? name some with --task or --task-set, or an experiment with -f"
        )
    return result


def make_plan(catalogue: Catalogue, experiment: Experiment, overhead: Overhead) -> Plan:
    """Resolve the names of an experiment."""
    tasks = catalogue.select_tasks(experiment.tasks, experiment.task_sets)
    variants = catalogue.select_variants(experiment.optimizers)
    parts: list[Task | Variant] = [*variants, *tasks]
    if absent := [text for part in parts if (text := lacking(part))]:
        raise UserError("; ".join(absent[:SHOWN]))
    return Plan(
        variants=variants,
        tasks=[
            task.under(
                budget=experiment.budget, workers=experiment.workers, initial=experiment.initial
            )
            for task in tasks
        ],
        seeds=experiment.seeds,
        overhead=overhead,
    )


def drive(driver: Driver, first: Slot, options: dict[str, Any]) -> int:
    """Execute what is missing, show how far it is, and sum up."""
    missing = Work.of(driver.missing())
    click.echo(headline(driver.plan, missing.runs))
    execute = backend(first, options, missing) if missing.runs else None
    began, reasons = time.monotonic(), Counter[str]()
    progress = Progress(missing.runs, missing.seconds)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: keep what is done
    interrupted = False
    try:
        for run, result in driver.results(execute) if execute else ():
            failed = result.status is Status.FAILED
            progress.advance(failed=failed, work=run.expected_seconds)
            reasons[result.reason] += failed
    except KeyboardInterrupt:
        interrupted = True
    progress.close()
    summarize(driver, progress, reasons, time.monotonic() - began)
    if interrupted:
        click.echo("Interrupted: the same command goes on from here.")
        return 130
    return 1 if progress.failed else 0


def backend(first: Slot, options: dict[str, Any], work: Work) -> Execute:
    """Choose a backend, and say which and why."""
    slots = options["jobs"] or cores()
    choice = choose(
        Backend(options["backend"]),
        seconds=work.seconds,
        gpus=work.gpus,
        parallel=work.parallel,
        slots=slots,
        address=options["address"],
    )
    at_a_time = 1 if choice.backend is Backend.SERIAL else slots
    click.echo(f"Backend {choice.backend}, {at_a_time} at a time: {choice.reason}.")
    return executor(choice.backend, first=first, slots=slots, address=options["address"])


def headline(plan: Plan, missing: int) -> str:
    """What there is to do."""
    stored = len(plan) - missing
    return (
        f"{_count(len(plan.variants), 'optimizer')} x {_count(len(plan.tasks), 'task')} x "
        f"{_count(len(plan.seeds), 'seed')}: {_count(len(plan), 'run')}, "
        f"{stored} already stored, {missing} to do."
    )


def summarize(driver: Driver, progress: Progress, reasons: Counter[str], seconds: float) -> None:
    """One screen: what was done, what failed and why, what was skipped, how to go on."""
    done = progress.done - progress.failed
    click.echo(f"{_count(done, 'run')} completed, {progress.failed} failed in {span(seconds)}.")
    if driver.elsewhere:
        click.echo(f"{_count(driver.elsewhere, 'run')} left to another process at work on them.")
    _echo_reasons("failed", +reasons)
    _echo_skips(driver.plan)
    for text in (*driver.store.damage, *driver.store.notes):
        click.echo(f"Note: {text}")
    click.echo(f"Analyse with: hpobench analyze {shlex.quote(str(driver.store.path))}")


def dry_run(plan: Plan, options: dict[str, Any]) -> int:
    """Say what would be run, without touching the results folder."""
    missing = not_stored(plan, options)
    click.echo(headline(plan, missing.runs))
    click.echo(f"About {span(missing.seconds)} of work on one core. Nothing was run.")
    for (task, optimizer), count in missing.pairs.items():
        click.echo(f"  {optimizer}  on  {task}  ({_count(count, 'seed')})")
    for line in missing_environments(_at_work(plan, missing)):
        click.echo(line)
    _echo_skips(plan)
    return 0


def not_stored(plan: Plan, options: dict[str, Any]) -> Work:
    """The runs that the results folder does not hold, which need not exist."""
    stored: Mapping[str, str] = {}
    if (options["results"] / "hpobench-store.json").exists():
        stored = Store(options["results"]).statuses()
    return Work.of(run for run in plan.runs() if run.id not in stored)


def _at_work(plan: Plan, work: Work) -> list[Variant]:
    """The variants that have something to do."""
    busy = {optimizer for _, optimizer in work.pairs}
    return [variant for variant in plan.variants if variant.id in busy]


def _echo_skips(plan: Plan) -> None:
    """Why which optimizer was not run on how many tasks."""
    _echo_reasons("skipped", Counter(f"{skip.optimizer} {skip.reason}" for skip in plan.skipped))


def _echo_reasons(what: str, reasons: Counter[str]) -> None:
    """The most frequent reasons, with their counts."""
    for reason, count in reasons.most_common(SHOWN):
        click.echo(f"  {count} {what}: {reason[:300]}")
    if len(reasons) > SHOWN:
        click.echo(f"  ... and {_count(len(reasons) - SHOWN, 'other reason')}")


def _count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
