"""Optimizers that begin with what is known before: they use it, and say that they need it."""

from dataclasses import replace

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.informed.portfolio import portfolio
from hpobench.adapters.shared.past_points import normal_scores, past_points
from hpobench.adapters.shared.vectors import Vectors
from hpobench.analysis.protocol import with_users
from hpobench.catalogue import Catalogue
from hpobench.dispatch.plan import Plan
from hpobench.execution.masking import Mask
from hpobench.history import PastTask, PastTrial
from hpobench.prior import Belief
from hpobench.settings import Settings
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive, pose, start

SPACE = ConfigurationSpace({"c": ["a", "b", "d", "e"], "x": (0.0, 1.0)})


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue()


def past(dataset: str, values: dict[str, float]) -> PastTask:
    """A task on which the choice alone matters, tried at several places."""
    rng = np.random.default_rng(0)
    trials = [
        PastTrial(config={"c": c, "x": float(rng.random())}, fidelity=None, values=(value,))
        for _ in range(12)
        for c, value in values.items()
    ]
    return PastTask(dataset=dataset, trials=tuple(trials))


def problem(catalogue: Catalogue, name: str) -> Problem:
    history = (
        past("one", {"a": 0.0, "b": 5.0, "d": 6.0, "e": 1.0}),
        past("two", {"a": 500.0, "b": 1.0, "d": 900.0, "e": 200.0}),
    )
    return replace(pose(catalogue.variant(name), SPACE), history=history)


def test_a_portfolio_covers_each_task_before_it_repeats_itself(catalogue: Catalogue) -> None:
    posed = problem(catalogue, "portfolio")
    vectors = Vectors(SPACE)
    listed = list(portfolio(past_points(posed, vectors), [], vectors, 0))
    assert {config["c"] for config in listed[:3]} >= {"a", "b"}
    assert len(listed) == len({str(config) for config in listed}) == 48


WITH_HISTORY = [
    "bounding-box",
    "quantile-transfer",
    "portfolio",
    "rgpe",
    "optuna/tpe-warm",
    "optuna/cma-es-warm",
]


@pytest.mark.parametrize("name", WITH_HISTORY)
def test_a_history_too_short_to_compare_is_survived(catalogue: Catalogue, name: str) -> None:
    posed = problem(catalogue, name)
    short = tuple(replace(task, trials=task.trials[:1]) for task in posed.history)
    posed = replace(posed, history=short)
    assert len(drive(start(catalogue.variant(name), posed), posed, 5)) == 5


def test_rgpe_follows_the_task_that_ranks_as_the_trials_so_far(catalogue: Catalogue) -> None:
    posed = problem(catalogue, "rgpe")
    value = {"a": 0.0, "b": 5.0, "d": 6.0, "e": 1.0}  # as on the first of the two
    optimizer = start(catalogue.variant("rgpe"), posed)
    names = [objective.name for objective in posed.objectives]

    def answer(trial: Trial, _: int) -> Outcome:
        return Outcome(values=dict.fromkeys(names, value[str(trial.config["c"])]))

    asked = drive(optimizer, posed, 12, answer=answer)
    assert [trial.config["c"] for trial in asked[-4:]].count("a") >= 3


@pytest.mark.parametrize("name", ["bounding-box", "quantile-transfer", "portfolio"])
def test_what_was_worst_everywhere_is_not_asked_for(catalogue: Catalogue, name: str) -> None:
    posed = problem(catalogue, name)
    asked = drive(start(catalogue.variant(name), posed), posed, 6)
    assert all(trial.config["c"] != "d" for trial in asked)


def test_a_warm_start_asks_first_for_the_best_of_each_task(catalogue: Catalogue) -> None:
    pytest.importorskip("optuna")
    posed = problem(catalogue, "optuna/tpe-warm")
    first, second = drive(start(catalogue.variant("optuna/tpe-warm"), posed), posed, 2)
    assert [first.config["c"], second.config["c"]] == ["a", "b"]


def test_scores_depend_on_the_order_of_values_alone() -> None:
    values = np.array([3.0, 1.0, 2.0, 2.0])
    assert normal_scores(values).tolist() == normal_scores(np.exp(9 * values)).tolist()
    assert normal_scores(values)[2] == normal_scores(values)[3]


def test_one_that_needs_to_be_told_is_skipped_where_it_is_not(catalogue: Catalogue) -> None:
    plain = catalogue.task("hpobench-mlp/car")
    tasks = [plain, catalogue.told(plain.under(settings=Settings(history=3)))]
    variants = [catalogue.variant(name) for name in ("portfolio", "random", "neps/priorband")]
    reasons = {
        (skip.optimizer, skip.task): skip.reason
        for skip in Plan(variants=variants, tasks=tasks, seeds=(0,)).skipped
    }
    assert "--history" in reasons["portfolio", plain.id]
    assert not any(
        "history" in r or "prior" in r for (o, _), r in reasons.items() if o != "portfolio"
    )
    assert ("portfolio", tasks[1].id) not in reasons


def test_the_protocol_says_who_used_what_was_told(catalogue: Catalogue) -> None:
    rules = {"Setting: history": "Told.", "Incumbent": "The best."}
    found = with_users(rules, ["random", "portfolio", "of another package"], catalogue)
    assert found["Setting: history"] == "Told. It was used by portfolio."
    assert found["Incumbent"] == rules["Incumbent"]
    found = with_users(rules, ["random"], catalogue)
    assert found["Setting: history"] == "Told. It was used by none of the optimizers."


def test_behind_neutral_names_history_and_prior_are_neutral_too(catalogue: Catalogue) -> None:
    mask = Mask.of(SPACE, 3)
    prior = {"c": Belief(default="b", width=0.1), "x": Belief(default=0.5, width=0.2)}
    posed = replace(problem(catalogue, "portfolio"), prior=prior)
    hidden = mask.problem(posed)
    shown: list[Config] = [mask.reveal(trial.config) for trial in hidden.history[1].trials]
    assert shown == [trial.config for trial in posed.history[1].trials]
    assert [task.dataset for task in hidden.history] == ["d1", "d2"]
    assert set(hidden.prior) == set(hidden.space)
    default = {name: belief.default for name, belief in hidden.prior.items()}
    assert mask.reveal(default) == {"c": "b", "x": 0.5}
