"""Stored trainings as one table with a row for each configuration, seed and level."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hpobench.benchmark import Benchmark
from hpobench.dispatch.plan import Plan
from hpobench.exchange.trials import unfold
from hpobench.runner import build
from hpobench.store import Store
from hpobench.task import Task

SEED, SECONDS, FAILURE, NUMBER = "seed", "seconds", "failure", "configuration"
"""Columns beside hyperparameters, fidelity and values."""

DIGITS = 5
"""Significant digits that are kept of values and seconds: far below what seeds differ by."""


@dataclass(frozen=True, slots=True)
class RecordedTable:
    """What was recorded of a task.

    Attributes:
        task: As it was named.
        benchmark: Behind it.
        rows: A row for each training and level, sorted by configuration, seed and level; columns
            `configuration` (its number in the design), one for each hyperparameter, the
            fidelity's name, `seed`, each objective and `test_` of it in the direction that
            people read, `seconds` from scratch, and `failure`.
        missing: How many trainings of the plan are not there.
    """

    task: Task
    benchmark: Benchmark
    rows: pd.DataFrame
    missing: int

    @property
    def fidelity(self) -> str:
        """The column of levels; empty if there is no fidelity."""
        return self.benchmark.fidelity.name if self.benchmark.fidelity else ""

    @property
    def final(self) -> pd.DataFrame:
        """The rows at the highest level, those of failed trainings left out."""
        done = self.rows[self.rows[FAILURE] == ""]
        if not self.benchmark.fidelity:
            return done
        return done[done[self.fidelity] >= self.benchmark.fidelity.full_from]


def read_trainings(store: Store, plan: Plan, task: Task) -> RecordedTable:
    """Collect what a results folder holds of a recording.

    Args:
        store: Holds the runs.
        plan: Of the recording.
        task: As the user named it.
    """
    benchmark = build(task)
    planned = {run.id: run for run in plan.runs()}
    found: list[dict[str, Any]] = []
    taken = 0
    for row in store.runs().to_pylist():
        if run := planned.get(row["run"]):
            taken += 1
            number = int(run.variant.options["number"])
            found += _training(row, number, benchmark)
    columns = _columns(benchmark)
    rows = pd.DataFrame(found, columns=columns)
    order = [NUMBER, SEED, *([benchmark.fidelity.name] if benchmark.fidelity else [])]
    rows = rows.sort_values(order, ignore_index=True)
    return RecordedTable(task, benchmark, rows, len(planned) - taken)


def _columns(benchmark: Benchmark) -> list[str]:
    """All columns in their order."""
    values = [objective.name for objective in benchmark.objectives]
    level = [benchmark.fidelity.name] if benchmark.fidelity else []
    tests = [f"test_{name}" for name in values]
    return [NUMBER, *benchmark.space, *level, SEED, *values, *tests, SECONDS, FAILURE]


def _training(
    row: Mapping[str, Any], number: int, benchmark: Benchmark
) -> Iterator[dict[str, Any]]:
    """The rows of one training, from the lowest level to the highest."""
    continued = bool(benchmark.fidelity and benchmark.fidelity.continuable)
    before = 0.0
    for trial in unfold(row):
        if trial.get("config") is None:  # it broke before its first trial
            return
        seconds = trial["cost"] + before
        before = seconds if continued and not trial["failure"] else before
        level = {benchmark.fidelity.name: trial["fidelity"]} if benchmark.fidelity else {}
        yield {
            NUMBER: number,
            **json.loads(trial["config"]),
            **level,
            SEED: row["seed"],
            **_values(trial, benchmark),
            SECONDS: _rounded(seconds),
            FAILURE: trial["failure"] or "",
        }


def _values(trial: Mapping[str, Any], benchmark: Benchmark) -> dict[str, float]:
    """Values and test values as people read them; NaN where there is none."""
    signs = {objective.name: -1.0 if objective.maximize else 1.0 for objective in benchmark.objectives}
    named = {}
    for name, sign in signs.items():
        for prefix, column in (("value.", name), ("test.", f"test_{name}")):
            value = trial.get(prefix + name)
            named[column] = float("nan") if value is None else _rounded(sign * value)
    return named


def _rounded(value: float) -> float:
    """A number with `DIGITS` significant digits."""
    return float(np.format_float_scientific(value, DIGITS - 1)) if np.isfinite(value) else value
