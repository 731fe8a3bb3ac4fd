"""The numbers of a table's page, against scipy and loops over rows."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from hpobench.recording import Quality, RecordedTable, quality_of
from hpobench.task import Fidelity, Objective

LEVELS = (1, 3, 9)


def table(seed: int, *, fidelity: bool = True, spread: float = 0.1) -> RecordedTable:
    """Forty configurations with three seeds, of which some fail on their way."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number in range(40):
        goodness = rng.uniform(0, 1)
        for training in range(3):
            stop = rng.integers(0, 3) if rng.random() < 0.1 else 9
            for place, level in enumerate(LEVELS if fidelity else LEVELS[-1:]):
                noise, failed = rng.normal(size=2) * spread / level, place >= stop
                rows.append(
                    {
                        "configuration": number,
                        "epochs": level,
                        "seed": training,
                        "value.f": math.nan if failed else goodness + noise[0],
                        "test.f": math.nan if failed else goodness + noise[1],
                        "seconds": float(level),
                        "failure": "broke" if failed else "",
                    }
                )
                if failed:
                    break
    benchmark: Any = SimpleNamespace(
        fidelity=Fidelity(name="epochs", low=1, high=9, integer=True) if fidelity else None,
        objectives=(Objective(name="f"),),
    )
    task: Any = None
    frame = pd.DataFrame(rows)
    return RecordedTable(task, benchmark, frame if fidelity else frame.drop(columns="epochs"), 0)


def at(recorded: RecordedTable, level: int, column: str = "value.f") -> dict[int, list[float]]:
    """By configuration the values that there are at a level."""
    found: dict[int, list[float]] = {}
    for row in recorded.rows.to_dict("records"):
        if row.get("epochs", 9) == level and not row["failure"]:
            found.setdefault(row["configuration"], []).append(row[column])
    return found


def measured(recorded: RecordedTable, *, maximize: bool = False) -> Quality:
    found = quality_of(recorded, "f", maximize=maximize)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fidelity", [True, False])
def test_means_spreads_and_shares(seed: int, fidelity: bool) -> None:
    recorded = table(seed, fidelity=fidelity)
    final = at(recorded, 9)
    means = np.array([np.mean(values) for values in final.values()])
    spread = np.median([np.std(v, ddof=1) for v in final.values() if len(v) > 1])
    quality = measured(recorded)
    assert quality.best == pytest.approx(means.min())
    assert quality.median == pytest.approx(np.median(means))
    assert quality.seed_spread == pytest.approx(spread)
    assert quality.signal == pytest.approx(np.std(means, ddof=1) / spread)
    near = means <= means.min() + 0.01 * (np.median(means) - means.min())
    assert quality.near_best == pytest.approx(near.mean())


@pytest.mark.parametrize("seed", range(4))
def test_rank_correlations_are_scipys_over_the_configurations_that_both_have(seed: int) -> None:
    recorded = table(seed)
    final = at(recorded, 9)
    quality = measured(recorded)
    assert list(quality.level_correlations) == list(LEVELS)
    for level in LEVELS:
        values = at(recorded, level)
        both = sorted(set(values) & set(final))
        expected = spearmanr([np.mean(values[n]) for n in both], [np.mean(final[n]) for n in both])
        assert quality.level_correlations[level] == pytest.approx(expected.statistic)
    tests = at(recorded, 9, "test.f")
    expected = spearmanr(*([np.mean(side[n]) for n in sorted(final)] for side in (final, tests)))
    assert quality.test_correlation == pytest.approx(expected.statistic)


def test_what_is_maximised_is_the_mirror_of_what_is_minimised() -> None:
    recorded = table(1)
    mirrored = table(1)
    for column in ("value.f", "test.f"):
        mirrored.rows[column] *= -1
    one, other = measured(recorded), measured(mirrored, maximize=True)
    assert (other.best, other.median) == (-one.best, -one.median)
    assert other.random_search == {n: -value for n, value in one.random_search.items()}
    assert (other.near_best, other.signal) == (one.near_best, one.signal)


def test_random_search_is_the_quantile_of_single_trials_where_there_is_no_noise() -> None:
    recorded = table(2, spread=0.0)
    means = sorted(np.mean(values) for values in at(recorded, 9).values())
    quality = measured(recorded)
    assert set(quality.random_search) == {10, 30}
    # The median of the best of n drawn without replacement, by the hypergeometric distribution.
    for trials, value in quality.random_search.items():
        worse = [
            math.comb(len(means) - 1 - rank, trials) / math.comb(len(means), trials)
            for rank in range(len(means))
        ]
        ranks = [rank for rank, share in enumerate(worse) if 0.35 < share < 0.75]
        low, high = max(min(ranks, default=0) - 1, 0), max(ranks, default=0) + 1
        assert means[low] <= value <= means[high]


def test_of_one_configuration_nothing_is_said() -> None:
    recorded = table(3)
    one = RecordedTable(
        recorded.task,
        recorded.benchmark,
        recorded.rows[recorded.rows["configuration"] == 0],
        0,
    )
    assert quality_of(one, "f", maximize=False) is None
