"""Where optimizers stand on the way, by time and on parts of the tasks: by hand and by counting."""

from collections.abc import Iterator
from itertools import combinations, product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hpobench.analysis import Analysis
from hpobench.report.standings_views import standings
from hpobench.stats.standings import SHARES, against_first

NAMES = ("a", "b", "c")
TASKS = {"toy/t0": True, "toy/t1": True, "toy/t2": False, "toy/t3": False, "toy/t4": False}
"""By name whether it is real."""

SECONDS, BUDGET, HIGH = 10.0, 4.0, 9.0


def row_of(analysis: Analysis, optimizer: str, **keys: Any) -> dict[Any, Any]:
    """The one row of the standings with these keys."""
    found = analysis.standings[analysis.standings["optimizer"] == optimizer]
    for name, value in keys.items():
        found = found[found[name] == value]
    (row,) = found.to_dict("records")
    return row


@pytest.fixture
def two_paces(make: SimpleNamespace) -> Analysis:
    """One takes four trials of a second, one four of four seconds; random search takes ten."""
    rows = [
        make.run(name, "toy/t", seed, values, cost=[cost] * 4)
        for name, values, cost in (("hasty", [5, 4, 3, 2], 1.0), ("slow", [1, 0.5, 0.4, 0.3], 4.0))
        for seed in range(2)
    ]
    found: Analysis = make.analysis(rows, {"toy/t": make.constants(seconds=SECONDS)})
    return found


def test_equal_trials_are_not_equal_time_by_hand(two_paces: Analysis) -> None:
    """After one and three seconds the slow one has nothing; after ten it has had two trials."""
    ranks = {
        (axis, share): [
            row_of(two_paces, n, axis=axis, share=share)["rank"] for n in ("hasty", "slow")
        ]
        for axis, share in product(("budget", "time"), SHARES)
    }
    assert ranks["budget", 0.3] == ranks["budget", 1.0] == [2, 1]
    assert ranks["budget", 0.1] == [1.5, 1.5]  # nobody has finished a trial
    assert ranks["time", 0.1] == ranks["time", 0.3] == [1, 2]
    assert ranks["time", 1.0] == [2, 1]
    slow = row_of(two_paces, "slow", axis="time", share=1.0)
    assert (slow["regret"], slow["ended"], slow["taken"]) == pytest.approx((0.5, 0.0, 1.6))
    hasty = row_of(two_paces, "hasty", axis="time", share=1.0)
    assert (hasty["regret"], hasty["ended"], hasty["taken"]) == pytest.approx((2.0, 1.0, 0.4))
    assert row_of(two_paces, "hasty", axis="time", share=0.3)["ended"] == 0
    assert np.isnan(row_of(two_paces, "hasty", axis="budget", share=1.0)["ended"])


def test_the_same_time_is_read_off_where_a_third_of_the_fidelity_takes_longer(
    make: SimpleNamespace,
) -> None:
    """Random search takes a second a trial, as if trials and seconds were the same."""
    rows = [
        make.run("a", "toy/t", 0, [0.9, 0.5], fidelity=[3, 9], high=9, cost=[0.8, 1.0]),
        make.run("b", "toy/t", 0, [0.7], fidelity=[9], high=9, cost=[1.0]),
    ]
    found = make.analysis(rows, {"toy/t": make.constants(seconds=4.0)})
    assert row_of(found, "a", axis="time", share=0.3)["regret"] == 5.0  # its full one ends at 1.8 s
    assert row_of(found, "b", axis="time", share=0.3)["regret"] == pytest.approx(0.7)
    assert row_of(found, "a", axis="budget", share=1.0)["regret"] == pytest.approx(0.5)


def runs(make: SimpleNamespace, seeds: int = 4) -> list[dict[str, Any]]:
    """Runs with ties on tasks with a fidelity, of whatever cost."""
    rng = np.random.default_rng(3)
    return [
        make.run(
            name,
            task,
            seed,
            np.round(rng.exponential(1, 8), 1) + 0.1,
            fidelity=rng.choice([1.0, 3.0, HIGH], 8),
            high=HIGH,
            budget=BUDGET,
            cost=np.round(rng.exponential(1, 8), 2),
        )
        for name, task, seed in product(NAMES, TASKS, range(seeds))
    ]


def known(make: SimpleNamespace) -> dict[str, Any]:
    return {task: make.constants(seconds=SECONDS) for task in TASKS}


def reached(row: dict[str, Any], axis: str, share: float) -> float:
    """The best value of a full trial that was there by then, counted trial by trial."""
    spent = np.array(row["spent"]) / BUDGET if axis == "budget" else np.array(row["end"]) / SECONDS
    trials = zip(row["values"], row["fidelity"], spent, strict=True)
    found = [v for v, fidelity, used in trials if fidelity == HIGH and used <= share + 1e-9]
    return min(found, default=np.inf)


