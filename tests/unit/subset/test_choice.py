"""Choices do what is wished for, and are judged by rankings that can be worked out by hand."""

import os
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.errors import UserError
from hpobench.subset import Target, select, star_discrepancy
from hpobench.subset.candidates import Candidates, candidate_tasks
from hpobench.subset.choice import choose_subsets
from hpobench.subset.discrepancy.bounds import rounding_bound
from hpobench.subset.knee import knee
from hpobench.subset.request import SelectionRequest
from hpobench.subset.scores import TaskScores, merged
from hpobench.subset.validation import Judge
from hpobench.subset.ways import Measure, Method
from hpobench.subset.weights import equal_collections
from tests.examples import examples

NAMES = ("a", "b", "c", "d", "e", "f")
QUICK = SelectionRequest(size=5, evaluations=200, restarts=3)


def scores(n: int = 40, seed: int = 0, kind: str = "blackbox") -> TaskScores:
    """Six optimizers with three seeds, on tasks of two collections, every third without a scale."""
    rng = np.random.default_rng(seed)
    losses = rng.integers(0, 10, (n, len(NAMES), 3)) / 10
    values = losses.mean(axis=2)
    values[::3] = np.nan
    return TaskScores(
        tasks=tuple(f"{'xy'[i % 5 == 0]}/{kind}{i:02d}" for i in range(n)),
        kinds=(kind,) * n,
        optimizers=NAMES,
        values=values,
        losses=losses,
    )


@pytest.fixture(scope="module")
def pool() -> Candidates:
    return candidate_tasks(scores(), ["a", "b"], Measure.PERFORMANCE)


def test_only_tasks_with_a_scale_are_candidates_unless_ranks_are_asked_for(
    pool: Candidates,
) -> None:
    assert len(pool.tasks) == 26
    assert len(pool.dropped) == 14
    assert pool.held_out == ("c", "d", "e", "f")
    assert len(candidate_tasks(scores(), ["a", "b"], Measure.RANK).tasks) == 40


def test_ranks_are_means_over_seeds_among_the_references() -> None:
    losses = np.array([[[1.0, 2.0], [1.0, 1.0], [3.0, np.inf], [0.0, 0.0]]])
    found = TaskScores(
        tasks=("t",), kinds=("",), optimizers=("a", "b", "c", "d"), values=losses[:, :, 0],
        losses=losses,
    )  # fmt: skip
    # by hand: seed 0 ranks a, b, c as 1.5, 1.5, 3 and seed 1 as 2, 1, 3
    points = found.coordinates(("a", "b", "c"), Measure.RANK)
    np.testing.assert_allclose(points, [[(1.75 - 1) / 2, (1.25 - 1) / 2, 1.0]])


@pytest.mark.slow
@pytest.mark.parametrize("method", list(Method))
def test_splits_are_disjoint_and_hold_what_must_be_and_not_what_must_not(
    pool: Candidates, method: Method
) -> None:
    must, must_not = pool.tasks[3], pool.tasks[7]
    wish = replace(
        QUICK, method=method, splits=("dev", "test"), required=(must,), excluded=(must_not,)
    )
    dev, test = choose_subsets(pool, wish).parts
    chosen = [pool.tasks[row] for row in (*dev.rows, *test.rows)]
    assert len(set(chosen)) == 10
    assert must in chosen[:5]
    assert must_not not in chosen
    for part in (dev, test):
        value = star_discrepancy(pool.points[list(part.rows)], pool.points)
        assert part.discrepancy == pytest.approx(value)


