"""One optimizer against each other one of a store, seed by seed, on tasks with one objective.

Compared is the best value at the highest fidelity. The interval (95 %) of the mean difference of
pairs is a bootstrap over seeds, that of A12 is Newcombe's.

    python -m tests.paired RESULTS pbt
"""

import argparse
import json
from collections.abc import Iterator
from math import inf, isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.stats.significance import a12, a12_interval
from hpobench.store import Store

Floats = npt.NDArray[np.float64]

DRAWS = 10_000
"""So many times seeds are drawn again."""


def interval_of_mean(differences: Floats) -> tuple[float, float]:
    """The middle 95 % of the means of seeds that are drawn again."""
    count = len(differences)
    drawn = np.random.default_rng(0).integers(count, size=(DRAWS, count))
    low, high = np.quantile(differences[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def best_in_full(row: dict[str, Any]) -> float:
    """The best value of a run at the highest fidelity; infinite if there is none."""
    fidelity = json.loads(row["task_info"]).get("fidelity") or {"high": 1.0}
    levels = row["fidelity"] or [fidelity["high"]] * len(row["values"])
    both = zip(row["values"], levels, strict=True)
    full = [value for value, level in both if level >= fidelity["high"] * (1 - 1e-9)]
    return min((value for value in full if value is not None and isfinite(value)), default=inf)


def lines(ends: pd.DataFrame, first: str) -> Iterator[str]:
    """Of one task: what all others come to beside the first, by the seeds that both have."""
    for name in sorted(set(ends.columns) - {first}):
        both = ends[[first, name]].dropna()
        one, other = both[first].to_numpy(), both[name].to_numpy()
        low, high = interval_of_mean(one - other)
        effect = a12(one, other)
        ends_of = a12_interval(effect, len(one), len(other))
        yield (
            f"| `{name}` | {len(both)} | {np.median(one):.4f}, {np.median(other):.4f} "
            f"| {np.mean(one - other):+.4f} ({low:+.4f} to {high:+.4f}) "
            f"| {effect:.2f} ({ends_of[0]:.2f} to {ends_of[1]:.2f}) |"
        )


def main() -> None:
    """Print tables in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("first")
    told = parser.parse_args()
    columns = ("optimizer", "task", "task_info", "seed", "status", "values", "fidelity")
    rows = Store(told.results).runs(columns).to_pylist()
    runs = pd.DataFrame([{**row, "end": best_in_full(row)} for row in rows])
    for task, own in runs[runs["status"] == "completed"].groupby("task"):
        print(f"\n`{task}`: `{told.first}` against\n\n| | seeds | medians | difference | A12 |")
        print("|---|---|---|---|---|")
        for each in lines(own.pivot_table("end", "seed", "optimizer"), told.first):
            print(each)


if __name__ == "__main__":
    main()