def counted(
    rows: list[dict[str, Any]], pair: tuple[str, str], tasks: list[str], axis: str, share: float
) -> float:
    """A12 of a pair as the paper defines it, counted run against run and averaged over tasks."""
    effects = []
    for task in tasks:
        own, other = (
            [reached(r, axis, share) for r in rows if (r["optimizer"], r["task"]) == (name, task)]
            for name in pair
        )
        wins = sum((x < y) + 0.5 * (x == y) for x in own for y in other)
        effects.append(wins / (len(own) * len(other)))
    return float(np.mean(effects))


def parts() -> Iterator[tuple[str, list[str]]]:
    yield "all", list(TASKS)
    yield "real", [task for task, real in TASKS.items() if real]
    yield "functions", [task for task, real in TASKS.items() if not real]


def test_effects_at_shares_of_budget_and_time_equal_counting_run_against_run(
    make: SimpleNamespace,
) -> None:
    rows = runs(make)
    found = make.analysis(rows, known(make), real=TASKS).effects
    keyed = found.set_index(["part", "axis", "share", "optimizer", "other"])
    assert len(keyed) == 3 * 2 * len(SHARES) * 3
    for (part, tasks), axis, share in product(parts(), ("budget", "time"), SHARES):
        for pair in combinations(NAMES, 2):
            row = keyed.loc[(part, axis, share, *pair)]
            assert row["a12"] == pytest.approx(counted(rows, pair, tasks, axis, share))
            assert row["a12_low"] < row["a12"] < row["a12_high"]
            assert row["tasks"] == len(tasks)


def test_the_standings_on_a_part_are_those_of_an_analysis_of_that_part_alone(
    make: SimpleNamespace,
) -> None:
    rows = runs(make)
    whole = make.analysis(rows, known(make), real=TASKS).standings
    for part, tasks in parts():
        alone = make.analysis(rows, known(make), tasks=tasks).standings
        assert set(alone["part"]) == {"all"}
        expected = alone.drop(columns="part").reset_index(drop=True)
        own = whole[whole["part"] == part].drop(columns="part").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, expected)


def test_standings_at_the_end_are_the_final_scores(make: SimpleNamespace) -> None:
    found = make.analysis(runs(make), known(make), real=TASKS)
    names = ["rank", "rank_low", "rank_high", "regret", "low", "high", "wins"]
    end = found.standings.query("part == 'all' and axis == 'budget' and share == 1")
    own = end.set_index("optimizer")[names].sort_index()
    expected = found.final.set_index("optimizer")[names].sort_index()
    pd.testing.assert_frame_equal(own, expected, check_dtype=False)


def test_tasks_that_the_catalogue_does_not_know_are_of_no_part(make: SimpleNamespace) -> None:
    found = make.analysis(runs(make), known(make), real={"toy/t0": True})
    counts = found.standings.groupby("part")["tasks"].first()
    assert counts.to_dict() == {"all": 5, "real": 1}
    origins = found.properties[found.properties["property"] == "origin"]
    assert origins.groupby("value")["tasks"].first().to_dict() == {"?": 4, "real": 1}
    assert found.tasks["origin"].tolist() == ["real", "?", "?", "?", "?"]


def test_tests_with_the_first_are_exact_and_adjusted_for_as_many_as_there_are() -> None:
    cases = np.random.default_rng(4).normal([0.0, 0.8, 1.6], 1, (9, 3))
    found = against_first(cases, cases.mean(axis=0))
    first, *others = np.argsort(cases.mean(axis=0)).tolist()
    differences = [cases[:, i] - cases[:, first] for i in others]
    raw = {
        i: stats.wilcoxon(d, method="exact").pvalue
        for i, d in zip(others, differences, strict=True)
    }
    least, most = sorted(raw.values())
    adjusted = {least: min(1, 2 * least), most: min(1, max(2 * least, most))}
    assert np.isnan(found[first])
    assert found[others] == pytest.approx([adjusted[raw[i]] for i in others])


def test_the_page_shows_ranks_on_each_part_and_at_each_share(make: SimpleNamespace) -> None:
    found = make.analysis(runs(make), known(make), real=TASKS)
    table = standings(found.standings, "multi-fidelity", dict.fromkeys(NAMES, "o1"))
    assert list(table.columns) == [
        "optimizer",
        "real, 2 tasks",
        "functions, 3 tasks",
        "10% of the budget",
        "30% of the budget",
        "30% of the time",
        "100% of the time",
    ]
    for row in table.rows:
        name, *cells = row.cells
        expected = [
            row_of(found, name.text, part="real", axis="budget", share=1.0)["rank"],
            row_of(found, name.text, part="functions", axis="budget", share=1.0)["rank"],
            *(
                row_of(found, name.text, part="all", axis=axis, share=share)["rank"]
                for axis, share in (("budget", 0.1), ("budget", 0.3), ("time", 0.3), ("time", 1.0))
            ),
        ]
        assert [cell.sort for cell in cells] == expected
