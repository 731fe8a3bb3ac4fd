"""Whether checkpoint-guided search is better than the same without weights.

Random configurations of a task are trained once, with all signals at all levels, and kept in a
file. Both searches are then run on that table, with the same pools: a part of the table, another
one for each seed. Regret is the incumbent's error (before there is one, the pool's median)
above the lowest of the pool, the mean over the budget and at its end; the interval of the paired
difference is a bootstrap over seeds.

    python -m tests.benchmarks.checkpoints torch/tabular-phishing-mf --folder /tmp/checkpoints
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.adapters.freeze_thaw.checkpoint_guided import CheckpointGuidedSearch
from hpobench.adapters.shared.learning_curves import level_ladder
from hpobench.benchmark import Benchmark
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.execution.loop import Loop
from hpobench.execution.workers import Simulated
from hpobench.space import draw_configs
from hpobench.task import Budget, Problem, Task
from hpobench.trial import Config, Outcome, Trial
from tests.paired import interval_of_mean

Floats = npt.NDArray[np.float64]

WATCHED = ("training-loss", "gradient-norm", "weight-norm", "smoothness")
POINTS = 100
"""The budget is looked at in so many steps."""


def recorded(task: Task, benchmark: Benchmark, count: int, file: Path) -> list[dict[str, Any]]:
    """The trainings in a file, and those that are still missing there."""
    known = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    assert benchmark.fidelity
    levels = level_ladder(benchmark.fidelity)
    for config in draw_configs(benchmark.space, count, seed=0)[len(known) :]:
        outcomes = [benchmark.evaluate(Trial(config=config, fidelity=at), 0) for at in levels]
        curve = [
            {"value": o.values.get(task.objectives[0]), "signals": dict(o.signals)}
            for o in outcomes
        ]
        known.append({"config": dict(config), "levels": levels, "curve": curve})
        with file.open("a") as lines:
            lines.write(json.dumps(known[-1]) + "\n")
    return known


class FromTable(CheckpointGuidedSearch):
    """The search among configurations that are in a table."""

    def __init__(self, problem: Problem, seed: int, pool: Sequence[Config], **options: Any) -> None:
        self._table = tuple(pool)
        super().__init__(problem, seed, **options)

    def _drawn(self) -> tuple[Config, ...]:
        return self._table


def regrets(table: list[dict[str, Any]], posed: Problem, seed: int, watched: Any) -> Floats:
    """The regret after each step of the budget; that of the median end before there is one."""
    rng = np.random.default_rng(seed)
    rows = [table[i] for i in rng.permutation(len(table))[: len(table) // 2]]
    curves = {
        repr(row["config"]): dict(zip(row["levels"], row["curve"], strict=True)) for row in rows
    }
    ends = [row["curve"][-1]["value"] for row in rows]
    sound = [end for end in ends if end is not None]

    def answer(trial: Trial) -> Outcome:
        found = curves[repr(dict(trial.config))][trial.fidelity]
        if found["value"] is None:
            return Outcome(failure="diverged")
        return Outcome(values={"f": found["value"]}, signals=found["signals"])

    search = FromTable(posed, seed, [row["config"] for row in rows], watched=watched)
    steps = np.linspace(0, posed.budget.amount, POINTS + 1)[1:]
    curve, best = np.full(POINTS, np.median(sound)), np.inf
    assert posed.fidelity
    for record in Loop(search, Simulated(answer, ("f",), WATCHED), posed).records():
        if record.fidelity == posed.fidelity.high and not record.failure:
            best = min(best, record.values[0])
            curve[steps >= record.spent - 1e-9] = best
    return np.asarray(curve - min(sound))


def compare(name: str, told: argparse.Namespace) -> Iterator[str]:
    """Lines of a table: without weights, with them, and the difference."""
    task = Catalogue().task(name)
    benchmark = build(task)
    file = told.folder / f"{name.replace('/', '-')}.jsonl"
    table = recorded(task, benchmark, told.configurations, file)
    posed = Problem(
        space=benchmark.space,
        objectives=benchmark.objectives[:1],
        fidelity=benchmark.fidelity,
        budget=Budget(told.trials),
        signals=WATCHED,
    )
    runs = {
        key: np.array([regrets(table, posed, seed, watched) for seed in range(told.seeds)])
        for key, watched in (("without", ()), ("with", WATCHED))
    }
    for what, columns in (("mean", slice(None)), ("end", slice(-1, None))):
        one, other = (runs[key][:, columns].mean(axis=1) for key in ("without", "with"))
        apart = other - one
        low, high = interval_of_mean(apart)
        less = (np.mean(apart < 0) + 0.5 * np.mean(apart == 0)).item()
        yield (
            f"| `{name}` | {what} | {one.mean():.4f} | {other.mean():.4f} "
            f"| {apart.mean():+.4f} ({low:+.4f} to {high:+.4f}) | {less:.2f} |"
        )


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="+")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--configurations", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--trials", type=float, default=6)
    told = parser.parse_args()
    told.folder.mkdir(exist_ok=True)
    print("| task | regret | without weights | with | difference | better in |")
    print("|---|---|---|---|---|---|")
    for name in told.tasks:
        for line in compare(name, told):
            print(line, flush=True)


if __name__ == "__main__":
    main()
