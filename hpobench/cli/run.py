"""`hpobench run`: bring the missing runs of an experiment into a results folder."""

import sys
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from hpobench.catalogue import Catalogue, Experiment
from hpobench.catalogue.section import MAX_INTEGER
from hpobench.catalogue.sets import parse_seeds
from hpobench.cli.shared.driving import (
    ExecutionOptions,
    drive,
    dry_run,
    execution_options,
)
from hpobench.cli.shared.options import OneOf, open_catalogue, receives, with_catalogue
from hpobench.dispatch.backends import Backend
from hpobench.dispatch.driver import Driver, resumable
from hpobench.dispatch.plan import PlanPart
from hpobench.dispatch.planning import at_work, make_plan, not_stored, with_environments
from hpobench.dispatch.slot import Slot
from hpobench.errors import UserError
from hpobench.optimizer import Stop, stopped_by
from hpobench.settings import MOST_QUOTA, USUAL_QUOTA, Noise, Prior
from hpobench.store import Store
from hpobench.task import Budget, Overhead

_EXAMPLES = """
\b
Examples:
  hpobench run --optimizer dehb --task-set core
  hpobench run --optimizer 'optuna/*' --task 'bbob/f0?-d2-*' --seeds 0:10 --jobs 8
  hpobench run -f demo --results results/demo
  hpobench run --optimizer random --task mfh/* --budget seconds=3600 --workers 4 --dry-run
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(ExecutionOptions):
    """What `hpobench run` is told; the help of each option says what it means."""

    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]
    task_sets: tuple[str, ...]
    file: str | None
    seeds: str | None
    part: PlanPart | None
    budget: str | None
    workers: int | None
    initial: int | None
    noise: Noise | None
    masked: bool | None
    history: int | None
    prior: Prior | None
    stop: Stop
    overhead: Overhead
    results: Path
    gpus: float | None
    ask_timeout: float
    dry_run: bool
    catalogues: tuple[Path, ...]


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
    "--part",
    metavar="K/N",
    callback=lambda _, __, given: None if given is None else PlanPart.parse(given),
    help="Only every Nth run, from the Kth: for jobs of a cluster that share the work.",
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
    "--noise",
    type=OneOf(Noise),
    help="What becomes of a configuration that is asked for again: the same answer, or one with "
    "noise of its own, as in a laboratory; on tasks that have noise.  [default: fixed]",
)
@click.option(
    "--masked/--no-masked",
    default=None,
    help="Let optimizers see neutral names instead of those of hyperparameters, their choices "
    "and objectives, and nothing that is told of the task.  [default: no-masked]",
)
@click.option(
    "--history",
    type=click.IntRange(1, MOST_QUOTA),
    is_flag=False,
    flag_value=USUAL_QUOTA,
    metavar="[N]",
    help="Tell optimizers N finished random trials of each task that asks the same of other data; "
    f"without N {USUAL_QUOTA}. Tasks that have no such siblings are skipped.  [default: none]",
)
@click.option(
    "--prior",
    type=OneOf(Prior),
    help="Tell optimizers where the good settings are believed to be: rightly, roughly or "
    "wrongly. Tasks of which there are no priors are skipped.  [default: none]",
)
@click.option(
    "--stop",
    type=OneOf(Stop),
    default=Stop.NONE.value,
    help="By which rule trials are stopped on the way, of optimizers that choose no fidelities "
    "on tasks that have one; as OPTIMIZER@stop=RULE says for one of them.",
)
@click.option(
    "--overhead",
    type=OneOf(Overhead),
    default=Overhead.NONE.value,
    help="Whether the optimizers' own time advances the virtual clock.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("results"),
    metavar="DIR",
    help="Folder for the results; what is in it is not run again.",
)
@execution_options()
@click.option(
    "--gpus",
    type=click.FloatRange(min=0),
    metavar="N",
    help="GPUs that each run is given (each trial, where trials run side by side), instead of what "
    "the tasks say; 0.25 packs four on one.",
)
@click.option(
    "--ask-timeout",
    type=click.FloatRange(min=0),
    default=600.0,
    metavar="SECONDS",
    help="A run whose optimizer takes longer for one ask or tell is recorded as failed; 0 is no "
    "limit.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be run, and write nothing.")
@with_catalogue
@receives(RunOptions)
def command(options: RunOptions) -> int:
    """Run optimizers on tasks; only what is missing in the results folder is run.

    A run is one optimizer on one task with one seed. It may be interrupted at any time:
    the same command goes on where it stopped.
    """
    catalogue = open_catalogue(options.catalogues)
    with closing(Slot()) as first, resumable():
        if not options.dry_run and options.backend is not Backend.RAY:
            first.warm_up()  # its imports take longer than all that is to be read here
        experiment = requested(catalogue, options)
        plan = make_plan(
            catalogue,
            experiment,
            options.overhead,
            elsewhere=bool(options.address),
            gpus=options.gpus,
            part=options.part,
        )
        if options.dry_run:
            return dry_run(plan, options.results, retry_failed=options.retry_failed)
        if any(variant.environment for variant in plan.variants):
            # Before the results folder is made: what cannot be made leaves nothing.
            left = not_stored(plan, options.results, retry_failed=options.retry_failed)
            plan = with_environments(
                plan, experiment, at_work(plan, left), partial(click.echo, err=True)
            )
        driver = Driver(
            plan=plan,
            store=Store.create(options.results),
            timeout=options.run_timeout,
            patience=options.ask_timeout,
            retry_failed=options.retry_failed,
            command=["hpobench", *sys.argv[1:]],
        )
        return drive(driver, first, options)


def requested(catalogue: Catalogue, options: RunOptions) -> Experiment:
    """The experiment of the file, if one is named, with what the other options replace."""
    base = catalogue.experiment(options.file) if options.file else Experiment()
    named = options.tasks or options.task_sets
    result = Experiment(
        optimizers=stopped_by(options.stop, options.optimizers or base.optimizers),
        tasks=options.tasks if named else base.tasks,
        task_sets=options.task_sets if named else base.task_sets,
        seeds=parse_seeds(options.seeds) if options.seeds else base.seeds or (0,),
        budget=Budget.parse(options.budget) if options.budget else base.budget,
        workers=options.workers or base.workers,
        initial=options.initial or base.initial,
        settings=base.settings.changed(
            noise=options.noise,
            masked=options.masked,
            history=options.history,
            prior=options.prior,
        ),
    )
    if not result.optimizers:
        raise UserError("which optimizers? name some with --optimizer, or an experiment with -f")
    if not result.tasks and not result.task_sets:
        raise UserError(
            "which tasks? name some with --task or --task-set, or an experiment with -f"
        )
    return result
