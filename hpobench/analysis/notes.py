"""What a reader must know before the numbers: what is missing, failed, skipped or unscaled."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from hpobench.scoring.constants import References
from hpobench.scoring.merged_runs import SPENT, reasons_to_end
from hpobench.scoring.note import Note
from hpobench.scoring.policy import FailedAs
from hpobench.scoring.regret import SMALLEST_SCALE, has_scale
from hpobench.scoring.trials import ROUNDING, TaskInfo
from hpobench.stats.comparison import Comparison
from hpobench.system.text import are, count, share

FEW_SEEDS = 5
"""With fewer seeds, bootstrap intervals are known to be too narrow."""

FEW_FAMILIES = 10
"""With fewer, resampling them says little of other families."""

SHOWN = 3
"""So many names are given as examples."""

MANY = 12
"""So many names stand in one line."""

DAMAGED = "Some of the results folder cannot be read."
"""What is said where something is."""

FAILED_AS = {
    FailedAs.WORST: "each counts as a run that found nothing, and ranks last",
    FailedAs.RANDOM: "each counts as the median of random search, regret 1",
    FailedAs.EXCLUDE: "where an optimizer failed, all its runs on that task are left out",
}


def stored(damage: Sequence[str], remarks: Sequence[str]) -> Iterator[Note]:
    """What the store itself found wrong or odd while reading."""
    if damage:
        yield Note(text=DAMAGED, details=tuple(damage))
    for remark in remarks:
        yield Note(text=remark[:1].upper() + remark[1:] + ".", serious=False)


def outdated(runs: int) -> Iterator[Note]:
    """Runs of tasks or optimizers that were defined otherwise then."""
    if runs:
        yield Note(
            text=f"{_runs(runs)} left out: made before a task or an optimizer was redefined "
            "(another budget, other parameters, other code), so that they do not compare.",
            serious=False,
        )


def missing(triples: Sequence[tuple[str, str, int]], stored: int) -> Iterator[Note]:
    """Planned runs that are not there."""
    if triples:
        counts = Counter(optimizer for optimizer, _, _ in triples)
        yield Note(
            text=f"{_runs(len(triples))} of {len(triples) + stored:,} planned "
            f"{are(len(triples))} missing; the same 'hpobench run' command again makes them.",
            details=tuple(f"{name}: {number}" for name, number in sorted(counts.items())),
        )


def failed(runs: pd.DataFrame, failed_as: FailedAs) -> Iterator[Note]:
    """Runs that failed, with their reasons."""
    found = runs[runs["status"] == "failed"]
    if len(found):
        reasons = Counter(zip(found["optimizer"], found["reason"], strict=True))
        yield Note(
            text=f"{_runs(len(found))} of {len(runs)} failed; {FAILED_AS[failed_as]}.",
            details=tuple(
                f"{name}: {_runs(number)}: {reason}"
                for (name, reason), number in sorted(reasons.items())
            ),
        )


def skipped(skips: Iterable[Mapping[str, str]]) -> Iterator[Note]:
    """Optimizers that cannot handle a task, and so were not run on it."""
    tasks = defaultdict(set)
    for skip in skips:
        tasks[skip["optimizer"], skip["reason"]].add(skip["task"])
    named = [
        (f"{name} ({count(len(found), 'task') if len(found) > 1 else _some(found)})", reason)
        for (name, reason), found in sorted(tasks.items())
    ]
    if named:
        yield Note(
            text="Some optimizers cannot handle some tasks. These were not run, which is no "
            "failure; optimizers are compared on tasks that all of them ran.",
            details=tuple(f"{reason}: {names}" for reason, names in by_reason(named)),
            serious=False,
        )


def by_reason(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each reason once, with the names of all that have it; of many the first and how many more.

    Args:
        pairs: A name and its reason, in the order in which they are named.
    """
    names = defaultdict(list)
    for name, reason in pairs:
        names[reason].append(name)
    return [
        (reason, ", ".join([*found[:MANY], *_more(len(found) - MANY)]))
        for reason, found in names.items()
    ]


