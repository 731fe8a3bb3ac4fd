"""A run without the trials that improved on nothing is analysed to the same figures."""

import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from hpobench.analysis.frames import Analysis
from hpobench.analysis.pipeline import examine
from hpobench.store.shards import table
from hpobench.store.thin import thinned
from tests.examples import examples

SHAPES: dict[str, dict[str, Any]] = {
    "toy/one": {},
    "toy/evaluations": {"unit": "evaluations"},
    "toy/seconds": {"unit": "seconds", "budget": 12},
    "toy/levels": {"high": 9.0},
    "toy/two": {"objectives": ("a", "b")},
    "toy/all": {"objectives": ("a", "b", "c"), "high": 9.0},
}
"""By task, what is particular about it."""


def rows(make: SimpleNamespace, seed: int, count: int) -> list[dict[str, Any]]:
    """Runs of two optimizers on each task, with ties, failures, low fidelities and test values."""
    rng = np.random.default_rng(seed)
    found = []
    for task, options in SHAPES.items():
        width = len(options.get("objectives", "a"))
        for optimizer in ("mine", "random"):
            values = rng.integers(0, 9, (count, width)).astype(float)
            values[rng.random(count) < 0.2] = math.nan
            high = options.get("high")
            fidelity = rng.choice([1.0, 3.0, 9.0], count).tolist() if high else None
            more = {"test": rng.random(count).tolist()} if width == 1 else {}
            cost = rng.random(count) + 0.1
            asked = rng.random(count).tolist()
            found += [
                make.run(
                    optimizer,
                    task,
                    run,
                    np.roll(values, run, axis=0),
                    fidelity=fidelity,
                    cost=cost,
                    ask_seconds=asked,
                    failures=_failures(np.roll(values, run, axis=0)),
                    configs=json.dumps({"x": list(range(count))}),
                    **({"budget": count} | options | more),
                )
                for run in (0, 1)
            ]
    return found


def _failures(values: np.ndarray) -> str:
    return json.dumps({i: "broke" for i, row in enumerate(values) if np.isnan(row).any()})


def analysed(make: SimpleNamespace, found: Any) -> Analysis:
    known = {
        task: make.constants(0.0, 2.0, 8.0, seconds=9.0)
        if "objectives" not in options
        else make.constants(
            -81.0,
            -40.0,
            0.0,
            reference=(9.5,) * len(options["objectives"]),
            ideal=(0.0,) * len(options["objectives"]),
        )
        for task, options in SHAPES.items()
    }
    return examine(make.Runs(found), make.references(known))


@pytest.mark.slow
@examples(3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12))
def test_every_table_and_curve_is_that_of_the_whole_runs(
    make: SimpleNamespace, seed: int, count: int
) -> None:
    whole = rows(make, seed, count)
    thin = thinned(table(whole)).to_pylist()
    expected, found = analysed(make, whole).frames(), analysed(make, thin).frames()
    assert expected.keys() == found.keys()
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame, rtol=1e-5, obj=name)


def test_what_is_left_are_the_improvements_and_the_last(make: SimpleNamespace) -> None:
    values = [math.nan, 5.0, 5.0, 7.0, 3.0, 4.0, 9.0]
    run = make.run(
        "mine",
        "toy/one",
        0,
        values,
        ask_seconds=[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0],
        failures='{"0": "broke"}',
        configs=json.dumps({"x": [0, 1, 2, 3, 4, 5, 6]}),
    )
    (row,) = thinned(table([run])).to_pylist()
    assert row["values"] == [5.0, 3.0, 9.0]
    assert row["number"] == [1, 4, 6]
    assert row["ask_seconds"] == [3.0, 28.0, 96.0]
    assert row["failures"] == "{}"
    assert row["configs"] == "{}"


def test_low_fidelities_are_left_out_and_fronts_are_kept(make: SimpleNamespace) -> None:
    run = make.run(
        "mine",
        "toy/all",
        0,
        [(0.0, 0.0), (1.0, 3.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (0.5, 0.5), (9.0, 9.0)],
        fidelity=[1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 1.0],
        objectives=("a", "b"),
        high=9.0,
    )
    (row,) = thinned(table([run])).to_pylist()
    assert row["number"] == [1, 2, 5, 6]
    assert row["fidelity"] == [9.0, 9.0, 9.0, 1.0]


@pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
def test_runs_that_found_nothing_keep_how_long_they_were(
    make: SimpleNamespace, values: list[float]
) -> None:
    run = make.run("mine", "toy/one", 0, values)
    (row,) = thinned(table([run])).to_pylist()
    assert row["number"] == [len(values) - 1][: len(values)]


def test_runs_with_trials_side_by_side_lose_their_configurations_alone(
    make: SimpleNamespace,
) -> None:
    configs = json.dumps({"x": [1, 0, 2]})
    run = make.run("mine", "toy/one", 0, [5.0, 6.0, 7.0], number=[1, 0, 2], configs=configs)
    run["task_info"] = json.dumps(json.loads(run["task_info"]) | {"workers": 2})
    assert thinned(table([run])).equals(table([run | {"configs": "{}"}]))
