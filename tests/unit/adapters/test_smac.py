"""The SMAC adapter against the facades' own `optimize`."""

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import smac
from ConfigSpace import Categorical, ConfigurationSpace
from smac.multi_objective.parego import ParEGO
from smac.runhistory import StatusType
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from hpobench.adapters.libraries.smac import UNLIMITED, Smac, smac_trial_count
from hpobench.adapters.shared.failures import LAST
from hpobench.optimizer import Signal
from hpobench.space import plain_config
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive, zoo

EPOCHS = Fidelity(name="epochs", low=1, high=27)
SOME = frozenset({"float", "categorical"})
MIXED = frozenset(
    {"float", "integer", "categorical", "ordinal", "constant", "condition", "forbidden"}
)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def pose(space: ConfigurationSpace, budget: str, fidelity: Fidelity | None = None) -> Problem:
    return Problem(
        space=space,
        objectives=(Objective(name="f"),),
        fidelity=fidelity,
        budget=Budget.parse(budget),
        workers=2,
    )


def loss(config: Config, fidelity: float | None = None) -> float:
    return float(config["lr"]) * 10 + len(str(config["kind"])) / 10 + 1 / (fidelity or 1.0)


def answer(trial: Trial, _: int) -> Outcome:
    return Outcome(values={"f": loss(trial.config, trial.fidelity)})


def scenario(space: ConfigurationSpace, n_trials: int, **budgets: Any) -> smac.Scenario:
    return smac.Scenario(
        space,
        deterministic=True,
        n_trials=n_trials,
        seed=4,
        output_directory=Path("own"),
        **budgets,
    )


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
def test_the_gaussian_process_asks_what_optimize_evaluates() -> None:
    posed = Problem(
        space=zoo(SOME), objectives=(Objective(name="f"),), fidelity=None, budget=Budget(6)
    )
    # The adapter comes first: SMAC's order of a set differs between processes, and from the
    # adapter on it is the order of insertion, in this process also for SMAC's own loop.
    asked = drive(Smac(posed, 4, facade="BlackBoxFacade"), posed, 6, answer=answer)
    evaluated = []

    def objective(config: Any, seed: int = 0) -> float:
        assert seed >= 0
        evaluated.append(plain_config(config))
        return loss(evaluated[-1])

    facade = smac.BlackBoxFacade(scenario(zoo(SOME), 6), objective, logging_level=False)
    with threadpool_limits(limits=1):
        facade.optimize()
    assert [trial.config for trial in asked] == evaluated


def test_hyperband_asks_what_optimize_evaluates_also_where_trials_fail() -> None:
    def fails(number: int) -> bool:
        return number % 5 == 3

    posed = Problem(
        space=zoo(MIXED), objectives=(Objective(name="f"),), fidelity=EPOCHS, budget=Budget(60)
    )
    asked = drive(
        Smac(posed, 4, facade="HyperbandFacade", eta=3),
        posed,
        60,
        answer=lambda t, n: Outcome(failure="diverged") if fails(n) else answer(t, n),
    )
    evaluated: list[Any] = []

    def objective(config: Any, budget: float, seed: int = 0) -> float:
        assert seed >= 0
        evaluated.append((plain_config(config), budget))
        if fails(len(evaluated) - 1):
            raise ZeroDivisionError
        return loss(evaluated[-1][0], budget)

    own = scenario(zoo(MIXED), 60, min_budget=EPOCHS.low, max_budget=EPOCHS.high)
    smac.HyperbandFacade(own, objective, logging_level=False).optimize()
    assert [(trial.config, trial.fidelity) for trial in asked] == evaluated


def pair(config: Config, fidelity: float | None = None) -> dict[str, float]:
    """Two conflicting objectives."""
    return {"f": loss(config, fidelity), "g": -10 * float(config["lr"])}


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "fidelity", "budget", "options"),
    [
        ("HyperparameterOptimizationFacade", None, 10, {}),
        ("MultiFidelityFacade", EPOCHS, 45, {"incumbent_selection": "highest_budget"}),
    ],
)
def test_parego_over_a_forest_asks_what_optimize_evaluates(
    name: str, fidelity: Fidelity | None, budget: int, options: dict[str, str]
) -> None:
    posed = Problem(
        space=zoo(SOME),
        objectives=(Objective(name="f"), Objective(name="g")),
        fidelity=fidelity,
        budget=Budget(budget),
    )

    def both(trial: Trial, _: int) -> Outcome:
        return Outcome(values=pair(trial.config, trial.fidelity))

    asked = drive(Smac(posed, 4, facade=name, **options), posed, budget, answer=both)
    evaluated: list[Any] = []

    def objective(config: Any, seed: int = 0, budget: float | None = None) -> dict[str, float]:
        evaluated.append((plain_config(config), budget))
        return pair(*evaluated[-1])

    bounds = {"min_budget": EPOCHS.low, "max_budget": EPOCHS.high} if fidelity else {}
    own = scenario(zoo(SOME), budget, objectives=["f", "g"], **bounds)
    parego = ParEGO(own)
    facade = getattr(smac, name)(
        own,
        objective,
        intensifier=getattr(smac, name).get_intensifier(own, **options),
        multi_objective_algorithm=parego,
        logging_level=False,
    )
    with threadpool_limits(limits=1):
        facade.optimize()
    assert [(trial.config, trial.fidelity) for trial in asked] == evaluated


