"""The way from a results folder to all that is reported, as data frames."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hpobench.analysis import anytime, notes, overtuning, protocol, results
from hpobench.analysis.attainment import surfaces
from hpobench.analysis.comparison import Comparison, comparisons
from hpobench.analysis.constants import References, load
from hpobench.analysis.frame import Frame, Source, read
from hpobench.analysis.groups import Groups
from hpobench.analysis.plan import Choice, Plan, planned
from hpobench.analysis.scored import FailedAs, Scored, people_read, score
from hpobench.analysis.trials import TaskInfo
from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that the report, the figures and the tables are made from.

    Attributes:
        final: For each kind and optimizer the aggregated scores, see `results.final`.
        anytime: Aggregated curves, see `anytime.aggregated`.
        ranks: Mean ranks over each axis, see `anytime.ranks`.
        final_tasks: For each task and optimizer the final scores, see `results.by_task`.
        anytime_tasks: For each task and optimizer the curves, see `anytime.by_task`.
        run_lengths: When targets are reached on each task, see `anytime.run_lengths`.
        profiles: Performance profiles, see `anytime.profiles`.
        attainment: Attainment surfaces of two objectives, see `attainment.surfaces`.
        overtuning: How far incumbents overtuned, see `overtuning.summary`.
        runs: One row for each run with its scores, see `scored.Scored`.
        absent: For each kind the optimizers without any run on it, and why.
        failures: For each kind and optimizer, how many of its runs failed.
        tasks: One row for each task with its budget and constants.
        comparisons: Who is compared on what, one for each kind.
        notes: What a reader must know, the serious first.
        protocol: Each rule in force by its name.
        versions: By package (or `python`) the versions the runs were made with.
        optimizers: All that have runs or were planned to; fixes their colours.
    """

    final: pd.DataFrame
    anytime: pd.DataFrame
    ranks: pd.DataFrame
    final_tasks: pd.DataFrame
    anytime_tasks: pd.DataFrame
    run_lengths: pd.DataFrame
    profiles: pd.DataFrame
    attainment: pd.DataFrame
    overtuning: pd.DataFrame
    runs: pd.DataFrame
    absent: pd.DataFrame
    failures: pd.DataFrame
    tasks: pd.DataFrame
    comparisons: tuple[Comparison, ...]
    notes: tuple[notes.Note, ...]
    protocol: Mapping[str, str]
    versions: Mapping[str, str]
    optimizers: tuple[str, ...]


def analyze(
    path: Path | str,
    *,
    optimizers: Sequence[str] = (),
    tasks: Sequence[str] = (),
    failed_as: FailedAs = FailedAs.WORST,
    catalogue: Catalogue | None = None,
) -> Analysis:
    """Analyse the runs in a results folder.

    Constants come from `tasks/constants/` of the catalogue's folders and from `constants/` of
    the results folder, which comes last and so counts where several have a task.

    Args:
        path: The results folder.
        optimizers: Globs of those to compare; all by default.
        tasks: Globs of those to compare on; all by default.
        failed_as: What a failed run is scored as.
        catalogue: hpobench's own by default.

    Raises:
        UserError: It is no results folder, holds no runs, or a glob matches nothing.
    """
    store = Store(Path(path))
    roots = (catalogue or Catalogue()).roots
    folders = [root / "tasks" / "constants" for root in roots]
    references = load([*folders, Path(path) / "constants"])
    return examine(store, references, optimizers=optimizers, tasks=tasks, failed_as=failed_as)


def examine(
    source: Source,
    references: References,
    *,
    optimizers: Sequence[str] = (),
    tasks: Sequence[str] = (),
    failed_as: FailedAs = FailedAs.WORST,
) -> Analysis:
    """Analyse any source of runs, with the given constants; see `analyze`."""
    frame = read(source, optimizers=optimizers, tasks=tasks)
    if not len(frame.runs):
        raise UserError("there are no runs to analyse yet; 'hpobench run' makes some")
    scored = score(frame, references, failed_as)
    plan = planned(source, frame, Choice(optimizers, tasks))
    compared = tuple(comparisons(scored.runs, plan.optimizers))
    groups = Groups.of(scored.runs)
    return Analysis(
        final=pd.concat([results.final(scored, groups, c) for c in compared], ignore_index=True),
        **curves(scored, groups, frame, compared, references),
        final_tasks=results.by_task(scored, groups, frame.tasks),
        attainment=surfaces(frame),
        overtuning=overtuning.summary(scored.runs),
        runs=scored.runs.drop(columns=["task_info", "variant_info"]),
        absent=pd.DataFrame(
            [_absence(name, c, plan, frame) for c in compared for name in c.absent],
            columns=["kind", "optimizer", "reason"],
        ),
        failures=failures(scored.runs),
        tasks=described(frame, references),
        comparisons=compared,
        notes=notes.sorted_by_weight(
            about(source, plan, frame),
            notes.failed(scored.runs, failed_as),
            notes.unscaled(frame.tasks.values(), references),
            notes.elsewhere(frame.tasks.values(), references),
            *map(notes.unequal, compared),
            about_runs(scored.runs),
        ),
        protocol=protocol.rules(references, failed_as),
        versions=protocol.versions(source.experiments()),
        optimizers=plan.optimizers,
    )


