"""The hpbandster adapter against the published brackets and against the library's own parts.

The library's own loop cannot serve as a reference: it needs a name server and threads, and
hangs on today's Python.
"""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from hpbandster import optimizers
from hpbandster.core.dispatcher import Job
from hpbandster.optimizers.config_generators.bohb import BOHB
from hpbandster.optimizers.config_generators.h2bo import H2BO
from hpbandster.optimizers.config_generators.random_sampling import RandomSampling
from hpbandster.optimizers.iterations import SuccessiveHalving

from hpobench.adapters.libraries.hpbandster import Hpbandster, _mend
from hpobench.randomness import GlobalGenerators
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
SIMPLE = MIXED - {"ordinal", "constant"}


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


BUDGETS = np.array([1, 3, 9, 27])
LADDERS = [(27, 9, 3, 1), (9, 3, 1), (6, 2), (4,)]


def by_its_parts(generator: Any, bracket: Callable[[int], Any], trials: int) -> list[Any]:
    """A generator and brackets of the library's own, in a loop of `Master`'s order."""
    found: list[Any] = []
    for number in range(100):
        current = bracket(number)
        while (run := current.get_next_run()) is not None:
            found.append((plain(run[1]), run[2]))
            if len(found) == trials:
                return found
            job = Job(run[0], config=run[1], budget=run[2])
            job.result, job.exception = {"loss": loss(plain(run[1]))}, None
            current.register_result(job)
            generator.new_result(job)
    return found


def bohb(space: ConfigurationSpace) -> tuple[Any, Callable[[int], Any]]:
    """BOHB's generator, and the brackets of Hyperband."""
    generator = BOHB(space, num_samples=8)

    def bracket(number: int) -> Any:
        rungs = LADDERS[number % 4]
        budgets = BUDGETS[-len(rungs) :]
        return SuccessiveHalving(
            HPB_iter=number, num_configs=rungs, budgets=budgets, config_sampler=generator.get_config
        )

    return generator, bracket


def h2bo(space: ConfigurationSpace) -> tuple[Any, Callable[[int], Any]]:
    """H2BO's generator, mended as it is for us, and the brackets that it chooses itself."""
    generator = H2BO(space, num_samples=8)
    _mend(generator)
    master = SimpleNamespace(
        config_generator=generator,
        min_budget=1,
        max_budget=27,
        eta=3,
        max_SH_iter=4,
        budget_per_iteration=4 * 27,
    )
    return generator, lambda number: optimizers.H2BO.get_next_iteration(master, number)


def random(space: ConfigurationSpace) -> tuple[Any, Callable[[int], Any]]:
    """Its random search: four configurations a bracket, which has one rung."""
    generator = RandomSampling(space)

    def bracket(number: int) -> Any:
        return SuccessiveHalving(
            HPB_iter=number, num_configs=[4], budgets=[27], config_sampler=generator.get_config
        )

    return generator, bracket


def plain(config: dict[str, Any]) -> Config:
    return {
        name: getattr(value, "item", lambda value=value: value)() for name, value in config.items()
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("algorithm", "options", "parts"),
    [
        ("BOHB", {"num_samples": 8}, bohb),
        ("H2BO", {"num_samples": 8}, h2bo),
        ("RandomSearch", {}, random),
    ],
)
def test_it_asks_what_its_own_parts_ask_under_the_same_seed(
    algorithm: str, options: dict[str, int], parts: Any
) -> None:
    types = SIMPLE if algorithm == "H2BO" else MIXED - {"ordinal"}
    posed, space = problem(zoo(types), high=27), zoo(types)
    asked = drive(Hpbandster(posed, 6, algorithm=algorithm, **options), posed, 60, answer=answer)
    space.seed(6)
    with GlobalGenerators(6):  # it draws from numpy's
        generator, bracket = parts(space)
        expected = by_its_parts(generator, bracket, 60)
    assert [(trial.config, trial.fidelity) for trial in asked] == expected


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
    posed = problem(zoo(SIMPLE), high=27)
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
