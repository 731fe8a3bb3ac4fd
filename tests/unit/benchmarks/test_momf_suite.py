"""The multi-objective multi-fidelity suite is that of its authors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hpobench.benchmarks.synthetic.momf_suite import ERRORS, PROBLEMS, MomfSuite
from tests.functions import evaluate


def test_values_are_those_of_the_authors(golden: Callable[[str], Any]) -> None:
    points = golden("momf-suite")["points"]
    assert len(points) >= 50
    for problem, error, x, effort, values in points:
        outcome = evaluate(MomfSuite(problem=problem, error=error), x, effort)
        assert outcome.vector == pytest.approx(values, rel=1e-11, abs=1e-11)
        assert outcome.cost == effort / 10_000


def test_what_is_said_of_the_correlation_of_low_fidelities_is_so() -> None:
    for problem in PROBLEMS:
        found = [correlations(problem, error) for error in ERRORS]
        if problem.startswith("2-4-1"):
            assert all(volume > 0.95 and displacement < 0.3 for volume, displacement in found)
        else:
            assert all(0.87 < r < 0.98 for row in found for r in row)


def correlations(problem: str, error: str) -> list[float]:
    """Of each objective between the lowest fidelity and the highest, over the whole space."""
    benchmark = MomfSuite(problem=problem, error=error)
    low, high = np.array(PROBLEMS[problem][0].box).T
    points = low + (high - low) * np.random.default_rng(0).random((1500, len(low)))
    coarse, exact = (
        np.array([evaluate(benchmark, list(p), effort).vector for p in points])
        for effort in (625, None)
    )
    columns = zip(coarse.T, exact.T, strict=True)
    return [float(np.corrcoef(*pair)[0, 1]) for pair in columns]
