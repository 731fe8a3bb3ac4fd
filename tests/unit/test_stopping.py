"""Trainings that are stopped on the way: by which rule, what is told of them, and what is asked."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from ConfigSpace import ConfigurationSpace

from hpobench.cli.show import command as show_command
from hpobench.errors import UserError
from hpobench.execution.loop import trajectory
from hpobench.execution.stopping import Stopping
from hpobench.optimizer import Optimizer, Signal, Stop, stopped_by
from hpobench.run import Run
from hpobench.task import Budget, Fidelity, Objective, Problem, Unit
from hpobench.trial import Outcome, Record, Trial
from tests.driving import catalogue

EPOCHS = Fidelity(name="epochs", low=1, high=16, integer=True, continuable=True)
LADDER = [1, 2, 3, 5, 6, 9, 12, 16]
"""Ten levels, of which rounding makes some equal."""


def problem(**changes: Any) -> Problem:
    posed = Problem(
        space=ConfigurationSpace({"end": (0.0, 1e9)}),
        objectives=(Objective(name="f"),),
        fidelity=EPOCHS,
        budget=Budget(1000, Unit.EVALUATIONS),
    )
    return replace(posed, **changes)


class Listed(Optimizer):
    """Asks for the ends it is given, and keeps what it is told."""

    def __init__(self, ends: Sequence[float]) -> None:
        self.left = list(ends)[::-1]
        self.told: list[tuple[float, Outcome]] = []

    def ask(self) -> Trial | Signal:
        return Trial(config={"end": self.left.pop()}) if self.left else Signal.EXHAUSTED

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        assert trial.fidelity is None
        self.told.append((float(trial.config["end"]), outcome))


def falling(trial: Trial) -> Outcome:
    """A curve that falls by 4 to its end, and costs a second an epoch."""
    epochs = float(trial.fidelity or 16)
    value = float(trial.config["end"]) + 4 * (1 / epochs - 1 / 16)
    return Outcome(values={"f": value}, cost=epochs)


def run(
    ends: Sequence[float],
    stop: Stop,
    evaluate: Callable[[Trial], Outcome] = falling,
    **changes: Any,
) -> tuple[Listed, list[Record]]:
    inner, posed = Listed(ends), problem(**changes)
    return inner, list(trajectory(Stopping(inner, posed, stop), evaluate, posed))


def reached(records: Sequence[Record], end: float) -> float:
    return max(record.fidelity or 0.0 for record in records if record.config["end"] == end)


def test_a_training_climbs_level_by_level_and_pays_its_steps_alone() -> None:
    _, records = run([1.0], Stop.EXTRAPOLATE)
    assert [record.fidelity for record in records] == LADDER
    assert sum(record.cost for record in records) == 16
    assert records[-1].spent == pytest.approx(1.0)


def test_a_hopeless_training_is_stopped_and_its_end_is_told_as_it_is_expected() -> None:
    inner, records = run([0.0, 4.0, 8.0, 2.0, 6.0, 9.0], Stop.EXTRAPOLATE)
    assert reached(records, 9.0) < 16
    (told,) = [outcome for end, outcome in inner.told if end == 9.0]
    assert told.value == pytest.approx(9.0, abs=2.0)  # after three values
    assert told.cost == reached(records, 9.0)


def test_of_a_training_that_is_far_worse_than_all_others_the_last_value_is_told() -> None:
    inner, records = run([0.0, 1.0, 2.0, 1.5, 0.5, 1e9], Stop.EXTRAPOLATE)
    assert reached(records, 1e9) < 16
    assert inner.told[-1][1].value == records[-1].values[0]


def test_a_training_that_could_become_the_best_goes_on() -> None:
    _, records = run([3.0, 4.0, 5.0, 2.9, 0.0], Stop.EXTRAPOLATE)
    assert reached(records, 0.0) == reached(records, 2.9) == 16


def test_the_first_training_is_never_stopped() -> None:
    for stop in (Stop.MEDIAN, Stop.EXTRAPOLATE):
        _, records = run([9.0], stop)
        assert reached(records, 9.0) == 16


def test_the_median_is_that_of_the_running_averages_of_those_that_ended() -> None:
    ends = [1.0, 2.0, 3.0, 4.0, 5.0]
    # At the first level the averages are 4.75 to 8.75 and their median 6.75; a training is there
    # at its end + 3.75. At the second, at end + 1.75, the median is 3 + (3.75 + 1.75) / 2 = 5.75.
    inner, records = run([*ends, 3.01, 2.99, 4.01], Stop.MEDIAN)
    assert reached(records, 3.01) == 1
    assert reached(records, 2.99) == 16
    assert reached(records, 4.01) == 1
    (told,) = [outcome for end, outcome in inner.told if end == 3.01]
    assert told.value == pytest.approx(6.76)


def test_nobody_is_compared_with_fewer_than_five_that_ended() -> None:
    _, records = run([0.0, 0.1, 0.2, 0.3, 9.0], Stop.MEDIAN)
    assert reached(records, 9.0) == 16


@pytest.mark.parametrize("stop", [Stop.MEDIAN, Stop.EXTRAPOLATE])
@pytest.mark.parametrize("workers", [1, 3])
def test_every_trial_of_the_inner_optimizer_is_told_once(stop: Stop, workers: int) -> None:
    ends = [0.5 * (7 * n % 19) for n in range(25)]
    inner, records = run(ends, stop, workers=workers)
    assert sorted(end for end, _ in inner.told) == sorted(ends)
    assert len({(r.config["end"], r.fidelity) for r in records}) <= len(records)


def test_a_trial_that_fails_on_the_way_is_told_as_failed_with_all_it_cost() -> None:
    def breaks(trial: Trial) -> Outcome:
        found = falling(trial)
        return Outcome(failure="broke", cost=found.cost) if (trial.fidelity or 0) > 4 else found

    inner, records = run([1.0, 2.0], Stop.EXTRAPOLATE, breaks)
    assert [record.fidelity for record in records] == [1, 2, 3, 5] * 2
    assert [(outcome.failure, outcome.cost) for _, outcome in inner.told] == [("broke", 5)] * 2


def test_where_trials_state_what_they_add_the_costs_are_summed() -> None:
    inner, _ = run([1.0], Stop.EXTRAPOLATE, lambda trial: replace(falling(trial), cost=2.0))
    assert inner.told[0][1].cost == 2.0
    stopping = Stopping(inner := Listed([1.0]), problem(continues=True), Stop.EXTRAPOLATE)
    for _ in LADDER:
        trial = stopping.ask()
        assert isinstance(trial, Trial)
        stopping.tell(trial, Outcome(values={"f": 1.0}, cost=2.0))
    assert inner.told[0][1].cost == 2.0 * len(LADDER)


def test_where_nothing_goes_on_nothing_is_stopped() -> None:
    again = replace(EPOCHS, continuable=False)
    _, records = run([0.0, 1.0, 9.0], Stop.EXTRAPOLATE, fidelity=again)
    assert [record.fidelity for record in records] == [16] * 3


def test_a_common_initial_design_is_evaluated_in_full_and_first() -> None:
    design = ({"end": 1.0}, {"end": 9.0})
    _, records = run([1.0, 9.0, 2.0], Stop.EXTRAPOLATE, initial=design)
    assert [record.fidelity for record in records[:2]] == [16, 16]
    assert [record.config["end"] for record in records[:2]] == [1.0, 9.0]


@pytest.mark.parametrize("huge", [1e308, 1.7976931348623157e308])
def test_values_at_the_edge_of_floats_are_told_as_numbers(huge: float) -> None:
    def wild(trial: Trial) -> Outcome:
        sign = 1 if float(trial.config["end"]) > 2 else -1
        return Outcome(values={"f": sign * huge / float(trial.fidelity or 16)}, cost=1.0)

    for stop in (Stop.MEDIAN, Stop.EXTRAPOLATE):
        inner, _ = run([1.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], stop, wild)
        assert all(math.isfinite(outcome.value) for _, outcome in inner.told)


def test_an_optimizer_of_fidelities_cannot_be_stopped() -> None:
    task = catalogue().task("curves/linear-digits-mf")
    reason = catalogue().variant("asha@stop=median").obstacle(task)
    assert "chooses fidelities itself" in reason


def test_stopping_needs_a_fidelity_and_one_objective() -> None:
    variant = catalogue().variant("random@stop=extrapolate")
    assert not variant.obstacle(catalogue().task("curves/linear-digits-mf"))
    assert "no fidelity" in variant.obstacle(catalogue().task("curves/linear-digits"))
    assert "2" in variant.obstacle(catalogue().task("curves/linear-digits-mfmo"))


def test_a_rule_is_part_of_the_runs_identity_and_none_leaves_it_as_it_is() -> None:
    task, plain = catalogue().task("curves/linear-digits-mf"), catalogue().variant("random")
    assert plain.under(Stop.NONE) is plain
    assert catalogue().variant("random@stop=none") is plain
    variants = [plain, *(plain.under(stop) for stop in (Stop.MEDIAN, Stop.EXTRAPOLATE))]
    runs = [Run(task=task, variant=variant, seed=0) for variant in variants]
    assert len({run.id for run in runs}) == 3
    assert len({run.seed_for("optimizer") for run in runs}) == 1  # they ask for the same at first


def test_a_rule_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"stop=median.*not 'stop=often'"):
        catalogue().variant("random@stop=often")


def test_the_option_is_for_those_that_name_no_rule_themselves() -> None:
    names = ["random", "optuna/*", "sobol@stop=median"]
    expected = ("random@stop=extrapolate", "optuna/*@stop=extrapolate", "sobol@stop=median")
    assert stopped_by(Stop.EXTRAPOLATE, names) == expected
    assert stopped_by(Stop.NONE, names) == tuple(names)


def test_what_is_shown_of_an_optimizer_says_by_which_rule_it_is_stopped() -> None:
    shown = CliRunner().invoke(show_command, ["random@stop=median"], standalone_mode=False).output
    assert "by median, on tasks with a fidelity and one objective" in shown
    plain = CliRunner().invoke(show_command, ["random"], standalone_mode=False).output
    assert "stopped" not in plain
