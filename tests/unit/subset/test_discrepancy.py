"""Star discrepancies against closed forms, published values and the definition itself."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hpobench.errors import UserError
from hpobench.subset import star_discrepancy
from tests.examples import examples

Points = NDArray[np.float64]

AXES = {"max_size": 7, "min_size": 1}


@st.composite
def point_sets(draw: st.DrawFn, *, most: int = 7) -> Points:
    """Up to four axes, with ties, duplicates and points on the border as the normal case."""
    n, d = draw(st.integers(1, most)), draw(st.integers(1, 4 if most < 9 else 2))
    coordinate = st.one_of(st.sampled_from([0, 0.25, 0.5, 1]), st.floats(0, 1, width=16))
    return np.array(draw(st.lists(coordinate, min_size=n * d, max_size=n * d))).reshape(n, d)


def by_definition(points: Points, target: Points | None = None) -> float:
    """The supremum over all corners that can matter, open and closed, one at a time."""
    beyond = 1.0 if target is None else 2.0
    worst = 0.0
    for corner in product(*([*set(axis), beyond] for axis in points.T)):
        inner = np.mean((points < corner).all(axis=1))
        outer = np.mean((points <= corner).all(axis=1))
        volume = float(np.prod(corner))
        short = volume if target is None else np.mean((target < corner).all(axis=1))
        over = volume if target is None else np.mean((target <= corner).all(axis=1))
        worst = max(worst, float(short - inner), float(outer - over))
    return worst


def test_sets_with_exact_values_from_other_methods(exact: dict[str, Any]) -> None:
    assert len(exact["sets"]) > 50
    for entry in exact["sets"]:
        points = np.reshape(entry["points"], (entry["n"], entry["d"]))
        value = entry["star_discrepancy"]
        assert star_discrepancy(points) == pytest.approx(value, abs=1e-12), entry["name"]


def test_sets_with_published_values(published: dict[str, Any]) -> None:
    assert len(published["sets"]) > 20
    for entry in published["sets"]:
        points = np.reshape(entry["points"], (entry["n"], entry["d"]))
        assert star_discrepancy(points) == pytest.approx(entry["published"], abs=1e-6)


@pytest.mark.parametrize("d", range(1, 7))
def test_a_single_point_is_as_bad_as_its_largest_coordinate_or_the_volume_beyond_it(d: int) -> None:
    point = np.random.default_rng(d).random((1, d))
    assert star_discrepancy(point) == pytest.approx(max(point.max(), 1 - point.prod()))


@pytest.mark.parametrize(("m", "d"), [(9, 1), (7, 2), (4, 3), (3, 4), (2, 5)])
def test_regular_grids_have_their_closed_form(m: int, d: int) -> None:
    left = np.array(list(product(np.arange(m) / m, repeat=d)))
    assert star_discrepancy(left) == pytest.approx(1 - (1 - 1 / m) ** d)
    assert star_discrepancy(left + 0.5 / m) == pytest.approx(1 - (1 - 0.5 / m) ** d)


@pytest.mark.parametrize("corner", [0.0, 1.0])
@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_points_that_all_lie_in_a_corner_are_as_bad_as_can_be(corner: float, d: int) -> None:
    assert star_discrepancy(np.full((3, d), corner)) == pytest.approx(1)


@examples(80)
@given(point_sets())
def test_the_value_is_that_of_the_definition(points: Points) -> None:
    assert star_discrepancy(points) == pytest.approx(by_definition(points), abs=1e-12)


@examples(30)
@given(point_sets(most=30))
def test_the_value_of_larger_sets_is_that_of_the_definition(points: Points) -> None:
    assert star_discrepancy(points) == pytest.approx(by_definition(points), abs=1e-12)


@examples(60)
@given(st.data())
def test_against_other_points_the_value_is_that_of_the_definition(data: st.DataObject) -> None:
    both = data.draw(point_sets(most=8))
    cut = data.draw(st.integers(1, len(both)))
    points, target = both[:cut], both
    expected = by_definition(points, target)
    assert star_discrepancy(points, target) == pytest.approx(expected, abs=1e-12)


@examples(25)
@given(point_sets(), st.randoms(use_true_random=False))
def test_the_order_of_points_and_of_axes_does_not_matter(points: Points, random: Any) -> None:
    rows, columns = list(range(len(points))), list(range(points.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    mixed = points[rows][:, columns]
    assert star_discrepancy(mixed) == pytest.approx(star_discrepancy(points), abs=1e-12)


@examples(25)
@given(point_sets(), st.integers(2, 4))
def test_every_point_repeated_equally_often_changes_nothing(points: Points, times: int) -> None:
    repeated = np.tile(points, (times, 1))
    assert star_discrepancy(repeated) == pytest.approx(star_discrepancy(points), abs=1e-12)
    assert star_discrepancy(repeated, points) == pytest.approx(0, abs=1e-12)


@examples(25)
@given(point_sets(most=8), st.integers(1, 8))
def test_the_scale_of_an_axis_does_not_matter_against_other_points(
    points: Points, cut: int
) -> None:
    few, scaled = points[:cut], points**3 / 2
    assert star_discrepancy(scaled[:cut], scaled) == pytest.approx(star_discrepancy(few, points))


@pytest.mark.parametrize("points", [[], [0.5], [[0.5, 1.5]], [[float("nan")]], [[-0.1]], [[]]])
def test_what_is_no_set_of_points_in_the_unit_cube_is_refused(points: list[Any]) -> None:
    with pytest.raises(UserError, match="points"):
        star_discrepancy(points)


def test_what_cannot_be_computed_is_refused() -> None:
    points = np.random.default_rng(0).random((100, 5))
    with pytest.raises(UserError, match="too many"):
        star_discrepancy(points, points)
    with pytest.raises(UserError, match="5 axes, their target 2"):
        star_discrepancy(points, points[:, :2])
