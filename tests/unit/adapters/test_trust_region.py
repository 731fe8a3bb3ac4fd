"""The trust region's rule of growing and shrinking, by counts of the paper worked out by hand."""

import pytest

from hpobench.adapters.shared.trust_region import TrustRegion


def lengths(region: TrustRegion, *found: float) -> list[float]:
    """Its length after each batch, of which the least value is given."""
    seen = []
    for value in found:
        region.tell(value)
        seen.append(region.length)
    return seen


def test_three_batches_in_a_row_that_improve_double_it_up_to_its_limit() -> None:
    region = TrustRegion(dimension=6, batch=1, best=100.0)
    assert lengths(region, 90, 80, 70) == [0.8, 0.8, 1.6]
    assert lengths(region, 60, 50, 40) == [1.6, 1.6, 1.6]


def test_a_batch_that_does_not_improve_takes_the_successes_back_and_the_other_way_round() -> None:
    region = TrustRegion(dimension=4, batch=1, best=100.0)
    assert lengths(region, 90, 80, 85, 70, 60, 50) == [0.8] * 5 + [1.6]
    assert lengths(region, 50, 50, 50, 40, 40, 40, 40, 40) == [1.6] * 7 + [0.8]


@pytest.mark.parametrize(
    ("dimension", "batch", "patience"), [(1, 1, 4), (4, 1, 4), (20, 1, 20), (20, 4, 5), (5, 3, 2)]
)
def test_as_many_failures_as_dimensions_halve_it_in_batches_and_at_least_four(
    dimension: int, batch: int, patience: int
) -> None:
    region = TrustRegion(dimension=dimension, batch=batch, best=0.0)
    assert lengths(region, *[1.0] * 2 * patience) == (
        [0.8] * (patience - 1) + [0.4] * patience + [0.2]
    )


@pytest.mark.parametrize(("best", "least"), [(10.0, 9.99), (-10.0, -10.01), (0.0, 0.0)])
def test_an_improvement_has_to_be_more_than_a_thousandth(best: float, least: float) -> None:
    at, below = (TrustRegion(dimension=1, batch=4, best=best) for _ in range(2))
    assert lengths(at, least) == [0.4]  # after the one failure that it bears
    assert lengths(below, least - 1e-9) == [0.8]


def test_what_improves_too_little_is_what_the_next_has_to_beat() -> None:
    region = TrustRegion(dimension=2, batch=2, best=10.0)
    assert lengths(region, 9.995, 9.9851) == [0.8, 0.4]


def test_the_seventh_halving_gives_it_up() -> None:
    region = TrustRegion(dimension=4, batch=4, best=0.0)
    seen = []
    for _ in range(7):
        seen.append(region.converged)
        region.tell(1.0)
    assert not any(seen)
    assert region.converged
