"""The hpbandster adapter against the published brackets and against the library's own parts.

The library's own loop cannot serve as a reference: it needs a name server and threads, and
hangs on today's Python.
"""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from hpbandster.core.dispatcher import Job
from hpbandster.optimizers.config_generators.bohb import BOHB
from hpbandster.optimizers.iterations import SuccessiveHalving

from hpobench.adapters.hpbandster import Hpbandster
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive, zoo

PUBLISHED = {
    4: [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
    3: [(27, 3), (9, 9), (3, 27), (1, 81)],
    2: [(9, 9), (3, 27), (1, 81)],
    1: [(6, 27), (2, 81)],
    0: [(5, 81)],
}
"""Trials and resources of each rung, by bracket, for R = 81 and eta = 3.

Source: Table 1 of Li et al., Hyperband: A Novel Bandit-Based Approach to Hyperparameter
Optimization, JMLR 18 (2018).
"""

MIXED = frozenset({"float", "integer", "categorical", "ordinal", "constant", "condition"})


def problem(space: ConfigurationSpace, high: float = 81) -> Problem:
    return Problem(
        space=space,
        objectives=(Objective(name="f"),),
        fidelity=Fidelity(name="epochs", low=1, high=high, integer=True),
        budget=Budget(10),
    )


def loss(config: Config) -> float:
    return sum(float(value) for value in config.values() if isinstance(value, float))


def answer(trial: Trial, _: int) -> Outcome:
    return Outcome(values={"f": loss(trial.config)})


@pytest.mark.parametrize(
    "options", [{"algorithm": "HyperBand"}, {"algorithm": "BOHB", "num_samples": 1}]
)
def test_the_brackets_are_the_published_ones(options: dict[str, Any]) -> None:
    posed = problem(zoo(frozenset({"float"})))
    published = [rung for bracket in PUBLISHED.values() for rung in bracket]
    trials = sum(number for number, _ in published)
    asked = drive(Hpbandster(posed, 1, **options), posed, trials, answer=answer)
    assert [trial.fidelity for trial in asked] == [
        z for number, z in published for _ in range(number)
    ]


def test_each_rung_promotes_the_best_third_of_the_one_below() -> None:
    posed = problem(zoo(frozenset({"float"})))
    asked = drive(Hpbandster(posed, 4, algorithm="HyperBand"), posed, 81 + 27 + 9, answer=answer)
    losses = [loss(trial.config) for trial in asked]
    first, second, third = losses[:81], losses[81:108], losses[108:]
    assert sorted(second) == sorted(first)[:27]
    assert sorted(third) == sorted(first)[:9]


def test_failed_configurations_are_not_promoted() -> None:
    posed = problem(zoo(frozenset({"float"})))

    def failing(trial: Trial, number: int) -> Outcome:
        return Outcome(failure="diverged") if number % 2 else answer(trial, number)

    asked = drive(Hpbandster(posed, 4, algorithm="HyperBand"), posed, 108, answer=failing)
    failed = {str(trial.config) for trial in asked[1:81:2]}
    assert not failed & {str(trial.config) for trial in asked[81:]}


def by_its_parts(space: ConfigurationSpace, trials: int, seed: int) -> list[dict[str, Any]]:
    """BOHB's own generator and its own successive halving, in a loop of `Master`'s order."""
    np.random.seed(seed)  # noqa: NPY002 (the library draws from it)
    space.seed(seed)
    generator = BOHB(space, num_samples=8)
    budgets = np.array([1, 3, 9, 27])
    ladders = [(27, 9, 3, 1), (9, 3, 1), (6, 2), (4,)]
    found: list[dict[str, Any]] = []
    for number in range(100):
        rungs = ladders[number % 4]
        bracket = SuccessiveHalving(
            HPB_iter=number,
            num_configs=rungs,
            budgets=budgets[-len(rungs) :],
            config_sampler=generator.get_config,
        )
        while (run := bracket.get_next_run()) is not None:
            found.append(run[1])
            if len(found) == trials:
                return found
            job = Job(run[0], config=run[1], budget=run[2])
            job.result, job.exception = {"loss": loss(plain(run[1]))}, None
            bracket.register_result(job)
            generator.new_result(job)
    return found


def plain(config: dict[str, Any]) -> Config:
    return {
        name: getattr(value, "item", lambda value=value: value)() for name, value in config.items()
    }


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_bohb_asks_what_its_own_parts_ask_under_the_same_seed() -> None:
    types = MIXED - {"ordinal"}
    posed = problem(zoo(types), high=27)
    asked = drive(Hpbandster(posed, 6, algorithm="BOHB", num_samples=8), posed, 60, answer=answer)
    expected = by_its_parts(zoo(types), 60, seed=6)
    assert [trial.config for trial in asked] == [plain(config) for config in expected]


def test_most_of_bohbs_later_configurations_come_from_its_model() -> None:
    posed = problem(zoo(MIXED), high=27)
    optimizer = Hpbandster(posed, 2, algorithm="BOHB", num_samples=8)
    drive(optimizer, posed, 150, answer=answer)
    picks = Counter(
        datum.config_info["model_based_pick"]
        for bracket in optimizer._master.iterations[2:]
        for datum in bracket.data.values()
    )
    # A third is random on purpose; were the recoded space not understood, all would be.
    assert picks[True] / picks.total() == pytest.approx(2 / 3, abs=0.2)


def test_options_reach_the_algorithm() -> None:
    posed = problem(zoo(frozenset({"float"})), high=16)
    optimizer = Hpbandster(posed, 1, algorithm="HyperBand", eta=4)
    asked = drive(optimizer, posed, 16 + 4 + 1, answer=answer)
    assert Counter(trial.fidelity for trial in asked) == {1: 16, 4: 4, 16: 1}


def test_bohb_takes_ordinals_which_the_library_itself_refuses() -> None:
    space = zoo(frozenset({"float", "ordinal"}))
    with pytest.raises(RuntimeError, match="does not support ordinal"):
        BOHB(space)
    posed = problem(space, high=9)
    asked = drive(Hpbandster(posed, 3, algorithm="BOHB"), posed, 40, answer=answer)
    assert {trial.config["batch"] for trial in asked} == {16, 32, 64, 128}


def test_most_of_h2bos_later_configurations_come_from_its_model_in_silence(
    capfd: pytest.CaptureFixture[str],
) -> None:
    posed = problem(zoo(MIXED - {"ordinal", "constant"}), high=27)
    optimizer = Hpbandster(posed, 2, algorithm="H2BO", num_samples=8)
    drive(optimizer, posed, 150, answer=answer)
    picks = Counter(
        datum.config_info["model_based_pick"]
        for bracket in optimizer._master.iterations[2:]
        for datum in bracket.data.values()
    )
    assert picks[True] / picks.total() == pytest.approx(2 / 3, abs=0.25)
    assert capfd.readouterr().out == ""


def test_its_random_search_evaluates_at_the_highest_fidelity() -> None:
    posed = problem(zoo(MIXED), high=27)
    asked = drive(Hpbandster(posed, 2, algorithm="RandomSearch"), posed, 30, answer=answer)
    assert {trial.fidelity for trial in asked} == {27}
    assert len({str(trial.config) for trial in asked}) == 30
