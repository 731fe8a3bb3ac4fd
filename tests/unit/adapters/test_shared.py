"""What several adapters share: fidelities, failures, recoded spaces, clauses, conditions."""

import math
from collections.abc import Iterator

import pytest
from ConfigSpace import (
    Configuration,
    ConfigurationSpace,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenLessThanRelation,
    GreaterThanCondition,
    Integer,
    OrdinalHyperparameter,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.failures import LAST, Failures
from hpobench.adapters.shared.fidelities import reachable, required
from hpobench.adapters.shared.recoded import Recoded
from hpobench.adapters.shared.rejection_sampling import TRIES, propose_legal
from hpobench.adapters.shared.safe_names import restore_names, safe_names
from hpobench.errors import UserError
from hpobench.optimizer import Signal
from hpobench.space import plain_config, types, violation
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Outcome, Trial, plain_value
from tests.spaces import spaces

FAILED = Outcome(failure="diverged")


def ok(value: float) -> Outcome:
    return Outcome(values={"f": value})


def trials() -> Iterator[Trial]:
    number = 0
    while True:
        yield Trial(config={"x": number})
        number += 1


@given(st.floats(0, 200), st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_a_reachable_fidelity_is_in_range_and_as_near_as_it_can_be(
    budget: float, low: int, width: int, integer: bool
) -> None:
    fidelity = Fidelity(name="z", low=low, high=low + width, integer=integer)
    found = reachable(fidelity, budget)
    assert low <= found <= low + width
    assert not (integer and found % 1)
    assert abs(found - min(max(budget, low), low + width)) <= (0.5 if integer else 0)


def test_the_rungs_of_52_epochs_are_whole() -> None:
    epochs = Fidelity(name="epochs", low=1, high=52, integer=True)
    assert [reachable(epochs, 52 / 3**i) for i in range(4)] == [52, 17, 6, 2]


def test_rounding_errors_do_not_leave_the_range() -> None:
    share = Fidelity(name="share", low=1 / 27, high=1.0)
    assert reachable(share, 1 / 27 - 1e-17) == 1 / 27
    assert reachable(share, 1 + 1e-15) == 1.0


def test_a_multi_fidelity_optimizer_refuses_a_problem_without_one() -> None:
    problem = Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0)}),
        objectives=(Objective(name="f"),),
        fidelity=None,
        budget=Budget(1),
    )
    with pytest.raises(UserError, match="needs a task with a fidelity"):
        required(problem)


def test_a_failure_counts_as_the_worst_value_so_far() -> None:
    failures, trial = Failures(), trials()
    assert failures.due(next(trial), ok(2.0)) == []
    assert failures.due(next(trial), ok(5.0)) == []
    failed = next(trial)
    assert failures.due(failed, FAILED) == [failed]
    assert failures.worst == 5.0


def test_failures_before_the_first_success_are_told_again_with_it() -> None:
    failures, trial = Failures(), trials()
    early = [next(trial), next(trial)]
    assert [failures.due(each, FAILED) for each in early] == [[early[0]], [early[1]]]
    assert failures.due(next(trial), ok(-3.0)) == early
    assert failures.worst == -3.0
    assert failures.due(next(trial), ok(-4.0)) == []


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9))))
def test_every_failure_is_told_and_in_the_end_as_one_of_the_values(
    found: list[float | None],
) -> None:
    failures, trial = Failures(), trials()
    failed: list[str] = []
    told: dict[str, float] = {}
    for value in found:
        each = next(trial)
        failed += [str(each)] if value is None else []
        due = failures.due(each, FAILED if value is None else ok(value))
        told |= {str(again): failures.worst for again in due}
    assert list(told) == failed
    values = [value for value in found if value is not None]
    assert set(told.values()) <= set(values or [0.0])


def test_for_a_library_that_only_ranks_a_failure_comes_after_all_values() -> None:
    failures = Failures(LAST)
    failed = Trial(config={})
    assert failures.due(failed, FAILED) == [failed]
    failures.due(Trial(config={}), ok(1e300))
    assert failures.worst == LAST > 1e300
    assert math.isfinite(LAST)


@given(spaces())
def test_a_space_without_ordinals_says_the_same_in_integers(space: ConfigurationSpace) -> None:
    recoded = Recoded(space, "ordinal")
    assert "ordinal" not in types(recoded.space)
    assert list(recoded.space) == list(space)
    recoded.space.seed(0)
    for config in recoded.space.sample_configuration(10):
        decoded = recoded.decode(config)
        wrong = violation(space, decoded)
        assert not wrong or wrong.startswith("ForbiddenValueError")
        assert list(decoded) == list(config)


