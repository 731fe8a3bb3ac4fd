"""The running hypervolume against a sweep by hand and against measuring anew."""

import moocore
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hpobench.scoring.hypervolume import BLOCK, front, running_volumes, volume


def swept(points: np.ndarray, reference: np.ndarray) -> float:
    """The area dominated by points in the plane, by a sweep along the first axis."""
    area, ceiling = 0.0, reference[1]
    for x, y in sorted(map(tuple, points)):
        if x < reference[0] and y < ceiling:
            area += (reference[0] - x) * (ceiling - y)
            ceiling = y
    return area


@given(
    arrays(float, st.tuples(st.integers(1, 40), st.just(2)), elements=st.floats(-1, 2, width=16))
)
def test_in_the_plane_it_equals_a_sweep_at_every_prefix(points: np.ndarray) -> None:
    reference = np.array([1.0, 1.5])
    found = running_volumes(points, np.zeros(len(points), dtype=int), reference)
    assert found == pytest.approx([swept(points[: i + 1], reference) for i in range(len(points))])


@pytest.mark.parametrize("objectives", [2, 3, 4])
def test_across_blocks_and_dimensions_it_equals_measuring_each_prefix_anew(objectives: int) -> None:
    rng = np.random.default_rng(objectives)
    points = rng.random((2 * BLOCK + 30, objectives))
    reference = np.full(objectives, 0.9)
    found = running_volumes(points, np.zeros(len(points), dtype=int), reference)
    anew = [moocore.hypervolume(points[: i + 1], ref=reference) for i in range(len(points))]
    assert found == pytest.approx(anew)


def test_each_run_starts_from_nothing() -> None:
    points = np.array([[0.5, 0.5], [0.9, 0.9], [0.0, 0.0]])
    found = running_volumes(points, np.array([0, 1, 4]), np.ones(2))
    assert found == pytest.approx([0.25, 0.01, 1.0])


def test_points_on_or_beyond_the_reference_point_add_nothing() -> None:
    points = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, -5.0]])
    assert running_volumes(points, np.zeros(3, dtype=int), np.ones(2)).tolist() == [0.0] * 3


def test_no_points_have_no_volume_and_an_empty_front() -> None:
    nothing = np.empty((0, 2))
    assert volume(nothing, np.ones(2)) == 0.0
    assert front(nothing).shape == (0, 2)
    assert running_volumes(nothing, np.empty(0, dtype=int), np.ones(2)).tolist() == []


def test_a_front_holds_what_nothing_dominates() -> None:
    points = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [3.0, 3.0], [2.0, 2.0]])
    assert sorted(front(points).tolist()) == [[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]
