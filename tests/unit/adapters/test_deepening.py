"""Iterative-deepening Hyperband against the tables and claims of the papers."""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from hpobench.adapters.native.deepening import (
    BracketMember,
    Deepening,
    Rung,
    Strategy,
    bracket_size,
    halving,
)
from hpobench.errors import UserError
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive, noise
from tests.examples import examples

STRATEGIES = list(Strategy)


def problem(high: int = 81, workers: int = 1) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0)}),
        objectives=(Objective(name="f0"),),
        fidelity=Fidelity(name="epochs", low=1, high=high, integer=True, continuable=True),
        budget=Budget(100),
        workers=workers,
    )


def brackets(top: int, eta: int) -> Iterator[list[int]]:
    """Trials on each rung of each bracket, by the formulas of Algorithm 1 of Li et al. (2018)."""
    for s in range(top, -1, -1):
        n = math.ceil((top + 1) * eta**s / (s + 1))
        yield [n // eta**i for i in range(s + 1)]


def test_a_bracket_is_as_large_as_the_paper_says() -> None:
    """R = 81, eta = 3: Li et al. (2018), with all its fractions rounded up."""
    assert [bracket_size(4, s, 3) for s in range(4, -1, -1)] == [81, 34, 15, 8, 5]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_without_a_raise_it_is_hyperband(strategy: Strategy) -> None:
    posed = problem(27)
    wanted = expected(3, 3)
    asked = drive(Deepening(posed, 1, raises=0, strategy=strategy), posed, wanted.total())
    assert Counter(round(math.log(trial.fidelity or 0, 3)) for trial in asked) == wanted


@examples(10)
@given(st.sampled_from(STRATEGIES), st.sampled_from([2, 3]), st.integers(0, 99))
def test_a_raise_evaluates_nothing_twice_and_fills_the_larger_table(
    strategy: Strategy, eta: int, seed: int
) -> None:
    top = 3
    rungs = Deepening(problem(eta**top), seed, eta=eta, strategy=strategy)._search(1)
    early, late = (table(rungs, each) for each in (top - 1, top))
    assert Counter(rung for _, rung in early) == expected(top - 1, eta)
    assert not set(early) & set(late)
    assert Counter(rung for _, rung in early + late) >= expected(top, eta)


def expected(top: int, eta: int) -> Counter[int]:
    """Trials on each rung of all brackets of Hyperband."""
    found = Counter[int]()
    for first, rungs in enumerate(brackets(top, eta)):
        found += Counter({first + i: n for i, n in enumerate(rungs)})
    return found


def table(rungs: Iterator[Rung], top: int) -> list[tuple[BracketMember, int]]:
    """Evaluate all rungs of all brackets under one maximal fidelity."""
    return [each for rung in islice(rungs, (top + 1) * (top + 2) // 2) for each in evaluated(rung)]


def evaluated(rung: Rung) -> list[tuple[BracketMember, int]]:
    """Give what a rung asks for values of a rugged function."""
    place, members = rung
    for member in members:
        outcome = noise()(Trial(config={**member.config, "rung": place}), 0)
        member.values[place] = outcome.value
    return [(member, place) for member in members]


def counted(rungs: Iterator[Rung]) -> Counter[int]:
    """Evaluate all of a bracket; how many there were on each rung."""
    return Counter(place for rung in rungs for _, place in evaluated(rung))


@examples(25)
@given(st.sampled_from(STRATEGIES), st.sampled_from([2, 3]), st.integers(2, 4), st.integers(0, 9))
def test_a_deepened_bracket_has_on_each_rung_what_the_larger_one_has_and_more_only_if_promoted(
    strategy: Strategy, eta: int, top: int, salt: int
) -> None:
    small, large = bracket_size(top - 1, top - 1, eta), bracket_size(top, top, eta)
    members = [BracketMember({"x": n, "salt": salt}) for n in range(large)]
    first = counted(halving(members[:small], 0, top - 1, eta, strategy))
    second = counted(halving(members, 0, top, eta, strategy))
    for rung in range(top + 1):
        there = sum(rung in member.values for member in members)
        assert there == first[rung] + second[rung]
        assert there >= large // eta**rung
        if strategy is Strategy.EFFICIENT:
            assert there == max(large // eta**rung, first[rung])


def test_promotions_are_decided_as_the_strategy_says() -> None:
    """Six members, of which three were there before; the new ones are better on the first rung."""

    def raised(strategy: Strategy) -> tuple[set[int], set[int]]:
        members = [BracketMember({"x": n}, {0: 10.0 - n}) for n in range(6)]
        members[2].values[1] = 1.0  # it was promoted, and did very well
        rungs = halving(members, 0, 2, 2, strategy)
        assert next(rungs) == (0, [])
        _, asked = next(rungs)
        for member in asked:
            member.values[1] = 5.0
        _, last = next(rungs)
        return {int(m.config["x"]) for m in asked}, {int(m.config["x"]) for m in last}

    assert raised(Strategy.EFFICIENT) == ({4, 5}, {2})
    assert raised(Strategy.PRESERVING) == ({3, 4, 5}, {2})
    asked, last = raised(Strategy.DISCARDING)
    assert asked == {3, 4, 5}
    assert last < {3, 4, 5}


def test_to_raise_is_cheaper_than_to_start_over() -> None:
    """The paper's claim; all that counts is how many epochs are trained, each from scratch."""
    anew = sum(count * 3**rung for top in (3, 4) for rung, count in expected(top, 3).items())
    for strategy in STRATEGIES:
        rungs = Deepening(problem(), 1, strategy=strategy)._search(1)
        evaluations = table(rungs, 3) + table(rungs, 4)
        assert sum(3**rung for _, rung in evaluations) < 0.95 * anew


def test_failures_are_never_promoted() -> None:
    """Of any number of pending trials."""

    def failing(trial: Trial, number: int) -> Outcome:
        return Outcome(failure="diverged") if number % 3 else noise()(trial, number)

    posed = problem(27, workers=4)
    asked = drive(Deepening(posed, 1), posed, 150, answer=failing)
    ended: set[BracketMember] = set()
    for number, trial in enumerate(asked):
        member, _ = trial.handle
        assert member not in ended
        ended |= {member} if number % 3 else set()


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(UserError, match="one of efficient, preserving, discarding"):
        Deepening(problem(), 1, strategy="hopeful")
