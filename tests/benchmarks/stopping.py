"""What stopping trainings on the way saves: the cost at which the same regret is reached.

Each optimizer is run with and without a rule on the recorded trainings that can go on. Reached is
the value of the incumbent, chosen by what is told and judged by the trainings that are not; its
mean over seeds, at the end of the budget without a rule, is the mark. Given is the share of the
budget after which the mean with the rule is at that mark or below.

    python -m tests.benchmarks.stopping --seeds 10 --trials 50
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.execution.runner import execute
from hpobench.optimizer import Stop, Variant
from hpobench.run import Run
from hpobench.task import Budget, Task
from hpobench.trial import Record

Floats = npt.NDArray[np.float64]

POINTS = 200
"""The budget is looked at in so many steps."""


def tasks(catalogue: Catalogue, patterns: Sequence[str], trials: float) -> Iterator[Task]:
    """Those of the tasks that can go on."""
    for task in catalogue.select_tasks(patterns):
        fidelity = build(task).fidelity
        if fidelity and fidelity.continuable:
            yield task.under(budget=Budget(trials))


def incumbents(records: Sequence[Record], fidelity: float, trials: float) -> Floats:
    """The incumbent's value after each step of the budget; infinite before there is one."""
    steps, best, reached = np.linspace(0, trials, POINTS + 1)[1:], np.inf, np.inf
    values = np.full(POINTS, np.inf)
    for record in records:
        if record.failure or record.fidelity != fidelity or not record.values[0] < best:
            continue
        best = record.values[0]
        reached = record.test[0] if record.test and np.isfinite(record.test[0]) else best
        values[steps >= record.spent - 1e-9] = reached
    return values


def mean_curve(variant: Variant, task: Task, seeds: int) -> Floats:
    """The mean over seeds of what is reached."""
    found = build(task).fidelity
    high, trials = found.high if found else 0.0, task.budget.amount
    runs = [execute(Run(task=task, variant=variant, seed=seed)) for seed in range(seeds)]
    return np.asarray(np.mean([incumbents(run.records, high, trials) for run in runs], axis=0))


def share(curve: Floats, mark: float) -> float:
    """Which share of the budget it takes to reach a value; infinite if it is not reached."""
    there = np.flatnonzero(curve <= mark + 1e-12)
    return (int(there[0]) + 1) / POINTS if len(there) else np.inf


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=float, default=50)
    parser.add_argument("--optimizers", nargs="+", default=["random", "optuna/tpe"])
    parser.add_argument("--tasks", nargs="+", default=["curves/*-mf"])
    told = parser.parse_args()
    catalogue, rules = Catalogue(), (Stop.NONE, Stop.MEDIAN, Stop.EXTRAPOLATE)
    print("| task | optimizer | none | median | extrapolate | regret: none, median, extrapolate |")
    print("|---|---|---|---|---|---|")
    for task, name in product(tasks(catalogue, told.tasks, told.trials), told.optimizers):
        variants = [catalogue.variant(name).under(rule) for rule in rules]
        curves = [mean_curve(variant, task, told.seeds) for variant in variants]
        mark = curves[0][-1]
        cells = [f"{share(curve, mark):.2f}" for curve in curves]
        ends = ", ".join(f"{curve[-1]:.4g}" for curve in curves)
        print(
            f"| {task.id.partition('@')[0]} | {name} | {' | '.join(cells)} | {ends} |", flush=True
        )


if __name__ == "__main__":
    main()