def test_a_crash_counts_as_the_worst_of_each_objective() -> None:
    posed = replace(
        pose(zoo(SOME), "trials=100"), objectives=(Objective(name="f"), Objective(name="g"))
    )
    posed = replace(posed, workers=1)
    optimizer = Smac(posed, 1, facade="HyperparameterOptimizationFacade")
    found = [{"f": 1.0, "g": 4.0}, {"f": 3.0, "g": 2.0}, {}, {"f": 9.0, "g": 9.0}]
    drive(
        optimizer,
        posed,
        4,
        answer=lambda _, n: Outcome(values=found[n], failure="" if found[n] else "diverged"),
    )
    costs = [value.cost for value in optimizer._facade.runhistory.values()]
    assert costs[:3] == [[1.0, 4.0], [3.0, 2.0], [3.0, 4.0]]


def test_successive_halving_begins_every_round_at_the_bottom() -> None:
    posed = pose(zoo(SOME), "trials=100", EPOCHS)
    optimizer = Smac(posed, 2, facade="HyperbandFacade", intensifier="SuccessiveHalving", eta=3)
    asked = drive(optimizer, replace(posed, workers=1), 2 * 40, answer=answer)
    rungs = [1.0] * 27 + [3.0] * 9 + [9.0] * 3 + [27.0]
    assert [trial.fidelity for trial in asked] == 2 * rungs


def test_the_brackets_are_those_of_the_published_algorithm() -> None:
    """Source: Algorithm 1 of Li et al. (2018), Hyperband, JMLR 18, with R = 27 and eta = 3."""
    posed = Problem(
        space=zoo(MIXED), objectives=(Objective(name="f"),), fidelity=EPOCHS, budget=Budget(60)
    )
    expected = []
    for s in (3, 2, 1, 0):
        n = math.ceil(4 * 3**s / (s + 1))
        expected += [27 / 3 ** (s - i) for i in range(s + 1) for _ in range(n // 3**i)]
    optimizer = Smac(posed, 1, facade="HyperbandFacade", eta=3)
    asked = drive(optimizer, posed, len(expected), answer=answer)
    assert [trial.fidelity for trial in asked] == expected


def test_a_crash_counts_as_the_worst_value_so_far_for_the_gaussian_process() -> None:
    posed = pose(zoo(SOME), "trials=100")
    optimizer = Smac(posed, 1, facade="BlackBoxFacade")
    found = [None, 2.0, None, 5.0, None]
    drive(
        optimizer,
        posed,
        len(found) + 1,
        answer=lambda _, n: (
            Outcome(failure="diverged")
            if found[n] is None
            else Outcome(values={"f": found[n] or 0.0})
        ),
    )
    told = list(optimizer._facade.runhistory.values())[: len(found) - 1]
    assert [value.cost for value in told] == [2.0, 2.0, 2.0, 5.0]
    crashed = [value.status is StatusType.CRASHED for value in told]
    assert crashed == [value is None for value in found[:4]]


def test_a_crash_ranks_last_in_hyperband() -> None:
    posed = pose(zoo(SOME), "trials=100", EPOCHS)
    optimizer = Smac(posed, 1, facade="HyperbandFacade")
    drive(optimizer, posed, 5, answer=lambda *_: Outcome(failure="diverged"))
    costs = [value.cost for value in optimizer._facade.runhistory.values()]
    assert costs[0] == LAST


def test_a_finite_space_is_asked_through_and_then_exhausted() -> None:
    space = ConfigurationSpace()
    space.add(Categorical("kind", ["a", "b"]), Categorical("lr", ["1", "2"]))
    posed = pose(space, "trials=30")
    optimizer = Smac(posed, 1, facade="BlackBoxFacade")
    asked = drive(optimizer, posed, 30, answer=lambda *_: Outcome(failure="diverged"))
    assert len(asked) == len({str(trial.config) for trial in asked}) == 4
    assert optimizer.ask() is Signal.EXHAUSTED


def test_a_finite_space_waits_for_the_first_result() -> None:
    posed = pose(ConfigurationSpace({"kind": ["a", "b", "c"]}), "trials=30")
    optimizer = Smac(posed, 1, facade="BlackBoxFacade")
    first = optimizer.ask()
    assert isinstance(first, Trial)
    assert optimizer.ask() is Signal.WAIT
    optimizer.tell(first, Outcome(values={"f": 1.0}))
    assert isinstance(optimizer.ask(), Trial)


@pytest.mark.parametrize(
    ("budget", "expected"),
    [("trials=40", 40), ("trials=2.5", 3), ("evaluations=7", 7), ("seconds=3600", UNLIMITED)],
)
def test_smac_never_runs_out_of_trials_before_the_budget_does(budget: str, expected: int) -> None:
    assert smac_trial_count(Budget.parse(budget)) == expected


def test_asking_goes_on_beyond_the_number_of_trials_that_smac_was_told() -> None:
    posed = pose(zoo(SOME), "trials=1", EPOCHS)
    assert len(drive(Smac(posed, 1, facade="HyperbandFacade"), posed, 9, answer=answer)) == 9
