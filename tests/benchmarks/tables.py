"""What a recorded table costs to open and a look-up in it, against the same by hand in pandas."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from measure import Figure, alternate, progress, seconds

from hpobench.benchmarks.recorded import Recorded
from hpobench.trial import Trial

AXES = {f"x{i}": list(range(8)) for i in range(5)}
SEEDS, LOOKUPS = 5, 2_000
AT_MOST = 20e-6
"""Seconds for one exact look-up."""
OPENED_WITHIN = 0.1
"""Seconds for a task whose table has been converted before."""
OPENINGS = 5


def figures(repeat: int) -> list[Figure]:
    """All figures of this module."""
    return [*lookups(repeat), *openings(repeat)]


def lookups(repeat: int) -> list[Figure]:
    """One evaluation of a grid of 32,768 configurations, each trained with 5 seeds."""
    with recorded() as (path, frame, trials):
        table = opened(path)
        ours, theirs = alternate(repeat, partial(by_us, table, trials), partial(by_hand, frame))
    rates = Figure(
        name="one exact look-up in a recorded table",
        unit="per CPU second",
        ours=[1e6 / taken for taken in ours],
        at_least=1 / AT_MOST,
    )
    return [
        rates,
        beside(rates, "CPU microseconds", ours, "pandas' .loc with a sorted index", theirs),
    ]


def openings(repeat: int) -> list[Figure]:
    """A task of that table, built from the converted table; its 163,840 rows read by hand."""
    with recorded() as (path, _, _):
        opened(path)  # converts it
        ours, theirs = alternate(repeat, partial(open_by_us, path), partial(open_by_hand, path))
    rates = Figure(
        name="a recorded table is opened",
        unit="per CPU second",
        ours=[1e3 / taken for taken in ours],
        at_least=1 / OPENED_WITHIN,
    )
    return [
        rates,
        beside(rates, "CPU milliseconds", ours, "pandas' read_parquet and set_index", theirs),
    ]


def beside(rates: Figure, unit: str, ours: list[float], other: str, theirs: list[float]) -> Figure:
    """The same as times, against another's."""
    return Figure(
        name=rates.name, unit=unit, ours=ours, other=other, theirs=theirs, ratio_at_most=0.5
    )


@contextmanager
def recorded() -> Iterator[tuple[Path, Any, list[Trial]]]:
    """The table's file, the same as a data frame by configuration and seed, and trials."""
    index = pd.MultiIndex.from_product([*AXES.values(), range(SEEDS)], names=[*AXES, "seed"])
    rng = np.random.default_rng(0)
    frame: Any = pd.DataFrame({"loss": rng.random(len(index)), "seconds": 1.0}, index=index)
    configs = rng.integers(0, 8, (LOOKUPS, len(AXES))).tolist()
    trials = [Trial(config=dict(zip(AXES, config, strict=True))) for config in configs]
    before = os.environ.get("HPOBENCH_CACHE_DIR", "")
    with TemporaryDirectory() as folder:
        os.environ["HPOBENCH_CACHE_DIR"] = folder
        try:
            path = Path(folder) / "table.parquet"
            frame.reset_index().to_parquet(path)
            yield path, frame, trials
        finally:
            os.environ["HPOBENCH_CACHE_DIR"] = before


def opened(path: Path) -> Recorded:
    """The table as a task has it."""
    return Recorded(
        file=str(path),
        hyperparameters={name: {"type": "ordinal"} for name in AXES},
        objectives={"loss": "minimize"},
        seeds={"column": "seed"},
        cost={"column": "seconds"},
    )


def by_us(table: Recorded, trials: list[Trial]) -> float:
    """Microseconds a look-up through the benchmark's interface."""
    progress("look-ups by us")
    return seconds(lambda: [table.evaluate(t, 0) for t in trials], process_time) / LOOKUPS * 1e6


def by_hand(frame: Any) -> float:
    """Microseconds a look-up of the same by pandas."""
    progress("look-ups by hand")
    keys = np.random.default_rng(0).integers(0, 8, (LOOKUPS, len(AXES))).tolist()
    return seconds(lambda: [frame.loc[(*key, 0)] for key in keys], process_time) / LOOKUPS * 1e6


def open_by_us(path: Path) -> float:
    """Milliseconds until the benchmark can be asked."""
    progress("openings by us")
    taken = seconds(lambda: [opened(path) for _ in range(OPENINGS)], process_time)
    return taken / OPENINGS * 1e3


def open_by_hand(path: Path) -> float:
    """Milliseconds until a data frame can be asked."""
    progress("openings by hand")
    index = [*AXES, "seed"]
    reads = lambda: [pd.read_parquet(path).set_index(index) for _ in range(OPENINGS)]  # noqa: E731
    return seconds(reads, process_time) / OPENINGS * 1e3
