"""The scope of global random generators, and the set whose order is always the same."""

import random
import warnings
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.randomness import GlobalGenerators, OrderedSet


def draws() -> tuple[float, float]:
    """Of numpy the first or second of a pair of normal deviates."""
    return random.random(), float(np.random.normal())  # noqa: NPY002 (it is about the global one)


def seed(number: int) -> None:
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002


def test_an_owner_draws_as_if_it_had_seeded_the_generators_and_drawn_alone() -> None:
    seed(5)
    alone = [draws() for _ in range(3)]
    generators = GlobalGenerators(5)
    found = []
    for number in range(3):
        seed(number)
        with generators:
            found.append(draws())
    assert found == alone


def test_outside_everything_is_as_if_the_owner_had_never_drawn() -> None:
    seed(1)
    undisturbed = [draws() for _ in range(3)]
    seed(1)
    generators = GlobalGenerators(9)
    found = []
    for _ in range(3):
        found.append(draws())
        with generators:
            draws()
    assert found == undisturbed


def test_the_state_of_numpys_generator_can_still_be_read_set_and_copied() -> None:
    with GlobalGenerators(9):
        pass
    seed(1)
    draws()
    state, twin = np.random.get_state(), deepcopy(np.random.mtrand._rand)  # noqa: NPY002
    found = draws()[1], draws()[1]
    np.random.set_state(state)  # noqa: NPY002
    assert (draws()[1], draws()[1]) == found
    assert (twin.normal(), twin.normal()) == found


def test_who_does_not_draw_from_pythons_generator_leaves_it_alone() -> None:
    seed(6)
    expected = [random.random() for _ in range(2)]
    seed(6)
    with GlobalGenerators(7, python=False):
        first = random.random()
        found = float(np.random.normal())  # noqa: NPY002
    assert [first, random.random()] == expected
    assert found == np.random.RandomState(7).normal()


def test_an_error_inside_leaves_the_outside_as_it_was() -> None:
    seed(2)
    expected = draws()
    seed(2)
    with pytest.raises(ZeroDivisionError), GlobalGenerators(3):
        _ = draws()[0] / 0
    assert draws() == expected


def test_scopes_of_different_owners_can_be_nested() -> None:
    outer, inner = GlobalGenerators(1), GlobalGenerators(2)
    with outer:
        first = draws()
        with inner:
            draws()
        second = draws()
    seed(1)
    assert [draws(), draws()] == [first, second]


def test_a_quiet_scope_draws_the_same_and_lets_no_warning_out() -> None:
    generators = GlobalGenerators(4)
    seed(4)
    expected = draws()
    with generators.quietly():
        warnings.warn("nobody hears", stacklevel=1)
        assert draws() == expected
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


@given(st.lists(st.text()), st.text())
def test_an_ordered_set_is_a_set_in_the_order_of_insertion(items: list[str], other: str) -> None:
    found = OrderedSet(items)
    found.add(other)
    assert set(found) == {*items, other}
    assert list(found) == sorted({*items, other}, key=[*items, other].index)
    found.clear()
    assert not found