@given(spaces())
def test_every_configuration_of_the_original_can_be_reached(space: ConfigurationSpace) -> None:
    space.seed(0)
    recoded = Recoded(space, "ordinal")
    for config in space.sample_configuration(10):
        coded = {
            name: hp.sequence.index(config[name])
            if isinstance(hp := space[name], OrdinalHyperparameter)
            else config[name]
            for name in config
        }
        assert not violation(recoded.space, coded)
        assert recoded.decode(coded) == plain_config(config)


def test_an_ordinal_keeps_its_order_its_default_and_its_conditions() -> None:
    space = ConfigurationSpace()
    size = OrdinalHyperparameter("size", ["small", "medium", "large"], default_value="medium")
    only, big = Float("only", (0, 1)), Float("big", (0, 1))
    space.add(size, only, big)
    space.add(EqualsCondition(only, size, "medium"), GreaterThanCondition(big, size, "small"))
    recoded = Recoded(space, "ordinal")
    assert recoded.space["size"].default_value == 1
    active = {
        position: {name for name in ("only", "big") if name in config}
        for config in recoded.space.sample_configuration(50)
        for position in [config["size"]]
    }
    assert active == {0: set(), 1: {"only", "big"}, 2: {"big"}}


def test_clauses_on_ordinals_are_left_out_and_others_kept() -> None:
    space = ConfigurationSpace()
    size, depth = OrdinalHyperparameter("size", [1, 2, 4]), Integer("depth", (1, 9))
    units = Integer("units", (1, 9))
    space.add(size, depth, units)
    kept = ForbiddenAndConjunction(ForbiddenEqualsClause(depth, 3), ForbiddenEqualsClause(units, 3))
    mixed = ForbiddenAndConjunction(ForbiddenEqualsClause(size, 2), ForbiddenEqualsClause(depth, 2))
    space.add(kept, mixed, ForbiddenLessThanRelation(depth, size))
    assert Recoded(space, "ordinal").space.forbidden_clauses == [kept]
    assert Recoded(space, "forbidden").space.forbidden_clauses == []
    assert len(space.forbidden_clauses) == 3


@given(spaces())
def test_recoding_leaves_the_original_as_it_was(space: ConfigurationSpace) -> None:
    space.seed(0)
    before = space.sample_configuration(5), str(space)
    Recoded(space, "ordinal", "forbidden")
    space.seed(0)
    assert (space.sample_configuration(5), str(space)) == before


@given(spaces())
def test_only_legal_proposals_are_asked_and_the_others_told_as_failed(
    space: ConfigurationSpace,
) -> None:
    assume(space.forbidden_clauses)
    free = Recoded(space, "forbidden").space
    free.seed(0)
    told = []
    for _ in range(20):
        asked = propose_legal(
            space,
            lambda: Trial(config=plain_config(free.sample_configuration())),
            lambda trial, outcome: told.append((trial, outcome)),
        )
        assert isinstance(asked, Trial)
        assert not violation(space, asked.config)
    assert all(violation(space, trial.config) for trial, _ in told)
    assert all(outcome == Outcome(failure="forbidden", cost=0.0) for _, outcome in told)


def test_where_nothing_legal_is_proposed_the_search_is_exhausted() -> None:
    space = ConfigurationSpace({"x": (0, 9)}, seed=0)
    space.add(ForbiddenEqualsClause(space["x"], 1))
    told: list[Trial] = []
    asked = propose_legal(
        space, lambda: Trial(config={"x": 1}), lambda trial, _: told.append(trial)
    )
    assert asked is Signal.EXHAUSTED
    assert len(told) == TRIES


def test_without_forbidden_clauses_nothing_is_checked() -> None:
    space = ConfigurationSpace({"x": (0, 9)})
    wrong = Trial(config={"no such": 1})
    assert propose_legal(space, lambda: wrong, lambda *_: None) is wrong
    with pytest.raises(ValueError, match="Unknown"):
        Configuration(space, values=dict(wrong.config))


@given(spaces())
def test_define_by_run_sets_just_the_active_hyperparameters(space: ConfigurationSpace) -> None:
    space.seed(0)
    for _ in range(5):
        config = define_by_run(space, lambda name: plain_value(space[name].sample_value(seed=None)))
        wrong = violation(space, config)
        assert not wrong or wrong.startswith("ForbiddenValueError")


def test_numbers_that_stand_for_names_sort_as_the_hyperparameters_come_and_lead_back() -> None:
    names = [f"model:kind.{number}" for number in range(12)]
    space = ConfigurationSpace(dict.fromkeys(names, (0.0, 1.0)) | {"fixed": 3})
    free = safe_names(space.values())
    assert list(free) == sorted(free)
    assert all(name.isalnum() for name in free)
    chosen = dict(zip(free, range(12), strict=True))
    assert restore_names(free, chosen) == dict(zip(sorted(names), range(12), strict=True))