def _more(number: int) -> list[str]:
    return [f"and {number} more"] if number > 0 else []


def few_families(significance: pd.DataFrame) -> Iterator[Note]:
    """Kinds whose tasks come from few families, so that they are less independent than many."""
    for row in significance.to_dict("records"):
        if row["tasks"] > row["families"] and 0 < row["families"] < FEW_FAMILIES:
            yield Note(
                text=f"The {row['tasks']} {row['kind']} tasks come from only "
                f"{count(row['families'], 'family')} "
                "(collections), and tasks of one family are not independent: tests over tasks and "
                "what is said of other tasks are surer than they should be.",
                serious=False,
            )


def under_several_settings(tasks: Iterable[TaskInfo]) -> Iterator[Note]:
    """Tasks that are among the runs under more than one setting."""
    posed: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for task in tasks:
        texts = ",".join(task.settings.texts().values()) or "as usual"
        posed[task.base_id][texts] = task.id
    if several := {name: found for name, found in posed.items() if len(found) > 1}:
        kinds = sorted({text for found in several.values() for text in found})
        yield Note(
            text=f"{count(len(several), 'task')} {are(len(several))} here under several settings "
            f"({'; '.join(kinds)}). Each counts as a task of its own, so that what is said over "
            "tasks mixes them; the table of gaps holds both ways against each other, and "
            "--task '*@*masked*' and the like chooses those under a setting.",
            details=tuple(sorted(name for found in several.values() for name in found.values())),
        )


def unscaled(tasks: Iterable[TaskInfo], references: References) -> Iterator[Note]:
    """Tasks whose regret cannot be normalised."""
    known = {task.base_id: references.of(task) for task in tasks}
    if unknown := sorted(task for task, constants in known.items() if constants is None):
        yield Note(
            text=f"{len(unknown)} of {count(len(known), 'task')} cannot be normalised for want of "
            "constants and count in ranks only. Make them by random search ('hpobench run "
            "--optimizer random --seeds 0:20 --task ...') and then 'hpobench constants RESULTS'.",
            details=tuple(unknown),
        )
    if solved := sorted(task for task, found in known.items() if found and not has_scale(found)):
        yield Note(
            text=f"On {count(len(solved), 'task')} random search ends with the best known result "
            f"in the median (to a share of {SMALLEST_SCALE:g}), which leaves no regret to "
            "normalise: they count in ranks only.",
            details=tuple(solved),
            serious=False,
        )


def elsewhere(tasks: Iterable[TaskInfo], references: References) -> Iterator[Note]:
    """Tasks whose random search had another budget than the runs."""
    found = [
        f"{task.id}: {task.budget} instead of {constants.budget}"
        for task in tasks
        if (constants := references.of(task)) and constants.budget != str(task.budget)
    ]
    if found:
        yield Note(
            text=f"On {count(len(found), 'task')} runs have another budget than the random "
            "search that regret 1 stands for; compare optimizers with each other only.",
            details=tuple(found),
            serious=False,
        )


def surpassed(runs: pd.DataFrame) -> Iterator[Note]:
    """Runs that found something better than the best known."""
    found = runs[runs["surpassed"].astype(bool)]
    if len(found):
        yield Note(
            text=f"{_runs(len(found))} found something better than the best known; their "
            "regret is cut off at 0. The constants of these tasks are due for renewal.",
            details=tuple(sorted(set(found["task"]))),
            serious=False,
        )


def unequal(comparison: Comparison) -> Iterator[Note]:
    """Tasks or optimizers of a kind that are left out of its comparison."""
    total = len(comparison.tasks) + len(comparison.others)
    if not comparison.tasks:
        yield Note(
            text=f"{comparison.kind}: no task was run by all optimizers, so there is nothing "
            "to compare. Choose some of them with --optimizer.",
        )
    elif comparison.others:
        yield Note(
            text=f"{comparison.kind}: compared on the {len(comparison.tasks)} of {total} tasks "
            "that all of them ran.",
            details=comparison.others,
        )
    for name in comparison.aside:
        yield Note(
            text=f"{comparison.kind}: {name} ran too few of the tasks to be compared with all "
            "others; choose its tasks with --task to do so.",
            serious=False,
        )


