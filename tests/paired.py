"""One optimizer against each other one of a store, seed by seed, on tasks with one objective.

Compared is the best value at the highest fidelity. The interval (95 %) of the mean difference of
pairs is a bootstrap over seeds, that of A12 is Newcombe's. A run that trained nothing to the end
counts as worse than all others for A12 and the medians, and its pair is left out of the difference.

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
    for name in sorted(set(ends.columns) - {first}) if first in ends else ():
        both = ends[[first, name]].dropna()
        one, other = both[first].to_numpy(), both[name].to_numpy()
        ended = np.isfinite(one) & np.isfinite(other)
        differences = one[ended] - other[ended]
        effect = a12(one, other)
        ends_of = a12_interval(effect, len(one), len(other))
        seeds = str(len(both)) if ended.all() else f"{len(differences)} of {len(both)}"
        yield (
            f"| `{name}` | {seeds} | {np.median(one):.4f}, {np.median(other):.4f} "
            f"| {_mean_of(differences)} | {effect:.2f} ({ends_of[0]:.2f} to {ends_of[1]:.2f}) |"
        )


def _mean_of(differences: Floats) -> str:
    """The mean with its interval; a dash if no pair has both values."""
    if not len(differences):
        return "-"
    low, high = interval_of_mean(differences)
    return f"{differences.mean():+.4f} ({low:+.4f} to {high:+.4f})"


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