def test_the_choice_does_not_depend_on_the_number_of_cores(
    pool: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows(cores: int) -> tuple[int, ...]:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
        return choose_subsets(pool, QUICK).parts[0].rows

    assert rows(1) == rows(3)


def test_more_restarts_never_make_it_worse(pool: Candidates) -> None:
    values = [
        select(pool.points, 6, evaluations=20, restarts=n, seed=4).discrepancy for n in (1, 3, 9)
    ]
    assert values == sorted(values, reverse=True)


def test_the_choice_beats_what_other_ways_give_and_none_beats_the_bound(pool: Candidates) -> None:
    found = choose_subsets(pool, QUICK)
    assert set(found.rivals) == set(Method) - {Method.SWAP}
    for rival in found.rivals.values():
        assert found.bound <= found.parts[0].discrepancy <= rival.best


def test_the_curve_holds_all_ways_and_its_knee_gives_the_size(pool: Candidates) -> None:
    found = choose_subsets(pool, replace(QUICK, size=None, splits=("dev", "test")))
    sizes = [step.k for step in found.curve]
    assert sizes == [2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    best = [min(s.quick, *(rival.best for rival in s.rivals.values())) for s in found.curve]
    assert found.k == knee(sizes, best)
    assert all(step.bound <= step.best <= step.quick for step in found.curve)
    at_k = found.curve[sizes.index(found.k)]
    assert at_k.best <= min(part.discrepancy for part in found.parts)
    assert all(len(part.rows) == found.k for part in found.parts)


def test_the_knee_is_where_its_authors_see_it() -> None:
    # the example of figure 2, upside down since ours falls: a knee at 0.22
    x = np.linspace(0, 1, 10)
    assert knee(list(range(10)), 1 / (x + 0.1)) == 2
    assert knee([1, 2, 3], [1.0, 1.0, 1.0]) == 1


def test_too_few_tasks_for_a_curve_are_refused() -> None:
    few = candidate_tasks(scores(7), ["a"], Measure.PERFORMANCE)
    with pytest.raises(UserError, match="give --size a number"):
        choose_subsets(few, replace(QUICK, size=None, splits=("dev", "test")))


def test_whole_weights_count_as_repetitions() -> None:
    rng = np.random.default_rng(5)
    points, weights = rng.integers(0, 5, (12, 2)) / 4, rng.integers(1, 5, 12)
    repeated = np.repeat(points, weights, axis=0)
    found = select(points, 3, weights=weights)
    assert found.discrepancy == pytest.approx(
        star_discrepancy(points[list(found.rows)], repeated), abs=1e-12
    )
    best = min(
        star_discrepancy(points[list(rows)], repeated) for rows in combinations(range(12), 3)
    )
    assert found.discrepancy == pytest.approx(best, abs=1e-12)
    with pytest.raises(UserError, match="12 positive numbers"):
        select(points, 3, weights=weights - 1)


def test_weights_by_collection_sum_to_the_same_for_each(pool: Candidates) -> None:
    found = equal_collections(pool.tasks)
    sums = [sum(w for t, w in found.items() if t.startswith(c)) for c in ("x/", "y/")]
    assert sums[0] == pytest.approx(sums[1], rel=1e-4)
    with pytest.raises(UserError, match="the target is the cube"):
        choose_subsets(pool, replace(QUICK, weights=found, target=Target.UNIFORM))


@pytest.mark.parametrize("target", list(Target))
@pytest.mark.parametrize("k", [1, 2, 3])
def test_no_subset_is_below_the_bound_from_rounding(target: Target, k: int) -> None:
    for seed in range(5):
        points = np.random.default_rng(seed).integers(0, 3, (9, 2)) / 2
        goal = points if target is Target.EMPIRICAL else None
        assert rounding_bound(k, goal) <= select(points, k, target=target).discrepancy + 1e-12


def test_tied_tasks_that_cannot_be_shared_out_give_their_rounding_as_a_bound() -> None:
    points = np.array([[0.0]] * 3 + [[1.0]] * 4)
    # 3/7 of the tasks are at 0; of two tasks half can be, which misses by 1/14
    assert rounding_bound(2, points) == pytest.approx(1 / 14)


def test_the_full_set_agrees_with_itself_and_its_opposite_does_not() -> None:
    losses = np.tile(np.arange(4.0)[None, :, None], (10, 1, 3))
    losses[:4] = losses[:4, ::-1]
    referee = Judge(losses)
    assert referee.agreement([range(10)]).tau == 1
    opposite = referee.agreement([range(4)])
    assert (opposite.tau, opposite.low, opposite.high) == (-1, -1, -1)
    both = referee.agreement([range(4), range(4, 10)])
    assert (both.tau, both.low, both.high) == (0, -1, 1)


def test_intervals_come_from_seeds_and_ignore_those_that_are_missing() -> None:
    rng = np.random.default_rng(0)
    losses = np.arange(4.0)[None, :, None] + rng.normal(0, 8, (10, 4, 5))
    found = Judge(losses).agreement([range(3)])
    assert found.low < found.tau < found.high
    padded = np.pad(losses, ((0, 0), (0, 0), (0, 2)), constant_values=np.nan)
    assert Judge(padded).agreement([range(3)]).tau == found.tau


@given(st.integers(0, 1000), st.integers(3, 14), st.integers(2, 5))
@examples(12)
def test_tau_lies_in_its_own_interval(seed: int, optimizers: int, seeds: int) -> None:
    """Resamples are noisier than the runs: with many optimizers all of their taus are smaller."""
    losses = np.random.default_rng(seed).normal(0, 1, (12, optimizers, seeds))
    losses += 0.3 * np.arange(optimizers)[None, :, None]
    found = Judge(losses).agreement([range(6)])
    assert -1 <= found.low <= found.tau <= found.high <= 1


def test_held_out_optimizers_tie_that_have_the_same_losses_under_other_seeds() -> None:
    values = [0.1, 0.2, 0.3]  # whose plain sum depends on the order
    losses = np.array([[values, values[::-1], [1.0] * 3, [1.0] * 3]] * 4)
    losses[2:, :2] = losses[2:, 1::-1]  # rounding tells the two apart on half the tasks
    assert Judge(losses).agreement([range(2)]).tau == 1


def test_kinds_are_merged_by_the_optimizers_they_share() -> None:
    other = scores(10, 1, "multi-fidelity")
    values, losses = other.values[:, :3], other.losses[:, :3, :2]
    fewer = replace(other, optimizers=("b", "f", "g"), values=values, losses=losses)
    both = merged([scores(), fewer])
    assert both.optimizers == ("b", "f")
    assert len(both.tasks) == 50
    assert both.losses.shape == (50, 2, 3)
    assert np.isnan(both.losses[40:, :, 2]).all()
    with pytest.raises(UserError, match="--stratify kind"):
        merged([scores(), replace(fewer, optimizers=("g", "h", "i"))])


@pytest.mark.parametrize(
    ("globs", "measure", "message"),
    [
        ([], Measure.PERFORMANCE, "6 optimizers .* too many"),
        (["aa"], Measure.PERFORMANCE, "no optimizer 'aa'"),
        (["a"], Measure.RANK, "two reference optimizers"),
    ],
)
def test_references_that_cannot_be_are_refused(
    globs: list[str], measure: Measure, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        candidate_tasks(scores(), globs, measure)


def test_subsets_too_large_for_an_exact_value_are_refused(pool: Candidates) -> None:
    with pytest.raises(UserError, match="too many for an exact value"):
        select(np.random.default_rng(0).random((50, 5)), 40)