def empty_handed(runs: pd.DataFrame) -> Iterator[Note]:
    """Completed runs that never had an incumbent."""
    found = runs[(runs["status"] == "completed") & runs["value"].isna()]
    if len(found):
        counts = Counter(found["optimizer"])
        limited = " that keeps the constraints" if found["first_feasible"].notna().any() else ""
        yield Note(
            text=f"{_runs(len(found))} completed without any successful trial at the highest "
            f"fidelity{limited}, so without a result.",
            details=tuple(f"{name}: {number}" for name, number in sorted(counts.items())),
        )


def cut_short(runs: pd.DataFrame) -> Iterator[Note]:
    """Runs that ended before their budget was spent."""
    found = runs[(runs["status"] == "completed") & (runs["used"] < SPENT)]
    if len(found):
        reasons = Counter(zip(found["optimizer"], reasons_to_end(runs)[found.index], strict=True))
        yield Note(
            text=f"{_runs(len(found))} ended with less than {SPENT:.0%} of the budget spent; the "
            "last incumbent stands for the rest.",
            details=tuple(
                f"{name}: {_runs(number)}: {reason}"
                for (name, reason), number in sorted(reasons.items())
            ),
            serious=False,
        )


def shortened(runs: pd.DataFrame) -> Iterator[Note]:
    """Tasks that were compared on less than their budget, since not all runs got further."""
    reached = runs[runs["trials"] > 0].groupby("task")["used"].max()
    if len(found := reached[reached < 1 - ROUNDING]):
        yield Note(
            text=f"On {count(len(found), 'task')} runs are compared up to the share of the "
            "budget that all of them reached.",
            details=tuple(f"{task}: {share(float(used))}" for task, used in found.items()),
            serious=False,
        )


def few_seeds(runs: pd.DataFrame) -> Iterator[Note]:
    """Too few repetitions to say much about the spread."""
    least = int(runs.groupby(["task", "optimizer"])["seed"].nunique().min())
    if least < FEW_SEEDS:
        yield Note(
            text=f"Some tasks have only {count(least, 'seed')}: intervals are too narrow (and "
            "with one seed there is none). 10 seeds are a fair start, 20 for a paper.",
            serious=False,
        )


def disagreement(final: pd.DataFrame) -> Iterator[Note]:
    """Whether regret, which optimizers are sorted by, and mean rank order them otherwise."""
    for kind, own in final.groupby("kind", sort=False):
        known = own[own["regret"].notna() & own["rank"].notna()]
        regret, rank = (known[name].to_numpy(float) for name in ("regret", "rank"))
        orders = [np.sign(scores[:, None] - scores) for scores in (regret, rank)]
        if opposite := int((orders[0] * orders[1] < 0).sum()) // 2:
            pairs = len(known) * (len(known) - 1) // 2
            first = known["optimizer"].to_numpy(object)[[regret.argmin(), rank.argmin()]]
            leads = f"; {first[0]} has the least regret, {first[1]} the best mean rank"
            yield Note(
                text=f"{kind}: sorted by regret. By mean rank {opposite} of {count(pairs, 'pair')} "
                f"of optimizers stand the other way round{leads if first[0] != first[1] else ''}. "
                "Ranks count how often one is better, regret by how much.",
                serious=False,
            )


def _runs(number: int) -> str:
    return count(number, "run")


def _some(names: Iterable[str]) -> str:
    """A few names, and that there are more."""
    first = sorted(names)
    return ", ".join(first[:SHOWN]) + (", ..." if len(first) > SHOWN else "")
