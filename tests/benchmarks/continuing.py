"""What going on saves: CPU seconds of Hyperband whose promotions go on, or begin anew.

Each run is executed as it is, where a promotion goes on from what its configuration has left; then
each of its promotions is trained again from the beginning, in a benchmark of its own. The answers
of both must be the same to the bit.

    python -m tests.benchmarks.continuing --seeds 3
"""

import argparse
from typing import NamedTuple

from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.execution.runner import execute
from hpobench.optimizer import Variant
from hpobench.run import Run
from hpobench.task import Budget, Task
from hpobench.trial import Trial

TASKS = {
    "learners/linear-mnist-mf": 12,
    "learners/perceptron-digits-mf": 8,
    "learners/boosting-digits-mf": 12,
}
"""Full trainings that a run may spend, by task."""


class Spent(NamedTuple):
    """CPU seconds of a run's trainings and their judging.

    Attributes:
        going_on: Where promotions go on.
        again: Where they begin anew.
        promotions: How many of the trials are.
        trials: How many there are.
    """

    going_on: float
    again: float
    promotions: int
    trials: int


def spent(task: Task, variant: Variant, seed: int) -> Spent:
    """Execute a run, and train its promotions again."""
    made = Run(task=task, variant=variant, seed=seed)
    records = execute(made).records
    promoted = [record for record in records if record.parent is not None]
    saved = 0.0
    for record in promoted:
        trial = Trial(config=record.config, fidelity=record.fidelity)
        outcome = build(task).evaluate(trial, made.evaluation_seed(0))
        if record.values != tuple(outcome.values.get(name) for name in task.objectives):
            raise SystemExit(f"{task.id}, seed {seed}, trial {record.number}: another value")
        saved += outcome.cost - record.cost
    going_on = sum(record.cost for record in records)
    return Spent(going_on, going_on + saved, len(promoted), len(records))


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--optimizer", default="hpbandster/hyperband")
    told = parser.parse_args()
    catalogue = Catalogue()
    print("| task | budget | goes on | trained again | saved | promotions |")
    print("|---|---|---|---|---|---|")
    for name, trials in TASKS.items():
        task = catalogue.task(name).under(budget=Budget(trials))
        runs = [spent(task, catalogue.variant(told.optimizer), s) for s in range(told.seeds)]
        going_on, again, promotions, count = (sum(each) for each in zip(*runs, strict=True))
        print(
            f"| `{name}` | {trials} trials | {going_on:.1f} s | {again:.1f} s "
            f"| {1 - going_on / again:.0%} | {promotions / count:.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
