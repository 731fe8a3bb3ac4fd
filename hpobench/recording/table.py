"""Stored trainings as one table with a row for each configuration, seed and level."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from hpobench.adapters.native.design import design_point
from hpobench.benchmark import Benchmark
from hpobench.dispatch.plan import Plan
from hpobench.exchange.trials import unfold
from hpobench.execution.construction import build
from hpobench.run import Run
from hpobench.store import Store
from hpobench.task import Task

NUMBER, SEED, SECONDS, FAILURE = "configuration", "seed", "seconds", "failure"
"""Columns beside hyperparameters, fidelity and values."""

VALUE, TEST = "value.", "test."
"""What the columns of an objective begin with, before its name: as in exported results."""

VALUE_DIGITS, SECONDS_DIGITS = 4, 3
"""Significant digits that are kept: far below what seeds and repetitions differ by."""


@dataclass(frozen=True, slots=True)
class RecordedTable:
    """What was recorded of a task.

    Attributes:
        task: As it was named.
        benchmark: Behind it.
        rows: A row for each training and level, sorted by configuration, seed and level; columns
            `configuration` (its number in the design), one for each hyperparameter (see
            `hyperparameter_columns`; None where it is inactive), the fidelity's name, `seed`,
            `value.` and `test.` of each objective in the direction that people read (NaN where
            there is none), `seconds` from scratch, and `failure`, empty where there is none.
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
    def succeeded(self) -> pd.DataFrame:
        """The rows that do not say of a failure."""
        return self.rows[self.rows[FAILURE] == ""]

    @property
    def final(self) -> pd.DataFrame:
        """The rows at the highest level, those of failed trainings left out."""
        done = self.succeeded
        if not self.benchmark.fidelity:
            return done
        return done[done[self.fidelity] >= self.benchmark.fidelity.full_from]


def hyperparameter_columns(benchmark: Benchmark) -> dict[str, str]:
    """The column of each hyperparameter: its name, unless another column is called so."""
    level = [benchmark.fidelity.name] if benchmark.fidelity else []
    reserved = {NUMBER, SEED, SECONDS, FAILURE, *level}
    measured = (VALUE, TEST)
    return {
        name: f"config.{name}" if name in reserved or name.startswith(measured) else name
        for name in benchmark.space
    }


def read_trainings(store: Store, plan: Plan, task: Task) -> RecordedTable:
    """Collect what a results folder holds of a recording.

    Args:
        store: Holds the runs.
        plan: Which trainings were recorded.
        task: As the user named it.
    """
    benchmark = build(task)
    planned = {run.id: run for run in plan.runs()}
    found: list[dict[str, Any]] = []
    taken = 0
    for row in store.runs().to_pylist():
        if run := planned.get(row["run"]):
            taken += 1
            found += training_rows(row, run, benchmark)
    level = [benchmark.fidelity.name] if benchmark.fidelity else []
    rows = pd.DataFrame(found, columns=_column_names(benchmark, level), dtype=object)
    rows = rows.sort_values([NUMBER, SEED, *level], ignore_index=True)
    numbers = [name for name in rows if str(name).startswith((VALUE, TEST)) or name == SECONDS]
    return RecordedTable(
        task,
        benchmark,
        rows.astype(dict.fromkeys(numbers, float)),
        len(planned) - taken,
    )


def _column_names(benchmark: Benchmark, level: list[str]) -> list[str]:
    """All columns in their order."""
    names = [objective.name for objective in benchmark.objectives]
    values, tests = ([prefix + name for name in names] for prefix in (VALUE, TEST))
    return [
        *(NUMBER, *hyperparameter_columns(benchmark).values(), *level, SEED),
        *(*values, *tests, SECONDS, FAILURE),
    ]


def training_rows(
    row: Mapping[str, Any], run: Run, benchmark: Benchmark
) -> Iterator[dict[str, Any]]:
    """The rows of one training, from the lowest level to the highest that was reached.

    A training that ended before it answered at all, for want of time or memory, say, is one row:
    a failure at the lowest level.

    Args:
        row: A run, as the store has it.
        run: That it is the result of.
        benchmark: That was trained.
    """
    number, columns = int(run.variant.options["number"]), hyperparameter_columns(benchmark)
    continued = bool(benchmark.fidelity and benchmark.fidelity.continuable)
    before = 0.0
    for trial in unfold(row):
        broken = trial.get("config") is None
        config = _design_point(benchmark, number) if broken else json.loads(trial["config"])
        failure = row["reason"] if broken else trial["failure"] or ""
        seconds = row["seconds"] if broken else trial["cost"] + before
        before = seconds if continued and not failure else before
        yield {
            NUMBER: number,
            **{column: config.get(name) for name, column in columns.items()},
            **_level(benchmark, None if broken else trial["fidelity"]),
            SEED: row["seed"],
            **_values(trial, benchmark, succeeded=not failure),
            SECONDS: rounded(seconds, SECONDS_DIGITS),
            FAILURE: failure,
        }


@lru_cache(maxsize=64)
def _design_point(benchmark: Benchmark, number: int) -> Mapping[str, Any]:
    """What a training was about that left no trial."""
    return design_point(benchmark.space, number)


def _level(benchmark: Benchmark, reached: float | None) -> dict[str, float]:
    """The fidelity of a row, by its name; the lowest one if none was reached."""
    fidelity = benchmark.fidelity
    if fidelity is None:
        return {}
    level = fidelity.low if reached is None else reached
    return {fidelity.name: int(level) if fidelity.integer else float(level)}


def _values(trial: Mapping[str, Any], benchmark: Benchmark, *, succeeded: bool) -> dict[str, float]:
    """Values and test values as people read them; NaN where there is none."""
    named = {}
    for objective in benchmark.objectives:
        for column in (VALUE + objective.name, TEST + objective.name):
            value = trial.get(column) if succeeded else None
            sign = -1.0 if objective.maximize else 1.0
            number = float("nan") if value is None else sign * float(value) + 0.0  # no -0.0
            named[column] = rounded(number, VALUE_DIGITS)
    return named


def rounded(value: float, digits: int) -> float:
    """A number with so many significant digits."""
    return float(np.format_float_scientific(value, digits - 1)) if math.isfinite(value) else value
