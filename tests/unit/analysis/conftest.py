"""Synthetic stores: runs written down as the numbers that matter for a test."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from hpobench.analysis.constants import Constants, References
from hpobench.store.columns import SCHEMA, table


def task_info(
    task: str,
    *,
    objectives: Sequence[str] = ("loss",),
    maximize: bool = False,
    high: float | None = None,
    budget: float = 4,
    unit: str = "trials",
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
            "real_time": False,
            "definition": {},
        }
    )


def run(
    optimizer: str,
    task: str,
    seed: int,
    values: Sequence[float | Sequence[float]],
    *,
    fidelity: Sequence[float] | None = None,
    test: Sequence[float] = (),
    cost: Sequence[float] | None = None,
    status: str = "completed",
    reason: str = "",
    cut: str = "",
    library_version: str = "1.0",
    **task_options: Any,
) -> dict[str, Any]:
    """A row of the store; values are given trial by trial, NaN for a failed trial."""
    flat = np.array(values, dtype=float).reshape(len(values), -1)
    costs = np.array([1.0] * len(values) if cost is None else cost, dtype=float)
    shares = np.ones(len(values))
    if fidelity is not None:
        shares = np.array(fidelity, dtype=float) / task_options["high"]
    ends = np.cumsum(costs).tolist()
    return {
        "run": f"{optimizer}|{task}|{seed}|{library_version}",
        "optimizer": optimizer,
        "task": task,
        "seed": seed,
        "status": status,
        "reason": reason,
        "cut": cut,
        "seconds": 0.5,
        "finished": 1.0,
        "experiment": "e",
        "task_info": task_info(task, **task_options),
        "variant_info": json.dumps({"library": "lib", "version": library_version}),
        "number": list(range(len(values))),
        "worker": [0] * len(values),
        "fidelity": fidelity,
        "values": flat.ravel().tolist(),
        "test": list(test),
        "cost": costs.tolist(),
        "start": [0.0, *ends[:-1]][: len(values)],
        "end": ends,
        "spent": np.cumsum(shares).tolist(),
        "ask_seconds": [0.001] * len(values),
        "tell_seconds": [0.001] * len(values),
        "failures": json.dumps(
            {str(i): "diverged" for i, row in enumerate(flat) if np.isnan(row).any()}
        ),
        "configs": "{}",
    }


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
    defaults = {"seconds": 4.0, "seeds": 20, "budget": "trials=4", "source": "exact"}
    return Constants(best=best, random=random, start=start, **(defaults | others))


def references(tasks: Mapping[str, Constants]) -> References:
    return References(tasks=tasks, versions={"synthetic": 1})


def falling(rng: np.random.Generator, trials: int = 4) -> list[float]:
    """Values of a run that mostly improves."""
    return (rng.exponential(2, trials) / np.arange(1, trials + 1)).tolist()


NAN = math.nan


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


@pytest.fixture
def small_references() -> References:
    return references({"toy/a": constants(), "toy/b": constants()})