def curves(
    scored: Scored,
    groups: Groups,
    frame: Frame,
    compared: Sequence[Comparison],
    references: References,
) -> dict[str, pd.DataFrame]:
    """The frames of all curves, by the attribute of `Analysis` that they become."""
    tasks = anytime.by_task(scored, groups, frame.tasks, compared, references)
    lengths = {axis: groups.median(found) for axis, found in scored.curves.lengths.items()}
    of_kind = [(c, tasks[tasks["kind"] == c.kind]) for c in compared]
    parts: dict[str, list[pd.DataFrame]] = {
        "anytime": [anytime.aggregated(scored, groups, c, own) for c, own in of_kind],
        "ranks": [
            anytime.ranks(own, c, scored.runs["task"].iloc[c.pairs[:, 0]].value_counts())
            for c, own in of_kind
        ],
        "profiles": [anytime.profiles(lengths, groups, c) for c in compared],
    }
    joined = {name: pd.concat(found, ignore_index=True) for name, found in parts.items()}
    return joined | {"anytime_tasks": tasks, "run_lengths": anytime.run_lengths(lengths, groups)}


def about(source: Source, plan: Plan, frame: Frame) -> Iterator[notes.Note]:
    """What to know of the store and the experiments."""
    yield from notes.stored(source.damage, source.notes)
    yield from notes.outdated(frame.outdated)
    yield from notes.missing(plan.missing, len(frame.runs))
    yield from notes.skipped(plan.skips)


def about_runs(runs: pd.DataFrame) -> Iterator[notes.Note]:
    """What to know of the runs themselves."""
    yield from notes.empty_handed(runs)
    yield from notes.mixed(runs)
    yield from notes.surpassed(runs)
    yield from notes.cut_short(runs)
    yield from notes.few_seeds(runs)


def failures(runs: pd.DataFrame) -> pd.DataFrame:
    """For each kind and optimizer the `runs`, those that `failed`, and the failure `rate`."""
    failed = (runs["status"] == "failed").groupby([runs["kind"], runs["optimizer"]])
    found = failed.agg(runs="size", failed="sum").reset_index()
    return found.assign(rate=found["failed"] / found["runs"])


def described(frame: Frame, references: References) -> pd.DataFrame:
    """One row for each task with its budget and constants."""
    return pd.DataFrame([_row(task, references) for task in frame.tasks.values()])


def _absence(name: str, comparison: Comparison, plan: Plan, frame: Frame) -> dict[str, str]:
    """Why an optimizer has no run on a kind of tasks."""
    tasks = {task.id for task in frame.tasks.values() if task.kind is comparison.kind}
    reasons = {s["reason"] for s in plan.skips if s["optimizer"] == name and s["task"] in tasks}
    if any(optimizer == name and task in tasks for optimizer, task, _ in plan.missing):
        reasons.add("its runs are missing")
    reason = "; ".join(sorted(reasons)) or "it was not run on such tasks"
    return {"kind": str(comparison.kind), "optimizer": name, "reason": reason}


def _row(task: TaskInfo, references: References) -> dict[str, Any]:
    constants = references.of(task)
    about: dict[str, Any] = {
        "task": task.id,
        "kind": str(task.kind),
        "collection": task.collection,
        "dimension": task.dimension,
        "objectives": " ".join(objective.name for objective in task.objectives),
        "directions": " ".join("max" if o.maximize else "min" for o in task.objectives),
        "budget": str(task.budget),
        "constants": "none",
        "best": np.nan,
        "random_median": np.nan,
    }
    if constants is None:
        return about
    best, random = people_read(np.array([constants.best, constants.random]), [task, task])
    return about | {"constants": constants.source, "best": best, "random_median": random}
