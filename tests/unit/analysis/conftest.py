"""Synthetic stores: runs written down as the numbers that matter for a test."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from hpobench.analysis.frames import Analysis
from hpobench.analysis.pipeline import examine
from hpobench.scoring.constants import Constants, References
from hpobench.scoring.frame import Frame, read
from hpobench.store.shards import table
from hpobench.store.tables import SCHEMA

TASK_OPTIONS = ("objectives", "maximize", "high", "budget", "unit", "real_time")


def task_info(
    task: str,
    *,
    objectives: Sequence[str] = ("loss",),
    maximize: bool = False,
    high: float | None = None,
    budget: float = 4,
    unit: str = "trials",
    real_time: bool = False,
) -> str:
    """The column `task_info` of a run; `high` is the highest fidelity, if there is one."""
    words = ["multi-fidelity"] * (high is not None) + ["multi-objective"] * (len(objectives) > 1)
    return json.dumps(
        {
            "collection": task.partition("/")[0],
            "kind": "-".join(words) or "blackbox",
            "dimension": 2,
            "types": ["float"],
            "budget": {"unit": unit, "amount": budget},
            "workers": 1,
            "overhead": "none",
            "base_id": task.partition("@")[0],
            "fidelity": None
            if high is None
            else {"name": "epochs", "low": 1, "high": high, "integer": True, "continuable": False},
            "objectives": [{"name": name, "maximize": maximize} for name in objectives],
            "real_time": real_time,
            "definition": {"budget": f"{unit}={budget}"},
        }
    )


def run(
    optimizer: str,
    task: str,
    seed: int,
    values: Any,
    *,
    fidelity: Sequence[float] | None = None,
    cost: Any = None,
    **more: Any,
) -> dict[str, Any]:
    """A row of the store.

    Values are given trial by trial, NaN for a failed trial; `more` are options of `task_info`
    or columns that are to be something else.
    """
    count = len(values)
    flat = np.array(values, dtype=float).reshape(count, -1 if count else 1)
    costs = np.ones(count) if cost is None else np.array(cost, dtype=float)
    shares = np.ones(count) if fidelity is None else np.array(fidelity) / more["high"]
    ends = np.cumsum(costs).tolist()
    options = {name: more.pop(name) for name in TASK_OPTIONS if name in more}
    return {
        "run": f"{optimizer}|{task}|{seed}",
        "optimizer": optimizer,
        "task": task,
        "seed": seed,
        "status": "completed",
        "reason": "",
        "cut": "",
        "seconds": 0.5,
        "finished": 1.0,
        "experiment": "e",
        "task_info": task_info(task, **options),
        "variant_info": "{}",
        "number": list(range(count)),
        "worker": [0] * count,
        "fidelity": fidelity,
        "values": flat.ravel().tolist(),
        "test": [],
        "cost": costs.tolist(),
        "start": [0.0, *ends[:-1]][:count],
        "end": ends,
        "spent": np.cumsum(shares).tolist(),
        "ask_seconds": [0.001] * count,
        "tell_seconds": [0.001] * count,
        "failures": "{}",
        "configs": "{}",
    } | more


@dataclass
class Runs:
    """A store in memory."""

    rows: list[dict[str, Any]]
    manifests: list[dict[str, Any]] = field(default_factory=list)
    holes: list[tuple[str, str, int]] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def runs(self, columns: Sequence[str] | None = None) -> pa.Table:
        ordered = sorted(self.rows, key=lambda row: (row["optimizer"], row["task"], row["seed"]))
        return table(ordered).select(list(columns or SCHEMA.names))

    def experiments(self) -> list[dict[str, Any]]:
        return self.manifests

    def missing(self) -> list[tuple[str, str, int]]:
        return self.holes


def constants(
    best: float = 0.0, random: float = 1.0, start: float = 5.0, **others: Any
) -> Constants:
    """Constants of a task; without others of a task where time says no more than trials."""
    defaults: dict[str, Any] = {
        "seconds": 4.0,
        "seeds": 20,
        "budget": "trials=4",
        "source": "exact",
    }
    return Constants(best=best, random=random, start=start, **(defaults | others))


def references(tasks: Mapping[str, Constants]) -> References:
    return References(tasks=tasks, versions={"synthetic": 1})


def falling(rng: np.random.Generator, trials: int = 4) -> list[float]:
    """Values of a run that mostly improves."""
    return list(map(float, rng.exponential(2, trials) / np.arange(1, trials + 1)))


def analysis(
    rows: "list[dict[str, Any]] | Runs",
    known: Mapping[str, Constants] | None = None,
    **options: Any,
) -> Analysis:
    """The analysis of some rows, with constants by task."""
    source = rows if isinstance(rows, Runs) else Runs(rows)
    return examine(source, references(known or {}), **options)


def frame(rows: list[dict[str, Any]]) -> Frame:
    return read(Runs(rows))


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The ways to make synthetic data; see the functions of the same names above."""
    return SimpleNamespace(
        run=run,
        Runs=Runs,
        constants=constants,
        references=references,
        falling=falling,
        analysis=analysis,
        frame=frame,
        kinds=kinds,
    )


@pytest.fixture
def small() -> Runs:
    """Two optimizers on two tasks of one objective, with three seeds."""
    rng = np.random.default_rng(1)
    return Runs(
        [
            run(optimizer, task, seed, falling(rng))
            for optimizer in ("random", "tpe")
            for task in ("toy/a", "toy/b")
            for seed in range(3)
        ]
    )


def kinds() -> tuple[Runs, dict[str, Constants]]:
    """Three optimizers on tasks of all four kinds; `random` has one objective only."""
    rng = np.random.default_rng(2)
    rows, known = [], {}
    for kind, several, high in (("bb", 1, None), ("mf", 1, 9), ("mo", 2, None), ("mfmo", 2, 9)):
        for task in (f"toy/{kind}{i}" for i in range(3)):
            known[task] = (
                constants(seconds=9.0)
                if several == 1
                else constants(-1.0, -0.5, 0.0, reference=(1.0, 1.0), ideal=(0.0, 0.0))
            )
            rows += [
                run(
                    optimizer,
                    task,
                    seed,
                    rng.random((6, several)),
                    fidelity=None if high is None else [3, 9, 3, 9, 9, 3],
                    high=high,
                    objectives=("f1", "f2")[:several],
                    cost=rng.random(6),
                )
                for optimizer in ("global", "local", "random")[: 4 - several]
                for seed in range(3)
            ]
    return Runs(rows), known


@pytest.fixture
def every_kind() -> tuple[Runs, dict[str, Constants]]:
    """A store with tasks of all four kinds, and their constants."""
    return kinds()
