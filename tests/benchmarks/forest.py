"""What an evaluation of a surrogate of ours costs, against scikit-learn on the same forest."""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import click
import numpy as np
from measure import Figure, alternate, progress, seconds
from sklearn.ensemble import ExtraTreesRegressor

from hpobench.benchmarks.surrogate import Surrogate
from hpobench.benchmarks.surrogate.fit import FOREST
from hpobench.benchmarks.surrogate.forest import Forest, flattened
from hpobench.trial import Trial

COLUMNS, ROWS, ASKED = 6, 1_000, 100


def evaluations(repeat: int) -> list[Figure]:
    """One evaluation of a forest fitted to a thousand results of six hyperparameters."""
    points = np.random.default_rng(0).random((ROWS, COLUMNS))
    values = np.sin(4 * points).sum(axis=1)
    asked = np.random.default_rng(1).random((ASKED, COLUMNS))
    with fitted(points, values) as ours:
        theirs = ExtraTreesRegressor(**FOREST).fit(points.astype(np.float32), values)
        share(ours, theirs, asked.astype(np.float32))
        taken = alternate(repeat, partial(by_us, ours, asked), partial(by_them, theirs, asked))
    figure = Figure(
        name="one evaluation of a surrogate of ours",
        unit="CPU microseconds",
        ours=taken[0],
        other="scikit-learn's predict of the same forest",
        theirs=taken[1],
        ratio_at_most=0.5,
    )
    return [figure]


@contextmanager
def fitted(points: Any, values: Any) -> Iterator[Surrogate]:
    """The surrogate of a table of these results."""
    names = [f"x{i}" for i in range(COLUMNS)]
    before = os.environ.get("HPOBENCH_CACHE_DIR", "")
    with TemporaryDirectory() as folder:
        os.environ["HPOBENCH_CACHE_DIR"] = folder
        try:
            path = Path(folder) / "table.csv"
            with path.open("w", newline="") as file:
                rows = np.column_stack([points, values]).tolist()
                csv.writer(file).writerows([[*names, "loss"], *rows])
            within = {"type": "float", "low": 0, "high": 1}
            yield Surrogate(
                file=str(path),
                hyperparameters=dict.fromkeys(names, within),
                objectives={"loss": "minimize"},
            )
        finally:
            os.environ["HPOBENCH_CACHE_DIR"] = before


def trials(asked: Any) -> list[Trial]:
    """Points as configurations."""
    rows = asked.tolist()
    return [Trial(config={f"x{i}": x for i, x in enumerate(row)}) for row in rows]


def share(ours: Surrogate, theirs: Any, asked: Any) -> None:
    """Put the same trees behind both, and see that they answer alike to the last bit.

    Raises:
        click.ClickException: They do not.
    """
    ours._forest = Forest.of(flattened(theirs))
    told = [ours._forest.predict(row)[0] for row in asked]
    if told != theirs.predict(asked).tolist():
        raise click.ClickException("our forest and scikit-learn's answer differently")


def by_us(ours: Surrogate, asked: Any) -> float:
    """Microseconds an evaluation through the benchmark's interface."""
    progress("surrogate by us")
    made = trials(asked)
    return seconds(lambda: [ours.evaluate(t, 0) for t in made], process_time) / ASKED * 1e6


def by_them(theirs: Any, asked: Any) -> float:
    """Microseconds a point, one after another as an optimizer asks."""
    progress("surrogate by scikit-learn")
    rows = [row[None] for row in asked.astype(np.float32)]
    return seconds(lambda: [theirs.predict(row) for row in rows], process_time) / ASKED * 1e6
