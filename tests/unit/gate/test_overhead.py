"""The optimizer's own time: a known ratio is found, noise and tiny times are not."""

import numpy as np
import pandas as pd
import pytest

from hpobench.gate.overhead import OverheadTime, overheads
from hpobench.gate.rule import Rule
from hpobench.gate.verdict import Verdict


def times(ratio: float, *, milliseconds: float = 5.0, noise: float = 0.1) -> OverheadTime:
    """Eight seeds on four tasks, each with a time of its own; one pair of failed runs."""
    rng = np.random.default_rng(1)
    rows = [
        {
            "optimizer": "o",
            "task": f"t{task}",
            "seed": seed,
            "overhead": milliseconds * (task + 1) * np.exp(rng.normal(0, noise)),
            "overhead_new": milliseconds * (task + 1) * ratio * np.exp(rng.normal(0, noise)),
            "failed": False,
            "failed_new": False,
        }
        for task in range(4)
        for seed in range(8)
    ]
    broken = {**rows[0], "seed": 9, "overhead_new": 1e9, "failed_new": True}
    (found,) = overheads(pd.DataFrame([*rows, broken]), Rule())
    return found


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (1.0, Verdict.EQUIVALENT),
        (1.1, Verdict.EQUIVALENT),
        (1.5, Verdict.WORSE),
        (0.6, Verdict.BETTER),
    ],
)
def test_a_ratio_is_found_through_the_noise(ratio: float, verdict: Verdict) -> None:
    found = times(ratio)
    assert found.verdict is verdict
    assert found.ratio == pytest.approx(ratio, rel=4 * 0.1 * np.sqrt(2 / 32))
    assert found.interval[0] < ratio < found.interval[1]


def test_a_noisy_machine_leaves_it_open() -> None:
    assert times(1.3, noise=1.0).verdict is Verdict.UNDECIDED


def test_times_too_small_to_matter_count_as_equal() -> None:
    assert times(3.0, milliseconds=0.004).ratio == 1.0
    assert times(3.0, milliseconds=0.004).verdict is Verdict.EQUIVALENT
