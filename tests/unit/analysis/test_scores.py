"""Incumbents are step functions that nobody has reached earlier, and regret has a fixed scale."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.scoring.hypervolume import Bounds, losses
from hpobench.scoring.incumbents import GRID, final_trials, incumbents
from hpobench.scoring.regret import regret

NAN = float("nan")
UNIT = Bounds(ideal=np.zeros(2), reference=np.ones(2))


def by_hand(loss: list[float], x: list[float]) -> list[float]:
    """The smallest loss that finished by each point, one point after the other."""
    return [
        min((y for y, at in zip(loss, x, strict=True) if at <= g * (1 + 1e-9)), default=np.inf)
        for g in GRID
    ]


@given(
    st.lists(
        st.lists(
            st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1.5) | st.sampled_from([0.07, 0.5, 1.0])),
            max_size=8,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_incumbents_equal_those_found_point_by_point(
    runs: list[list[tuple[float, float]]],
) -> None:
    flat = [(y, x, i) for i, run in enumerate(runs) for y, x in run]
    loss, x, run = (np.array(column) for column in zip(*flat, strict=True)) if flat else [[]] * 3
    found = incumbents(
        np.array(loss, dtype=float),
        np.array(run, dtype=int),
        np.array(x, dtype=float),
        runs=len(runs),
    )
    for row, trials in zip(found, runs, strict=True):
        assert row.tolist() == by_hand([y for y, _ in trials], [at for _, at in trials])


def test_an_incumbent_holds_until_a_better_one_is_reached_and_is_not_drawn_before() -> None:
    found = incumbents(
        np.array([3.0, 5.0, 1.0]), np.array([0, 0, 0]), np.array([0.25, 0.5, 0.75]), runs=1
    )[0]
    assert np.isinf(found[GRID < 0.25]).all()
    assert (found[(GRID >= 0.25) & (GRID < 0.75)] == 3.0).all()
    assert (found[GRID >= 0.75] == 1.0).all()


def test_a_trial_after_the_budget_does_not_count() -> None:
    found = incumbents(np.array([3.0, 1.0]), np.array([0, 0]), np.array([1.0, 1.01]), runs=1)
    assert found[0, -1] == 3.0


def test_three_thirds_of_a_trial_are_one_trial() -> None:
    spent = np.cumsum([1 / 3] * 300) / 100
    found = incumbents(-np.arange(300.0), np.zeros(300, dtype=int), spent, runs=1)[0]
    assert found.tolist() == [-(3.0 * k - 1) for k in range(1, 101)]


def test_failed_trials_and_lower_fidelities_are_no_incumbents(make: SimpleNamespace) -> None:
    row = make.run("a", "toy/t", 0, [1.0, 9.0, NAN, 5.0], fidelity=[3, 9, 9, 9], high=9)
    (trials,) = make.frame([row]).trials()
    assert losses(trials, UNIT).tolist() == [np.inf, 9.0, np.inf, 5.0]


def test_a_fidelity_that_is_not_used_means_full(make: SimpleNamespace) -> None:
    row = make.run("a", "toy/t", 0, [1.0, 2.0], high=9) | {"fidelity": None}
    (trials,) = make.frame([row]).trials()
    assert trials.full.all()


def test_several_objectives_count_by_the_volume_dominated_so_far(make: SimpleNamespace) -> None:
    points = [[0.5, 0.5], [0.9, 0.9], [0.2, 0.8], [2.0, 0.0]]
    row = make.run("a", "toy/t", 0, points, objectives=("f1", "f2"))
    (trials,) = make.frame([row]).trials()
    found = -losses(trials, UNIT)
    assert found == pytest.approx([0.25, 0.25, 0.25 + 0.3 * 0.2, 0.25 + 0.3 * 0.2])


@pytest.mark.parametrize(
    ("unit", "used"),
    [("trials", [0.1, 0.4, 0.5]), ("evaluations", [0.1, 0.2, 0.3]), ("seconds", [0.2, 0.3, 0.7])],
)
def test_the_share_of_the_budget_follows_its_unit(
    make: SimpleNamespace, unit: str, used: list[float]
) -> None:
    row = make.run(
        "a",
        "toy/t",
        0,
        [1.0] * 3,
        fidelity=[3, 9, 3],
        high=9,
        cost=[2, 1, 4],
        unit=unit,
        budget=10,
    )
    row["spent"] = [1.0, 4.0, 5.0]
    other = row | {"seed": 1}
    (trials,) = make.frame([row, other]).trials()
    assert trials.used.tolist() == pytest.approx(used * 2)


def test_regret_is_0_at_the_best_known_and_1_at_random_search(make: SimpleNamespace) -> None:
    constants = make.constants(best=-2.0, random=4.0, start=10.0)
    found = regret(np.array([-2.0, 4.0, 1.0, 10.0]), constants)
    assert found.tolist() == [0.0, 1.0, 0.5, 2.0]


def test_regret_is_cut_off_at_the_best_known_and_at_not_having_started(
    make: SimpleNamespace,
) -> None:
    constants = make.constants(best=0.0, random=1.0, start=5.0)
    assert regret(np.array([-3.0, 100.0, np.inf]), constants).tolist() == [0.0, 5.0, 5.0]


def test_having_nothing_is_never_better_than_random_search(make: SimpleNamespace) -> None:
    constants = make.constants(best=0.0, random=1.0, start=0.5)
    assert regret(np.array([np.inf]), constants).tolist() == [1.0]


def test_without_any_hypervolume_regret_is_the_best_over_what_random_search_lacks(
    make: SimpleNamespace,
) -> None:
    constants = make.constants(best=-0.8, random=-0.6, start=0.0, reference=(1.0, 1.0))
    assert regret(np.array([np.inf, 0.0, -0.7]), constants) == pytest.approx([4.0, 4.0, 0.5])


def test_the_final_trial_is_the_first_of_the_best_and_none_where_none_counts() -> None:
    loss = np.array([2.0, 1.0, 1.0, np.inf, 7.0])
    run = np.array([0, 0, 0, 1, 3])
    assert final_trials(loss, run, runs=4).tolist() == [1, -1, -1, 4]
