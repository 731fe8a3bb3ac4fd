"""The functions with a continuous fidelity are those of dragonfly."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.optimize import differential_evolution

from hpobench.benchmarks.synthetic.boca import PROBLEMS, Boca
from tests.functions import evaluate


def test_values_and_costs_are_those_of_dragonfly(golden: Callable[[str], Any]) -> None:
    points = golden("boca")["points"]
    assert len(points) >= 50
    for problem, x, z, value, cost in points:
        outcome = evaluate(Boca(problem=problem), x, z)
        # dragonfly caps what it maximises at a rounded optimum, which no point here reaches
        assert outcome.value == pytest.approx(-value, rel=1e-12)
        assert outcome.cost == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize("problem", ["branin", "currin", "borehole"])
def test_the_best_value_is_the_minimum_at_full_fidelity(problem: str) -> None:
    benchmark = Boca(problem=problem)
    box, *_ = PROBLEMS[problem]
    searched = differential_evolution(
        lambda x: evaluate(benchmark, list(x), None).value, box, rng=np.random.default_rng(0)
    ).fun
    corners = [evaluate(benchmark, list(x), None).value for x in product(*box)]
    found = min(searched, *corners)
    assert benchmark.best["value"] <= found < benchmark.best["value"] + 1e-6
