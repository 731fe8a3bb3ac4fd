"""Train random rows of the recorded tables again, and compare: `retrain.py [ROWS] [SEED]`."""

import os
import sys
from pathlib import Path
from typing import Any

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import numpy as np
import pandas as pd

from hpobench.adapters.native.design import design_point
from hpobench.benchmarks.recorded.embedded import read_embedded
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.recording import recording_plan
from hpobench.recording.table import TEST, VALUE, VALUE_DIGITS, rounded
from hpobench.trial import Trial

TABLES = Path(__file__).parents[2] / "tasks" / "tables" / "curves"


def differences(path: Path, row: "pd.Series[Any]", catalogue: Catalogue) -> list[str]:
    """What another training says otherwise than a row, which is trained to its fidelity at once."""
    task = catalogue.task(read_embedded(path)["recorded"]["task"])
    plan = recording_plan(task, configurations=1, seeds=[int(row["seed"])], most_levels=2)
    benchmark = build(task)
    config = design_point(benchmark.space, int(row["configuration"]))
    level = float(row[benchmark.fidelity.name]) if benchmark.fidelity else None
    seed = next(iter(plan.runs())).seed_for("evaluation")
    outcome = benchmark.evaluate(Trial(config=config, fidelity=level), seed)
    told = outcome.values  # noqa: PD011 (no frame)
    found = {VALUE + name: value for name, value in told.items()}
    found |= {TEST + name: value for name, value in outcome.test.items() if TEST + name in row}
    failure = str(row.get("failure", ""))
    if failure not in {"", "nan", "None"}:
        return [] if outcome.failure == failure else [f"failure {outcome.failure!r}"]
    return [
        f"{name} {value} is {row[name]}"
        for name, value in found.items()
        if rounded(float(value), VALUE_DIGITS) != float(row[name])
    ]


def main(rows: int = 30, seed: int = 0) -> int:
    """Print each row; the number of those that differ."""
    rng, catalogue, differing = np.random.default_rng(seed), Catalogue(), 0
    tables = sorted(TABLES.glob("*.parquet"))
    for _ in range(rows):
        path = tables[rng.integers(len(tables))]
        table = pd.read_parquet(path)
        row = table.iloc[rng.integers(len(table))]
        wrong = differences(path, row, catalogue)
        differing += bool(wrong)
        print(path.stem, int(row["configuration"]), int(row["seed"]), wrong or "equal", flush=True)
    print(f"{rows - differing} of {rows} equal")
    return differing


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) > 0)
