"""Does core rank optimizers as tasks outside of its pool do: `outside.py POOL CORE OUTSIDE [NAME]`.

Each is a results folder: of the reference optimizers on the pool (results/baselines/reference), of
any optimizers on core (results/baselines/core), and of the same on the task set `outside`. Prints,
for each kind, Kendall's tau with the ranking outside; "of" is how many optimizers are compared.
First on all tasks outside, then on those that differ between optimizers and that few runs exhaust,
by the same two rules as those of core. NAME is that of the task set, `core` unless said.
"""

import sys
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Self

import numpy as np

from hpobench.catalogue import Catalogue
from hpobench.store import Store
from hpobench.subset.admission import LEVEL, MOST_AT_BEST, admissions
from hpobench.subset.discrepancy.ranked import Floats
from hpobench.subset.discrepancy.selection import select
from hpobench.subset.discrepancy.target import Target
from hpobench.subset.scores import TaskScores
from hpobench.subset.sources import from_results
from hpobench.subset.validation import ranking_agreement, ranks_on_tasks, split_half_agreement
from hpobench.subset.ways import Measure

CATALOGUE = Catalogue()
KINDS = ("blackbox", "multi-fidelity")
DRAWS, SIZE = 1000, 20


class Rankings:
    """The ranks of optimizers on the tasks of a results folder."""

    def __init__(self, scores: TaskScores, optimizers: Sequence[str]) -> None:
        columns = [scores.optimizers.index(name) for name in optimizers]
        self.tasks = scores.tasks
        self.ranks = ranks_on_tasks(scores.losses[:, columns])

    def only(self, tasks: Collection[str]) -> Self:
        """The same, on some of the tasks alone."""
        found = copy(self)
        found.tasks = tuple(name for name in self.tasks if name in tasks)
        found.ranks = self.on(found.tasks)
        return found

    def on(self, tasks: Sequence[str]) -> Floats:
        """The ranks on those of some tasks that were run."""
        return self.ranks[[row for row, name in enumerate(self.tasks) if name in set(tasks)]]


def of_kind(folder: Path, kind: str, others: Sequence[str] = ()) -> TaskScores:
    """What a results folder says of the tasks of a kind that all of some optimizers ran.

    Args:
        folder: The results.
        kind: Of tasks.
        others: Those to look at, as far as they ran at all; everybody by default.
    """
    ran = set(Store(folder).runs(("optimizer",))["optimizer"].to_pylist())
    optimizers = sorted(ran.intersection(others or ran))
    found = from_results(folder, CATALOGUE, optimizers=optimizers, measure=Measure.PERFORMANCE)
    return next(part for part in found.parts if part.kinds[0] == kind)


def common(*scores: TaskScores) -> list[str]:
    """The optimizers that all have runs of."""
    return sorted(set.intersection(*(set(each.optimizers) for each in scores)))


def telling(outside: Path) -> set[str]:
    """The tasks outside that would be admitted to core, whatever the number of seeds."""
    judged = admissions(outside, CATALOGUE)
    return {each.task for each in judged if each.p < LEVEL and not each.at_best > MOST_AT_BEST}


def of_pool(
    pool: TaskScores, outside: TaskScores, part: str, tasks: Collection[str]
) -> Iterator[tuple[str, int, float]]:
    """What the whole pool reaches, random subsets, and the choice of points that fill the cube."""
    optimizers = common(pool, outside)
    inside, beyond = Rankings(pool, optimizers), Rankings(outside, optimizers).only(tasks).ranks
    yield "the pool", len(inside.ranks), ranking_agreement(inside.ranks, beyond)
    rng = np.random.default_rng(0)
    drawn = [rng.permutation(len(inside.ranks))[:SIZE] for _ in range(DRAWS)]
    taus = [ranking_agreement(inside.ranks[rows], beyond) for rows in drawn]
    yield f"{DRAWS} random subsets of the pool: mean", SIZE, float(np.mean(taus))
    for level in (0.05, 0.95):
        yield f"... the {level:.0%} quantile of them", SIZE, float(np.quantile(taus, level))
    references = provenance(part)["references"]
    points = pool.coordinates(references, Measure.PERFORMANCE)
    rows = np.flatnonzero(~np.isnan(points).any(axis=1))
    chosen = select(points[rows], SIZE, target=Target.UNIFORM, seed=0).rows
    yield (
        "the peer's way: fill the cube",
        SIZE,
        ranking_agreement(inside.ranks[rows[list(chosen)]], beyond),
    )


def of_core(
    core: TaskScores, outside: TaskScores, part: str, outer: Collection[str]
) -> Iterator[tuple[str, int, float]]:
    """What core and its parts reach, and how well halves of core and of the tasks outside agree."""
    optimizers = common(core, outside)
    inside, beyond = Rankings(core, optimizers), Rankings(outside, optimizers).only(outer).ranks
    tasks = CATALOGUE.select_tasks([], [part])
    parts: dict[str, list[str]] = {part: [task.id for task in tasks]}
    for split in ("dev", "test"):
        chosen = CATALOGUE.task_sets[f"{part}/{split}"].patterns
        parts[f"{part}/{split}"] = list(chosen)
    parts["its real tasks"] = [task.id for task in tasks if task.real]
    parts["its functions"] = [task.id for task in tasks if not task.real]
    for name, names in parts.items():
        ranks = inside.on(names)
        if len(ranks):
            yield name, len(ranks), ranking_agreement(ranks, beyond)
    yield "halves of it, with each other", SIZE, split_half_agreement(inside.on(parts[part]))
    yield "halves of the tasks outside, with each other", len(beyond), split_half_agreement(beyond)


def provenance(part: str) -> dict[str, list[str]]:
    """How the tasks of a kind were chosen."""
    name, _, kind = part.partition("/")
    about: dict[str, dict[str, list[str]]] = CATALOGUE.task_sets[name].provenance  # type: ignore[assignment]
    return about[kind]


def main(pool: Path, core: Path, outside: Path, name: str = "core") -> None:
    """Print the table of each kind."""
    admitted = telling(outside)
    for kind in KINDS:
        beyond = of_kind(outside, kind)
        for which, tasks in (("all", set(beyond.tasks)), ("admitted", admitted)):
            outer = len(tasks.intersection(beyond.tasks))
            for folder, rows in ((core, of_core), (pool, of_pool)):
                scores = of_kind(folder, kind, beyond.optimizers)
                number = len(common(scores, beyond))
                for title, inner, tau in rows(scores, beyond, f"{name}/{kind}", tasks):
                    said = f"{which} {outer}", title, str(inner), str(number), f"{tau:.2f}"
                    print(f"| {kind} | {' | '.join(said)} |")


if __name__ == "__main__":
    print("| kind | outside | ranking on | tasks | of | tau |\n|---|---|---|---|---|---|")
    of_pool_runs, of_core_runs, of_outside_runs = map(Path, sys.argv[1:4])
    main(of_pool_runs, of_core_runs, of_outside_runs, *sys.argv[4:5])
