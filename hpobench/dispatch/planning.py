"""Resolve the names of an experiment to what can be run of it here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hpobench.catalogue import FUNCTION, Catalogue, Experiment
from hpobench.dispatch.gpus import gpus_here
from hpobench.dispatch.plan import Plan, PlanPart, Work
from hpobench.environments import make
from hpobench.errors import AbsentError, UserError
from hpobench.optimizer import Variant
from hpobench.settings import Noise, Settings
from hpobench.store import Store
from hpobench.system.deferred import import_configspace
from hpobench.task import Overhead, Task

SHOWN = 8
"""So many different reasons are told at a time."""


def make_plan(
    catalogue: Catalogue,
    experiment: Experiment,
    overhead: Overhead,
    *,
    elsewhere: bool = False,
    gpus: float | None = None,
    part: PlanPart | None = None,
) -> Plan:
    """Resolve the names of an experiment.

    What cannot run for want of something is skipped if a glob alone stands for it.

    Args:
        catalogue: Says what the names mean.
        experiment: The names.
        overhead: Whether the optimizers' own time counts.
        elsewhere: Whether the runs go to a cluster, whose GPUs are not this machine's.
        gpus: How many each run of a task is given, instead of what the task says.
        part: Which of the runs are meant; all by default.

    Raises:
        UserError: A name does not exist, or what it names cannot run here; or nothing can.
    """
    named, globbed = _split(experiment.tasks, catalogue.tasks)
    tasks = catalogue.select_tasks(experiment.tasks, experiment.task_sets)
    if gpus is not None:
        tasks = [with_gpus(task, gpus) for task in tasks]
    if any(task.benchmark == FUNCTION for task in tasks):
        import_configspace()
        from hpobench.execution.construction import check_parameters

        check_parameters(tasks)
    variants = catalogue.select_variants(experiment.optimizers)
    absent = {variant.id: text for variant in variants if (text := catalogue.lacking(variant))}
    names = ("budget", "workers", "initial", "settings")
    conditions = {name: getattr(experiment, name) for name in names}
    posed = {task.id: task.under(**conditions) for task in tasks}
    unready = {task.id: text for task in tasks if (text := catalogue.lacking(task))}
    untold = {name: text for name, task in posed.items() if (text := catalogue.untold(task))}
    unready = {name: f"{name} {text}" for name, text in untold.items()} | unready
    if not elsewhere:
        _add_gpus(variants, tasks, absent, unready)
    asked = {t.id for t in catalogue.select_tasks(named, experiment.task_sets)} if globbed else None
    refuse_unrunnable(absent, len(variants), _split(experiment.optimizers, catalogue.variants)[0])
    refuse_unrunnable(unready, len(tasks), unready if asked is None else asked)
    unready |= _without_noise(tasks, experiment.settings)
    return Plan(
        variants=variants,
        tasks=[catalogue.told(task) for name, task in posed.items() if name not in unready],
        seeds=experiment.seeds,
        overhead=overhead,
        absent=absent,
        unready=unready,
        part=part or PlanPart(),
    )


def with_gpus(task: Task, gpus: float) -> Task:
    """The same task, whose runs get so many GPUs; its identity stays.

    Raises:
        UserError: Several GPUs and a part of another one.
    """
    if gpus > 1 and gpus % 1:
        raise UserError(f"a run is given a part of one GPU or whole ones, not {gpus:g}")
    return replace(task, resources=replace(task.resources, gpus=gpus))


def not_stored(plan: Plan, results: Path, *, retry_failed: bool = False) -> Work:
    """The runs that the results folder does not hold, or those that failed as well."""
    stored: Mapping[str, str] = {}
    if (results / "hpobench-store.json").exists():
        stored = Store(results).statuses()
    return Work.left(plan, stored, retry_failed=retry_failed)


def at_work(plan: Plan, work: Work) -> list[Variant]:
    """The variants that have something to do."""
    busy = {optimizer for _, optimizer in work.pairs}
    return [variant for variant in plan.variants if variant.id in busy]


def with_environments(
    plan: Plan, experiment: Experiment, busy: Sequence[Variant], say: Callable[[str], None]
) -> Plan:
    """The plan once the environments of optimizers are made, without those that cannot be.

    Args:
        plan: Before.
        experiment: Its names: those that no glob stands for have to be made.
        busy: The optimizers that have something to do.
        say: Is told, in lines for a person, what takes its time.

    Raises:
        UserError: One that is named, or the only one, cannot be made.
    """
    absent = {}
    for variant in busy:
        try:
            if variant.environment:
                make(variant.environment, say)
        except AbsentError as error:
            absent[variant.id] = f"{variant.id} cannot run: {error}"
    refuse_unrunnable(absent, len(busy), {*experiment.optimizers})
    return replace(plan, absent={**plan.absent, **absent}) if absent else plan


def refuse_unrunnable(absent: Mapping[str, str], count: int, asked: Iterable[str]) -> None:
    """Raise an error for those that are asked for by name, or for all if there are no others.

    Args:
        absent: By name why it cannot run.
        count: How many there are of which these are a part.
        asked: Names that have to run.
    """
    names = set(absent) if len(absent) == count else {*asked}
    if refused := [text for name, text in absent.items() if name in names]:
        more = len(refused) - SHOWN
        raise UserError("; ".join(refused[:SHOWN]) + (f"; and {more} more" if more > 0 else ""))


def _without_noise(tasks: Iterable[Task], settings: Settings) -> dict[str, str]:
    """By task why there is no noise to be drawn afresh, of those for which that is asked.

    Raises:
        UserError: There is none for any of them.
    """
    fresh = [task for task in tasks if task.settings.under(settings).noise is Noise.FRESH]
    found = {
        each.id: f"{each.id} has no noise to be drawn afresh" for each in fresh if not each.noisy
    }
    refuse_unrunnable(found, len(fresh), ())
    return found


def _split(patterns: Iterable[str], known: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Names and globs, apart."""
    found = list(patterns)
    globs = [p for p in found if p.partition("@")[0] not in known]
    return [p for p in found if p not in globs], globs


def _add_gpus(
    variants: Iterable[Variant],
    tasks: Iterable[Task],
    absent: dict[str, str],
    unready: dict[str, str],
) -> None:
    """Add what asks for more GPUs than this machine has."""
    parts = [(each, absent) for each in variants] + [(each, unready) for each in tasks]
    asking = [(part, wants) for part, wants in parts if part.resources.gpus]
    here = gpus_here() if asking else 0
    for part, wants in asking:
        if part.resources.gpus > here:
            text = f"{part.id} needs {part.resources.gpus:g} GPU, and there are {here} here"
            wants.setdefault(part.id, text)
